"""What a document states of number, symbol and date, and nobody sees, is held to its first page."""

import asyncio
import dataclasses

import pytest

from signer.shown import Printed
from signer.verifying import examine
from tests.signer.by_letter import stream, written
from tests.signer.prepared_samples import BASE, LOCKING, SEALING, Objects, Signers

MAP = stream(
    b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <FF> endcodespacerange"
    b" 1 beginbfrange <20> <7E> <0020> endbfrange 4 beginbfchar"
    b" <80> <1ED1> <81> <00E0> <82> <00E1> <83> <0103>"
    b" endbfchar endcmap end end"
)
WIDTHS = b"/FirstChar 32 /LastChar 131 /Widths [%s]" % (b"500 " * 100)
FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 31 0 R %s >>" % WIDTHS
NUMBER = r"BT /F 12 Tf 60 702 Td (S\200: %s/%s) Tj ET "
DATE = r"BT /F 12 Tf 300 702 Td (An, ng\201y %s th\202ng %s n\203m %s) Tj ET"


def stated(signers: Signers, objects: Objects, sealing: Objects) -> list[str]:
    """What is told of a document, of what its page prints."""
    signed = signers.person.sign(written({**BASE, 10: FONT, 31: MAP, **objects}))
    policy = dataclasses.replace(signers.person.policy, require="two-layer", same_agency=False)
    report = asyncio.run(examine(signers.over(signed, sealing), policy))
    assert report.passed
    return [str(each) for each in report.notes if "prints" in str(each)]


def page(*lines: str) -> bytes:
    return stream("".join(lines).encode())


FIELDS = {
    "the symbol that is printed": (page(NUMBER % ("      ", "UBND-VP")), []),
    "no line of a number": (page(), []),
    "another symbol": (
        page(NUMBER % ("      ", "QD-ABC")),
        ["The page prints “QD-ABC” where the document states “UBND-VP”."],
    ),
}


@pytest.mark.parametrize("case", FIELDS)
def test_a_symbol_is_held_to_the_one_that_is_printed(signers: Signers, case: str) -> None:
    """The number's field keeps it in its /TM, which no reader shows."""
    content, told = FIELDS[case]
    kept, sealed = (each.replace(b"/DA", b"/TM (UBND-VP) /DA") for each in (BASE[5], SEALING[5]))
    assert stated(signers, {5: kept, 9: content}, {**SEALING, 5: sealed}) == told


WHOLE = {
    "all as it is printed": (page(NUMBER % ("12", "QD"), DATE % ("3", "02", "2026")), []),
    "another number": (
        page(NUMBER % ("13", "QD"), DATE % ("03", "2", "2026")),
        ["The page prints “13” where the document states “012”."],
    ),
    "another date": (
        page(NUMBER % ("12", "QD"), DATE % ("04", "02", "2025")),
        [
            "The page prints “04” where the document states “03”.",
            "The page prints “2025” where the document states “2026”.",
        ],
    ),
    "a date in part": (page(NUMBER % ("12", "QD"), DATE % ("03", "02", "20")), []),
}


@pytest.mark.parametrize("case", WHOLE)
def test_what_the_seal_states_is_held_to_the_page(signers: Signers, case: str) -> None:
    """Where all was printed before layer 1 there are no fields, and the seal says which number it is."""
    content, told = WHOLE[case]
    objects = {
        3: BASE[3].replace(b"5 0 R 6", b"6"),
        4: BASE[4].replace(b"5 0 R 6", b"6"),
        9: content,
    }
    seal = LOCKING.replace(b"/Reference", b"/Reason (012/QD; 2026-02-03) /Reference")
    sealing = {number: text for number, text in SEALING.items() if number not in (5, 40)}
    assert stated(signers, objects, {**sealing, 41: seal}) == told


def test_no_reader_of_pages_returns_more_than_is_printed() -> None:
    for odd in ({"number": "0" * 201}, {"date": {"hour": "12"}}, {"date": {"day": "1" * 201}}):
        with pytest.raises(ValueError, match="no number"):
            Printed(**odd)  # type: ignore[arg-type]
