"""What the judged signatures of a file come to: the parts they play, and one verdict for the document.

1. Every signature is judged alone, by its bytes, its time and its certificate (`signer.pades.judging`).
2. Parts are given by identity and order: layer 1 is a person, layer 2 an organisation that signs after one.
3. Between the layers only number and date may be filled; after layer 2 only proof may be stored.
4. Both layers are of one agency (`signer.roles`), by signers that the policy entitles (`signer.entitlement`).
5. The document is as good as its worst signature.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from pki.errors import CongvanError
from pki.identity import Identity, identify
from pki.query import Source
from pki.words import N_, Sentence
from signer import roles
from signer.entitlement import act_of, entitled, known_as
from signer.errors import Malformed
from signer.facts import Spot
from signer.form.names import TEXT_FIELDS
from signer.issue import Issue, issue_of, unseen
from signer.pades import showing
from signer.pades.judged import File, Judged
from signer.pades.lexing import Bytes
from signer.policy import Policy
from signer.quick import judging as quick
from signer.report import (
    PASSED,
    Changes,
    Indication,
    Report,
    SignatureReport,
    Verdict,
    failed,
    unknown,
    worst,
)
from signer.rules import Act


async def decide(pdf: Bytes, policy: Policy, now: datetime, source: Source) -> Report:
    """Judge a document by the policy, here, and say what was found; never raises for a bad document.

    `now` is the moment that counts where the policy names none: no clock is looked at. The source says what
    issuers say of certificates. The same file, policy, moment and answers give the same report.

    It computes for as long as the document makes it: strangers' documents go to `signer.verifying.examine`,
    which asks for this in a process of its own.
    """
    try:
        file = await quick.judge(pdf, policy, now, source)
        file = file or await _judged_at_length(pdf, policy, now, source)
    except Malformed as error:
        verdict = failed("FORMAT_FAILURE", Sentence.of(error))
        return Report(verdict=verdict, validation_time=policy.at or now)
    digest = file.sha256 or hashlib.sha256(pdf).hexdigest()
    return replace(_report(file, policy, policy.at or now), sha256=digest)


async def _judged_at_length(pdf: Bytes, policy: Policy, now: datetime, source: Source) -> File:
    from signer.pades.judging import judge  # loads pyHanko, which most documents do not need

    return await judge(bytes(pdf), policy, now, source)


def _report(file: File, policy: Policy, moment: datetime) -> Report:
    signatures = [each for each in file.judged if not each.is_stamp]
    stamps = tuple(
        _said(each, _identity(each), None, file.spots.get(each.field))
        for each in file.judged
        if each.is_stamp
    )
    known = [_known(each, policy, moment) for each in signatures]
    identities = [next(iter(each), None) for each in known]
    parts = roles.parts(identities)
    signatures = [
        _entitled(each, who, part, policy, moment)
        for each, who, part in zip(signatures, identities, parts, strict=True)
    ]
    said = tuple(
        _with_order(_placed(each, who, part, file), each, parts, names=_names(signatures))
        for each, who, part in zip(signatures, identities, parts, strict=True)
    )
    foreign = _foreign(known, parts) if policy.same_agency else None
    issue = issue_of(file.texts, _stated(signatures, parts))
    verdicts = [file.verdict, *(each.verdict for each in said), *_condemning(stamps)]
    if not said:
        verdicts.append(failed("FORMAT_FAILURE", Sentence(N_("The document carries no signature."))))
    elif policy.require == "two-layer" and not _in_order(said) and all(each.certificate for each in said):
        verdicts.append(_not_two_layer(said, parts))
    elif policy.require == "two-layer" and foreign is not None:
        verdicts.append(foreign)
    elif policy.require == "two-layer" and (odd := unseen(file.texts, TEXT_FIELDS)):
        verdicts.append(unknown("SIG_CONSTRAINTS_FAILURE", Sentence(_UNSEEN, {"field": odd[0]})))
    elif policy.require == "layer-1":
        verdicts.append(_touched(signatures))
    two_layer = _in_order(said) and foreign is None and all(map(_leads_to_trust, said))
    return Report(
        verdict=worst(verdicts),
        two_layer=two_layer,
        filled={} if two_layer else file.filled,
        number=issue.number,
        symbol=issue.symbol,
        date=issue.date,
        fields=tuple(sorted(TEXT_FIELDS & file.texts.keys())),
        elsewhere=tuple(sorted(TEXT_FIELDS & (file.texts.keys() - file.first_page))),
        signatures=said,
        timestamps=stamps,
        notes=(*_untrusted(stamps), *_unasked(said, policy), *file.notes),
        validation_time=moment,
        policy=None if policy.rules is None else f"{policy.rules.name} sha256:{policy.rules.sha256}",
    )


_UNSEEN = N_(
    "The field {field} holds characters that nobody sees: each reader may take it for something else."
)

_IN_ITSELF = frozenset({"FORMAT_FAILURE", "HASH_FAILURE", "SIG_CRYPTO_FAILURE", "TIMESTAMP_ORDER_FAILURE"})
"""What is wrong with a time-stamp itself, or with what came after it, whoever made it."""


def _condemning(stamps: tuple[SignatureReport, ...]) -> Iterator[Verdict]:
    """Yield the verdicts on time-stamps over the document that are the document's, too.

    One that is not trusted proves nothing, and is passed over (EN 319 102-1 §5.6.3): what needed its proof is
    judged without. Anybody could add one.
    """
    return (each.verdict for each in stamps if each.verdict.sub_indication in _IN_ITSELF)


def _untrusted(stamps: tuple[SignatureReport, ...]) -> tuple[Sentence, ...]:
    if all(each.verdict.passed or each.verdict.sub_indication in _IN_ITSELF for each in stamps):
        return ()
    return (Sentence(N_("A time-stamp over the document proves nothing here; it is judged without.")),)


def _unasked(said: tuple[SignatureReport, ...], policy: Policy) -> tuple[Sentence, ...]:
    """Say what the policy leaves out: a reader who was not told would take the answer for a whole one."""
    if policy.revocation != "ignore" or not any(each.certificate for each in said):
        return ()
    return (NOT_ASKED,)


NOT_ASKED = Sentence(N_("Whether certificates were revoked was not looked at, as the policy says."))
"""What is said of every signature under a policy that ignores revocation."""


def _names(signatures: list[Judged]) -> frozenset[str]:
    return frozenset(each.field for each in signatures)


def _identity(judged: Judged) -> Identity | None:
    if judged.certificate is None:
        return None
    try:
        return identify(judged.certificate)
    except CongvanError:
        return None  # a certificate that cannot be read has failed already


def _known(judged: Judged, policy: Policy, moment: datetime) -> tuple[Identity, ...]:
    """Return whom a signature is by, once for each agency that the policy says the signer acts for."""
    who = _identity(judged)
    if who is None or judged.certificate is None:
        return ()
    return known_as(policy.rules, judged.certificate, who, judged.proven or moment)


def _entitled(
    judged: Judged, who: Identity | None, part: int | None, policy: Policy, moment: datetime
) -> Judged:
    """Hold a signature to what the policy entitles its signer to, as of the time proven or else of now."""
    if who is None:
        return judged
    acts: dict[int | None, Act | None] = {1: "sign", 2: "seal", None: act_of(who)}
    path = tuple(each.encoded for each in judged.links)
    verdict = entitled(policy.rules, path, who, acts[part], judged.proven or moment)
    return judged if verdict.passed else replace(judged, verdict=worst((judged.verdict, verdict)))


def _foreign(known: list[tuple[Identity, ...]], parts: list[int | None]) -> Verdict | None:
    each_once = [(who, part) for one, part in zip(known, parts, strict=True) for who in one]
    return roles.foreign_seal([who for who, _ in each_once], [part for _, part in each_once])


def _placed(judged: Judged, who: Identity | None, part: int | None, file: File) -> SignatureReport:
    said = _said(judged, who, part, file.spots.get(judged.field))
    return replace(said, notes=(*said.notes, _NOWHERE)) if judged.field in file.unplaced else said


_NOWHERE = Sentence(
    N_("On which page this signature is seen was not found; what it hides there was not looked at.")
)


def _said(judged: Judged, who: Identity | None, part: int | None, spot: Spot | None) -> SignatureReport:
    return SignatureReport(
        field=judged.field,
        verdict=judged.verdict,
        layer=part,
        signer=None if who is None else who.name,
        signer_kind=None if who is None else who.kind,
        title=None if who is None else who.title,
        organisation=None if who is None else who.organisation,
        issuer=judged.path[-2] if len(judged.path) > 1 else None,
        certificate=judged.certificate,
        level=judged.level,
        signing_time=judged.signing_time,
        best_signature_time=judged.proven,
        intact=judged.intact,
        changes=judged.change.changes,
        change_list=judged.change.words,
        notes=(*judged.notes, *roles.without_agency(who, part)),
        algorithm=judged.algorithm,
        path=judged.path,
        revocation=judged.status,
        on_hold=judged.on_hold,
        spot=spot,
        binding=judged.binding,
        links=judged.links or showing.alone(judged.certificate),
        events=judged.events,
    )


def _with_order(
    said: SignatureReport, judged: Judged, parts: list[int | None], *, names: frozenset[str]
) -> SignatureReport:
    """Hold a layer to what may come after it, whatever its own locks say."""
    if said.layer == 2 and not judged.change.only_proof:
        return _forbidden(said, Sentence(N_("The document was changed after it was sealed.")))
    extra = judged.change.fields - (TEXT_FIELDS & judged.change.texts) - names
    if said.layer == 1 and 2 in parts and extra:
        listed = ", ".join(sorted(extra))
        return _forbidden(
            said,
            Sentence(N_("More than number and date was filled after layer 1: {fields}"), {"fields": listed}),
        )
    return said


def _forbidden(said: SignatureReport, why: Sentence) -> SignatureReport:
    return replace(
        said, changes=Changes.FORBIDDEN, verdict=worst((said.verdict, failed("FORMAT_FAILURE", why)))
    )


def _in_order(said: tuple[SignatureReport, ...]) -> bool:
    layers = {each.layer for each in said}
    whole = all(each.intact and each.changes is not Changes.FORBIDDEN for each in said)
    return {1, 2} <= layers and whole


_ONLY_DOUBTED = frozenset({"TRY_LATER", "REVOKED_NO_POE", "OUT_OF_BOUNDS_NO_POE"})
"""What is missing is a status or a proof of time: the path is good, and the answer may come later."""


def _leads_to_trust(said: SignatureReport) -> bool:
    verdict = said.verdict
    doubted = verdict.indication is Indication.INDETERMINATE and verdict.sub_indication in _ONLY_DOUBTED
    return said.layer is None or verdict.passed or doubted


def _touched(signatures: list[Judged]) -> Verdict:
    """Judge what was done to a document before its seal.

    A stranger may fill in what layer 1 left open, and turn what the fields look like: an agency that sealed
    that would say with its seal what the stranger chose. So what the last signature does not cover must be
    proof; what it does cover a person answers for.
    """
    change = signatures[-1].change
    if change.only_proof:
        return PASSED
    if change.fields:
        why = Sentence(
            N_("Fields were filled in after layer 1: {fields}. Number and date are written with the seal."),
            {"fields": ", ".join(sorted(change.fields))},
        )
    else:
        why = Sentence(N_("Something was added after layer 1 that is neither a signature nor proof."))
    return failed("FORMAT_FAILURE", why)


def _not_two_layer(said: tuple[SignatureReport, ...], parts: list[int | None]) -> Verdict:
    strange = [each for each in said if each.signer_kind == "unknown"]
    if strange and not {1, 2} <= set(parts):
        # EN 319 102-1 §5.1.3: what cannot be told is no proof of the contrary; a policy file may say it.
        words = N_(
            "Whether {signer} is a person or an organisation, the certificate does not say. A policy file "
            "can, under [[holders]]: sha256 = “{sha256}”, may = “seal” or “sign”."
        )
        digest = hashlib.sha256(strange[0].certificate or b"").hexdigest()
        facts = {"signer": strange[0].signer or "", "sha256": digest}
        return unknown("SIG_CONSTRAINTS_FAILURE", Sentence(words, facts))
    if 2 not in parts and 1 in parts:
        why = Sentence(N_("The document is signed by a person, but not sealed by an organisation."))
    elif 1 not in parts:
        why = Sentence(N_("The document is not signed by a person before it is sealed."))
    else:
        why = Sentence(N_("The two layers are not whole."))
    return failed("SIG_CONSTRAINTS_FAILURE", why)


def _stated(signatures: list[Judged], parts: list[int | None]) -> Issue:
    """Return number and date as the seal states them."""
    for each, part in zip(signatures, parts, strict=True):
        if part == 2 and each.intact and each.stated is not None:
            return Issue.parse(each.stated)
    return Issue()
