"""seal(): the organisation seals a numbered document; number, date, seal and lock are one revision."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from pki.clock import SystemClock
from pki.identity import identify
from pki.token import Token
from pki.words import N_, Sentence
from signer.apart.asking import ask
from signer.apart.first_page import first_page_apart
from signer.apart.inspecting import check_apart
from signer.apart.requests import ReadForm
from signer.appearance import at_real_size, read_picture
from signer.document import Numbered, Sealed
from signer.errors import NotSignable, WrongStage
from signer.findings import ContentPolicy
from signer.form.names import LAYER_2
from signer.header import called, header_of, is_refused, said
from signer.issue import stated
from signer.lasting import written
from signer.level import Evidence, Level
from signer.numbering import filled
from signer.pades import drawing
from signer.pades.credentials import check_signer
from signer.pades.form import Form
from signer.pades.writing import Revision
from signer.policy import Policy
from signer.report import Report
from signer.verifying import examine, refusal

_FREE = 0.55
"""The part of the seal's place that the signature does not reach into: it overlaps a third of the signature
(NĐ 30/2020/NĐ-CP, Phụ lục I, II.8), and words over words cannot be read."""


async def seal(
    numbered: Numbered,
    token: Token,
    *,
    image: bytes | None = None,
    level: Level = Level.B_B,
    evidence: Evidence | None = None,
    policy: Policy,
    content: ContentPolicy | None = None,
) -> Sealed:
    """Seal a numbered document with the organisation's key: layer 2, and nothing may change any more.

    Layer 1 is examined by `policy` first: it must be there, whole, trusted and by a person, and nothing but
    proof and persons' signatures may have been added since: number and date are the seal's to write. `image`
    is a PNG of the seal, drawn at its real size. Another program may have set layer 1: so the content is
    inspected too, by the policy `content`, and the header is held to the seal. The result is examined by
    `policy` before it is returned.

    Raises `WrongStage`, `NotBelieved` (layer 1 is bad), `Undetermined` (it cannot be found out), `TrustError`
    (the key is no organisation's), `NotSignable` (the header names another agency), `DocumentError`,
    `TokenError`.
    """
    revision = await revision_of(
        numbered,
        token.certificate,
        token.chain,
        image=image,
        level=level,
        evidence=evidence,
        policy=policy,
        content=content,
    )
    made = await written(numbered.pdf, token, revision)
    await check_sealed(made.pdf, policy)
    return Sealed(pdf=made.pdf, number=numbered.number, short=made.short)


async def revision_of(
    numbered: Numbered,
    certificate: bytes,
    chain: Sequence[bytes],
    *,
    image: bytes | None,
    level: Level,
    evidence: Evidence | None,
    policy: Policy,
    content: ContentPolicy | None,
) -> Revision:
    """Return what a seal by the holder of this certificate does to the document; raises as `seal` does."""
    who = await check_signer(certificate, chain, "organisation", policy)
    form = await ask(ReadForm(numbered.pdf), Form, policy.limits)
    _check_stage(form, await examine(numbered.pdf, replace(policy, require="layer-1")))
    await _check_header(numbered.pdf, certificate, policy)
    await check_apart(numbered.pdf, content)
    draw = drawing.words(f"Ký bởi: {who.name}", share=_FREE)
    if image is not None:
        draw = drawing.picture(await asyncio.to_thread(read_picture, image), at_real_size)
    return Revision(
        field=LAYER_2,
        certify=False,
        draw=draw,
        values=filled(numbered.number, form.texts, symbol_printed=form.symbol is not None),
        reason=stated(numbered.number),
        level=level,
        evidence=replace(evidence or Evidence(), anchors=policy.anchors, rules=policy.rules),
    )


async def check_sealed(pdf: bytes, policy: Policy) -> Report:
    """Examine a document just sealed, by the policy of its seal; raises `NotBelieved`, `Undetermined`."""
    report = await examine(pdf, replace(policy, require="two-layer"))
    if not report.passed:
        raise refusal(report, Sentence(N_("The document just sealed")))
    return report


async def _check_header(pdf: bytes, certificate: bytes, policy: Policy) -> None:
    """Refuse before the key is used what nobody would believe after."""
    page = await first_page_apart(pdf, policy.limits)
    header = header_of(None if page is None else page.heading, certificate, policy, SystemClock().now())
    if is_refused(header, policy):
        who = identify(certificate)
        raise NotSignable(
            "{what}",
            hint="Was another document or another key meant? A policy file can say for which agency a "
            "certificate seals ([[holders]]), or that a header is only told of ([document]).",
            what=said(header, called(who.name, who.organisation)),
        )


def _check_stage(form: Form, report: Report) -> None:
    if LAYER_2 in form.signed or report.layer(2) is not None:
        raise WrongStage("The document is sealed already.")
    if LAYER_2 not in form.empty:
        raise WrongStage("The document has no place for a seal.", hint="Draft it first: congvan draft.")
    if not form.signed:
        raise WrongStage(
            "The document is not signed by a person yet; a seal comes after layer 1.",
            hint="Sign it first: congvan sign.",
        )
    if LAYER_2 not in form.locked:
        raise WrongStage(
            "The place for the seal does not lock the document.", hint="Draft it again: congvan draft."
        )
    if not report.passed:
        raise refusal(report, Sentence(N_("Layer 1")))
    if report.layer(1) is None:
        raise WrongStage("Layer 1 is not signed by a person.")
