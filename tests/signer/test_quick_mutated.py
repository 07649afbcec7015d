"""Files made odd by chance: the short way says what the long way says, or nothing."""

import random

import pytest

from signer.errors import Malformed
from signer.pades import lexing, objects, signed_part
from signer.pades.judged import File
from tests.signer.by_chance import file
from tests.signer.by_letter import Signing

_UNREAD = {
    "This part of the PDF cannot be read: {detail}.",
    "A page's list of annotations, or of pages, is not made of references.",
}
"""What the long way says of signed objects that the short way has no need to read: it asks who names what a
later revision wrote, not what everything else is."""


def differs(signing: Signing, seed: int) -> bool:
    """Tell whether the two ways disagree about the file of this seed."""
    pdf = file(random.Random(seed), signing)
    quick = signing.quick(pdf)
    if quick is None:
        return False
    slow = signing.slow(pdf)
    return quick != slow and not _is_unread(slow, pdf)


def _is_unread(slow: File | None, pdf: bytes) -> bool:
    reasons = () if slow is None else [reason for each in slow.judged for reason in each.verdict.reasons]
    return slow is None or any(
        reason.template in _UNREAD
        or (reason.template == signed_part._ODD and _is_in_an_odd_object(pdf, int(str(reason.facts["at"]))))
        for reason in reasons
    )


def _is_in_an_odd_object(pdf: bytes, at: int) -> bool:
    """Tell whether a byte lies in an object that nobody can read by the letter."""
    *_, header = (each for each in objects.HEADER.finditer(pdf) if each.start() <= at)
    try:
        _, end = lexing.value(pdf, header.end())
    except Malformed:
        return True
    return end < at and not pdf[end:].lstrip().startswith((b"endobj", b"stream"))


def test_files_made_odd_by_chance_are_judged_alike(signing: Signing) -> None:
    info_is_a_stream, font_has_a_key_without_a_value = 4140, 506
    odd = (info_is_a_stream, font_has_a_key_without_a_value)
    assert [seed for seed in (*range(40), *odd) if differs(signing, seed)] == []


@pytest.mark.campaign
@pytest.mark.timeout(3600)
def test_many_files_made_odd_by_chance_are_judged_alike(signing: Signing) -> None:
    assert [seed for seed in range(20_000) if differs(signing, seed)] == []
