"""Innocent-looking updates that show something else, or draw over the page: refused, and said which."""

import dataclasses
import re

import pytest

from signer.policy import Policy
from signer.report import Changes, Indication
from signer.verifying import examine
from tests.signer.forging import Change, updated
from tests.signer.stage_samples import Stages
from tests.vectors.attacks import updating

ALWAYS = [
    (updating.appearances_anew, "drawn anew"),
    (updating.larger_default, "show its fields otherwise"),
    (updating.other_quadding, "show its fields otherwise"),
    (updating.font_redefined, "calls Font CvSerif"),
    (updating.font_replaced, "calls Font CvSerif|unexplained"),
    (updating.content_in_place, "The content of object"),
    (updating.five_numbers, "The field year was added.*/Rect"),
    (updating.text_in_rectangle, "The field year was added.*/Rect"),
    (updating.indirect_rectangle, "The field year was added.*/Rect"),
    (updating.over_the_page, "The field evil was added; it is drawn"),
    (updating.small_but_drawn, "The field evil was added; it is drawn"),
    (updating.with_script, "The field evil was added.*/AA"),
    (updating.with_ground, "The field evil was added.*/MK"),
    (updating.borrowed_content, "takes object|The content of object"),
    (updating.borrowed_page, "takes object"),
]
SEALED = [
    (updating.font_added, "show its fields otherwise"),
    (updating.title_changed, "properties of the document were changed: XMP:Keywords"),
    (updating.information_changed, "properties of the document were changed: Title"),
    (updating.added(AP=None), "no document time-stamp"),
]


def name(case: object) -> str:
    return getattr(case, "__name__", "")


@pytest.mark.parametrize(("attack", "said"), ALWAYS, ids=name)
@pytest.mark.parametrize("stage", ["signed", "sealed"])
async def test_what_wakes_or_draws_something_is_refused(
    stages: Stages, policy: Policy, attack: Change, said: str, stage: str
) -> None:
    pdf = updated(getattr(stages, stage).pdf, attack)
    report = await examine(pdf, dataclasses.replace(policy, require="any"))
    assert report.indication is Indication.TOTAL_FAILED
    layers = [each for each in report.signatures if each.field.startswith("layer")]
    assert [each.changes is Changes.FORBIDDEN for each in layers] == [True] * (1 + (stage == "sealed"))
    assert re.search(said, " ".join(map(str, report.verdict.reasons)))


@pytest.mark.parametrize(("attack", "said"), SEALED, ids=name)
async def test_after_the_seal_only_proof_is_added(
    stages: Stages, policy: Policy, attack: Change, said: str
) -> None:
    report = await examine(updated(stages.sealed.pdf, attack), policy)
    assert report.indication is Indication.TOTAL_FAILED
    assert re.search(said, " ".join(map(str, report.verdict.reasons)))


async def test_changed_properties_are_told_where_they_are_allowed(stages: Stages, policy: Policy) -> None:
    pdf = updated(stages.signed.pdf, updating.title_changed)
    report = await examine(pdf, dataclasses.replace(policy, require="any"))
    assert report.passed
    assert [str(each) for each in report.signatures[0].change_list] == [
        "The properties of the document were changed: XMP:Keywords."
    ]


async def test_an_update_that_changes_nothing_is_no_proof(stages: Stages, policy: Policy) -> None:
    report = await examine(updated(stages.sealed.pdf, updating.nothing), policy)
    assert report.passed
    assert "changes nothing" in str(report.layer(2).change_list)
