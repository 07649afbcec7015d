from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.audit import merkle, tiles
from exchange.audit.merkle import Frontier
from exchange.audit.tiles import Tile
from exchange.errors import LogError

SIZE = 70_000


class Rows:
    """The hashes of a log in lists, counting what is read."""

    def __init__(self, leaves: list[bytes]) -> None:
        self.rows: dict[int, list[bytes]] = {}
        self.reads = 0
        self.frontier, added = tiles.grow(Frontier(), leaves)
        for item in added:
            row = self.rows.setdefault(item.level, [])
            assert item.index == len(row)
            row.append(item.value)

    async def hashes(self, level: int, start: int, count: int) -> Sequence[bytes]:
        self.reads += 1
        return self.rows.get(level, [])[start : start + count]


@pytest.fixture(scope="module")
def leaves() -> list[bytes]:
    return [merkle.leaf_hash(b"%d" % index) for index in range(SIZE)]


@pytest.fixture(scope="module")
def big(leaves: list[bytes]) -> Rows:
    return Rows(leaves)


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 273, 112), "tile/0/273.p/112"),
        (Tile(1, 1_234_067), "tile/1/x001/x234/067"),
        (Tile(63, 1000, 1), "tile/63/x001/000.p/1"),
        (Tile(None, 999, 255), "tile/entries/999.p/255"),
    ],
)
def test_a_tile_has_one_path(tile: Tile, path: str) -> None:
    assert tile.path == path
    assert Tile.parse(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        *("", "tile/0", "tile/0/", "tile/0/0", "tile/0/00", "tile/00/000", "tile/64/000", "tile/-1/000"),
        *("tile/0/x000/001", "tile/0/001/002", "tile/0/x001", "tile/0/000.p/0", "tile/0/000.p/256"),
        *("tile/0/000.p/01", "tile/0/000.p", "tile/0/000\n", "tile/0/٠٠٠", "/tile/0/000", "tile/0/../000"),
        *("tile/entries", "tile/data/000", "tile/0/" + "x999/" * 6 + "999"),
    ],
)
def test_no_other_path_is_a_tiles(path: str) -> None:
    with pytest.raises(LogError):
        Tile.parse(path)


@given(st.one_of(st.none(), st.integers(0, 63)), st.integers(0, 2**63 - 1), st.integers(1, 256))
def test_every_tile_is_found_again_by_its_path(level: int | None, index: int, width: int) -> None:
    tile = Tile(level, index, width)
    assert Tile.parse(tile.path) == tile


def test_the_tiles_of_seventy_thousand_are_those_of_the_standard() -> None:
    found = list(tiles.tiles_of(SIZE))
    assert len([tile for tile in found if tile.level == 0 and tile.width == 256]) == 273
    assert [tile for tile in found if tile.width < 256] == [Tile(0, 273, 112), Tile(1, 1, 17), Tile(2, 0, 1)]
    assert len([tile for tile in found if tile.level == 1 and tile.width == 256]) == 1


def test_the_tiles_of_256_are_one_full_and_one_of_width_one() -> None:
    assert list(tiles.tiles_of(256)) == [Tile(0, 0), Tile(1, 0, 1)]
    assert list(tiles.tiles_of(0)) == []


@given(st.integers(0, 200_000), st.integers(0, 1000))
def test_a_grown_tree_adds_just_the_tiles_it_did_not_have(since: int, more: int) -> None:
    before, after = set(tiles.tiles_of(since)), set(tiles.tiles_of(since + more))
    assert set(tiles.tiles_of(since + more, since)) == after - before


async def test_every_hash_of_every_tile_is_the_root_it_stands_for(big: Rows, leaves: list[bytes]) -> None:
    for tile in tiles.tiles_of(SIZE):
        assert tile.level is not None
        span = 256**tile.level
        content = await tiles.read_tile(big, tile)
        assert len(content) == 32 * tile.width
        at = tile.start + tile.width - 1  # the last hash of each is enough
        assert content[-32:] == merkle.root(leaves[at * span : (at + 1) * span])
    assert {level: len(row) for level, row in big.rows.items()} == {0: SIZE, 1: SIZE // 256, 2: 1}


@settings(max_examples=40, deadline=None)
@given(st.data())
async def test_paths_from_tiles_prove_what_paths_from_leaves_do(
    big: Rows, leaves: list[bytes], data: st.DataObject
) -> None:
    size = data.draw(st.integers(1, SIZE))
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size))
    path = await tiles.inclusion_path(big, index, size)
    assert path == merkle.inclusion_path(index, leaves[:size])
    path = await tiles.consistency_path(big, old, size)
    assert path == merkle.consistency_path(old, leaves[:size])


async def test_a_proof_reads_a_few_tiles_however_long_the_log(big: Rows) -> None:
    big.reads = 0
    await tiles.inclusion_path(big, 12_345, SIZE)
    assert big.reads <= 6
    big.reads = 0
    await tiles.consistency_path(big, 12_345, SIZE)
    assert big.reads <= 6


@pytest.mark.parametrize(("index", "size"), [(-1, 8), (8, 8), (0, 0)])
async def test_there_is_no_path_to_what_is_not_there(big: Rows, index: int, size: int) -> None:
    with pytest.raises(LogError, match="There is no entry"):
        await tiles.inclusion_path(big, index, size)


async def test_a_missing_or_short_hash_is_said_and_not_hashed_over() -> None:
    rows = Rows([merkle.leaf_hash(b"%d" % index) for index in range(300)])
    del rows.rows[1]
    with pytest.raises(LogError, match="of level 1"):
        await tiles.inclusion_path(rows, 299, 300)
    rows.rows[0][299] = b"short"
    with pytest.raises(LogError, match="of level 0"):
        await tiles.read_tile(rows, Tile(0, 1, 44))


async def test_a_bundle_of_entries_is_no_tile_of_hashes(big: Rows) -> None:
    with pytest.raises(LogError):
        await tiles.read_tile(big, Tile(None, 0))


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=256))
def test_a_bundle_is_read_as_it_was_written(entries: list[bytes]) -> None:
    assert tiles.unbundle(tiles.bundle(entries)) == entries


@given(st.binary(max_size=40))
def test_a_bundle_that_is_read_is_written_again_byte_for_byte(data: bytes) -> None:
    try:
        entries = tiles.unbundle(data)
    except LogError:
        return
    assert tiles.bundle(entries) == data


@pytest.mark.parametrize("data", [b"", b"\x00", b"\x00\x02a", b"\x00\x00" * 257, b"\x00\x01a\x00"])
def test_what_is_no_bundle_is_refused(data: bytes) -> None:
    with pytest.raises(LogError):
        tiles.unbundle(data)


def test_an_entry_too_long_for_its_length_field_is_not_bundled() -> None:
    with pytest.raises(LogError, match="65535"):
        tiles.bundle([bytes(65_536)])
