"""A verdict in plain words: what it is, and what whoever got the document can do about it."""

from dataclasses import dataclass

from pki.words import N_
from signer.report import Changes, Indication, Verdict


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
    "NOT_YET_VALID": N_("Ask the signer to sign again with a certificate that is valid."),
    "OUT_OF_BOUNDS_NO_POE": N_(
        "The certificate has expired, and nothing proves that the signature is older. Ask for a copy with a "
        "time-stamp."
    ),
    "TRY_LATER": N_(
        "An answer is missing that may still come. Check again later, with a network, or ask the signer for "
        "a copy that carries its proof (level B-LT)."
    ),
}


def advice(verdict: Verdict) -> str | None:
    """Return what the reader can do about a verdict (an English template); None if nothing is to be done."""
    return None if verdict.passed else _ADVICE.get(verdict.sub_indication or "", _ORIGINAL)


CHANGES = {
    Changes.NONE: N_("Nothing was changed after this signature."),
    Changes.ALLOWED: N_("After this signature only what it allows was added:"),
    Changes.FORBIDDEN: N_("After this signature something was changed that it forbids:"),
}
"""What later revisions did, measured by a signature."""

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
