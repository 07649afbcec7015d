"""Documents in each stage, made once with the practice hierarchy's keys in SoftHSM."""

import asyncio

import pytest

from pki.keys import open_key
from pki.practice.sandbox import Sandbox
from pki.trust import Anchors
from signer.drafting import draft
from signer.numbering import number
from signer.pades.authority import forget
from signer.policy import Policy
from signer.sealing import seal
from signer.signing import sign
from tests.signer.by_letter import Signing
from tests.signer.certificates import issued
from tests.signer.prepared_samples import Signers
from tests.signer.stage_samples import NUMBER, SEAL_PNG, SIGNATURE_PNG, Stages, dispatch_page, png


@pytest.fixture(autouse=True)
def strangers() -> None:
    """Every test meets the time-stamp authorities for the first time."""
    forget()


@pytest.fixture(scope="session")
def signing() -> Signing:
    """Who signs documents by the letter."""
    root = issued("Gốc")
    return Signing(root, issued("Nguyễn Thị Ánh", root))


@pytest.fixture(scope="session")
def signers(signing: Signing) -> Signers:
    """The same, and who seals them."""
    return Signers(signing, Signing(signing.root, issued("Ủy ban nhân dân tỉnh Thanh Sơn", signing.root)))


@pytest.fixture(scope="session")
def anchors(sandbox: Sandbox) -> Anchors:
    return Anchors.load(sandbox.trust)


@pytest.fixture(scope="session")
def policy(anchors: Anchors) -> Policy:
    """Asks nobody for a status: what the tests of form and order need."""
    return Policy(anchors=anchors, revocation="ignore", offline=True)


@pytest.fixture(scope="session")
def page() -> bytes:
    return dispatch_page()


@pytest.fixture(scope="session")
def stages(sandbox: Sandbox, policy: Policy, page: bytes) -> Stages:
    return asyncio.run(_stages(sandbox, policy, page))


async def _stages(sandbox: Sandbox, policy: Policy, page: bytes) -> Stages:
    drafted = draft(page)
    async with open_key(sandbox.signatory) as person:
        signed = await sign(drafted, person, image=SIGNATURE_PNG)
    numbered = number(signed, NUMBER)
    async with open_key(sandbox.agency) as agency:
        sealed = await seal(numbered, agency, image=SEAL_PNG, policy=policy)
    return Stages(draft=drafted, signed=signed, numbered=numbered, sealed=sealed)


@pytest.fixture(scope="session")
def large_seal_png() -> bytes:
    """A seal of 54 mm, which no place for a seal of 36 mm can hold."""
    return png((425, 425), (220, 0, 0), 200)
