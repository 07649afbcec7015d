"""Who is who in a practice hierarchy, and the order in which keys and certificates are made."""

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from asn1crypto import x509

from pki.practice.issue import Issuer, Profile, Request, issue, name
from pki.practice.token import KeyKind, PracticeKey, PracticeToken

Extra = Literal["revoked", "expired", "web"]
"""Certificates that must not be believed: revoked, expired, or not made for signing documents."""

_YEAR = timedelta(days=365)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Whom the certificates of a practice hierarchy name. All of them are invented."""

    signatory: str = "Nguyễn Văn Ánh"
    title: str = "Chủ tịch"
    agency: str = "Ủy ban nhân dân tỉnh Thanh Sơn"
    agency_code: str = "H99"


@dataclass(frozen=True, slots=True, kw_only=True)
class Urls:
    """Where the services of a practice hierarchy answer."""

    base: str

    @property
    def tsa(self) -> str:
        """RFC 3161 time-stamps."""
        return f"{self.base}/tsa"

    @property
    def ocsp(self) -> str:
        """RFC 6960 status answers about what the issuing CA issued."""
        return f"{self.base}/ocsp"

    def crl(self, authority: str) -> str:
        """Return where the revocation list of "root" or "issuing" is."""
        return f"{self.base}/{authority}.crl"

    def certificate(self, authority: str) -> str:
        """Return where the certificate of "root" or "issuing" is."""
        return f"{self.base}/{authority}.crt"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Role:
    label: str
    token: str
    profile: Profile
    subject: x509.Name
    not_before: datetime
    not_after: datetime


@dataclass(slots=True, kw_only=True)
class HierarchyMaker:
    """Makes keys in the tokens "services", "signatory", "agency" (and "extra") and certificates for them."""

    tokens: Mapping[str, PracticeToken]
    keys: KeyKind
    names: Names
    urls: Urls
    now: datetime

    async def make(self, extra: Collection[Extra]) -> dict[str, bytes]:
        """Return every certificate, DER, under its key's label; each lies on its token too."""
        # Two hierarchies are two authorities: with one name, a path builder would mix them up.
        batch = secrets.token_hex(3).upper()
        root_role = self._authority("root", f"Practice Root CA {batch}", years=20)
        issuing_role = self._authority("issuing", f"Practice Issuing CA {batch}", years=10)
        root_key, issuing_key = await self._key(root_role), await self._key(issuing_role)
        root = self._issuer(root_role, root_key, ocsp=False)
        issuing = self._issuer(issuing_role, issuing_key, ocsp=True)
        made = {
            "root": await self._certify(root_role, root_key, root),
            "issuing": await self._certify(issuing_role, issuing_key, root),
        }
        for role in self._leaves(extra):
            made[role.label] = await self._certify(role, await self._key(role), issuing)
        for token in self.tokens.values():
            if token.label != "services":
                await token.store("issuing", b"issuing", made["issuing"])
        return made

    def _authority(self, label: str, common_name: str, *, years: int) -> _Role:
        subject = name(country_name="VN", organization_name="Congvan practice", common_name=common_name)
        # Old enough to have issued what has expired since.
        start = self.now - 3 * _YEAR
        return _Role(
            label=label,
            token="services",  # noqa: S106 - a token's label
            profile="root" if label == "root" else "issuing",
            subject=subject,
            not_before=start,
            not_after=start + years * _YEAR,
        )

    def _leaves(self, extra: Collection[Extra]) -> list[_Role]:
        agency = name(
            country_name="VN",
            organization_name=self.names.agency,
            organization_identifier=f"GOVVN-{self.names.agency_code}",
            common_name=self.names.agency,
        )
        leaves = [
            self._leaf("signatory", "signatory", "signatory", self._person(self.names.signatory)),
            self._leaf("agency", "agency", "seal", agency),
            self._leaf("tsa", "services", "tsa", self._service("Practice TSA")),
            self._leaf("ocsp", "services", "ocsp", self._service("Practice OCSP responder")),
        ]
        for label in sorted(extra):
            profile: Profile = "web" if label == "web" else "signatory"
            start = self.now - 2 * _YEAR if label == "expired" else None
            person = self._person(f"{self.names.signatory} ({label})")
            leaves.append(self._leaf(label, "extra", profile, person, start=start))
        return leaves

    def _leaf(
        self, label: str, token: str, profile: Profile, subject: x509.Name, *, start: datetime | None = None
    ) -> _Role:
        years = 3 if start is None else 1
        start = self.now - _DAY if start is None else start
        return _Role(
            label=label,
            token=token,
            profile=profile,
            subject=subject,
            not_before=start,
            not_after=start + years * _YEAR,
        )

    def _person(self, common_name: str) -> x509.Name:
        return name(
            country_name="VN",
            organization_name=self.names.agency,
            title=self.names.title,
            common_name=common_name,
        )

    def _service(self, common_name: str) -> x509.Name:
        return name(country_name="VN", organization_name="Congvan practice", common_name=common_name)

    async def _key(self, role: _Role) -> PracticeKey:
        return await self.tokens[role.token].new_key(role.label, role.label.encode(), self.keys)

    async def _certify(self, role: _Role, key: PracticeKey, issuer: Issuer) -> bytes:
        request = Request(
            profile=role.profile,
            subject=role.subject,
            public_key=key.public_key,
            not_before=role.not_before,
            not_after=role.not_after,
        )
        certificate = await issue(request, issuer)
        await key.token.store(role.label, key.identifier, certificate)
        return certificate

    def _issuer(self, role: _Role, key: PracticeKey, *, ocsp: bool) -> Issuer:
        return Issuer(
            name=role.subject,
            public_key=key.public_key,
            sign=key.sign,
            certificate_url=self.urls.certificate(role.label),
            crl_url=self.urls.crl(role.label),
            ocsp_url=self.urls.ocsp if ocsp else None,
        )
