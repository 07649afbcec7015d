"""Is this certificate to be believed at that moment? Path, dates, purpose and status, as one verdict.

EN 319 102-1 §5.2.6 (path), §5.2.5 (status): a missing status is never "good".
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from asn1crypto import crl, ocsp, x509
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import (
    DisallowedAlgorithmError,
    ExpiredError,
    InsufficientRevinfoError,
    InvalidCertificateError,
    NotYetValidError,
    PathBuildingError,
    RevokedError,
    ValidationError,
)
from pyhanko_certvalidator.path import ValidationPath

from pki.trust import Anchors
from pki.words import N_, Sentence
from signer.pades.context import Fetching, context_for
from signer.pades.door import detail_of, hostile
from signer.policy import Revocation
from signer.report import PASSED, Verdict, failed, unknown

Purpose = Literal["sign", "stamp"]
Status = Literal["good", "revoked", "unknown", "not-checked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """What was found about one certificate: the verdict, its status, and the path, the root first."""

    verdict: Verdict
    status: Status
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Everything certificates are judged by in one examination.

    `certificates`, `ocsps` and `crls` are what the document itself stores. `moment` is None for now.
    """

    anchors: Anchors
    revocation: Revocation
    fetching: Fetching | None
    moment: datetime | None
    certificates: tuple[x509.Certificate, ...] = ()
    ocsps: tuple[ocsp.OCSPResponse, ...] = field(default=(), repr=False)
    crls: tuple[crl.CertificateList, ...] = field(default=(), repr=False)

    async def trust(
        self,
        certificate: x509.Certificate,
        others: tuple[x509.Certificate, ...],
        purpose: Purpose,
        proven: datetime | None,
    ) -> Trust:
        """Judge a certificate as of `proven`, the time at which its use is proven, or as of now."""
        purpose_fits = _PURPOSES[purpose](certificate)
        if self.revocation == "ignore":
            context = self._context("none", self.fetching, others, proven)
            return await _judged(certificate, context, "not-checked", proven, purpose_fits=purpose_fits)
        # What the document stores comes first: it must be enough when every responder is gone for good.
        if self.ocsps or self.crls:
            stored = self._context("require", None, others, proven)
            trust = await _judged(certificate, stored, "good", proven, purpose_fits=purpose_fits)
            if trust.status in ("good", "revoked"):
                return trust
        asked = self._context("require", self.fetching, others, proven)
        trust = await _judged(certificate, asked, "good", proven, purpose_fits=purpose_fits)
        if self.revocation == "require" or trust.status != "unknown":
            return trust
        lenient = self._context("soft-fail", self.fetching, others, proven)
        return await _judged(certificate, lenient, "unknown", proven, purpose_fits=purpose_fits)

    def _context(
        self,
        mode: Literal["require", "soft-fail", "none"],
        fetching: Fetching | None,
        others: tuple[x509.Certificate, ...],
        proven: datetime | None,
    ) -> ValidationContext:
        return context_for(
            anchors=self.anchors,
            fetching=fetching,
            revocation=mode,
            moment=proven or self.moment,
            certificates=(*self.certificates, *others),
            ocsps=self.ocsps,
            crls=self.crls,
        )


async def _judged(
    certificate: x509.Certificate,
    context: ValidationContext,
    status: Status,
    proven: datetime | None,
    *,
    purpose_fits: bool,
) -> Trust:
    with hostile():
        path = await _path(certificate, context)
    if isinstance(path, Exception):
        return _refused(path, proven)
    if not purpose_fits:
        return Trust(
            verdict=unknown(
                "CHAIN_CONSTRAINTS_FAILURE",
                Sentence(N_("The certificate was not issued for this purpose (key usage).")),
            ),
            status=status,
            path=_names(path),
        )
    return Trust(verdict=PASSED, status=status, path=_names(path))


async def _path(
    certificate: x509.Certificate, context: ValidationContext
) -> ValidationPath | ValidationError | PathBuildingError:
    try:
        return await CertificateValidator(certificate, validation_context=context).async_validate_path()
    except (ValidationError, PathBuildingError) as error:
        return error


def _names(path: ValidationPath) -> tuple[str, ...]:
    return tuple(each.subject.human_friendly for each in path.iter_certs(include_root=True))


def _may_sign(certificate: x509.Certificate) -> bool:
    usage = certificate.key_usage_value
    return usage is None or bool({"non_repudiation", "digital_signature"} & usage.native)


def _may_stamp(certificate: x509.Certificate) -> bool:
    # RFC 3161 §2.3: this purpose, and no other.
    purposes = certificate.extended_key_usage_value
    return purposes is not None and purposes.native == ["time_stamping"]


_PURPOSES: dict[Purpose, Callable[[x509.Certificate], bool]] = {"sign": _may_sign, "stamp": _may_stamp}


def _refused(error: Exception, proven: datetime | None) -> Trust:
    facts: dict[str, object] = {"detail": detail_of(error)}
    if isinstance(error, RevokedError) and not error.is_side_validation:
        sentence = Sentence(
            N_("A certificate was revoked on {date}."), {"date": error.revocation_dt.isoformat()}
        )
        return Trust(verdict=failed("REVOKED", sentence), status="revoked")
    if isinstance(error, InsufficientRevinfoError):
        sentence = Sentence(N_("Whether a certificate was revoked could not be found out: {detail}"), facts)
        return Trust(verdict=unknown("TRY_LATER", sentence), status="unknown")
    if isinstance(error, NotYetValidError):
        sentence = Sentence(N_("A certificate was not valid yet: {detail}"), facts)
        return Trust(verdict=failed("NOT_YET_VALID", sentence), status="not-checked")
    return Trust(verdict=_doubted(error, facts, proven), status="not-checked")


def _doubted(error: Exception, facts: dict[str, object], proven: datetime | None) -> Verdict:
    match error:
        case ExpiredError():
            sub = "OUT_OF_BOUNDS_NO_POE" if proven is None else "CERTIFICATE_CHAIN_GENERAL_FAILURE"
            return unknown(sub, Sentence(N_("A certificate had expired by the time proven: {detail}"), facts))
        case DisallowedAlgorithmError():
            sentence = Sentence(N_("A certificate uses an algorithm that is too weak: {detail}"), facts)
            return unknown("CRYPTO_CONSTRAINTS_FAILURE", sentence)
        case PathBuildingError() | InvalidCertificateError():
            sentence = Sentence(N_("The certificate leads to none of the trusted roots."))
            return unknown("NO_CERTIFICATE_CHAIN_FOUND", sentence)
        case _:
            sentence = Sentence(N_("The chain of certificates is not good: {detail}"), facts)
            return unknown("CERTIFICATE_CHAIN_GENERAL_FAILURE", sentence)
