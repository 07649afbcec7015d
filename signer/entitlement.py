"""May the holder of this certificate do this? What a policy file says, held to one signature.

EN 319 102-1 knows two answers for a good signature by somebody else than the policy wants, both of them
INDETERMINATE: CHAIN_CONSTRAINTS_FAILURE where the chain of certificates is at fault (§5.2.6), and
SIG_CONSTRAINTS_FAILURE where the signature itself does not fit what is asked for (§5.2.8). Bytes and time
are in order, so it is never TOTAL_FAILED: another policy may believe it.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from cryptography import x509

from pki.digest import Digest
from pki.identity import Identity, identify
from pki.words import N_, Sentence
from signer.report import PASSED, Verdict, unknown
from signer.rules import Act, Holder, Rules


def act_of(who: Identity) -> Act | None:
    """Return what the kind of a certificate's holder is for: persons sign, organisations seal."""
    acts: dict[str, Act] = {"person": "sign", "organisation": "seal"}
    return acts.get(who.kind)


def known_as(
    rules: Rules | None, certificate: bytes, who: Identity, moment: datetime
) -> tuple[Identity, ...]:
    """Return whom the policy says a certificate (DER) names, once for each agency; else `who` alone.

    The policy adds what a certificate leaves open. It makes no person of an organisation, and nobody of a
    service. Entries that call one certificate a person's and an organisation's leave open what it is: which
    of them stands first in the file decides nothing.
    """
    listed = () if rules is None else _listed(rules, certificate)
    fitting = [each for each in listed if _fits(each, who) and _holds(each, moment)]
    if len({each.may for each in fitting}) > 1:
        return (who,)
    return tuple(dict.fromkeys(_named(each, who) for each in fitting)) or (who,)


def entitled(
    rules: Rules | None, chain: Sequence[bytes], who: Identity, act: Act | None, moment: datetime
) -> Verdict:
    """Judge whether a certificate, the last of its path (DER, the root first), may do this at that moment.

    `who` is what `known_as` made of what the certificate says.
    """
    if rules is None or not chain:
        return PASSED
    facts: dict[str, object] = {"policy": rules.name, "name": who.name, "issuer": who.issuer}
    if act is None and (rules.issuers or rules.holders or rules.unlisted == "refuse"):
        facts["sha256"] = Digest.of(chain[-1]).value.hex()
        both = {each.may for each in _listed(rules, chain[-1]) if _holds(each, moment)} == {"sign", "seal"}
        return unknown("SIG_CONSTRAINTS_FAILURE", Sentence(_BOTH if both else _NOBODY, facts))
    issued = _issued(rules, chain, act, facts)
    return issued if not issued.passed else _held(rules, _listed(rules, chain[-1]), act, moment, facts)


def issued_well(rules: Rules | None, chain: Sequence[bytes], moment: datetime) -> Verdict:
    """Judge whether the last certificate of a path (DER, the root first) has an issuer that the policy lists.

    An authority may have several certificates of one key, and a policy name one of them: what is judged is
    one path of several. What the certificate is for is told by its holder, as of that moment.
    """
    if rules is None or not rules.issuers or not chain:
        return PASSED
    who, *_ = known_as(rules, chain[-1], identify(chain[-1]), moment)
    act = act_of(who)
    facts: dict[str, object] = {"policy": rules.name, "name": who.name, "issuer": who.issuer}
    return PASSED if act is None else _issued(rules, chain, act, facts)


def _issued(rules: Rules, chain: Sequence[bytes], act: Act | None, facts: dict[str, object]) -> Verdict:
    """Hold the issuer of a certificate, the last of its path, to those that the policy lists."""
    issuer = x509.load_der_x509_certificate(chain[-2] if len(chain) > 1 else chain[-1])
    if not rules.issuers or any(act in each.may and each.mark.fits(issuer) for each in rules.issuers):
        return PASSED
    words = _ISSUER_SIGNS if act == "sign" else _ISSUER_SEALS
    return unknown("CHAIN_CONSTRAINTS_FAILURE", Sentence(words, facts))


def _held(
    rules: Rules, listed: Sequence[Holder], act: Act | None, moment: datetime, facts: dict[str, object]
) -> Verdict:
    """Hold a certificate to its entries; one of them is enough."""
    if not listed and rules.unlisted == "accept":
        return PASSED
    fitting = [each for each in listed if each.may == act]
    if any(_holds(each, moment) for each in fitting):
        return PASSED
    if fitting:
        facts = {**facts, "moment": moment}
        words = _NOT_THEN
    elif listed:
        words = _SEALS_ONLY if act == "sign" else _SIGNS_ONLY
    else:
        words = _UNLISTED
    return unknown("SIG_CONSTRAINTS_FAILURE", Sentence(words, facts))


def _listed(rules: Rules, certificate: bytes) -> list[Holder]:
    if not rules.holders:
        return []
    parsed, who = x509.load_der_x509_certificate(certificate), identify(certificate)
    return [each for each in rules.holders if each.mark.fits(parsed, who)]


def _holds(holder: Holder, moment: datetime) -> bool:
    begun = holder.since is None or holder.since <= moment
    return begun and (holder.until is None or moment <= holder.until)


def _fits(holder: Holder, who: Identity) -> bool:
    """Tell whether an entry may say this of a certificate.

    What a certificate leaves open an entry settles that is about it, or about its person: the number of an
    agency stands in the certificates of those whom it employs, too (EN 319 412-1 §5.1.4).
    """
    mark, act = holder.mark, act_of(who)
    about_it = mark.sha256 or mark.key_sha256 or mark.person_id
    return who.basis != "service" and (act == holder.may or (act is None and about_it is not None))


def _named(holder: Holder, who: Identity) -> Identity:
    said = holder.agency is not None or holder.agency_id is not None
    return replace(
        who,
        kind="person" if holder.may == "sign" else "organisation",
        name=holder.name or who.name,
        title=holder.title or who.title,
        organisation=holder.agency if said else who.organisation,
        organisation_id=holder.agency_id if said else who.organisation_id,
    )


_NOBODY = N_(
    "Whether the certificate of {name} is a person's or an organisation's cannot be told; “{policy}” "
    "entitles neither. Whoever keeps the policy can list it under [[holders]]: sha256 = “{sha256}”, may = "
    "“seal” or “sign”."
)
_BOTH = N_(
    "By the policy “{policy}” the certificate of {name} is a person's and an organisation's at once; its own "
    "words do not say which. Whoever keeps the policy must leave one of them."
)
_ISSUER_SIGNS = N_(
    "By the policy “{policy}” certificates of {issuer} make no signatories. Was another certificate meant, "
    "or does the authority belong into the policy?"
)
_ISSUER_SEALS = N_(
    "By the policy “{policy}” certificates of {issuer} make no seals. Was another certificate meant, or does "
    "the authority belong into the policy?"
)
_UNLISTED = N_(
    "The certificate of {name} is none of those that the policy “{policy}” entitles. Whoever keeps the "
    "policy can list it, if it is right."
)
_SEALS_ONLY = N_("By the policy “{policy}” {name} seals, and signs no layer 1.")
_SIGNS_ONLY = N_("By the policy “{policy}” {name} signs layer 1, and does not seal.")
_NOT_THEN = N_(
    "By the policy “{policy}” {name} was not entitled at {moment}. A time-stamp of an earlier time would "
    "prove that it was signed before."
)
