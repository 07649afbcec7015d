"""A linearization dictionary whose length comes true makes Poppler begin elsewhere than all other readers."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from signer.errors import Malformed
from signer.pades import linearized, sections
from tests.signer.by_letter import PLAIN, Signing, appended, stream

VECTOR = Path(__file__).parents[1] / "vectors" / "pdf" / "linearized.pdf"
OTHER = stream(b"BT /F 20 Tf 100 600 Td (Cong van khac) Tj ET")
FRONT = b"xref\n%strailer\n<< /Size 14 /Root 1 0 R /Info 12 0 R >>\nstartxref\n0\n%%%%EOF\n"
DICTIONARY = b"<< /Linearized 1 /L %s /H [ 500 100 ] /O 3 /E 10000 /N 1 /T 100 >>"
PADDED = 30_000  # bytes


def rows(places: Mapping[int, int]) -> bytes:
    used = b"".join(b"%010d 00000 n \n" % places[number] for number in range(1, 14))
    return b"0 14\n0000000000 65535 f \n" + used


def prepared(length: int, dictionary: bytes = DICTIONARY, lead: bytes = b"") -> bytes:
    """A file whose front section names another content than the section to which its end leads."""
    pdf = b"%PDF-1.7\n" + lead
    places = {13: len(pdf)}
    pdf += b"13 0 obj\n%s\nendobj\n" % (dictionary % (b"%010d" % length))
    at = len(pdf) + len(FRONT % rows(dict.fromkeys(range(1, 14), 0)))
    body, front = b"", 0
    for number, text in PLAIN.items():
        places[number] = at + len(body)
        body += b"%d 0 obj\n%s\nendobj\n" % (number, text)
        if number == 9:
            front = at + len(body)
            body += b"9 0 obj\n%s\nendobj\n" % OTHER
    pdf += FRONT % rows({**places, 9: front}) + body
    trailer = b"trailer\n<< /Size 14 /Root 1 0 R /Info 12 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(pdf)
    return pdf + b"xref\n" + rows(places) + trailer


def grown(pdf: bytes, length: int) -> bytes:
    """The file with the font written anew as it was, so that it has this length."""
    room = length - len(appended(pdf, {10: PLAIN[10] + b"\n%"}))
    update = appended(pdf, {10: PLAIN[10] + b"\n%" + b"-" * room})
    return appended(pdf, {10: PLAIN[10] + b"\n%" + b"-" * (room + length - len(update))})


SPELLED = {
    "plainly": DICTIONARY,
    "with an escape": DICTIONARY.replace(b"/Linearized", b"/Line#61rized"),
    "with a key given twice": DICTIONARY.replace(b"/H", b"/N 1 /H"),
}


@pytest.mark.parametrize("lead", [b"", b"%a line\n \n%obj\r"], ids=["first", "behind comments"])
@pytest.mark.parametrize("spelled", SPELLED)
def test_a_length_that_comes_true_is_refused(signing: Signing, spelled: str, lead: bytes) -> None:
    signed = signing.sign(prepared(PADDED, SPELLED[spelled], lead))
    pdf = grown(signed, PADDED)
    assert len(pdf) == PADDED
    slow = signing.slow(pdf)
    assert signing.quick(pdf) is None
    assert slow is not None
    assert [each.verdict.sub_indication for each in slow.judged] == ["FORMAT_FAILURE"]


def test_a_length_that_was_true_when_it_was_signed_is_refused(signing: Signing) -> None:
    signed = signing.sign(prepared(len(prepared(0))))
    for pdf in (signed, appended(signed, {10: PLAIN[10]})):
        slow = signing.slow(pdf)
        assert signing.quick(pdf) is None
        assert slow is not None
        assert [each.verdict.sub_indication for each in slow.judged] == ["FORMAT_FAILURE"]


def test_a_length_that_is_not_true_is_nothing_to_anybody(signing: Signing) -> None:
    pdf = grown(signing.sign(prepared(PADDED)), PADDED + 1)
    quick, slow = signing.quick(pdf), signing.slow(pdf)
    assert slow is not None
    assert slow.judged[0].verdict.passed
    assert quick in (None, slow)  # the comment that fills the file up is odd


def test_an_honest_file_is_linearized() -> None:
    pdf = VECTOR.read_bytes()
    linearized.check(pdf, len(pdf))
    start, _ = sections.last(pdf, len(pdf))
    at = pdf.rindex(b"%d" % start)
    with pytest.raises(Malformed, match="linearized"):
        linearized.check(pdf[:at] + b"%d" % (start + 1) + pdf[at + len(b"%d" % start) :], len(pdf))
