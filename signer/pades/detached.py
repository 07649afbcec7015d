"""A signature in a file of its own beside the file it is over: detached CAdES (EN 319 122-1).

One SignedData without content (RFC 5652 §5.2), DER, with one signer. Its baseline is B-B, or B-T with a
time-stamp over the signature value.
"""

# mypy: allow-untyped-calls
# pyHanko ships its types, but many of its constructors and setters have none.

import asyncio
import hashlib

from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes

from pki.clock import SystemClock
from pki.token import Token
from pki.words import N_, Sentence
from signer.errors import Malformed
from signer.level import Evidence
from signer.pades import cms, der
from signer.pades.contained import STRANGE, WRONG_KEY, content_stamps, said, signature_stamps, signer_of, weak
from signer.pades.door import detail_of
from signer.pades.parsed import Parsed
from signer.pades.stamping import TimeStamping
from signer.pades.structure import Coverage
from signer.pades.token_signer import TokenSigner
from signer.report import PASSED, Verdict, failed

DIGEST = "sha256"
"""What is signed and stamped here is hashed with."""

MAX_BYTES = 512 << 10
"""The longest signature that is read: certificates and a time-stamp take a tenth of it."""

_OTHER_BYTES = failed(
    "HASH_FAILURE", Sentence(N_("The file was changed after it was sealed, or the seal is of another file."))
)


async def made(data: bytes, token: Token, evidence: Evidence, home: asyncio.AbstractEventLoop) -> bytes:
    """Return a signature over `data`, time-stamped where the evidence names authorities.

    Runs on pyHanko's own loop; `home` is the token's. Raises `TokenError` and `NoTimeStamp`.
    """
    signed = await TokenSigner(token, home).async_sign_general_data(
        data,
        DIGEST,
        use_cades=True,
        timestamper=TimeStamping(evidence, lambda: token.chain) if evidence.authorities else None,
        # EN 319 122-1 §6.3: in a baseline signature outside of PDF the claimed time is a signed attribute.
        signed_attr_settings=PdfCMSSignedAttributes(signing_time=SystemClock().now()),
    )
    encoded: bytes = signed.dump()
    return encoded


def read(data: bytes, encoded: bytes) -> Parsed:
    """Read a signature and check by its bytes that it is over `data`; never raises for what a stranger wrote.

    1. It is DER, no longer than `MAX_BYTES`, with nothing behind it, and has the frame of `signer.pades.cms`.
    2. Its digest counts, and is that of `data`; the value over the signed attributes is right.
    3. A time-stamp in it is whole, and over the signature value.
    4. Nothing else that is not signed stands in it, and nothing of it can be written otherwise.
    """
    try:
        return _read(data, encoded)
    except Malformed as error:
        return _unread(Sentence(error.template, error.facts))
    except MemoryError:
        raise  # it says nothing about the signature
    except Exception as error:  # noqa: BLE001 - as `signer.pades.door.hostile`: libraries raise all kinds
        return _unread(Sentence(N_("The seal cannot be read: {detail}."), {"detail": detail_of(error)}))


def _read(data: bytes, encoded: bytes) -> Parsed:
    if len(encoded) > MAX_BYTES:
        raise Malformed("The seal is larger than {limit} bytes.", limit=MAX_BYTES)
    if der.check(encoded) != len(encoded):
        raise Malformed("Something stands behind the signature in its container.")
    container = cms.read(encoded, content_type="data")
    info = container.signer_info
    verdict = _over(data, container)
    intact = verdict.passed
    signer, stamped = signer_of(container), tuple(signature_stamps(container)) if intact else ()
    before = content_stamps(container, lambda algorithm: hashlib.new(algorithm, data).digest())
    return Parsed(
        field="",
        verdict=STRANGE if intact and container.strange else verdict,
        revision=0,
        coverage=Coverage(start=len(data), stop=len(data), end=len(data), container=encoded, whole_file=True),
        signer=signer,
        signature_stamps=stamped,
        said=tuple(said(container)),
        content_stamps=tuple(before) if intact else (),
        intact=intact,
        signing_time=container.claimed,
        pades=container.names_signer,
        named=container.names_signer,
        algorithm=f"{container.digest} {info['signature_algorithm'].signature_algo}",
    )


def _over(data: bytes, container: cms.Container) -> Verdict:
    if container.weakness is not None:
        return weak(container.weakness)
    digest = hashlib.new(container.digest, data).digest()
    intact, valid = container.authentic(digest, "data")
    return _OTHER_BYTES if not intact else PASSED if valid else WRONG_KEY


def _unread(why: Sentence) -> Parsed:
    return Parsed(field="", verdict=failed("FORMAT_FAILURE", why))
