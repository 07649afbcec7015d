"""verify, for a report: whether its seal holds, and whose it is."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from exchange.verbs.call import EXIT_NO, EXIT_UNKNOWN, EXIT_YES, Call, Outcome
from exchange.verbs.kinds import kind_of
from exchange.verbs.receipts import not_believed
from exchange.verbs.reports import seal_of
from exchange.verbs.verdicts import as_of
from pki.digest import Digest
from pki.errors import UsageError
from pki.files import read_whole
from pki.words import N_, Sentence
from signer.attesting import MAX_SEAL_BYTES, examine_attested
from signer.errors import NotBelieved
from signer.policy import Policy
from signer.report import Indication, SignatureReport

SCHEMA = "congvan-seal/1"
"""What is said of a seal in JSON (docs/formats/report-seal.md)."""

_STATUSES = {Indication.TOTAL_PASSED: EXIT_YES, Indication.INDETERMINATE: EXIT_UNKNOWN}
_MARKS = {Indication.TOTAL_PASSED: "✓", Indication.INDETERMINATE: "?", Indication.TOTAL_FAILED: "✗"}
_OF_DOCUMENTS = ("field", "layer", "changes", "change_list", "spot", "binding")


async def attested_outcome(call: Call, path: Path, policy: Policy, data: bytes | None = None) -> Outcome:
    """Judge the seal of a report. `path` is the report or its seal; the other one is looked for beside it."""
    if path.suffix == ".p7s" and call.options.seal is None:
        path = _sealed(path)
    if data is None:
        data = await asyncio.to_thread(read_whole, path)
        # Those are believed by their own signatures. Anybody can set a seal beside one, and “the seal holds”
        # would be read as “the document is valid”.
        if kind_of(data) in ("document", "proof", "receipt"):
            raise UsageError(
                "{path} is no report: a seal beside it says nothing of it.",
                hint="Verify the file itself, without naming a seal.",
                path=path,
            )
    seal = call.options.seal or seal_of(path)
    if not seal.exists():
        error = NotBelieved("Nobody seals this report: {path} is not here.", path=seal)
        return not_believed(call, path, error, SCHEMA)
    encoded = await asyncio.to_thread(read_whole, seal, MAX_SEAL_BYTES)
    found = await examine_attested(data, encoded, policy)
    said = found.as_json(call.translate)
    facts: dict[str, Any] = {
        "schema": SCHEMA,
        "file": str(path),
        "seal": str(seal),
        "sha256": Digest.of(data).value.hex(),
        **{name: value for name, value in said.items() if name not in _OF_DOCUMENTS},
    }
    return Outcome(
        facts, [f"{path}:", *as_of(call), *_lines(found)], _STATUSES.get(found.verdict.indication, EXIT_NO)
    )


def _sealed(seal: Path) -> Path:
    path = seal.with_suffix("")
    if not path.exists():
        raise UsageError(
            "{path} is a seal, and the file that it seals is not beside it.",
            hint="Name the file, and the seal with --seal.",
            path=seal,
        )
    return path


def _lines(found: SignatureReport) -> Iterator[Sentence | str]:
    verdict = found.verdict
    yield Sentence(_ANSWERS[verdict.indication])
    state = "/".join(filter(None, (verdict.indication.value, verdict.sub_indication)))
    parts = (found.signer, found.organisation, found.level, state)
    yield f"  {_MARKS[verdict.indication]} {' · '.join(dict.fromkeys(filter(None, parts)))}"
    if found.best_signature_time is not None:
        yield Sentence(N_("  time-stamped {time}"), {"time": found.best_signature_time})
    elif found.signing_time is not None:
        yield Sentence(N_("  claims to be signed {time}"), {"time": found.signing_time})
    for each in {str(reason): reason for reason in (*verdict.reasons, *found.notes)}.values():
        yield Sentence(N_("  {reason}"), {"reason": each})
    if verdict.passed:
        yield Sentence(N_("  What the report says of its document was not examined again."))


_ANSWERS = {
    Indication.TOTAL_PASSED: N_("The seal holds: the report is whole."),
    Indication.INDETERMINATE: N_("Whether the seal of the report holds could not be found out."),
    Indication.TOTAL_FAILED: N_("The seal of the report does not hold."),
}
