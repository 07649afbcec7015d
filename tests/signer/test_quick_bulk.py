"""What is searched and checked in bulk is found and refused as it would be one by one."""

import re
from collections.abc import Callable

from hypothesis import example, given
from hypothesis import strategies as st

from signer.errors import Malformed
from signer.pades.lexing import value
from signer.quick import edges
from signer.quick.numbers import ODD, named
from signer.quick.tables import Table, check_rows
from signer.quick.unusual import Unusual

_ROWS = re.compile(rb"(?:\d{10} \d{5} [nf](?: \r| \n|\r\n))*")
_REFERENCE = re.compile(
    rb"(?<!\d)(\d{1,7})[\0\t\n\f\r ]+\d{1,5}[\0\t\n\f\r ]+R(?![^\0\t\n\f\r ()<>\[\]{}/%])"
)

spaces = st.text("\0\t\n\f\r ", min_size=1, max_size=12)
numbers = st.integers(0, 9_999_999)
references = st.builds(
    lambda zeros, number, one, generation, other: f"{'0' * zeros}{number}{one}{generation}{other}R",
    st.integers(0, 3), numbers, st.just(" ") | spaces, st.just(0) | st.integers(0, 65_535),
    st.just(" ") | spaces,
)  # fmt: skip
between = st.sampled_from(
    [
        "",
        " ",
        "[",
        "]",
        "<<",
        ">>",
        "/R ",
        "/Rotate 90 ",
        "/Kids[",
        "/A",
        "(R) ",
        "0 R",
        " R ",
        "+",
        "12 ",
        "\n",
    ]
)


@given(st.lists(references | between, max_size=30).map("".join))
@example("++0 0 R")
def test_no_reference_is_overlooked(written: str) -> None:
    text = written.encode()
    at_each_place = (_REFERENCE.match(text, at) for at in range(len(text)))
    found = named(text)
    assert ODD in found or {int(each[1]) for each in at_each_place if each is not None} <= found


@given(st.lists(between, max_size=4).map("".join), st.sampled_from(["5.0", "5.", "-5", "5-3", "00000005"]))
def test_a_number_of_odd_spelling_is_told(before: str, number: str) -> None:
    assert ODD in named(f"{before} {number} 0 R".encode())


def test_a_sentence_that_ends_with_a_point_names_nothing() -> None:
    assert named(b"<</Producer(Acme Inc. PDF R 2)/Pages 3 0 R>>") == {3}


endings = st.sampled_from(
    ["endobj\n", "endobj\r\n", "endobj \n", "endobj\n\n\n", "endobj", "\xffendobj", "end\n", "\xff"]
)
heads = st.sampled_from(
    ["{} 0 obj<<", "{} 0 obj\n", "0{} 0 obj ", "{}0 0 obj ", "{} 1 obj ", "{} 0 objx", "\xff{} 0 obj"]
)


PLAIN = ("{} 0 obj<<", "endobj\n", 0)


@given(
    st.integers(1, 130),
    st.dictionaries(st.integers(1, 130), st.tuples(heads, endings, st.integers(-1, 1)), max_size=2),
)
@example(3, {1: ("{} 0 obj<<", "\xff endobj\n", 0), 2: ("{} 0 obj<<", "endobj\n", -1)})
def test_edges_between_objects_are_checked_as_they_would_be_one_by_one(
    count: int, odd: dict[int, tuple[str, str, int]]
) -> None:
    text, at = "%PDF-1.7\n", {}
    for number in range(1, count + 1):
        head, ending, shift = odd.get(number, PLAIN)
        at[len(text) + shift] = number
        text += head.format(number) + "/Type/Page>>" + ending
    pdf = (text + " " * 20).encode("latin-1")
    bounds = [*sorted(at), len(text)]

    def refuses(check: Callable[[], object]) -> bool:
        try:
            check()
        except Unusual:
            return True
        return False

    def each() -> None:
        for before, start in zip([None, *bounds], bounds, strict=False):
            edges.check_one(pdf, before, start, at.get(start), frozenset())

    assert refuses(lambda: edges.check(pdf, bounds, at, frozenset())) == refuses(each)


@st.composite
def rows(draw: st.DrawFn) -> bytes:
    """Rows of a table; some bytes of them may be others."""
    lines = draw(
        st.lists(
            st.builds(
                lambda offset, generation, kind, end: f"{offset:010} {generation:05} {kind}{end}",
                st.integers(0, 10**10 - 1), st.integers(0, 65_535), st.sampled_from("nf"),
                st.sampled_from([" \n", " \r", "\r\n"]),
            ),
            max_size=4,
        )
    )  # fmt: skip
    text = bytearray("".join(lines).encode())
    for at in draw(st.lists(st.integers(0, max(0, len(text) - 1)), max_size=3)) if text else ():
        text[at] = draw(st.sampled_from(list(b"0 9nf\r\n+x\t")))
    return bytes(text[: len(text) - draw(st.sampled_from([0, 0, 0, 1, 20]))])


@given(rows())
def test_rows_are_checked_as_a_regular_expression_would(text: bytes) -> None:
    even = _ROWS.fullmatch(text) is not None
    try:
        check_rows(text, len(text) // 20)
    except Unusual:
        assert not even
    else:
        assert even


@given(
    st.lists(
        st.tuples(
            st.integers(0, 10**10 - 1), st.sampled_from([0, 0, 0, 65_535, 1]), st.sampled_from("nnf"),
            st.sampled_from([" \n", " \r", "\r\n"]),
        ),
        min_size=1, max_size=80,
    ),
    st.sampled_from([0, 1, 7]),
    st.booleans(),
)  # fmt: skip
def test_a_table_is_read_whole_as_its_rows_are(
    lines: list[tuple[int, int, str, str]], first: int, usual: bool
) -> None:
    if usual:  # as nearly all files begin
        lines = [(0, 65_535, "f", " \n"), *((offset, 0, "n", end) for offset, _, _, end in lines)]
    text = "".join(f"{offset:010} {generation:05} {kind}{end}" for offset, generation, kind, end in lines)
    table = Table(text.encode(), 0, ((first, len(lines), 0),), {}, None)
    used = {first + place: each for place, each in enumerate(lines) if each[2] == "n"}
    try:
        rows = table.rows()
    except Unusual:
        assert any(generation for _, generation, _, _ in used.values())
    else:
        assert rows == {number: offset for number, (offset, _, _, _) in used.items()}
        assert not any(generation for _, generation, _, _ in used.values())


@given(st.lists(st.tuples(numbers, st.integers(0, 65_535)), min_size=1, max_size=8), spaces)
def test_an_array_of_references_is_read_as_its_parts(named: list[tuple[int, int]], space: str) -> None:
    written = space.join(f"{number} {generation} R" for number, generation in named)
    found, end = value(f"[{space}{written}]/Next".encode(), 0)
    assert found == [value(f"{number} {generation} R".encode(), 0)[0] for number, generation in named]
    assert end == len(f"[{space}{written}]")


@given(st.lists(references | between, max_size=8).map("".join))
def test_an_array_is_read_the_same_with_a_remark_in_it(written: str) -> None:
    def read(text: str) -> object:
        try:
            return value(text.encode(), 0)[0]
        except Malformed:
            return None

    # A remark may stand wherever white space may: with it the array is read part by part.
    assert read(f"[{written}]") == read(f"[%\n{written}]")
