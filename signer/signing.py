"""sign(): a person signs a draft; afterwards only number, date and seal stay open."""

import asyncio
from collections.abc import Sequence

from pki.token import Token
from signer.apart.asking import ask
from signer.apart.inspecting import check_apart
from signer.apart.requests import ReadForm
from signer.appearance import fitted, read_picture
from signer.document import Draft, Signed
from signer.errors import WrongStage
from signer.findings import ContentPolicy, Finding
from signer.form.names import LAYER_1
from signer.lasting import written
from signer.level import Evidence, Level
from signer.pades import drawing
from signer.pades.credentials import check_signer
from signer.pades.form import Form
from signer.pades.writing import Revision
from signer.policy import Limits, Policy
from signer.selfcheck import check_own


async def sign(
    draft: Draft,
    token: Token,
    *,
    image: bytes | None = None,
    level: Level = Level.B_B,
    evidence: Evidence | None = None,
    policy: Policy | None = None,
    content: ContentPolicy | None = None,
    field: str = LAYER_1,
) -> Signed:
    """Sign a draft with a person's key: layer 1.

    The first signature certifies the document and lets its form be filled (DocMDP P=2); where somebody has
    signed already it is an approval. `image` is a PNG, shown in the middle of its place; without one the page
    says who signed. The result is examined before it is returned.

    Before the key is used its certificate is checked: dates, key usage, and that it is a person's; with a
    `policy` also its path to the policy's anchors and the status of every certificate on it. And the document
    is inspected, whoever drafted it: `content` says what is refused; the findings go with the result.

    Raises `WrongStage`, `DocumentError`, `TokenError`, `TrustError`, `Undetermined`.
    """
    evidence = evidence or Evidence()
    revision, findings = await revision_of(
        draft,
        token.certificate,
        token.chain,
        image=image,
        level=level,
        evidence=evidence,
        policy=policy,
        content=content,
        field=field,
    )
    made = await written(draft.pdf, token, revision)
    await check_own(made.pdf, field, evidence)
    return Signed(pdf=made.pdf, short=made.short, findings=findings)


async def revision_of(
    draft: Draft,
    certificate: bytes,
    chain: Sequence[bytes],
    *,
    image: bytes | None,
    level: Level,
    evidence: Evidence,
    policy: Policy | None,
    content: ContentPolicy | None,
    field: str,
) -> tuple[Revision, tuple[Finding, ...]]:
    """Return what layer 1 by the holder of this certificate does to the draft, and what he must know of it.

    Raises as `sign` does.
    """
    who = await check_signer(certificate, chain, "person", policy)
    form = await ask(ReadForm(draft.pdf), Form, Limits())
    _check_open(form, field)
    findings = await check_apart(draft.pdf, content)
    if image is None:
        draw = drawing.words(f"Ký bởi: {who.name}")
    else:
        draw = drawing.picture(await asyncio.to_thread(read_picture, image), fitted)
    revision = Revision(field=field, certify=not form.signed, draw=draw, level=level, evidence=evidence)
    return revision, findings


def _check_open(form: Form, field: str) -> None:
    if field in form.signed:
        raise WrongStage("The document is signed already in the field {field}.", field=field)
    if field not in form.empty:
        raise WrongStage(
            "The document has no signature field {field}.",
            hint="Draft it first: congvan draft.",
            field=field,
        )
