"""Asking issuers whether a certificate still holds: OCSP, then lists."""

from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID

from pki.answer import Answer
from pki.certificate import said
from pki.certificate_files import issuers_in
from pki.lists import from_list, points
from pki.our_desk import at_the_desk
from pki.query import Asking, Query, Source
from pki.reach import NotFetched, hosts_of
from pki.remembering import remembered
from pki.status import from_ocsp

MAX_ADDRESSES = 3
"""Addresses of one kind that are asked for one certificate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was learnt about a certificate: verified answers, and why an address gave none."""

    answers: tuple[Answer, ...] = ()
    failures: tuple[NotFetched, ...] = ()


async def status(
    certificate: x509.Certificate, issuer: x509.Certificate, how: Asking, source: Source = at_the_desk
) -> Asked:
    """Ask for the status of a certificate: by OCSP, and by list if that gives nothing to be believed.

    Silence, refusal and a lie of one address all lead to the next one. Never raises.
    """
    failures: list[NotFetched] = []
    answers: list[Answer] = []
    for url in ocsp_urls(certificate)[:MAX_ADDRESSES]:
        try:
            response = await source(about(url, certificate, issuer), how)
        except NotFetched as error:
            failures.append(error)
            continue
        answers = from_ocsp(response, certificate, issuer)
        if answers:
            return Asked(answers=tuple(answers), failures=tuple(failures))
    for url in points(certificate)[:MAX_ADDRESSES]:
        try:
            answers += from_list(await source(Query(kind="list", url=url), how), certificate, issuer)
        except NotFetched as error:
            failures.append(error)
    return Asked(answers=tuple(answers), failures=tuple(failures))


def about(url: str, certificate: x509.Certificate, issuer: x509.Certificate) -> Query:
    """Return the question for an OCSP response about a certificate."""
    return Query(
        kind="ocsp",
        url=url,
        certificate=certificate.public_bytes(Encoding.DER),
        issuer=issuer.public_bytes(Encoding.DER),
    )


async def ocsp_response(
    url: str, certificate: x509.Certificate, issuer: x509.Certificate, how: Asking
) -> bytes:
    """Ask the desk for an OCSP response (DER, not verified), from any loop; raises `NotFetched`."""
    return await at_the_desk(about(url, certificate, issuer), how)


async def revocation_list(url: str, how: Asking) -> bytes:
    """Ask the desk for a list (DER, not verified), from any loop; raises `NotFetched`."""
    return await at_the_desk(Query(kind="list", url=url), how)


async def issuers(url: str, how: Asking) -> list[x509.Certificate]:
    """Ask the desk for issuers' certificates (not verified), from any loop; raises `NotFetched`."""
    return issuers_in(await at_the_desk(Query(kind="issuers", url=url), how))


def ocsp_urls(certificate: x509.Certificate) -> list[str]:
    """Return where a certificate says its status can be asked for (RFC 5280 §4.2.2.1)."""
    return _access(certificate, AuthorityInformationAccessOID.OCSP)


def issuer_urls(certificate: x509.Certificate) -> list[str]:
    """Return where a certificate says its issuer's certificate is."""
    return _access(certificate, AuthorityInformationAccessOID.CA_ISSUERS)


@remembered(256)
def named_hosts(anchor: x509.Certificate) -> frozenset[str]:
    """Return the hosts that an anchor's own certificate names.

    Who chose the anchor chose them too: a hierarchy inside a private network names its servers there.
    """
    access = said(anchor, x509.AuthorityInformationAccess) or ()
    services = said(anchor, x509.SubjectInformationAccess) or ()
    return hosts_of([*points(anchor), *(str(each.access_location.value) for each in (*access, *services))])


def _access(certificate: x509.Certificate, method: x509.ObjectIdentifier) -> list[str]:
    try:
        named = said(certificate, x509.AuthorityInformationAccess)
    except ValueError:
        return []
    places = (each.access_location for each in named or () if each.access_method == method)
    return [each.value for each in places if isinstance(each, x509.UniformResourceIdentifier)]
