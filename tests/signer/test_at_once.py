"""An object that is read at once is what it is token by token, or is read so."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from signer.errors import Malformed
from signer.pades import at_once, lexing
from signer.pades.lexing import Ref, Value
from signer.pades.objects import HEADER

VECTORS = Path(__file__).parents[1] / "vectors" / "pdf"

REFERENCES = "[1 0 R 2 0 R 3 0 R 4 0 R 5 0 R 6 0 R 7 0 R 8 0 R 9 0 R]"
words = st.sampled_from([
    "<<", ">>", "[", "]", "/A", "/B", "/A#20b", "/A#41", "/", "1", "-2", "007", "1.5", ".5", "-.", "1 0 R",
    "1  0\tR", "0 R", "R", "true", "null", "false", "nulls", "(a)", "(a(b)c)", "(a\\)b)", "(\\\\)", "(", ")",
    "<41>", "<4 1>", "<4g>", "<(>", "<4<>", "<%>", "<", ">", "% x\n", "%", "{", "1 0 R" * 9, REFERENCES,
    "stream", "endobj",
    "(endobj)", "(stream)", "startxref", "[" * 65, "[" * 64 + "]" * 64, "12345678901234567890123",
    "/" + "n" * 127, "/" + "n" * 128, "/" + "#2d" * 43, "/A#80", "/A#ffB", "/A#81",
    "/A\x80B", "/\xff", "\x80", "1\xff", "true\x80", "(\xff)", "% \x80\n", "/\xe9",
])  # fmt: skip
spaces = st.sampled_from(["", " ", "\n", "\r\n", "\0", "  ", "\t"])
texts = st.lists(st.tuples(words, spaces), max_size=14).map(lambda parts: "".join(map("".join, parts)))
whole = texts.map(lambda inner: f"<< /K {inner} >>")
ends = st.sampled_from(
    [" endobj", "endobj", "\nstream\n", "stream", "\nstartxref", "", " endob", "\0endobj % x"]
)


def either(read: Callable[[bytes, int], tuple[Value, int]], data: bytes, at: int) -> object:
    """What a reader says, with the class of every part; or where it refused."""
    try:
        value, end = read(data, at)
    except Malformed as error:
        return error.facts
    return classed(value), end


def classed(value: Value) -> object:
    match value:
        case Ref():
            return ("Ref", *value)
        case list():
            return [classed(each) for each in value]
        case dict():
            return {(type(key), key): classed(each) for key, each in value.items()}
        case _:
            return type(value), value


@given(written=texts | whole, end=ends, before=st.sampled_from(["", "1 0 obj"]))
@example(written="/A", end="endobj", before="")
@example(written="<< /K /A\xffB /C >>", end="endobj", before="")
@example(written="<< /K\x80/A >>", end=" \0endobj", before="")
@example(written="12", end="endobj", before="")
@example(written="(a endobj b)", end=" endobj", before="")
@example(written="<< /A (a % b) >> /B", end=" endobj", before="")
def test_it_is_what_it_is_token_by_token(written: str, end: str, before: str) -> None:
    data = (before + written + end).encode("latin-1")
    assert either(at_once.value, data, len(before)) == either(lexing.value, data, len(before))


@pytest.mark.parametrize("read", [at_once.value, lexing.value])
@pytest.mark.parametrize(
    "name", [b"n" * 128, b"#2d" * 43, b"A#80", b"A#ffB", b"A#FF", b"A\x80B", b"A\xff", b"\x80A"]
)
def test_a_name_that_not_all_read_alike_is_refused(
    read: Callable[[bytes, int], tuple[Value, int]], name: bytes
) -> None:
    with pytest.raises(Malformed):
        read(b"<< /K /%s /L 1 >> endobj" % name, 0)


@pytest.mark.parametrize("read", [at_once.value, lexing.value])
def test_what_looks_like_such_a_name_is_read(read: Callable[[bytes, int], tuple[Value, int]]) -> None:
    text = b"(/A\xff\x80)"
    value, _ = read(b"<< /%s %s /\xe9#81 [/A#20B] >> endobj" % (b"n" * 127, text), 0)
    assert value == {"n" * 127: text, "\xe9\x81": ["A B"]}


blanks = st.sampled_from([" ", " ", "\n", "\t ", "  "])


@given(st.lists(st.tuples(st.integers(0, 9_999_999), st.sampled_from([0, 0, 0, 10, 99_999]), blanks, blanks)))
def test_lists_of_references_are_read_as_they_are_written(listed: list[tuple[int, int, str, str]]) -> None:
    written = " ".join(f"{number}{one}{generation}{other}R" for number, generation, one, other in listed)
    value, _ = lexing.value(f"[ {written} ]".encode(), 0)
    assert value == [Ref(number, generation) for number, generation, _, _ in listed]


@pytest.mark.parametrize("file", sorted(VECTORS.glob("*.pdf")), ids=lambda file: file.stem)
def test_every_object_of_real_files_is_the_same(file: Path) -> None:
    data = file.read_bytes()
    found = [match.end() for match in HEADER.finditer(data)]
    assert found
    for at in found:
        assert either(at_once.value, data, at) == either(lexing.value, data, at)


def test_most_objects_of_real_files_are_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    data = (VECTORS / "libreoffice-docx.pdf").read_bytes()
    asked: list[int] = []
    monkeypatch.setattr(lexing, "value", lambda _, at: (asked.append(at), at))
    found = [match.end() for match in HEADER.finditer(data)]
    for at in found:
        at_once.value(data, at)
    assert len(asked) < len(found) / 4


def test_a_list_that_was_read_is_nobody_elses() -> None:
    data = b"[ 1 0 R 2 0 R ] endobj"
    first, _ = at_once.value(data, 0)
    assert isinstance(first, list)
    first.clear()
    assert at_once.value(data, 0)[0] == [(1, 0), (2, 0)]
