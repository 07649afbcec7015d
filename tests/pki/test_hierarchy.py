"""The practice hierarchy, seen by an independent path validator that fetches every status itself."""

import asyncio

import pytest
from asn1crypto import x509
from asn1crypto.pem import unarmor
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import (
    ExpiredError,
    InvalidCertificateError,
    PathValidationError,
    RevokedError,
)
from pyhanko_certvalidator.fetchers.aiohttp_fetchers import AIOHttpFetcherBackend

from pki.keys import open_key
from pki.practice.responder import serve_sandbox
from pki.practice.sandbox import Sandbox, make_sandbox
from pki.practice.state import load_services, revoke


async def validate(sandbox: Sandbox, uri: str) -> None:
    """Validate the certificate of a key for signing documents; every certificate's status is required."""
    async with open_key(uri) as token:
        leaf = x509.Certificate.load(token.certificate)
        others = [x509.Certificate.load(der) for der in token.chain]
    root = x509.Certificate.load(unarmor(await asyncio.to_thread(sandbox.trust.read_bytes))[2])
    async with AIOHttpFetcherBackend() as fetchers:
        context = ValidationContext(
            trust_roots=[root], allow_fetching=True, revocation_mode="require", fetchers=fetchers
        )
        validator = CertificateValidator(leaf, intermediate_certs=others, validation_context=context)
        await validator.async_validate_usage({"digital_signature", "non_repudiation"})


@pytest.mark.parametrize("who", ["signatory", "agency"])
async def test_the_signers_are_good_with_every_status_required(services: Sandbox, who: str) -> None:
    await validate(services, getattr(services, who))


@pytest.mark.parametrize(
    ("which", "error"),
    [("revoked", RevokedError), ("expired", ExpiredError), ("web", InvalidCertificateError)],
)
async def test_what_must_not_be_believed_is_not(
    elliptic_sandbox: Sandbox, which: str, error: type[Exception]
) -> None:
    async with serve_sandbox(elliptic_sandbox.directory):
        with pytest.raises(error):
            await validate(elliptic_sandbox, elliptic_sandbox.extra[which])


async def test_without_the_services_nothing_is_good(elliptic_sandbox: Sandbox) -> None:
    with pytest.raises(PathValidationError):
        await validate(elliptic_sandbox, elliptic_sandbox.agency)


def test_a_revoked_issuing_authority_takes_its_signers_with_it(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    async def judge() -> None:
        sandbox = await make_sandbox(tmp_path_factory.mktemp("issuing"), keys="p-256")
        async with serve_sandbox(sandbox.directory):
            async with open_key(load_services(sandbox.directory).keys["issuing"]) as token:
                serial = x509.Certificate.load(token.certificate).serial_number
            await validate(sandbox, sandbox.agency)
            revoke(sandbox.directory, serial, reason="ca_compromise")
            with pytest.raises(RevokedError):
                await validate(sandbox, sandbox.agency)

    asyncio.run(judge())
