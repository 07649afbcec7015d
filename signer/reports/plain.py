"""A verdict in plain words: what it is, and what whoever got the document can do about it."""

from collections.abc import Sequence
from dataclasses import dataclass

from pki.words import N_, Sentence
from signer.facts import NO_NEWER_STATUS, OLD_STATUS, EventKind
from signer.report import Changes, Indication, Report, SignatureReport, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One of the three answers: its colour (a class in the style sheet), sign, word, and sentence."""

    colour: str
    sign: str
    word: str
    document: str


ANSWERS = {
    Indication.TOTAL_PASSED: Answer(
        colour="yes",
        sign="✓",
        word=N_("Valid"),
        document=N_("This document is signed as it should be, and whole."),
    ),
    Indication.INDETERMINATE: Answer(
        colour="doubt",
        sign="?",
        word=N_("Not proven"),
        document=N_("Whether this document is valid could not be found out. Do not rely on it yet."),
    ),
    Indication.TOTAL_FAILED: Answer(
        colour="no",
        sign="✗",
        word=N_("Not valid"),
        document=N_("This document is not valid. Do not rely on it."),
    ),
}

_ORIGINAL = N_("Do not use this copy. Ask the issuing agency for the original file.")

_ADVICE = {
    "HASH_FAILURE": _ORIGINAL,
    "FORMAT_FAILURE": _ORIGINAL,
    "SIG_CRYPTO_FAILURE": _ORIGINAL,
    "SIG_CONSTRAINTS_FAILURE": N_("Ask the issuing agency who should have signed and sealed this document."),
    "CHAIN_CONSTRAINTS_FAILURE": N_("Ask the signer to sign again with a certificate for signing documents."),
    "CRYPTO_CONSTRAINTS_FAILURE": N_(
        "Ask the signer to sign again: what was used here proves nothing any more."
    ),
    "NO_CERTIFICATE_CHAIN_FOUND": N_(
        "Nobody whom you trust vouches for this signer. If you know the authority, check again with its root "
        "certificate (--trust)."
    ),
    "CERTIFICATE_CHAIN_GENERAL_FAILURE": N_(
        "Ask the authority that issued the certificate what is wrong with it."
    ),
    "REVOKED": N_("The certificate had been withdrawn. Ask the signer's agency for a new signature."),
    "REVOKED_NO_POE": N_("Ask for a copy with a time-stamp that is older than the revocation."),
    "TIMESTAMP_ORDER_FAILURE": N_(
        "Times contradict each other. See whether this computer's clock is right; else ask the issuing "
        "agency for the original file."
    ),
    "NOT_YET_VALID": N_("Ask the signer to sign again with a certificate that is valid."),
    "EXPIRED": N_("Ask the signer to sign again with a certificate that is valid."),
    "OUT_OF_BOUNDS_NO_POE": N_(
        "The certificate has expired, and nothing proves that the signature is older. Ask for a copy with a "
        "time-stamp."
    ),
    "TRY_LATER": N_(
        "An answer is missing that may still come. Check again later, with a network, or ask the signer for "
        "a copy that carries its proof (level B-LT)."
    ),
}


_UNFINISHED = N_(
    "The examination was not finished. Examine the document again, on a machine that is stronger or has less "
    "to do."
)
_GROWN_OLD = N_(
    "The proof that the document carries has grown old. Check again with a network, or ask whoever keeps the "
    "document to renew its proof."
)
_STAMPED_IN_VAIN = N_(
    "The certificate has expired, and the time-stamp that should prove the signature to be older is not "
    "trusted: its own certificate has expired, or leads to no trusted root. Ask for a copy whose proof was "
    "renewed in time; if you know the time-stamp authority, check again with its root certificate (--trust)."
)


_OLD = (OLD_STATUS, NO_NEWER_STATUS)


def advice(report: Report) -> str | None:
    """Return what the reader can do about a document (an English template); None if nothing is to be done."""
    sub_indication = report.verdict.sub_indication
    doubted = [each for each in report.signatures if each.verdict.sub_indication == sub_indication]
    stamped = any(not each.verdict.passed for each in report.timestamps)
    return _advice(report.verdict, doubted, stamped=stamped)


def advice_on(signature: SignatureReport) -> str | None:
    """Return what the reader can do about one signature, as `advice` does."""
    return _advice(signature.verdict, [signature], stamped=False)


def _advice(verdict: Verdict, doubted: Sequence[SignatureReport], *, stamped: bool) -> str | None:
    if verdict.passed:
        return None
    if verdict.sub_indication == "TRY_LATER":
        if all(each.revocation == "not-checked" for each in doubted):  # it never came to that
            return _UNFINISHED
        if any(map(_has_old_proof, doubted)):
            return _GROWN_OLD
    if verdict.sub_indication == "OUT_OF_BOUNDS_NO_POE" and (stamped or any(map(_stamped_in_vain, doubted))):
        return _STAMPED_IN_VAIN
    return _ADVICE.get(verdict.sub_indication or "", _ORIGINAL)


def _has_old_proof(each: SignatureReport) -> bool:
    details = (reason.facts.get("detail") for reason in each.verdict.reasons)
    old = any(isinstance(detail, Sentence) and detail.template in _OLD for detail in details)
    return old or each.level in ("B-LT", "B-LTA")


def _stamped_in_vain(each: SignatureReport) -> bool:
    """Tell whether there are time-stamps on a signature, none of which proves its time."""
    stamped = any(event.kind is EventKind.SIGNATURE_STAMP for event in each.events)
    return stamped and each.best_signature_time is None


CHANGES = {
    Changes.NONE: N_("Nothing was changed after this signature."),
    Changes.ALLOWED: N_("After this signature only what it allows was added:"),
    Changes.FORBIDDEN: N_("After this signature something was changed that it forbids:"),
}
"""What later revisions did, measured by a signature."""


def standing(each: SignatureReport) -> str:
    """Return how the certificate of a signature stood (an English template)."""
    return N_("on hold") if each.on_hold else REVOCATION.get(each.revocation, each.revocation)


REVOCATION = {
    "good": N_("not revoked"),
    "revoked": N_("revoked"),
    "unknown": N_("could not be found out"),
    "not-checked": N_("not looked at"),
}
"""The standing of a certificate."""

PARTS = {1: N_("Layer 1: the signatory"), 2: N_("Layer 2: the agency's seal")}
"""The layers of a document."""

KINDS = {
    "person": N_("a person"),
    "organisation": N_("an organisation"),
    "unknown": N_("neither surely a person nor an organisation"),
}
"""Whom a certificate names."""
