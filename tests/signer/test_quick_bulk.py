"""What is searched and checked in bulk is found and refused as it would be one by one."""

import re

from hypothesis import given
from hypothesis import strategies as st

from signer.quick.file import _check_rows
from signer.quick.mentions import _named
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
def test_no_reference_is_overlooked(written: str) -> None:
    text = written.encode()
    at_each_place = (_REFERENCE.match(text, at) for at in range(len(text)))
    assert {int(each[1]) for each in at_each_place if each is not None} <= _named(text)


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
        _check_rows(text, len(text) // 20)
    except Unusual:
        assert not even
    else:
        assert even
