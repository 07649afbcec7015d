"""Files made odd by chance: the short way says what the long way says, or nothing."""

import random

import pytest

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
    return quick != slow and not _is_unread(slow)


def _is_unread(slow: File | None) -> bool:
    return slow is None or any(
        reason.template in _UNREAD for each in slow.judged for reason in each.verdict.reasons
    )


def test_files_made_odd_by_chance_are_judged_alike(signing: Signing) -> None:
    info_is_a_stream = 4140
    assert [seed for seed in (*range(40), info_is_a_stream) if differs(signing, seed)] == []


@pytest.mark.campaign
@pytest.mark.timeout(3600)
def test_many_files_made_odd_by_chance_are_judged_alike(signing: Signing) -> None:
    assert [seed for seed in range(20_000) if differs(signing, seed)] == []
