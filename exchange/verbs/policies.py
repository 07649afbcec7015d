"""Policy files: what one asks for, whether its anchors are here, and the ones that are shipped."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography import x509

from exchange.verbs import trusted
from exchange.verbs.call import EXIT_NO, EXIT_YES, Call, Outcome
from pki.digest import Digest
from pki.files import write_whole
from pki.words import N_, Sentence
from signer.policies.supplying import Anchored, Supplied, load, shipped


async def check(call: Call) -> AsyncIterator[Outcome]:
    """Say what a policy file believes in, until when, and what is missing: then the answer is no."""
    supplied = await asyncio.to_thread(load, call.options.policy, trusted.policy_folder(call))
    anchors = [_anchor(each, call.now) for each in supplied.anchored]
    rules = supplied.read.rules
    facts: dict[str, Any] = {
        "policy": rules.name,
        "sha256": rules.sha256,
        "description": supplied.read.description,
        "revocation": supplied.read.revocation,
        "anchors": anchors,
        "intermediates": len(supplied.intermediates),
        "issuers": len(rules.issuers),
        "holders": len(rules.holders),
        "algorithms": [_algorithm(each.name, each.until) for each in rules.suites],
        "missing": [each.said(call.translate) for each in supplied.missing],
    }
    whole = bool(anchors) and not supplied.missing and all(each["valid"] for each in anchors)
    yield Outcome(facts, list(_lines(facts, supplied)), EXIT_YES if whole else EXIT_NO)


async def show(call: Call) -> AsyncIterator[Outcome]:
    """Print a policy that is shipped, to be changed and kept elsewhere."""
    text = await asyncio.to_thread(shipped, call.options.name)
    if call.options.output is not None:
        await asyncio.to_thread(write_whole, call.options.output, text, replace=call.options.force)
    shown = text.decode()
    yield Outcome({"policy": call.options.name, "text": shown}, shown.splitlines())


def _anchor(each: Anchored, now: datetime) -> dict[str, Any]:
    certificate = x509.load_der_x509_certificate(each.certificate)
    return {
        "role": each.role,
        "name": certificate.subject.rfc4514_string(),
        "sha256": Digest.of(each.certificate).value.hex(),
        "file": str(Path(each.file)),
        "not_before": certificate.not_valid_before_utc.isoformat(),
        "not_after": certificate.not_valid_after_utc.isoformat(),
        "valid": certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc,
    }


def _algorithm(name: str, until: datetime | None) -> dict[str, str | None]:
    return {"name": name, "until": until.isoformat() if until else None}


def _shown(anchor: Mapping[str, Any]) -> dict[str, Any]:
    ends = {name: datetime.fromisoformat(anchor[name]) for name in ("not_before", "not_after")}
    return {**anchor, **ends}


def _lines(facts: dict[str, Any], supplied: Supplied) -> Iterator[Sentence | str]:
    yield Sentence(N_("Policy “{policy}”, SHA-256 {sha256}"), facts)
    for each in facts["anchors"]:
        yield Sentence(N_("  {role}: {name}, from {not_before} to {not_after}"), _shown(each))
        yield f"      {each['sha256']}  {each['file']}"
        if not each["valid"]:
            yield Sentence(N_("      This anchor is not valid now."))
    counted = N_("  {intermediates} certificates on the way, {issuers} rules for issuers, {holders} holders")
    yield Sentence(counted, facts)
    yield from (Sentence(N_("  Missing: {what}"), {"what": each}) for each in supplied.missing)
