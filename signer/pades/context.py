"""Validation contexts: roots, stored evidence, and what fetches the rest for one document.

pyHanko's own fetchers are not used: they follow any address, hang past every fall-back, and remember a
cancelled request for ever. These ask `pki.revocation`.
"""

# mypy: allow-untyped-calls
# pyHanko ships its types, but many of its constructors and setters have none.

from collections.abc import AsyncGenerator, Iterable
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Literal, Self, TypeAlias

from asn1crypto import cms, crl, ocsp, x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate, load_der_x509_certificate
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.authority import Authority, AuthorityWithCert
from pyhanko_certvalidator.errors import CertificateFetchError, CRLFetchError, OCSPFetchError
from pyhanko_certvalidator.fetchers.api import CertificateFetcher, CRLFetcher, Fetchers, OCSPFetcher
from pyhanko_certvalidator.policy_decl import DisallowWeakAlgorithmsPolicy

from pki import revocation
from pki.clock import CLOCKS_DIFFER, within
from pki.lists import points
from pki.our_desk import at_the_desk
from pki.query import Asking, Source
from pki.reach import NotFetched, Reach
from pki.trust import Anchors
from signer.pades.certificates import is_usable
from signer.pades.constraints import comparable
from signer.pades.door import encoded
from signer.pades.inquiry import Inquiry

_REUSED = timedelta(seconds=30)  # a status asked for so long ago still goes into a document being signed

_Holder: TypeAlias = x509.Certificate | cms.AttributeCertificateV2


class Fetching(Inquiry):
    """What may be asked for one document, by us and by pyHanko. `anew`: nothing asked before now counts."""

    def __init__(
        self,
        timeout_seconds: float,
        *,
        private: bool = True,
        issuers: bool = True,
        anew: bool = False,
        source: Source = at_the_desk,
    ) -> None:
        super().__init__(timeout_seconds, private=private, issuers=issuers, source=source)
        since = self.begun if anew else self.begun - _REUSED
        how = self.asking(since, Reach(private=private))
        self.fetchers = Fetchers(ocsp_fetcher=_Ocsp(how), crl_fetcher=_Crl(how), cert_fetcher=_Issuers(how))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Hold nothing: requests belong to the process, not to the document."""


class _Ocsp(OCSPFetcher):
    def __init__(self, how: Asking) -> None:
        self._how = how
        self._fetched: dict[bytes, list[ocsp.OCSPResponse]] = {}

    async def fetch(self, cert: _Holder, authority: Authority) -> ocsp.OCSPResponse:
        if not isinstance(authority, AuthorityWithCert):
            raise OCSPFetchError("the issuer is known by its key alone")
        certificate, issuer = _turned(cert), _turned(authority.certificate)
        why: NotFetched | None = None
        for url in revocation.ocsp_urls(certificate)[: revocation.MAX_ADDRESSES]:
            try:
                encoded = await revocation.ocsp_response(url, certificate, issuer, self._how)
            except NotFetched as error:
                why = error
                continue
            response = ocsp.OCSPResponse.load(encoded)
            self._fetched.setdefault(cert.dump(), []).append(response)
            return response
        raise OCSPFetchError(str(why or "no address is named")) from why

    def fetched_responses(self) -> Iterable[ocsp.OCSPResponse]:
        return [response for each in self._fetched.values() for response in each]

    def fetched_responses_for_cert(self, cert: _Holder) -> Iterable[ocsp.OCSPResponse]:
        return self._fetched.get(cert.dump(), [])


class _Crl(CRLFetcher):
    def __init__(self, how: Asking) -> None:
        self._how = how
        self._fetched: dict[bytes, list[crl.CertificateList]] = {}

    async def fetch(self, cert: _Holder, *, use_deltas: bool | None = None) -> list[crl.CertificateList]:
        del use_deltas  # a whole list is never older than promised
        found, why = [], None
        for url in points(_turned(cert))[: revocation.MAX_ADDRESSES]:
            try:
                found.append(crl.CertificateList.load(await revocation.revocation_list(url, self._how)))
            except NotFetched as error:
                why = error
        if not found:
            raise CRLFetchError(str(why or "no address is named")) from why
        self._fetched[cert.dump()] = found
        return found

    def fetched_crls(self) -> Iterable[crl.CertificateList]:
        lists = {each.dump(): each for found in self._fetched.values() for each in found}
        return list(lists.values())

    def fetched_crls_for_cert(self, cert: _Holder) -> Iterable[crl.CertificateList]:
        return self._fetched[cert.dump()]  # pyHanko expects a KeyError


class _Issuers(CertificateFetcher):
    def __init__(self, how: Asking) -> None:
        self._how = how
        self._fetched: list[x509.Certificate] = []

    async def fetch_cert_issuers(self, cert: _Holder) -> AsyncGenerator[x509.Certificate, None]:
        for url in revocation.issuer_urls(_turned(cert))[: revocation.MAX_ADDRESSES]:
            try:
                found = await revocation.issuers(url, self._how)
            except NotFetched as error:
                raise CertificateFetchError(str(error)) from error
            for each in found:
                issuer = comparable(x509.Certificate.load(each.public_bytes(Encoding.DER)))
                self._fetched.append(issuer)
                yield issuer

    async def fetch_crl_issuers(self, certificate_list: Any) -> AsyncGenerator[x509.Certificate, None]:
        """Yield nothing: who signed a list is on the path already."""
        del certificate_list
        none: tuple[x509.Certificate, ...] = ()
        for each in none:
            yield each

    def fetched_certs(self) -> Iterable[x509.Certificate]:
        return self._fetched


def _turned(certificate: _Holder) -> Certificate:
    return load_der_x509_certificate(encoded(certificate))


def context_for(
    *,
    anchors: Anchors,
    fetching: Fetching | None,
    revocation: Literal["require", "soft-fail", "none"],
    moment: datetime | None = None,
    certificates: Iterable[x509.Certificate] = (),
    ocsps: Iterable[ocsp.OCSPResponse] = (),
    crls: Iterable[crl.CertificateList] = (),
) -> ValidationContext:
    """Return a context that trusts the anchors and nothing else.

    With a `moment` in the past, a status newer than it counts too: a certificate good today was good then.
    """
    between = (*map(x509.Certificate.load, anchors.intermediates), *certificates)
    return ValidationContext(
        trust_roots=[x509.Certificate.load(each) for each in anchors.roots],
        other_certs=list(map(comparable, filter(is_usable, between))),
        # pyHanko adds its tolerance to it, and fails beyond the last moment there is.
        moment=None if moment is None else within(moment, CLOCKS_DIFFER),
        allow_fetching=fetching is not None,
        fetchers=None if fetching is None else fetching.fetchers,
        revocation_mode=revocation,
        ocsps=list(ocsps),
        crls=list(crls),
        time_tolerance=CLOCKS_DIFFER,
        retroactive_revinfo=moment is not None,
        algorithm_usage_policy=DisallowWeakAlgorithmsPolicy(rsa_key_size_threshold=2048),
    )
