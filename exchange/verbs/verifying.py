"""verify: documents, receipts, proofs and sealed reports.

A command of one document starts in the time that loading takes, so this loads what every document needs, and
what a receipt, a proof, evidence, a report or its seal needs where there is one. No PDF library: those are
for the process that reads the document.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from exchange.verbs import trusted
from exchange.verbs.batch import each_path
from exchange.verbs.call import Call, Outcome
from exchange.verbs.kinds import is_document, kind_of
from exchange.verbs.verdicts import Verdicts
from pki.errors import UsageError
from pki.files import opened
from signer.apart.asking import get_ready
from signer.apart.requests import Examine
from signer.apart.turns import AHEAD
from signer.policy import Policy


async def verify_files(call: Call) -> AsyncIterator[Outcome]:
    """Examine documents, receipts, proofs and sealed reports, each by what it is."""
    options = call.options
    # Evidence is kept of a verdict that was made twice; of two layers the first page is read besides.
    times = (1 if options.save_evidence is None else 2) * (2 if options.require == "two-layer" else 1)
    get_ready(Examine, from_here=times if len(options.files) == 1 else 0)
    trusted.shared_answers(call)
    async with _sealing(call, Verdicts.asked(call, trusted.policy(call))) as verdicts:
        async for outcome in _verified(call, verdicts):
            yield outcome


@asynccontextmanager
async def _sealing(call: Call, verdicts: Verdicts) -> AsyncIterator[Verdicts]:
    """Open the key that seals reports, where one is named: before anything is examined."""
    if call.options.report_key is None:
        yield verdicts
        return
    from exchange.verbs.attesting import opened_seal

    async with opened_seal(call, verdicts.policy) as seal:
        yield replace(verdicts, reports=verdicts.reports.sealing(seal))


async def _verified(call: Call, verdicts: Verdicts) -> AsyncIterator[Outcome]:
    async def work(path: Path) -> Outcome:
        if call.options.seal is not None or path.suffix == ".p7s":
            _only_judged(verdicts, path)
            return await _attested(call, path, verdicts.policy)
        with opened(path) as file:
            if verdicts.alone and is_document(file.head(1024)):
                return await verdicts.outcome_unread(path, file)
            data = await asyncio.to_thread(file.read, path)
        kind = kind_of(data)
        if kind is None or kind == "document":
            return await verdicts.outcome(path, data)
        _only_judged(verdicts, path)
        if kind == "report":
            return await _attested(call, path, verdicts.policy, data)
        if kind == "proof":
            from exchange.verbs.proofs import proof_outcome

            return proof_outcome(call, path, data)
        from exchange.verbs.receipts import receipt_outcome

        return await receipt_outcome(call, path, data)

    async for outcome in each_path(call, work, at_once=AHEAD):
        yield outcome


def _only_judged(verdicts: Verdicts, path: Path) -> None:
    """Raise `UsageError` where more is asked about what is no document than whether it is to be believed."""
    if not verdicts.alone:
        raise UsageError("{path} is no PDF document: only of those are reports and evidence made.", path=path)


async def _attested(call: Call, path: Path, policy: Policy, data: bytes | None = None) -> Outcome:
    from exchange.verbs.attested import attested_outcome

    return await attested_outcome(call, path, policy, data)
