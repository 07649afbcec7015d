"""Validation contexts: roots, stored evidence, and fetchers that fail in one way only."""

# mypy: allow-untyped-calls
# pyHanko ships its types, but many of its constructors and setters have none.

from collections.abc import Iterable
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Literal, Self

from asn1crypto import cms, crl, ocsp, x509
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.authority import Authority
from pyhanko_certvalidator.errors import CertificateFetchError, CRLFetchError, OCSPFetchError
from pyhanko_certvalidator.fetchers.aiohttp_fetchers import AIOHttpFetcherBackend
from pyhanko_certvalidator.fetchers.aiohttp_fetchers.cert_fetch_client import AIOHttpCertificateFetcher
from pyhanko_certvalidator.fetchers.aiohttp_fetchers.crl_client import AIOHttpCRLFetcher
from pyhanko_certvalidator.fetchers.aiohttp_fetchers.ocsp_client import AIOHttpOCSPFetcher
from pyhanko_certvalidator.fetchers.api import Fetchers, FetchLimits
from pyhanko_certvalidator.fetchers.common_utils import FetchBudget
from pyhanko_certvalidator.policy_decl import DisallowWeakAlgorithmsPolicy

from pki.trust import Anchors

_CLOCKS_DIFFER = timedelta(seconds=60)
"""How far a responder's clock may be from ours."""
_LIMITS = FetchLimits(max_requests=40, max_cert_requests=8, max_aia_urls_per_object=2)


class _Ocsp(AIOHttpOCSPFetcher):
    async def fetch(
        self, cert: x509.Certificate | cms.AttributeCertificateV2, authority: Authority
    ) -> ocsp.OCSPResponse:
        # A responder that hangs makes pyHanko raise a bare TimeoutError past every fall-back; as a fetch
        # error it falls back to the CRL, or to "the status is unknown".
        try:
            return await super().fetch(cert, authority)
        except (TimeoutError, OSError, ValueError, KeyError, TypeError) as error:
            raise OCSPFetchError("the OCSP responder gave no answer that can be read") from error


class _Crl(AIOHttpCRLFetcher):
    async def fetch(self, cert: Any, *, use_deltas: bool = True) -> Any:
        try:
            return await super().fetch(cert, use_deltas=use_deltas)
        except (TimeoutError, OSError, ValueError, KeyError, TypeError) as error:
            raise CRLFetchError("no CRL that can be read was fetched") from error


class _Certificates(AIOHttpCertificateFetcher):
    async def fetch_certs(self, url: str, url_origin_type: str) -> Any:
        try:
            return await super().fetch_certs(url, url_origin_type)
        except (TimeoutError, OSError, ValueError, KeyError, TypeError) as error:
            raise CertificateFetchError("no issuer certificate was fetched") from error


class Fetching:
    """Fetchers for one document: answers, and failures, are kept as long as it is worked on."""

    def __init__(self, timeout_seconds: float) -> None:
        self._backend = AIOHttpFetcherBackend(per_request_timeout=timeout_seconds, limits=_LIMITS)
        session, budget = self._backend.session, FetchBudget(_LIMITS)
        options: dict[str, Any] = {"per_request_timeout": timeout_seconds, "budget": budget}
        self.fetchers = Fetchers(
            ocsp_fetcher=_Ocsp(session, **options),
            crl_fetcher=_Crl(session, **options),
            cert_fetcher=_Certificates(session, **options),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._backend.close()


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
    return ValidationContext(
        trust_roots=[x509.Certificate.load(each) for each in anchors.roots],
        other_certs=[*map(x509.Certificate.load, anchors.intermediates), *certificates],
        moment=moment,
        allow_fetching=fetching is not None,
        fetchers=None if fetching is None else fetching.fetchers,
        revocation_mode=revocation,
        ocsps=list(ocsps),
        crls=list(crls),
        time_tolerance=_CLOCKS_DIFFER,
        retroactive_revinfo=moment is not None,
        algorithm_usage_policy=DisallowWeakAlgorithmsPolicy(rsa_key_size_threshold=2048),
    )
