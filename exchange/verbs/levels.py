"""Which level was reached, said plainly where it is not the one asked for; and reaching it later."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

from exchange.verbs import given, trusted
from exchange.verbs.batch import each_written
from exchange.verbs.call import Call, Outcome
from pki.words import N_, Sentence
from signer.apart.asking import get_ready
from signer.apart.requests import Examine
from signer.level import Evidence, Short

EXTEND = N_("Bring the document to its level when there is one: congvan extend.")
"""What is to be done about a level that was not reached, where no office does it by itself."""

QUEUED = N_("The office's server brings it to its level; it is sent then. See: congvan outbox.")
"""The same, where one does."""


def reached(outcome: Outcome, short: Short | None, call: Call, todo: str = EXTEND) -> Outcome:
    """Return an outcome that says, where it is so, which lower level was reached, why, and what to do."""
    if short is None:
        return outcome
    facts: Mapping[str, Any] = {
        **outcome.facts,
        "level": short.reached.said,
        "level_asked": short.asked.said,
        "why": short.why.said(call.translate),
        "hint": call.translate(todo),
    }
    said = {"reached": short.reached.said, "asked": short.asked.said, "why": short.why}
    lines = [
        *outcome.lines,
        Sentence(N_("Level {reached} was reached, not {asked}. {why}"), said),
        Sentence(todo),
    ]
    return replace(outcome, facts=facts, lines=lines)


async def extend_files(call: Call) -> AsyncIterator[Outcome]:
    """Give signed documents the proof that they lack for a level."""
    from signer.renewing import extend  # loads pyHanko

    get_ready(Examine)
    trusted.shared_answers(call)
    policy, level = trusted.policy(call), given.level(call)
    evidence = Evidence(tsa_url=given.authorities(call, level), tsa_budget=given.budget(call))

    async def make(pdf: bytes) -> tuple[bytes, Outcome]:
        extended = await extend(pdf, evidence, policy, level)
        facts = {
            "stage": "extended",
            "level": level.said,
            "levels": [each.level for each in extended.report.signatures],
            "added": len(extended.pdf) - len(pdf),
            "indication": extended.report.indication.value,
        }
        done = N_("Every signature has level {level}.")
        if extended.pdf == pdf:
            done = N_("Every signature had level {level} already.")
        return extended.pdf, Outcome(facts, [Sentence(done, facts)])

    async for outcome in each_written(call, make):
        yield outcome
