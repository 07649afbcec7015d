"""Examine a proof that an event is in a log."""

import json
from pathlib import Path

from exchange.audit.note import VerifierKey
from exchange.audit.proof import verify_proof
from exchange.errors import LogError
from exchange.peers import read_card
from exchange.verbs.call import Call, Outcome
from exchange.verbs.receipts import not_believed
from pki.errors import UsageError
from pki.files import read_whole
from pki.words import N_, Sentence
from signer.report import Indication

SCHEMA = "congvan-proof/1"
"""What is said of a proof in JSON (docs/formats/proof.md, `proof.schema.json`)."""

_MAX_KEY_BYTES = 16_384


def proof_outcome(call: Call, path: Path, data: bytes) -> Outcome:
    """Believe a proof (c2sp.org/tlog-proof) by the log's public key, which `--log-key` gives."""
    key = _log_key(call)
    try:
        proven = verify_proof(data, str(key))
    except LogError as error:
        return not_believed(call, path, error, SCHEMA)
    facts = {
        "schema": SCHEMA,
        "file": str(path),
        "indication": Indication.TOTAL_PASSED.value,
        "reasons": [],
        "log": proven.log.name,
        "index": proven.index,
        "size": proven.size,
        "signed_at": proven.signed_at.isoformat(),
        "entry": json.loads(proven.data),
    }
    lines: list[Sentence | str] = [
        f"{path}:",
        Sentence(
            N_("The event is entry {index} of {size} in the log {log}, signed {signed_at}."),
            {**facts, "signed_at": proven.signed_at},
        ),
        *json.dumps(facts["entry"], ensure_ascii=False, sort_keys=True, indent=2).split("\n"),
    ]
    return Outcome(facts, lines)


def _log_key(call: Call) -> VerifierKey:
    text: str = call.options.log_key or str(call.options.card or "")
    if not text:
        raise UsageError(
            "A proof is checked against the public key of its log.",
            hint="Give it with --log-key (the key's text, or a file that holds it), or the office's --card.",
        )
    try:
        data = read_whole(Path(text), _MAX_KEY_BYTES) if _is_file(text) else text.encode("utf-8", "replace")
        key = read_card(data).log_key if data.startswith(b"{") else data.decode("utf-8", "replace").strip()
        return VerifierKey.parse(key)
    except LogError as error:
        raise UsageError(
            "{path} is no public key of a log: {reason}", path=text[:80], reason=error
        ) from error


def _is_file(text: str) -> bool:
    """Return whether there is a file of this name: a key's text may be too long for one."""
    try:
        return Path(text).is_file()
    except (OSError, ValueError):
        return False
