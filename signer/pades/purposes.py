"""What a certificate may be used for, by itself and by the authorities above it.

RFC 5280 §4.2.1.3 and §4.2.1.12, RFC 3161 §2.3, RFC 9336 (a purpose for documents).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate, ExtendedKeyUsage, KeyUsage
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from pki.certificate import extension, said
from pki.identity import identify
from pki.lists import is_authority
from pki.remembering import remembered_of
from pki.status import may_sign_answers
from pki.words import N_, Sentence
from signer.report import PASSED, Verdict, unknown
from signer.rules import Purpose

_SIGNING = frozenset({
    ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
    ExtendedKeyUsageOID.EMAIL_PROTECTION,
    ObjectIdentifier("1.3.6.1.5.5.7.3.36"),  # RFC 9336
    ObjectIdentifier("1.3.6.1.4.1.311.10.3.12"),  # Microsoft's for documents
    ObjectIdentifier("1.2.840.113583.1.1.5"),  # Adobe's for authentic documents
})  # fmt: skip
"""Purposes under which the programs of the field sign documents."""

_LOGON = frozenset({
    ExtendedKeyUsageOID.CLIENT_AUTH,
    ExtendedKeyUsageOID.SMARTCARD_LOGON,
    ObjectIdentifier("1.3.6.1.5.2.3.4"),  # RFC 4556, for a client of Kerberos
})  # fmt: skip
"""Purposes of persons that are no signing of documents."""

_MACHINES = frozenset({
    ExtendedKeyUsageOID.SERVER_AUTH,
    ExtendedKeyUsageOID.CODE_SIGNING,
    ExtendedKeyUsageOID.OCSP_SIGNING,
})  # fmt: skip

_FOREIGN: Mapping[Purpose, frozenset[ObjectIdentifier]] = {
    "sign": _MACHINES | {ExtendedKeyUsageOID.TIME_STAMPING},
    "stamp": _MACHINES,
}
"""Purposes of services; an authority for nothing else (and their clients) makes none for this use."""


def fits(path: Sequence[Certificate], purpose: Purpose) -> Verdict:
    """Judge whether the last certificate of a path, the root first, may be used so.

    Nothing is asked of the anchor. That an authority's purposes bound those below it stands in no RFC, but
    whoever made an authority for servers alone meant it.
    """
    if any(_is_bound(each, purpose) for each in path[1:-1]) or not _MAY[purpose](path[-1]):
        words = N_("The certificate was not issued for this purpose (key usage).")
        return unknown("CHAIN_CONSTRAINTS_FAILURE", Sentence(words))
    return PASSED


def told(certificate: Certificate, purpose: Purpose) -> Iterator[Sentence]:
    """Yield what is odd about the purposes of a certificate that may be used so."""
    if purpose == "sign" and _is_for_logging_in(certificate):
        yield Sentence(
            N_("The purposes that the signer's certificate names are for logging in, not for documents.")
        )


@remembered_of(256)
def _is_for_logging_in(certificate: Certificate) -> bool:
    purposes = extension(certificate, ExtendedKeyUsage)
    return purposes is not None and set(purposes.value) <= _LOGON


@remembered_of(256)
def _may_sign(certificate: Certificate) -> bool:
    if identify(certificate.public_bytes(Encoding.DER)).basis == "service":
        return False  # a time-stamp authority, a responder, a web server, an authority: none signs documents
    purposes = extension(certificate, ExtendedKeyUsage)
    # What must not be passed over must be one of those that are known to be signing (RFC 5280 §4.2).
    if purposes is not None and purposes.critical and _SIGNING.isdisjoint(purposes.value):
        return False
    usage = said(certificate, KeyUsage)
    return usage is None or usage.content_commitment or usage.digital_signature


@remembered_of(256)
def _may_stamp(certificate: Certificate) -> bool:
    # RFC 3161 §2.3: this purpose and no other, in a critical extension. RFC 5280 §4.2.1.12: key usage and
    # purpose must both fit.
    purposes = extension(certificate, ExtendedKeyUsage)
    if purposes is None:
        return False
    alone = purposes.critical and list(purposes.value) == [ExtendedKeyUsageOID.TIME_STAMPING]
    return alone and may_sign_answers(certificate) and not is_authority(certificate)


@remembered_of(256)
def _is_bound(authority: Certificate, purpose: Purpose) -> bool:
    """Tell whether an authority is there for other services, and nothing else."""
    purposes = extension(authority, ExtendedKeyUsage)
    named = set() if purposes is None else set(purposes.value)
    return not named.isdisjoint(_FOREIGN[purpose]) and named <= _FOREIGN[purpose] | _LOGON


_MAY: Mapping[Purpose, Callable[[Certificate], bool]] = {"sign": _may_sign, "stamp": _may_stamp}
