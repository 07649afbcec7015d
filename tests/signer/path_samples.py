"""Certificates, lists and answers of every odd shape, over small elliptic keys."""

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence

from asn1crypto import algos, core, crl, ocsp, x509
from cryptography import x509 as pyca
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp as pyca_ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AT = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
UNKNOWN = pyca.UnrecognizedExtension(pyca.ObjectIdentifier("1.2.3.4.5"), b"\x05\x00")
SIGNING = "digital_signature", "content_commitment"
ISSUING = "key_cert_sign", "crl_sign"
TSA, OCSP = ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.OCSP_SIGNING
LIST = "http://a.example.test/list.crl"

Extension = tuple[pyca.ExtensionType, bool]
NO_CHECK: Extension = (pyca.OCSPNoCheck(), False)


def named(*parts: str) -> pyca.Name:
    """A name of a country and common names."""
    country = pyca.NameAttribute(NameOID.COUNTRY_NAME, "VN")
    return pyca.Name([country, *(pyca.NameAttribute(NameOID.COMMON_NAME, each) for each in parts)])


@dataclasses.dataclass(frozen=True)
class Who:
    """Somebody with a certificate and its key."""

    issued: pyca.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def der(self) -> bytes:
        return self.issued.public_bytes(Encoding.DER)

    @property
    def loaded(self) -> x509.Certificate:
        return x509.Certificate.load(self.der)


def usage(*chosen: str) -> pyca.KeyUsage:
    every = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return pyca.KeyUsage(**{each: each in chosen for each in every})


def policies(*chosen: str) -> Extension:
    held = [pyca.PolicyInformation(pyca.ObjectIdentifier(each), None) for each in chosen]
    return pyca.CertificatePolicies(held), False


def purposes(*chosen: pyca.ObjectIdentifier, critical: bool = True) -> Extension:
    return pyca.ExtendedKeyUsage(chosen), critical


def issue(
    subject: str | pyca.Name,
    issuer: Who | None = None,
    *more: Extension,
    ca: bool | None = False,
    length: int | None = None,
    uses: Sequence[str] | None = None,
    begin: dt.datetime = AT - 900 * DAY,
    end: dt.datetime = AT + 900 * DAY,
    above: pyca.Name | None = None,
    key: ec.EllipticCurvePrivateKey | None = None,
    critical: bool = True,
) -> Who:
    """A certificate; `ca` None leaves basicConstraints out, `uses` () leaves keyUsage out."""
    name = named(subject) if isinstance(subject, str) else subject
    key = key or ec.generate_private_key(ec.SECP256R1())
    signing = name if issuer is None else issuer.issued.subject
    builder = pyca.CertificateBuilder(above or signing, name, key.public_key(), pyca.random_serial_number())
    builder = builder.not_valid_before(begin).not_valid_after(end)
    if ca is not None:
        builder = builder.add_extension(pyca.BasicConstraints(ca, length), critical=critical)
    if uses != ():
        builder = builder.add_extension(usage(*(uses or (ISSUING if ca else SIGNING))), critical=True)
    for extension, is_critical in more:
        builder = builder.add_extension(extension, critical=is_critical)
    return Who(builder.sign(key if issuer is None else issuer.key, hashes.SHA256()), key)


def broken(who: Who) -> Who:
    """The certificate with a signature that is not its issuer's."""
    changed = x509.Certificate.load(who.der)
    stranger = ec.generate_private_key(ec.SECP256R1())
    changed["signature_value"] = stranger.sign(changed["tbs_certificate"].dump(), ec.ECDSA(hashes.SHA256()))
    return Who(pyca.load_der_x509_certificate(changed.dump(force=True)), who.key)


def by_sha1(who: Who, issuer: Who) -> Who:
    """The certificate signed anew with SHA-1."""
    return _by(who, issuer, "sha1_ecdsa", hashes.SHA1())  # the very thing to be refused


def by_sha224(who: Who, issuer: Who) -> Who:
    """The certificate signed anew with SHA-224."""
    return _by(who, issuer, "sha224_ecdsa", hashes.SHA224())


def _by(who: Who, issuer: Who, name: str, digest: hashes.HashAlgorithm) -> Who:
    changed = x509.Certificate.load(who.der)
    weak = algos.SignedDigestAlgorithm({"algorithm": name})
    changed["tbs_certificate"]["signature"] = weak
    changed["signature_algorithm"] = weak
    changed["signature_value"] = issuer.key.sign(
        changed["tbs_certificate"].dump(force=True), ec.ECDSA(digest)
    )
    return Who(pyca.load_der_x509_certificate(changed.dump(force=True)), who.key)


def _by_sha1(issuer: Who, data: bytes) -> bytes:
    return issuer.key.sign(data, ec.ECDSA(hashes.SHA1()))  # the very thing to be refused


@dataclasses.dataclass(frozen=True)
class Row:
    """One line of a list: who was revoked when, and why."""

    who: Who
    when: dt.datetime = AT - DAY
    reason: pyca.ReasonFlags | None = None
    invalid: dt.datetime | None = None
    strange: bool = False


def revocations(
    issuer: Who,
    *rows: Row,
    at: dt.datetime = AT,
    until: dt.datetime | None = AT + 7 * DAY,
    more: Iterable[Extension] = (),
    weak: bool = False,
) -> bytes:
    """A list (DER); `until` None leaves nextUpdate out, `weak` signs with SHA-1."""
    builder = pyca.CertificateRevocationListBuilder(issuer.issued.subject, at, until or at + DAY)
    for extension, critical in [(pyca.CRLNumber(1), False), *more]:
        builder = builder.add_extension(extension, critical=critical)
    for row in rows:
        entry = pyca.RevokedCertificateBuilder(row.who.issued.serial_number, row.when)
        if row.reason is not None:
            entry = entry.add_extension(pyca.CRLReason(row.reason), critical=False)
        if row.invalid is not None:
            entry = entry.add_extension(pyca.InvalidityDate(row.invalid), critical=False)
        if row.strange:
            entry = entry.add_extension(UNKNOWN, critical=True)
        builder = builder.add_revoked_certificate(entry.build())
    made = builder.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)
    return made if until is not None and not weak else _listed_anew(made, issuer, until=until, weak=weak)


def _listed_anew(encoded: bytes, issuer: Who, *, until: dt.datetime | None, weak: bool) -> bytes:
    changed = crl.CertificateList.load(encoded)
    if until is None:
        del changed["tbs_cert_list"]["next_update"]
    if weak:
        algorithm = algos.SignedDigestAlgorithm({"algorithm": "sha1_ecdsa"})
        changed["tbs_cert_list"]["signature"] = algorithm
        changed["signature_algorithm"] = algorithm
    signed = changed["tbs_cert_list"].dump(force=True)
    changed["signature"] = (
        _by_sha1(issuer, signed) if weak else issuer.key.sign(signed, ec.ECDSA(hashes.SHA256()))
    )
    return changed.dump(force=True)


def spoiled(encoded: bytes) -> bytes:
    """A list or a response whose signature is not right."""
    return encoded[:-1] + bytes([encoded[-1] ^ 1])


def scope(
    *,
    full: str | None = None,
    user: bool = False,
    ca: bool = False,
    indirect: bool = False,
    reasons: frozenset[pyca.ReasonFlags] | None = None,
    attributes: bool = False,
) -> Extension:
    """What a list is for (RFC 5280 §5.2.5)."""
    places = None if full is None else [pyca.UniformResourceIdentifier(full)]
    point = pyca.IssuingDistributionPoint(places, None, user, ca, reasons, indirect, attributes)
    return point, True


def point(url: str = LIST) -> Extension:
    held = pyca.DistributionPoint([pyca.UniformResourceIdentifier(url)], None, None, None)
    return pyca.CRLDistributionPoints([held]), False


def answer(
    who: Who,
    issuer: Who,
    by: Who | None = None,
    *,
    revoked: dt.datetime | None = None,
    unknown: bool = False,
    at: dt.datetime = AT,
    until: dt.datetime | None = AT + DAY,
    carried: Sequence[Who] | None = None,
    digest: hashes.HashAlgorithm | None = None,
    about: int | None = None,
    weak: bool = False,
) -> bytes:
    """An OCSP response (DER) about somebody, by the issuer or by a responder whose certificate is carried."""
    by = by or issuer
    status = pyca_ocsp.OCSPCertStatus.GOOD
    if unknown:
        status = pyca_ocsp.OCSPCertStatus.UNKNOWN
    elif revoked:
        status = pyca_ocsp.OCSPCertStatus.REVOKED
    algorithm = digest or hashes.SHA256()
    key = issuer.issued.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    builder = pyca_ocsp.OCSPResponseBuilder().add_response_by_hash(
        hashlib.new(algorithm.name, issuer.issued.subject.public_bytes()).digest(),
        hashlib.new(algorithm.name, key).digest(),
        who.issued.serial_number if about is None else about,
        algorithm,
        status,
        at,
        until,
        revoked,
        None,
    )
    builder = builder.responder_id(pyca_ocsp.OCSPResponderEncoding.HASH, by.issued)
    held = [by] if carried is None and by is not issuer else list(carried or ())
    if held:
        builder = builder.certificates([each.issued for each in held])
    made = builder.sign(by.key, hashes.SHA256()).public_bytes(Encoding.DER)
    return _answered_by_sha1(made, by) if weak else made


def _answered_by_sha1(encoded: bytes, by: Who) -> bytes:
    changed = ocsp.OCSPResponse.load(encoded)
    basic = changed["response_bytes"]["response"].parsed
    basic["signature_algorithm"] = algos.SignedDigestAlgorithm({"algorithm": "sha1_ecdsa"})
    basic["signature"] = _by_sha1(by, basic["tbs_response_data"].dump())
    changed["response_bytes"]["response"] = core.ParsableOctetString(basic.dump(force=True))
    return changed.dump(force=True)


def made_at(encoded: bytes, by: Who, moment: dt.datetime) -> bytes:
    """A response that says it was made at a moment; `answer` makes them now."""
    changed = ocsp.OCSPResponse.load(encoded)
    basic = changed["response_bytes"]["response"].parsed
    basic["tbs_response_data"]["produced_at"] = moment
    signed = basic["tbs_response_data"].dump(force=True)
    basic["signature"] = by.key.sign(signed, ec.ECDSA(hashes.SHA256()))
    changed["response_bytes"]["response"] = core.ParsableOctetString(basic.dump(force=True))
    return changed.dump(force=True)
