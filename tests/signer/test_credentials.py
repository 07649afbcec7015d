"""Before a key is used its certificate is checked: what we sign must be believed later."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from asn1crypto import x509

from pki.clock import SystemClock
from pki.errors import TrustError, Undetermined
from pki.keys import open_key
from pki.practice.hierarchy import Extra
from pki.practice.issue import Issuer, Profile, Request, issue, name
from pki.practice.responder import serve_sandbox
from pki.practice.sandbox import Sandbox, make_sandbox
from pki.practice.state import load_services
from pki.token import Token
from pki.trust import Anchors
from signer.pades.credentials import check_signer
from signer.policy import Limits, Policy
from signer.sealing import seal
from signer.signing import sign
from signer.splitting import begin_signing
from tests.signer.certificates import issued
from tests.signer.stage_samples import Stages


class Unused:
    """A token whose key must not be touched."""

    def __init__(self, token: Token) -> None:
        self.certificate, self.chain = token.certificate, token.chain
        self.signature_size = token.signature_size

    async def sign(self, data: bytes, digest_algorithm: str) -> bytes:
        raise AssertionError(data, digest_algorithm)


@pytest.fixture(scope="module")
def odd_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("odd") / "sandbox"


@pytest.fixture(scope="module")
def odd(odd_directory: Path) -> Sandbox:
    """A hierarchy with certificates that must not sign."""
    extra: tuple[Extra, ...] = ("revoked", "expired", "web")
    return asyncio.run(make_sandbox(odd_directory, extra=extra))


@pytest.fixture
async def odd_services(odd_directory: Path, odd: Sandbox) -> AsyncIterator[Sandbox]:
    async with serve_sandbox(odd_directory):
        yield odd


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("expired", "has expired, on 20"),
        ("web", "is a service's or an authority's; it signs no documents"),
    ],
)
async def test_the_certificate_itself_says_that_it_cannot_sign(
    stages: Stages, odd: Sandbox, key: str, said: str
) -> None:
    async with open_key(odd.extra[key]) as token:
        with pytest.raises(TrustError, match=said):
            await sign(stages.draft, Unused(token))


async def test_a_revoked_certificate_does_not_sign(stages: Stages, odd_services: Sandbox) -> None:
    policy = Policy(anchors=Anchors.load(odd_services.trust))
    async with open_key(odd_services.extra["revoked"]) as token:
        with pytest.raises(TrustError, match=r"is revoked: A certificate was revoked on 20"):
            await sign(stages.draft, Unused(token), policy=policy)


async def test_an_unknown_status_is_no_yes_where_it_is_required(
    stages: Stages, signatory: Token, anchors: Anchors
) -> None:
    policy = Policy(anchors=anchors, limits=Limits(fetch_seconds=0.5))
    with pytest.raises(Undetermined, match="whether Nguyễn Văn Ánh may still sign"):
        await sign(stages.draft, Unused(signatory), policy=policy)
    assert (await sign(stages.draft, signatory, policy=replace(policy, revocation="accept-missing"))).pdf


async def test_a_good_certificate_signs_by_a_strict_policy(stages: Stages, odd_services: Sandbox) -> None:
    policy = Policy(anchors=Anchors.load(odd_services.trust))
    async with open_key(odd_services.signatory) as token:
        assert (await sign(stages.draft, token, policy=policy)).pdf.startswith(stages.draft.pdf)


async def test_a_certificate_without_a_path_to_an_anchor_does_not_sign(
    stages: Stages, odd: Sandbox, policy: Policy
) -> None:
    async with open_key(odd.signatory) as token:
        with pytest.raises(TrustError, match="leads to none of the trusted roots"):
            await sign(stages.draft, Unused(token), policy=policy)


async def test_without_anchors_nobody_asks_for_a_path(stages: Stages, odd: Sandbox) -> None:
    async with open_key(odd.signatory) as token:
        assert (await sign(stages.draft, token, policy=Policy(anchors=Anchors(())))).pdf


async def test_an_agency_does_not_sign_layer_1(stages: Stages, agency: Token) -> None:
    with pytest.raises(TrustError, match="is not a person's"):
        await sign(stages.draft, Unused(agency))


async def test_a_person_does_not_seal(stages: Stages, signatory: Token, policy: Policy) -> None:
    with pytest.raises(TrustError, match="is not an organisation's"):
        await seal(stages.numbered, Unused(signatory), policy=policy)


async def test_a_seal_of_another_hierarchy_is_refused_before_its_key_is_used(
    stages: Stages, odd: Sandbox, policy: Policy
) -> None:
    async with open_key(odd.agency) as token:
        with pytest.raises(TrustError, match="leads to none of the trusted roots"):
            await seal(stages.numbered, Unused(token), policy=policy)


async def test_a_key_that_is_elsewhere_is_checked_too(stages: Stages, odd: Sandbox) -> None:
    async with open_key(odd.extra["expired"]) as token:
        with pytest.raises(TrustError, match="has expired"):
            await begin_signing(stages.draft, token.certificate, token.chain)


async def certificate(directory: Path, profile: Profile, start: dt.timedelta) -> bytes:
    """A person's certificate by the practice authority, valid for a day from `start` on, or for what else."""
    async with open_key(load_services(directory).keys["issuing"]) as authority:
        parsed = x509.Certificate.load(authority.certificate)
        public = issued("Trần Văn Bình").certificate.public_key.dump()
        begins = SystemClock().now() + start
        request = Request(
            profile=profile,
            subject=name(country_name="VN", title="Chủ tịch", common_name="Trần Văn Bình"),
            public_key=public,
            not_before=begins,
            not_after=begins + dt.timedelta(days=1),
        )
        by = Issuer(
            name=parsed.subject,
            public_key=parsed.public_key.dump(),
            sign=authority.sign,
            certificate_url="http://127.0.0.1:9/",
            crl_url="http://127.0.0.1:9/",
        )
        return await issue(request, by)


async def test_a_certificate_of_tomorrow_does_not_sign_today(odd_directory: Path, odd: Sandbox) -> None:
    assert odd.trust
    early = await certificate(odd_directory, "signatory", dt.timedelta(hours=1))
    with pytest.raises(TrustError, match="is not valid yet, only from 20"):
        await check_signer(early, (), "person")


async def test_a_key_that_may_only_encipher_does_not_sign(
    odd_directory: Path, odd: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pki.practice import issue as issuing

    assert odd.trust
    enciphers = [*issuing._leaf({"key_encipherment"})]
    monkeypatch.setitem(issuing._PROFILES, "signatory", enciphers)
    other = await certificate(odd_directory, "signatory", -dt.timedelta(hours=1))
    with pytest.raises(TrustError, match="was not issued for signatures"):
        await check_signer(other, (), "person")


async def test_who_may_sign_is_named(signatory: Token) -> None:
    who = await check_signer(signatory.certificate, signatory.chain, "person")
    assert (who.name, who.kind) == ("Nguyễn Văn Ánh", "person")
