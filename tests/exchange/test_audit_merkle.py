import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.audit import merkle
from exchange.audit.merkle import Frontier
from exchange.errors import LogError

VECTORS = json.loads((Path(__file__).parents[1] / "vectors/tlog/rfc6962.json").read_bytes())
LEAVES = [merkle.leaf_hash(bytes.fromhex(leaf)) for leaf in VECTORS["leaves"]]
OTHER = bytes(32)

leaf_lists = st.lists(st.binary(max_size=4).map(merkle.leaf_hash), min_size=1, max_size=70)


def hashes(path: list[str]) -> list[bytes]:
    return [base64.b64decode(text) for text in path]


@pytest.mark.parametrize("size", VECTORS["roots"])
def test_the_roots_are_those_of_rfc_6962(size: str) -> None:
    expected = bytes.fromhex(VECTORS["roots"][size])
    assert merkle.root(LEAVES[: int(size)]) == expected
    assert Frontier().extend(LEAVES[: int(size)]).root() == expected


def test_the_inclusion_path_is_that_of_rfc_6962() -> None:
    case = VECTORS["inclusion"]
    assert merkle.inclusion_path(case["index"], LEAVES[: case["size"]]) == hashes(case["path"])


def test_the_consistency_path_is_that_of_rfc_6962() -> None:
    case = VECTORS["consistency"]
    assert merkle.consistency_path(case["old"], LEAVES[: case["size"]]) == hashes(case["path"])


@given(leaf_lists)
def test_every_leaf_has_a_proof(leaves: list[bytes]) -> None:
    root = merkle.root(leaves)
    for index, leaf in enumerate(leaves):
        path = merkle.inclusion_path(index, leaves)
        merkle.verify_inclusion(index=index, size=len(leaves), leaf=leaf, path=path, root=root)


@given(leaf_lists, st.data())
def test_no_longer_shorter_or_altered_path_proves_anything(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    root, path = merkle.root(leaves), merkle.inclusion_path(index, leaves)
    at = data.draw(st.integers(0, len(path)))
    forged = [[*path[:at], OTHER, *path[at:]]]
    if at < len(path):
        forged += [[*path[:at], *path[at + 1 :]], [*path[:at], OTHER, *path[at + 1 :]]]
    for wrong in forged:
        with pytest.raises(LogError):
            merkle.verify_inclusion(index=index, size=len(leaves), leaf=leaves[index], path=wrong, root=root)


@given(st.integers(1, 70), st.data())
def test_a_path_proves_no_other_index_size_leaf_or_root(size: int, data: st.DataObject) -> None:
    leaves = [merkle.leaf_hash(b"%d" % index) for index in range(size)]
    index = data.draw(st.integers(0, size - 1))
    right: dict[str, Any] = {"index": index, "size": size, "leaf": leaves[index], "root": merkle.root(leaves)}
    path = merkle.inclusion_path(index, leaves)
    wrong: dict[str, Any] = data.draw(
        st.sampled_from(
            [{"index": index + 1}, {"index": index - 1}, {"leaf": OTHER}, {"root": OTHER}, {"size": index}]
        )
    )
    with pytest.raises(LogError):
        merkle.verify_inclusion(**{**right, **wrong}, path=path)


@given(leaf_lists, st.data())
def test_an_old_head_is_always_consistent_with_a_newer_one(leaves: list[bytes], data: st.DataObject) -> None:
    old = data.draw(st.integers(0, len(leaves)))
    merkle.verify_consistency(
        old=old,
        old_root=merkle.root(leaves[:old]),
        size=len(leaves),
        root=merkle.root(leaves),
        path=merkle.consistency_path(old, leaves),
    )


@given(st.integers(1, 70), st.data())
def test_no_other_path_or_root_shows_consistency(size: int, data: st.DataObject) -> None:
    leaves = [merkle.leaf_hash(b"%d" % index) for index in range(size)]
    old = data.draw(st.integers(1, size))
    before, after = merkle.root(leaves[:old]), merkle.root(leaves)
    path = merkle.consistency_path(old, leaves)
    at = data.draw(st.integers(0, len(path)))
    forged = [(before, after, [*path[:at], OTHER, *path[at:]]), (OTHER, after, path), (before, OTHER, path)]
    if at < len(path):
        forged.append((before, after, [*path[:at], *path[at + 1 :]]))
        forged.append((before, after, [*path[:at], OTHER, *path[at + 1 :]]))
    for old_root, root, wrong in forged:
        with pytest.raises(LogError):
            merkle.verify_consistency(old=old, old_root=old_root, size=size, root=root, path=wrong)


def test_a_rewritten_history_is_not_consistent() -> None:
    rewritten = [OTHER, *LEAVES[1:]]
    for old in range(1, 8):
        with pytest.raises(LogError):
            merkle.verify_consistency(
                old=old,
                old_root=merkle.root(LEAVES[:old]),
                size=8,
                root=merkle.root(rewritten),
                path=merkle.consistency_path(old, rewritten),
            )


@pytest.mark.parametrize(
    ("old", "old_root", "size", "path"),
    [
        pytest.param(9, LEAVES[0], 8, [], id="older than it is new"),
        pytest.param(-1, LEAVES[0], 8, [], id="a negative size"),
        pytest.param(0, LEAVES[0], 8, [], id="an empty log with another root"),
        pytest.param(0, merkle.EMPTY_ROOT, 8, [OTHER], id="a path from an empty log"),
        pytest.param(8, LEAVES[0], 8, [], id="two roots for one size"),
        pytest.param(4, LEAVES[0][:31], 8, [OTHER], id="a short hash"),
        pytest.param(4, LEAVES[0], 8, [OTHER] * 64, id="more hashes than any tree has levels"),
    ],
)
def test_impossible_consistency_is_refused(old: int, old_root: bytes, size: int, path: list[bytes]) -> None:
    with pytest.raises(LogError):
        merkle.verify_consistency(old=old, old_root=old_root, size=size, root=merkle.root(LEAVES), path=path)


@given(st.integers(0, 600))
def test_the_frontier_has_the_root_of_the_whole_tree(size: int) -> None:
    leaves = [merkle.leaf_hash(b"%d" % index) for index in range(size)]
    frontier = Frontier().extend(leaves)
    assert (frontier.size, frontier.root()) == (size, merkle.root(leaves))
    assert Frontier(size, frontier.peaks).append(OTHER).root() == merkle.root([*leaves, OTHER])


def test_a_frontier_with_a_wrong_number_of_peaks_is_refused() -> None:
    with pytest.raises(LogError, match="peaks"):
        Frontier(3, (OTHER,))


def test_a_path_of_a_larger_tree_proves_nothing_in_a_smaller_one() -> None:
    """Leaf 7 of 8 goes up the right edge as leaf 3 of 4 does, one level longer: only the length tells."""
    path, root = merkle.inclusion_path(7, LEAVES), merkle.root(LEAVES)
    with pytest.raises(LogError, match="too long"):
        merkle.verify_inclusion(index=3, size=4, leaf=LEAVES[7], path=path, root=root)


def test_a_path_of_a_smaller_tree_proves_nothing_in_a_larger_one() -> None:
    path, root = merkle.inclusion_path(3, LEAVES[:4]), merkle.root(LEAVES[:4])
    with pytest.raises(LogError, match="too short"):
        merkle.verify_inclusion(index=7, size=8, leaf=LEAVES[3], path=path, root=root)


@pytest.mark.parametrize(
    ("claimed", "real", "words"),
    [pytest.param((3, 4), (7, 8), "too long"), pytest.param((2, 8), (2, 4), "too short")],
)
def test_a_consistency_path_holds_for_its_own_sizes_only(
    claimed: tuple[int, int], real: tuple[int, int], words: str
) -> None:
    with pytest.raises(LogError, match=words):
        merkle.verify_consistency(
            old=claimed[0],
            old_root=merkle.root(LEAVES[: real[0]]),
            size=claimed[1],
            root=merkle.root(LEAVES[: real[1]]),
            path=merkle.consistency_path(real[0], LEAVES[: real[1]]),
        )
