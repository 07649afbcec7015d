"""Certificates of a practice hierarchy for keys that it did not make; its responder knows them."""

import asyncio
import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from asn1crypto import x509

from pki.clock import SystemClock
from pki.keys import open_key
from pki.practice.hierarchy import Urls
from pki.practice.issue import Issuer, Profile, Request, issue, name
from pki.practice.sandbox import Sandbox
from pki.practice.state import load_services

AGENCY = "Ủy ban nhân dân tỉnh Thanh Sơn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """Certificates in the order of the requests, and their issuer's; all DER."""

    certificates: tuple[bytes, ...]
    issuer: bytes


async def enrol(sandbox: Sandbox, *requests: Request) -> Enrolled:
    """Have the issuing authority certify keys. Services that answer already read this at their next start."""
    async with open_key(load_services(sandbox.directory).keys["issuing"]) as authority:
        parsed = x509.Certificate.load(authority.certificate)
        urls = Urls(base=sandbox.tsa.removesuffix("/tsa"))
        issuer = Issuer(
            name=parsed.subject,
            public_key=parsed.public_key.dump(),
            sign=authority.sign,
            certificate_url=urls.certificate("issuing"),
            crl_url=urls.crl("issuing"),
            ocsp_url=urls.ocsp,
        )
        made = tuple([await issue(each, issuer) for each in requests])
        await asyncio.to_thread(_enter, sandbox.directory, made)
        return Enrolled(certificates=made, issuer=authority.certificate)


def request_for(
    profile: Profile, subject: x509.Name, public_key: bytes, *, lasting: timedelta = timedelta(days=30)
) -> Request:
    """Ask for a certificate over a SubjectPublicKeyInfo (DER) that began to be valid a minute ago."""
    now = SystemClock().now()
    return Request(
        profile=profile,
        subject=subject,
        public_key=public_key,
        not_before=now - timedelta(minutes=1),
        not_after=now + lasting,
    )


def person(common_name: str) -> x509.Name:
    """Name somebody who signs for the agency."""
    surname, _, given_name = common_name.partition(" ")
    return name(
        country_name="VN",
        organization_name=AGENCY,
        title="Phó Chủ tịch",
        surname=surname,
        given_name=given_name,
        common_name=common_name,
    )


def agency(code: str = "H99") -> x509.Name:
    """Name the agency that seals."""
    return name(
        country_name="VN",
        organization_name=AGENCY,
        organization_identifier=f"GOVVN-{code}",
        common_name=AGENCY,
    )


def _enter(directory: Path, certificates: tuple[bytes, ...]) -> None:
    file = directory / "services.json"
    said = json.loads(file.read_text(encoding="utf-8"))
    said["issued"]["issuing"] += [f"{x509.Certificate.load(each).serial_number:x}" for each in certificates]
    beside = file.with_suffix(".new")
    beside.write_text(json.dumps(said), encoding="utf-8")
    beside.chmod(0o600)
    beside.replace(file)
