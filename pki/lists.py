"""What an issuer's lists say of its certificates (RFC 5280 §5), verified, and where these lists are."""

from collections.abc import Iterable

from cryptography import x509

from pki.answer import Answer, before, is_by_digest
from pki.certificate import said
from pki.entries import reaching, told
from pki.unreadable import UNREADABLE

_PARTIAL = {x509.DeltaCRLIndicator.oid}
_READ = {x509.CRLNumber.oid, x509.AuthorityKeyIdentifier.oid, x509.IssuingDistributionPoint.oid}


def from_list(encoded: bytes, certificate: x509.Certificate, issuer: x509.Certificate) -> list[Answer]:
    """Return what a CRL (DER) says of a certificate; nothing if it is not its issuer's whole list.

    Delta and indirect lists, and those for some reasons alone, say too little by themselves.
    """
    try:
        read = x509.load_der_x509_crl(encoded)
        if read.issuer != certificate.issuer or read.issuer != issuer.subject:
            return []
        digest = read.signature_hash_algorithm  # none of EdDSA: it has its own (RFC 8410 §3)
        if not (digest is None or is_by_digest(digest)) or not _covers(read, certificate):
            return []
        if not _may_sign_lists(issuer) or not read.is_signature_valid(issuer.public_key()):  # type: ignore[arg-type]
            return []
        entry = read.get_revoked_certificate_by_serial_number(certificate.serial_number)
        reaches = reaching(read.extensions)
        why = told(() if entry is None else entry.extensions)
    except UNREADABLE:
        return []
    return [
        Answer(
            source="CRL",
            this_update=read.last_update_utc,
            next_update=read.next_update_utc,
            revoked=None if entry is None else entry.revocation_date_utc,
            on_hold=why.on_hold,
            compromised=entry is not None and why.compromised,
            reaches=reaches,
            invalid=None if entry is None else before(why.invalid, entry.revocation_date_utc),
            encoded=encoded,
        )
    ]


def _covers(read: x509.CertificateRevocationList, certificate: x509.Certificate) -> bool:
    """Tell whether a list covers all revocations of certificates of this kind (RFC 5280 §5.2.5, §6.3.3 b)."""
    # A delta list is marked by an extension that should be critical (§5.2.4).
    if any((each.critical and each.oid not in _READ) or each.oid in _PARTIAL for each in read.extensions):
        return False
    try:
        scope = read.extensions.get_extension_for_class(x509.IssuingDistributionPoint).value
    except x509.ExtensionNotFound:
        return True
    partial = scope.only_some_reasons or scope.relative_name or scope.only_contains_attribute_certs
    if scope.indirect_crl or partial:
        return False
    authority = is_authority(certificate)
    if (scope.only_contains_user_certs and authority) or (scope.only_contains_ca_certs and not authority):
        return False
    return scope.full_name is None or not _urls(scope.full_name).isdisjoint(points(certificate))


def _may_sign_lists(issuer: x509.Certificate) -> bool:
    usage = said(issuer, x509.KeyUsage)
    return usage is None or usage.crl_sign


def is_authority(certificate: x509.Certificate) -> bool:
    """Tell whether a certificate may issue others."""
    basic = said(certificate, x509.BasicConstraints)
    return basic is not None and basic.ca


def points(certificate: x509.Certificate) -> list[str]:
    """Return where a certificate's whole list is (RFC 5280 §4.2.1.13), without partial and indirect ones."""
    named = said(certificate, x509.CRLDistributionPoints) or ()
    whole = (each for each in named if each.reasons is None and each.crl_issuer is None and each.full_name)
    return [url for each in whole for url in sorted(_urls(each.full_name or ()))]


def _urls(names: Iterable[x509.GeneralName]) -> set[str]:
    return {each.value for each in names if isinstance(each, x509.UniformResourceIdentifier)}
