"""What is appended to a signed file can be read in one way only, or the signatures before it are refused."""

import dataclasses
import re
from collections.abc import Callable

import pytest

from pki.token import Token
from signer.document import Numbered
from signer.errors import DocumentError, NotBelieved
from signer.pades.door import Malformed
from signer.pades.revisions import History
from signer.policy import Policy
from signer.report import Changes, Indication
from signer.sealing import seal
from signer.verifying import examine
from tests.signer.stage_samples import NUMBER, Stages
from tests.vectors.attacks import appending

Attack = Callable[[bytes], bytes]
ATTACKS = [
    appending.listed_twice,
    appending.offset_with_underscore,
    appending.startxref_with_underscore,
    appending.entry_beyond_the_end,
    appending.root_twice,
    appending.body_in_a_comment,
    appending.other_generation,
    appending.prev_with_escape,
    appending.hybrid,
    *(appending.stream_of_type(each) for each in (0, 3, 9)),
]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda each: each.__name__)
@pytest.mark.parametrize("stage", ["signed", "sealed"])
async def test_a_revision_that_reads_differently_to_others_is_refused(
    stages: Stages, policy: Policy, attack: Attack, stage: str
) -> None:
    pdf = attack(getattr(stages, stage).pdf)
    report = await examine(pdf, dataclasses.replace(policy, require="any"))
    assert report.indication is Indication.TOTAL_FAILED
    assert report.verdict.sub_indication == "FORMAT_FAILURE"
    assert not any(each.verdict.passed for each in report.signatures)


async def test_the_sentence_says_where_a_revision_is_odd(stages: Stages, policy: Policy) -> None:
    report = await examine(appending.listed_twice(stages.sealed.pdf), policy)
    assert all(each.changes is Changes.FORBIDDEN for each in report.signatures)
    assert re.search(r"not well-formed at byte \d+", str(report.verdict.reasons[0]))


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda each: each.__name__)
async def test_nobody_seals_over_such_a_revision(
    stages: Stages, policy: Policy, agency: Token, attack: Attack
) -> None:
    with pytest.raises((NotBelieved, DocumentError)):
        await seal(Numbered(pdf=attack(stages.signed.pdf), number=NUMBER), agency, policy=policy)


@pytest.mark.parametrize("honest", appending.HONEST, ids=lambda each: each.__name__)
async def test_an_update_as_honest_programs_write_it_is_believed(
    stages: Stages, policy: Policy, honest: Attack
) -> None:
    report = await examine(honest(stages.sealed.pdf), policy)
    assert report.passed
    assert report.two_layer


def test_a_cross_reference_stream_is_walked(stages: Stages) -> None:
    History(appending.stream_of_type(1)(stages.signed.pdf)).check(len(stages.signed.pdf), {})


@pytest.mark.parametrize("spoil", appending.SPOILED_OBJECT_STREAMS, ids=lambda each: each.__name__)
def test_an_object_stream_holds_exactly_what_the_section_says(stages: Stages, spoil: Attack) -> None:
    with pytest.raises(Malformed):
        History(spoil(stages.signed.pdf)).check(len(stages.signed.pdf), {})


def test_loops_and_endless_chains_end(stages: Stages) -> None:
    pdf = appending.nothing_new(stages.signed.pdf)
    itself = b"/Prev %d " % pdf.rindex(b"xref\n0")
    for looped in (re.sub(rb"/Prev \d+ (?![\s\S]*/Prev)", itself, pdf), appending.prev_to_itself(pdf)):
        with pytest.raises(Malformed):
            History(looped).check(len(stages.signed.pdf), {})
