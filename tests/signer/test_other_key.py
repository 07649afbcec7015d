"""A time-stamp on a signature is over its value alone, which may be a signature of anything by some key.

Blake-Wilson and Menezes, 1999 (duplicate-signature key selection): to every value of ECDSA and every document
there is a key by which the one is a signature of the other, and anybody can compute it.
"""

import hashlib
import io
from typing import Any

import pytest
from asn1crypto import cms, x509
from cryptography import x509 as pyca
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko_certvalidator.registry import SimpleCertificateStore

from pki.public_key import is_long_enough
from signer.report import Report
from tests.signer import moments
from tests.signer.moments import ANH, CA, GOOD, SEAL, SOON, at, judged, signed, stamps, stored
from tests.signer.path_samples import Who, issue, named, revocations, usage

BEFORE, LATELY = at(2026, 3), at(2026, 5)
LEFT = issue("Nguyễn Văn Ánh", CA, begin=at(2025), end=at(2026, 4))
GOOD_THEN = revocations(CA, at=at(2026, 3, 2), until=SOON)
_NAMING = frozenset({"signing_certificate", "signing_certificate_v2"})

# P-256 (FIPS 186-5, SP 800-186 §3.2.1.3)
_P = 2**256 - 2**224 + 2**192 + 2**96 - 1
_N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_A = _P - 3
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
_POINT = ec.derive_private_key(1, ec.SECP256R1()).public_key().public_numbers()

Point = tuple[int, int]


def plus(one: Point | None, other: Point | None) -> Point | None:
    if one is None or other is None:
        return one or other
    if one[0] == other[0]:
        if (one[1] + other[1]) % _P == 0:
            return None
        slope = (3 * one[0] ** 2 + _A) * pow(2 * one[1], -1, _P)
    else:
        slope = (other[1] - one[1]) * pow(other[0] - one[0], -1, _P)
    x = (slope**2 - one[0] - other[0]) % _P
    return x, (slope * (one[0] - x) - one[1]) % _P


def times(count: int, point: Point) -> Point | None:
    found: Point | None = None
    adding: Point | None = point
    while count:
        found = plus(found, adding) if count & 1 else found
        adding, count = plus(adding, adding), count >> 1
    return found


def key_for(value: bytes, message: bytes) -> ec.EllipticCurvePublicKey:
    """The key by which a value is a signature of a message (SEC 1 §4.1.6)."""
    r, s = decode_dss_signature(value)
    digest = int.from_bytes(hashlib.sha256(message).digest(), "big")
    y = pow(r**3 + _A * r + _B, (_P + 1) // 4, _P)
    point = plus(times(s, (r, y)), times(-digest % _N, (_POINT.x, _POINT.y)))
    assert point is not None
    point = times(pow(r, -1, _N), point)
    assert point is not None
    return ec.EllipticCurvePublicNumbers(*point, ec.SECP256R1()).public_key()


class Unnamed(SimpleSigner):
    """Does not say by which certificate it signs, as most programs of the field."""

    async def signed_attrs(self, *given: Any, **more: Any) -> Any:
        found = await super().signed_attrs(*given, **more)
        return cms.CMSAttributes([each for each in found if each["type"].native not in _NAMING])


class Forger(SimpleSigner):
    """Takes an old value with its time-stamp for a signature of something new."""

    value = b""
    method = "sha256_ecdsa"
    token: cms.ContentInfo

    async def async_sign(self, data_digest: bytes, *_given: Any, **_more: Any) -> cms.ContentInfo:
        signed = {"content_type": "data", "message_digest": data_digest}
        alone = issue("Kẻ lạ", ca=True)
        certificate, attributes = self.fitting(_attributes(signed), alone)
        info = {
            "version": "v1",
            "sid": cms.SignerIdentifier({"issuer_and_serial_number": {
                "issuer": certificate.issuer, "serial_number": certificate.serial_number,
            }}),
            "digest_algorithm": {"algorithm": "sha256"}, "signed_attrs": attributes,
            "signature_algorithm": {"algorithm": self.method}, "signature": self.value,
            "unsigned_attrs": _attributes({"signature_time_stamp_token": self.token}),
        }  # fmt: skip
        content = {
            "version": "v1", "digest_algorithms": [{"algorithm": "sha256"}],
            "encap_content_info": {"content_type": "data"}, "certificates": [certificate, alone.loaded],
            "signer_infos": [cms.SignerInfo(info)],
        }  # fmt: skip
        return cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(content)})

    def fitting(
        self, attributes: cms.CMSAttributes, alone: Who
    ) -> tuple[x509.Certificate, cms.CMSAttributes]:
        return certified(key_for(self.value, attributes.dump()), alone), attributes


class ForgerOfAll(Forger):
    """Has a key by which one value is a signature of everything, so that it can be named."""

    method = "ed25519"

    def fitting(
        self, attributes: cms.CMSAttributes, alone: Who
    ) -> tuple[x509.Certificate, cms.CMSAttributes]:
        certificate = certified(IDENTITY, alone)
        named = {
            "hash_algorithm": {"algorithm": "sha256"},
            "cert_hash": hashlib.sha256(certificate.dump()).digest(),
        }
        naming = cms.CMSAttribute({"type": "signing_certificate_v2", "values": [{"certs": [named]}]})
        return certificate, cms.CMSAttributes([*attributes, naming])


IDENTITY = ed25519.Ed25519PublicKey.from_public_bytes(bytes([1, *bytes(31)]))
OF_ALL = bytes([0x58, *[0x66] * 31]) + bytes([1, *bytes(31)])  # the base point, and 1


def _attributes(values: dict[str, Any]) -> cms.CMSAttributes:
    return cms.CMSAttributes(
        [cms.CMSAttribute({"type": kind, "values": [value]}) for kind, value in values.items()]
    )


def certified(key: Any, alone: Who) -> x509.Certificate:
    builder = pyca.CertificateBuilder(alone.issued.subject, named("Trần Thị Bình"), key, 77)
    builder = builder.not_valid_before(at(2025)).not_valid_after(at(2028))
    builder = builder.add_extension(usage("digital_signature"), critical=True)
    made = builder.sign(alone.key, hashes.SHA256())
    return x509.Certificate.load(made.public_bytes(Encoding.DER))


async def then_signed(kind: type[SimpleSigner], who: Who, pdf: bytes, stamp: Any = None) -> bytes:
    """The file with one more signature."""
    metadata = PdfSignatureMetadata(
        field_name="later", subfilter=SigSeedSubFilter.PADES, signer_key_usage=set(), md_algorithm="sha256"
    )
    known = SimpleCertificateStore()
    known.register(CA.loaded)
    signer = kind(who.loaded, moments._info(who), cert_registry=known)
    session = PdfSigner(metadata, signer, timestamper=stamp)
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    return bytes((await session.async_sign_pdf(writer, bytes_reserved=16384)).getvalue())


async def report(pdf: bytes) -> Report:
    return await judged(stored(pdf, *GOOD, GOOD_THEN))


async def test_an_old_value_makes_nothing_old() -> None:
    """Whose certificate has ended signs now, and takes a time-stamp of before from elsewhere."""
    honest = ec.generate_private_key(ec.SECP256R1()).sign(b"anything", ec.ECDSA(hashes.SHA256()))
    forgers: tuple[tuple[type[Forger], bytes], ...] = ((Forger, honest), (ForgerOfAll, OF_ALL))
    for forger, value in forgers:
        forger.value = value
        forger.token = await stamps(BEFORE).async_timestamp(hashlib.sha256(value).digest(), "sha256")
        found = await report(await then_signed(forger, ANH, await signed(LEFT)))
        first, later = found.signatures
        assert later.intact
        assert later.verdict.sub_indication == "NO_CERTIFICATE_CHAIN_FOUND"
        assert first.verdict.sub_indication == "OUT_OF_BOUNDS_NO_POE"
        assert first.best_signature_time is later.best_signature_time is None


def test_a_key_by_which_one_value_signs_everything_does_not_count() -> None:
    for data in (b"", b"anything", bytes(100)):
        IDENTITY.verify(OF_ALL, data)
    assert not is_long_enough(IDENTITY)
    assert is_long_enough(ed25519.Ed25519PrivateKey.generate().public_key())


@pytest.mark.parametrize("kind", [SimpleSigner, Unnamed])
async def test_what_an_honest_signature_covers_is_as_old_as_its_time_stamp(kind: type[SimpleSigner]) -> None:
    found = await report(await then_signed(kind, SEAL, await signed(LEFT), stamps(BEFORE)))
    assert found.passed
    assert found.signatures[0].best_signature_time == BEFORE


async def test_a_certificate_of_after_the_time_stamp_makes_nothing_old() -> None:
    """A key of RSA for an old value is known to who computes it, so that an authority may certify it."""
    newer = issue("Ủy ban nhân dân tỉnh Thanh Sơn", CA, begin=LATELY, end=at(2028))
    for kind, proven in ((SimpleSigner, BEFORE), (Unnamed, None)):
        found = await report(await then_signed(kind, newer, await signed(LEFT), stamps(BEFORE)))
        assert found.signatures[1].verdict.sub_indication == "NOT_YET_VALID"
        assert [each.best_signature_time for each in found.signatures] == [proven, proven]


async def test_what_is_not_known_of_an_honest_signers_status_makes_it_no_younger() -> None:
    pdf = await then_signed(Unnamed, SEAL, await signed(LEFT), stamps(BEFORE))
    found = await judged(stored(pdf, moments.GOOD_ROOT, moments.GOOD_CLOCKS))
    assert found.verdict.sub_indication == "TRY_LATER"
    assert [each.best_signature_time for each in found.signatures] == [BEFORE, BEFORE]
