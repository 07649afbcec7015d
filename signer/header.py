"""The agency that the header names, held to the seal: two layers are a person's and *this* agency's.

What is proven is whose certificate sealed. The header is the signatory's text, which layer 1 covers; where it
names another agency, one of the two is wrong, and a program cannot tell which. So the verdict is that of
EN 319 102-1 §5.2.8 for a signature that does not fit what is asked for: INDETERMINATE, never TOTAL_FAILED.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from pki.errors import TrustError
from pki.identity import Identity, identify
from pki.words import N_, Sentence
from signer.agency import FITTING, Compared, Header, Heading
from signer.comparing import compared
from signer.entitlement import known_as
from signer.policy import Policy
from signer.report import PASSED, Indication, Report, unknown, worst
from signer.rules import HeaderRule
from signer.spelling import is_one_unaccented, is_unaccented


def is_asked(report: Report, policy: Policy) -> bool:
    """Tell whether the header matters: where two layers are required, and all but the header is in order."""
    seal = report.layer(2)
    return (
        policy.require == "two-layer"
        and report.two_layer
        and report.indication is not Indication.TOTAL_FAILED
        and report.validation_time is not None
        and seal is not None
        and seal.certificate is not None
    )


def held_to_header(report: Report, heading: Heading | None, policy: Policy) -> Report:
    """Return the report with what comes of the header; `heading` is None where it could not be read."""
    seal = report.layer(2)
    assert seal is not None
    assert seal.certificate is not None
    assert report.validation_time is not None
    header = header_of(heading, seal.certificate, policy, seal.best_signature_time or report.validation_time)
    sealed = called(seal.signer, seal.organisation)
    words = said(header, sealed)
    refused = is_refused(header, policy)
    verdict = unknown("SIG_CONSTRAINTS_FAILURE", words) if refused else PASSED
    silent = header.compared is Compared.SAME and words.template == _WORDS[Compared.SAME]
    told = () if refused or silent else (words,)
    return replace(
        report,
        verdict=worst((report.verdict, verdict)),
        two_layer=not refused,
        header=header,
        notes=(*report.notes, *told),
    )


def header_of(heading: Heading | None, certificate: bytes, policy: Policy, moment: datetime) -> Header:
    """Return what a header comes to under a seal by this certificate (DER), of a holder as of that moment."""
    if heading is None:
        return Header(compared=Compared.NOT_READ)
    if not heading.lines:
        return Header(compared=Compared.NOT_FOUND)
    try:
        who = identify(certificate)
    except TrustError:  # no report of ours has such a seal; whoever wrote this one was taken over
        return Header(compared=Compared.NOT_READ)
    known = known_as(policy.rules, certificate, who, moment)
    return Header(compared=_best(heading, who, known), agency=heading.agency, above=heading.above)


def is_refused(header: Header, policy: Policy) -> bool:
    """Tell whether the policy refuses what a header came to."""
    rule: HeaderRule = "refuse-mismatch" if policy.rules is None else policy.rules.header
    if rule == "refuse-mismatch":
        return header.compared in (Compared.OTHER, Compared.UNACCENTED)
    return rule == "require-match" and header.compared is not Compared.SAME


def called(name: str | None, organisation: str | None) -> str:
    """Return how the holder of a seal is called: by its own name and the organisation's, if they differ."""
    return " – ".join(dict.fromkeys(each for each in (name, organisation) if each))


def said(header: Header, sealed: str) -> Sentence:
    """Return what a header came to in words; `sealed` is how the holder of the seal is called."""
    words, named = _WORDS[header.compared], header.agency or ""
    if header.compared in FITTING and is_one_unaccented(named, sealed):
        words = _WITHOUT_ACCENTS
    elif header.compared in FITTING and is_unaccented(named):
        words = _BOTH_WITHOUT_ACCENTS
    elif header.compared is Compared.UNACCENTED and named.isascii():
        words = _HEADER_WITHOUT_ACCENTS
    return Sentence(words, {"named": header.agency, "sealed": sealed})


def _best(heading: Heading, who: Identity, known: Sequence[Identity]) -> Compared:
    """Compare with what the policy calls the holder, which is the operator's word; else with all names.

    A department's certificate may name the body above it as its organisation: it does not seal for that body.
    So what the holder's own name speaks against, the organisation's does not mend.
    """
    given = [each.organisation for each in known if each is not who and each.organisation]
    first = compared(heading, given) if given else Compared.UNCLEAR
    if first in FITTING:
        return first
    names = [each for each in (*given, who.organisation, who.name) if each]
    found = compared(heading, names, [who.unit] if who.unit else [])
    foreign = found in FITTING and compared(heading, [who.name]) is Compared.OTHER
    return Compared.OTHER if foreign else found


_WITHOUT_ACCENTS = N_(
    "The header names “{named}”, and the seal is of “{sealed}”: one of them is written without accents, and "
    "was compared so."
)
_BOTH_WITHOUT_ACCENTS = N_(
    "The header names “{named}”, and the seal is of “{sealed}”: both are written without accents, and were "
    "compared so."
)
_HEADER_WITHOUT_ACCENTS = N_(
    "The header names “{named}” without accents, and the seal is of “{sealed}”: several places may be "
    "written so. Whoever keeps the policy can let headers be told only ([document], header)."
)
_WORDS = {
    Compared.SAME: N_("The header names “{named}”, and the seal is of it."),
    Compared.ABOVE: N_(
        "The seal is of “{sealed}”, the governing body over “{named}”, which the header names."
    ),
    Compared.RELATED: N_(
        "The header names “{named}”, and the seal is of “{sealed}”: one of the names contains the other."
    ),
    Compared.UNACCENTED: N_(
        "The header names “{named}”, the seal is of “{sealed}”: one is written without accents, and several "
        "places may be written so. Whoever keeps the policy can list the certificate with its agency's name."
    ),
    Compared.OTHER: N_("The header names “{named}”, but the seal is of “{sealed}”."),
    Compared.UNCLEAR: N_(
        "The header names “{named}”, the seal is of “{sealed}”: whether that is one agency cannot be told."
    ),
    Compared.NOT_FOUND: N_(
        "No agency was found in the header of the first page: the seal alone says which it is."
    ),
    Compared.NOT_READ: N_(
        "The first page could not be read, and its header was not compared with the seal, which alone says "
        "which agency it is."
    ),
}
