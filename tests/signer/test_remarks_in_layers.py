"""Remarks, each of them light or thin, that together draw letters: in one appearance or one by one."""

from collections.abc import Sequence

import pytest

from tests.signer.by_letter import PLAIN, SIGNATURE, Signing, appended, stream, written

OPEN = (
    b"/Reference [<< /Type /SigRef /TransformMethod /DocMDP /TransformParams"
    b" << /Type /TransformParams /P 3 /V /1.2 >> >>] /M "
)
OBJECTS = {
    **PLAIN,
    1: PLAIN[1].replace(b"/AcroForm", b"/Perms << /DocMDP 8 0 R >> /AcroForm"),
    8: SIGNATURE.replace(b"/M ", OPEN),
}
YELLOW, CYAN, PINK, GREY = b"1 1 0", b"0 1 1", b"1 0.6 1", b"0.6 0.6 0.6"
STROKE = b"[200 620 206 620 200 600 206 600]"
BESIDE = b"[300 620 306 620 300 600 306 600]"
STATES = b"/Resources << /ExtGState << /G << /BM /Multiply >> >> >>"


def remark(colour: bytes, place: bytes = STROKE, rest: bytes = b"", kind: bytes = b"Highlight") -> bytes:
    entries = b"/Rect [90 590 400 630] /C [%s] /QuadPoints %s" % (colour, place)
    return b"<< /Type /Annot /Subtype /%s /F 4 %s %s >>" % (kind, entries, rest)


def look(*colours: bytes, path: bytes = b"200 600 6 20 re") -> bytes:
    """An appearance that fills a path in each of these colours."""
    content = b"/G gs " + b" ".join(b"%s rg %s f" % (colour, path) for colour in colours)
    return stream(content, b"/Type /XObject /Subtype /Form /BBox [90 590 400 630] " + STATES)


@pytest.fixture(scope="module")
def signed(signing: Signing) -> bytes:
    return signing.sign(written(OBJECTS))


def with_remarks(pdf: bytes, remarks: Sequence[bytes], *, one_by_one: bool) -> bytes:
    """The file with these remarks on its page, all in one update or each in its own."""
    listed, waiting = b"7 0 R", dict[int, bytes]()
    for number, text in enumerate(remarks, 60):
        listed += b" %d 0 R" % number
        waiting[number] = text
        if one_by_one or number == 59 + len(remarks):
            pdf = appended(pdf, {**waiting, 3: OBJECTS[3].replace(b"7 0 R]", listed + b"]")})
            waiting = {}
    return pdf


def is_believed(signing: Signing, pdf: bytes) -> bool:
    slow = signing.slow(pdf)
    return slow is not None and slow.judged[0].verdict.passed and signing.quick(pdf) is None


def drawn(signed: bytes, shown: bytes) -> bytes:
    whole = remark(YELLOW, rest=b"/AP << /N 90 0 R >>")
    return appended(signed, {60: whole, 90: shown, 3: OBJECTS[3].replace(b"7 0 R]", b"7 0 R 60 0 R]")})


LAYERS = [YELLOW, CYAN, *[PINK] * 8]
LINE = b"0.3 0 0"


@pytest.mark.parametrize("one_by_one", [False, True])
@pytest.mark.parametrize(
    "remarks",
    [
        [remark(colour) for colour in LAYERS],
        [remark(LINE, kind=b"StrikeOut"), remark(LINE, kind=b"Underline")],
        [remark(GREY)],
    ],
    ids=["light in layers", "lines over each other", "grey"],
)
def test_remarks_draw_no_letters(
    signing: Signing, signed: bytes, remarks: list[bytes], one_by_one: bool
) -> None:
    assert not is_believed(signing, with_remarks(signed, remarks, one_by_one=one_by_one))


@pytest.mark.parametrize("colours", [LAYERS, [GREY], [YELLOW, CYAN, *[PINK] * 8, YELLOW]])
def test_an_appearance_draws_no_letters(signing: Signing, signed: bytes, colours: list[bytes]) -> None:
    assert not is_believed(signing, drawn(signed, look(*colours)))


SEVEN = b"200 600 m 206 600 l 214 618 l 214 620 l 200 620 l 200 617 l 210 617 l h"


@pytest.mark.parametrize(
    "path", [SEVEN, b"200 600 90 20 re " + SEVEN, b"300 600 m 300 620 l 302 600 l 390 601 l h"]
)
def test_an_appearance_fills_stretches_of_text(signing: Signing, signed: bytes, path: bytes) -> None:
    """What it draws is light, and can be read all the same."""
    assert not is_believed(signing, drawn(signed, look(YELLOW, path=path)))


@pytest.mark.parametrize(
    "place",
    [
        b"[]",
        b"[200 620 206 620 200 600]",
        b"[200 620 206 640 200 600 206 620]",
        b"[200 620 202 620 208 600 210 600]",
        b"[200 700 290 700 200 600 290 600]",
        b"[200 602 290 602 200 600 290 600]",
        b"[" + STROKE[1:-1] * 65 + b"]",
    ],
)
def test_a_highlight_marks_level_stretches_of_text(signing: Signing, signed: bytes, place: bytes) -> None:
    assert not is_believed(signing, with_remarks(signed, [remark(YELLOW, place)], one_by_one=False))


@pytest.mark.parametrize("one_by_one", [False, True])
@pytest.mark.parametrize(
    "remarks",
    [
        [remark(YELLOW), remark(YELLOW, BESIDE)],
        [remark(YELLOW), remark(YELLOW)],
        [remark(LINE, kind=b"StrikeOut"), remark(LINE, BESIDE, kind=b"StrikeOut")],
    ],
)
def test_remarks_that_mark_a_page_are_believed(
    signing: Signing, signed: bytes, remarks: list[bytes], one_by_one: bool
) -> None:
    assert is_believed(signing, with_remarks(signed, remarks, one_by_one=one_by_one))


@pytest.mark.parametrize("path", [b"200 600 6 20 re", b"200 600 m 200 620 l 230 610 250 610 260 600 c h"])
def test_an_appearance_that_marks_once_is_believed(signing: Signing, signed: bytes, path: bytes) -> None:
    assert is_believed(signing, drawn(signed, look(YELLOW, path=path)))
