"""Bending keeps what it bends in its form, and what is signed anew is believed: else nothing is reached."""

import random

import pytest

from signer.errors import Malformed
from signer.pades import der
from tests.fuzz import anew, fuzz_cms, fuzz_evidence, fuzz_update
from tests.fuzz.bending import Node, bend_der, bend_words, encoded
from tests.fuzz.held import ANSWERS, LISTS
from tests.fuzz.judging import HONESTLY

ALL_DER = (*fuzz_cms.HELD, *LISTS, *ANSWERS)


def garble(data: bytes, longest: int) -> bytes:
    """What the fuzzer does in its own way, as a stand-in without it: one bit."""
    return (bytes([data[0] ^ 1]) + data[1:])[:longest] if data else b"\0"


def is_der(data: bytes) -> bool:
    try:
        return der.check(data) == len(data)
    except Malformed:
        return False


@pytest.mark.parametrize("data", ALL_DER, ids=range(len(ALL_DER)))
def test_what_is_taken_apart_is_put_together_again(data: bytes) -> None:
    assert encoded(Node.all_in(data)) == data


def test_bent_der_is_mostly_der_and_mostly_other() -> None:
    chance = random.Random(1)
    bent = [bend_der(each, ALL_DER, chance, garble) for each in ALL_DER for _ in range(10)]
    assert sum(map(is_der, bent)) > len(bent) / 2
    assert len(set(bent) - set(ALL_DER)) > len(bent) / 2


def test_bent_words_are_of_these_texts() -> None:
    chance = random.Random(1)
    text, other = b"<< /Type /Annot /Rect [1 2 3 4] >>", b"(said)"
    bent = {bend_words(text, [other], chance) for _ in range(50)}
    assert text not in bent or len(bent) > 20
    assert any(other in each for each in bent)
    assert all(set(each) <= set(text + other) for each in bent)


@pytest.mark.parametrize("place", range(len(fuzz_cms.OURS)))
def test_a_container_signed_anew_is_believed_by_both_ways(place: int) -> None:
    gap = fuzz_cms.GAPS[len(fuzz_cms.STRANGERS) + place]
    other = gap.held.replace(b"http://issuer.test", b"http://ISSUER.test")  # in the signer's certificate
    made = anew.container(other, fuzz_cms.KEYS[place], fuzz_cms.STAMPER)
    assert made not in (gap.held, other)
    whole = gap.holding(made)
    assert whole is not None
    assert gap.measure.quick(whole) is not None
    report = gap.measure.report(whole, tolerating=frozenset())
    assert report is not None
    assert report.signatures[0].intact


def test_a_share_of_what_is_bent_is_believed() -> None:
    chance, passed = random.Random(1), 0
    for seed in fuzz_update.SEEDS * 2:
        data = fuzz_update.bend(seed, chance, garble)
        report = HONESTLY.report(fuzz_update.file(data))
        passed += report is not None and report.passed
    assert passed > 3


def test_evidence_is_bent_and_stays_evidence() -> None:
    chance = random.Random(1)
    bent = {fuzz_evidence.bend(seed, chance, garble) for seed in fuzz_evidence.seeds()}
    read = [fuzz_evidence.VerdictEvidence.parse(each[1:]) for each in bent]
    assert len(read) > len(fuzz_evidence.EVIDENCE)
