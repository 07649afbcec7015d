"""Split signing: the key stays on somebody's desk, and only the bytes to sign and the signature value travel.

    begin_signing, begin_sealing    prepare the very revision; give the bytes to sign and a state to keep
    finish_signing, finish_sealing  take the signature value, put it in its place, examine the result

The state (`signer.pending`) survives a restart. It knows its document by the digest, and the document is
needed again to finish. One state makes one document: whoever keeps states writes `spent` in its place once
the result is safe.
"""

import asyncio
import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pki.chain import chain_of
from pki.digest import Digest
from pki.errors import TokenError
from pki.public_key import PublicKey
from signer.document import Draft, Numbered, Sealed, Signed
from signer.errors import NoTimeStamp, StateRefused
from signer.findings import ContentPolicy, Finding
from signer.form.names import LAYER_1
from signer.issue import Issue, stated
from signer.lasting import Lasting, lasting, without_stamp
from signer.level import Evidence, Level
from signer.number import DocumentNumber
from signer.pades.door import apart
from signer.pades.splitting import Away, check_bound, embed, prepare
from signer.pades.writing import Revision
from signer.pending import Pending
from signer.policy import Policy
from signer.sealing import check_sealed
from signer.sealing import revision_of as seal_of
from signer.selfcheck import check_own
from signer.signing import revision_of as signature_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A signature that only lacks its value.

    `to_sign` are the exact bytes whose signature is wanted (RSA: PKCS#1 v1.5, EC: ECDSA, both with SHA-256);
    `digest` is their digest, for whoever can only send a digest to his token. `state` is to be kept until the
    value is there; `findings` what the signer must know before.
    """

    state: bytes = field(repr=False)
    to_sign: bytes = field(repr=False)
    digest: Digest
    findings: tuple[Finding, ...] = ()


async def begin_signing(
    draft: Draft,
    certificate: bytes,
    chain: Sequence[bytes] = (),
    *,
    image: bytes | None = None,
    level: Level = Level.B_B,
    evidence: Evidence | None = None,
    policy: Policy | None = None,
    content: ContentPolicy | None = None,
    field: str = LAYER_1,
) -> Begun:
    """Begin layer 1 for the holder of this certificate (DER); `chain` are certificates around it.

    Only B-LT and B-LTA ask servers now: the status of certificates stands in the revision that is signed.
    Raises as `signer.signing.sign` does, without `TokenError`.
    """
    revision, findings = await signature_of(
        draft,
        certificate,
        chain,
        image=image,
        level=level,
        evidence=evidence or Evidence(),
        policy=policy,
        content=content,
        field=field,
    )
    begun = await _begun(draft.pdf, certificate, chain, revision, None)
    return replace(begun, findings=findings)


async def begin_sealing(
    numbered: Numbered,
    certificate: bytes,
    chain: Sequence[bytes] = (),
    *,
    image: bytes | None = None,
    level: Level = Level.B_B,
    evidence: Evidence | None = None,
    policy: Policy,
    content: ContentPolicy | None = None,
) -> Begun:
    """Begin layer 2; as `begin_signing`, and layer 1 is examined as `signer.sealing.seal` does."""
    revision = await seal_of(
        numbered,
        certificate,
        chain,
        image=image,
        level=level,
        evidence=evidence,
        policy=policy,
        content=content,
    )
    return await _begun(numbered.pdf, certificate, chain, revision, numbered.number)


async def finish_signing(
    draft: Draft, state: bytes, value: bytes, *, evidence: Evidence | None = None
) -> Signed:
    """Finish layer 1 with the signature value, on the document it was begun with.

    A time-stamp is fetched now. An ECDSA value may be DER or r and s side by side, and any value may be
    base64. Raises `TokenError` (the value does not fit), `StateRefused`, and what `signer.signing.sign`
    raises.
    """
    pending, evidence = Pending.read(state), evidence or Evidence()
    if pending.number is not None:
        raise StateRefused("A seal was begun with this state, not layer 1.", hint="Finish it: congvan seal.")
    made = await _finished(draft.pdf, pending, value, evidence)
    await check_own(made.pdf, pending.field, evidence)
    return Signed(pdf=made.pdf, short=made.short)


async def finish_sealing(
    signed: Signed, state: bytes, value: bytes, *, evidence: Evidence | None = None, policy: Policy
) -> Sealed:
    """Finish layer 2; as `finish_signing`, and the result is examined as `signer.sealing.seal` does.

    The number is the one that was given when the seal was begun.
    """
    pending = Pending.read(state)
    if pending.number is None:
        raise StateRefused("Layer 1 was begun with this state, not a seal.", hint="Finish it: congvan sign.")
    evidence = replace(evidence or Evidence(), anchors=policy.anchors)
    finished = await _finished(signed.pdf, pending, value, evidence)
    report = await check_sealed(finished.pdf, policy)
    made = Issue(number=report.number, symbol=report.symbol, date=report.date)
    if made != Issue.parse(stated(pending.number)):
        raise StateRefused("The state gives the document another number than the seal does.")
    return Sealed(pdf=finished.pdf, number=pending.number, short=finished.short)


async def _begun(
    pdf: bytes,
    certificate: bytes,
    chain: Sequence[bytes],
    revision: Revision,
    number: DocumentNumber | None,
) -> Begun:
    PublicKey.of(certificate)  # a key that does not sign here is refused before anything is prepared
    away = Away(certificate=certificate, chain=chain_of(certificate, chain))
    prepared = await apart(lambda home: prepare(pdf, away, revision, home))
    pending = Pending(
        field=revision.field,
        level=revision.level,
        certificate=certificate,
        chain=away.chain,
        document=await asyncio.to_thread(Digest.of, pdf),
        size=len(pdf),
        number=number,
        prepared=prepared,
    )
    to_sign = prepared.attributes
    return Begun(state=pending.written(), to_sign=to_sign, digest=Digest.of(to_sign))


async def _finished(pdf: bytes, pending: Pending, value: bytes, evidence: Evidence) -> Lasting:
    await asyncio.to_thread(_check_document, pdf, pending)
    fitting = _fitting(value, pending)
    away = Away(certificate=pending.certificate, chain=pending.chain, value=fitting)

    async def embedded(level: Level) -> bytes:
        return await apart(
            lambda home: embed(pdf, pending.prepared, away, level=level, evidence=evidence, home=home)
        )

    try:
        made = await embedded(pending.level)
    except NoTimeStamp as error:
        if not evidence.lower:
            raise
        return Lasting(await embedded(Level.B_B), without_stamp(pending.level, Level.B_B, error))
    return await lasting(made, pending.field, pending.level, evidence)


def _check_document(pdf: bytes, pending: Pending) -> None:
    if Digest.of(pdf) == pending.document:
        check_bound(pdf, pending.prepared)
        return
    if len(pdf) > pending.size and Digest.of(pdf[: pending.size]) == pending.document:
        raise StateRefused(
            "The document has changed since signing was begun; perhaps this signature is in it already.",
            hint="Give the document as it was, or begin again.",
        )
    raise StateRefused(
        "Signing was begun with another document: its digest is {document}.", document=str(pending.document)
    )


def _fitting(value: bytes, pending: Pending) -> bytes:
    """Return the signature value in the form the container wants. Raises `TokenError` if it does not fit."""
    key, digest = PublicKey.of(pending.certificate), Digest.of(pending.prepared.attributes)
    for each in (value, _from_base64(value)):
        for candidate in (each, key.as_der(each)):
            if key.verifies(candidate, digest):
                return candidate
    if key.verifies(value, Digest.of(digest.value)):
        raise TokenError(
            "The digest was hashed once more before it was signed.",
            hint="Sign the bytes themselves with SHA-256, or the digest as it is.",
        )
    raise TokenError(
        "The signature value does not fit the certificate and the bytes that were to be signed.",
        hint="Was it made with another key, over other bytes, or in another form than PKCS#1 v1.5 or ECDSA "
        "with SHA-256?",
    )


def _from_base64(value: bytes) -> bytes:
    try:
        return base64.b64decode(b"".join(value.split()), validate=True)
    except binascii.Error:
        return value
