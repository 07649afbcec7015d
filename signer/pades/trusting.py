"""Is this certificate to be believed at that moment? Path, dates, purpose and status, as one verdict.

EN 319 102-1 §5.2.6 (path), §5.2.5 (status): a missing status is never "good".
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from asn1crypto import x509
from cryptography.x509 import Certificate, load_der_x509_certificate
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.errors import (
    DisallowedAlgorithmError,
    ExpiredError,
    InvalidCertificateError,
    NotYetValidError,
    PathBuildingError,
)
from pyhanko_certvalidator.path import ValidationPath
from pyhanko_certvalidator.policy_decl import PKIXValidationParams

from pki.clock import CLOCKS_DIFFER, SystemClock, moved
from pki.trust import Anchors
from pki.unreadable import UNREADABLE
from pki.words import N_, Sentence
from signer.entitlement import issued_well
from signer.pades.belief import Means, believed
from signer.pades.certificates import is_usable, leading
from signer.pades.context import Fetching, context_for
from signer.pades.door import detail_of, encoded, hostile
from signer.pades.judged import Trust, best
from signer.pades.paths import valid_paths
from signer.pades.standing import Stored
from signer.pades.uses import Use
from signer.policy import Revocation
from signer.report import Verdict, failed, unknown, worst
from signer.rules import Freshness, Purpose, Rules
from signer.suites import of_path, relied_on


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Everything certificates are judged by in one examination.

    `certificates` and `stored` are what the document itself stores, the answers that were signed along among
    it; where there are such, `kept` are the others. `moment` is None for now; `clock` is the present where
    that is another. `rules` are those of a policy file.
    """

    anchors: Anchors
    revocation: Revocation
    fetching: Fetching | None
    moment: datetime | None
    clock: datetime | None = None
    certificates: tuple[x509.Certificate, ...] = ()
    stored: Stored = field(default_factory=Stored)
    kept: Stored | None = None
    rules: Rules | None = None

    async def trust(
        self,
        certificate: x509.Certificate,
        others: tuple[x509.Certificate, ...],
        purpose: Purpose,
        proven: datetime | None,
        claimed: datetime | None = None,
    ) -> Trust:
        """Judge a certificate as of `proven`, the time at which its use is proven, or as of now.

        `claimed` is what a time-stamp says of itself. Nobody is asked anything before the path is known to
        lead to an anchor, and then only at addresses that certificates of this path name.
        """
        if not is_usable(certificate):
            return Trust(
                verdict=_doubted(ValueError(), {"detail": Sentence(_ODD)}, proven), status="not-checked"
            )
        with hostile():
            context = self._context(others, proven, self._anchors(purpose))
            paths = await valid_paths(certificate, context, self._wanted(purpose))
            if isinstance(paths, Exception):
                outside = await self._outside(certificate, others, purpose, proven)
                return outside or _refused(paths, certificate, proven)
        moment = proven or self.now
        begin = moved(certificate.not_valid_before, -CLOCKS_DIFFER)
        end = moved(certificate.not_valid_after, CLOCKS_DIFFER)
        if not begin <= moment <= end:
            # On the way no dates of an anchor are asked (RFC 5280 §6.1.1); those of a signer always count.
            verdict = unknown("OUT_OF_BOUNDS_NO_POE", Sentence(_OUT_OF_BOUNDS))
            return Trust(verdict=verdict, status="not-checked")
        fresh = Freshness() if self.rules is None else self.rules.freshness
        claimed = claimed if proven is None else None
        use = Use(moment=moment, now=self.now, claimed=claimed, fresh=fresh, clock=self.clock)
        found: list[Trust] = []
        for path in paths:
            trust = await self._along(path, purpose, use, proven)
            if self.settles(trust, purpose, proven):
                return trust
            found.append(trust)
        return self._best(found, purpose, proven)

    def settles(self, trust: Trust, purpose: Purpose, proven: datetime | None) -> bool:
        """Tell whether no other path matters.

        One that holds for want of an answer is not the last word: another may know of a revocation.
        """
        held = self._issued(trust, purpose, proven).passed and trust.verdict.passed
        return trust.withdrawn or (held and trust.status != "unknown")

    def better(self, first: Trust, second: Trust, purpose: Purpose, proven: datetime | None) -> Trust:
        """Return which of two findings on one certificate counts, the second of which knew of more issuers.

        What leads nowhere says least of all; but that a certificate is revoked no other path mends.
        """
        if second.withdrawn or not first.path:
            return second if second.path or second.withdrawn else first
        return self._best((first, second) if second.path else (first,), purpose, proven)

    def _best(self, found: Sequence[Trust], purpose: Purpose, proven: datetime | None) -> Trust:
        return best([(each, worst((each.verdict, self._issued(each, purpose, proven)))) for each in found])

    async def _along(
        self, path: ValidationPath, purpose: Purpose, use: Use, proven: datetime | None
    ) -> Trust:
        """Judge the certificate at the end of one valid path."""
        found = list(path.iter_certs(include_root=True))
        try:
            certificates = [_read(encoded(each)) for each in found]
        except UNREADABLE as error:
            return _refused(error, found[-1], proven)
        means = Means(stored=self.stored, revocation=self.revocation, inquiry=self.fetching)
        trust = await believed(certificates, purpose, use, means)
        return replace(
            trust,
            verdict=worst((trust.verdict, self._suited(certificates, proven))),
            # What was signed along proves as much, and is no store (EN 319 142-1 §6.3).
            stored=trust.stored and (self.kept is None or self.kept.holds_all(certificates, use)),
        )

    def _issued(self, trust: Trust, purpose: Purpose, proven: datetime | None) -> Verdict:
        """Judge whether a signer has an issuer, on this path, that the policy lists."""
        links = trust.links if purpose == "sign" else ()
        return issued_well(self.rules, [each.encoded for each in links], proven or self.now)

    def _anchors(self, purpose: Purpose) -> Anchors:
        return self.anchors if self.rules is None else self.rules.anchors_for(self.anchors, purpose)

    def _wanted(self, purpose: Purpose) -> PKIXValidationParams | None:
        """Return the certificate policies that a signer's path must be valid for (RFC 5280 §6.1.1)."""
        if self.rules is None or not self.rules.certificate_policies or purpose != "sign":
            return None
        wanted = frozenset(self.rules.certificate_policies)
        return PKIXValidationParams(user_initial_policy_set=wanted, initial_explicit_policy=True)

    async def _outside(
        self,
        certificate: x509.Certificate,
        others: tuple[x509.Certificate, ...],
        purpose: Purpose,
        proven: datetime | None,
    ) -> Trust | None:
        """Return what is found about a path that is good, but not by the rules of the policy file."""
        if self.rules is None:
            return None
        for anchors, words in ((self._anchors(purpose), _NO_POLICY), (self.anchors, _NO_PURPOSE)):
            paths = await valid_paths(certificate, self._context(others, proven, anchors))
            if not isinstance(paths, Exception):
                names = _names(paths[0])
                verdict = unknown("CHAIN_CONSTRAINTS_FAILURE", Sentence(words, {"root": names[0]}))
                return Trust(verdict=verdict, status="not-checked", path=names)
        return None

    @property
    def now(self) -> datetime:
        """The moment that counts where nothing proves another."""
        return self.moment or SystemClock().now()

    def _suited(self, path: Sequence[Certificate], proven: datetime | None) -> Verdict:
        suites = () if self.rules is None else self.rules.suites
        return relied_on(suites, of_path(path) if suites else (), proven, self.now)

    def _context(
        self, others: tuple[x509.Certificate, ...], proven: datetime | None, anchors: Anchors
    ) -> ValidationContext:
        """Return what a path is found and judged with; the status of its certificates is found out here."""
        asks = self.fetching is not None and self.fetching.issuers
        # Of two with one issuer and serial pyHanko knows the first only: a stranger stores what he likes.
        certificates = (*others, *self.certificates)
        if not asks:  # what is fetched may lead further
            known = (map(x509.Certificate.load, each) for each in (anchors.roots, anchors.intermediates))
            certificates = leading(certificates, *known)
        return context_for(
            anchors=anchors,
            fetching=self.fetching if asks else None,
            revocation="none",
            moment=proven or self.moment,
            certificates=certificates,
        )


_NO_POLICY = N_("The certificate was not issued under any certificate policy that is asked for.")
_ODD = N_("a name or an extension of the certificate cannot be read.")
_OUT_OF_BOUNDS = N_("The certificate is trusted, but not valid at the time that counts here.")
_NO_PURPOSE = N_("The root “{root}” is trusted by the policy, but not for this purpose.")


def _read(der: bytes) -> Certificate:
    """Return a certificate read to its last part; one of `UNREADABLE` where pyHanko was more lenient."""
    certificate = load_der_x509_certificate(der)
    _ = certificate.subject, certificate.issuer, certificate.extensions
    return certificate


def _names(path: ValidationPath) -> tuple[str, ...]:
    return tuple(each.subject.human_friendly for each in path.iter_certs(include_root=True))


def _refused(error: Exception, certificate: x509.Certificate, proven: datetime | None) -> Trust:
    facts: dict[str, object] = {"detail": detail_of(error)}
    if isinstance(error, NotYetValidError):
        sentence = Sentence(
            N_("A certificate was not valid yet: it is valid from {begin} on."), {"begin": error.valid_from}
        )
        # EN 319 102-1 §5.1.3: a no only where it is proven that the signer's own certificate had not begun.
        verdict = unknown("OUT_OF_BOUNDS_NO_POE", sentence)
        if proven is not None and proven < certificate.not_valid_before:
            verdict = failed("NOT_YET_VALID", sentence)
        return Trust(verdict=verdict, status="not-checked")
    return Trust(verdict=_doubted(error, facts, proven), status="not-checked")


def _doubted(error: Exception, facts: dict[str, object], proven: datetime | None) -> Verdict:
    match error:
        case ExpiredError():
            words = N_("A certificate had expired by the time proven, on {date}.")
            if proven is None:
                words = N_("A certificate expired on {date}, and no time before that is proven.")
            return unknown("OUT_OF_BOUNDS_NO_POE", Sentence(words, {"date": error.expired_dt}))
        case DisallowedAlgorithmError():
            sentence = Sentence(N_("A certificate uses an algorithm that is too weak: {detail}"), facts)
            return unknown("CRYPTO_CONSTRAINTS_FAILURE", sentence)
        case PathBuildingError() | InvalidCertificateError():
            sentence = Sentence(N_("The certificate leads to none of the trusted roots."))
            return unknown("NO_CERTIFICATE_CHAIN_FOUND", sentence)
        case _:
            sentence = Sentence(N_("The chain of certificates is not good: {detail}"), facts)
            return unknown("CERTIFICATE_CHAIN_GENERAL_FAILURE", sentence)
