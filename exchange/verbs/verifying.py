"""verify: documents, receipts and proofs.

A command of one document starts in the time that loading takes, so this loads what every document needs, and
what a receipt, a proof, evidence or a report needs where there is one. No PDF library: those are for the
process that reads the document.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from exchange.verbs import trusted
from exchange.verbs.batch import each_path
from exchange.verbs.call import Call, Outcome
from exchange.verbs.verdicts import Verdicts
from pki.files import opened, read_whole
from signer.apart.asking import get_ready
from signer.apart.requests import Examine


async def verify_files(call: Call) -> AsyncIterator[Outcome]:
    """Examine documents, receipts and proofs, each by what it is."""
    options = call.options
    # Evidence is kept of a verdict that was made twice.
    times = 1 if options.save_evidence is None else 2
    get_ready(Examine, from_here=times if len(options.files) == 1 else 0)
    trusted.shared_answers(call)
    verdicts = Verdicts.asked(call, trusted.policy(call))

    async def work(path: Path) -> Outcome:
        with opened(path) as file:
            if verdicts.alone and b"%PDF-" in file.head(1024):
                return await verdicts.outcome_unread(path, file)
        data = await asyncio.to_thread(read_whole, path)
        if data.startswith(b"c2sp.org/tlog-proof@") and not verdicts.evidenced:
            from exchange.verbs.proofs import proof_outcome

            return proof_outcome(call, path, data)
        if data[:1] == b"{" and not verdicts.evidenced:
            from exchange.verbs.receipts import receipt_outcome

            return await receipt_outcome(call, path, data)
        return await verdicts.outcome(path, data)

    async for outcome in each_path(call, work):
        yield outcome
