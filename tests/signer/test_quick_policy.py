"""What a policy file asks for is asked on the short way as on the long one."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from pki.practice.sandbox import Sandbox
from pki.token import Token
from pki.trust import Anchors
from signer.drafting import draft
from signer.level import Evidence, Level
from signer.numbering import number
from signer.policy import Policy
from signer.sealing import seal
from signer.signing import sign
from signer.suites import of_path
from tests.signer.stage_samples import NUMBER, Stages
from tests.signer.test_policy_file import ENDING, RSA, policy_of, written
from tests.signer.test_quick import both

SHA256 = '[[algorithms]]\nname = "sha256"\n'
FRESH = "[freshness]\nsigner_hours = {}\nauthority_hours = {}\n"


@pytest.mark.parametrize(
    "rest",
    ["", RSA + SHA256, FRESH.format(24, 200), '[document]\nheader = "require-match"\n'],
    ids=["anchors", "algorithms", "freshness", "header"],
)
async def test_what_the_policy_allows_is_found_the_short_way(
    stages: Stages, sandbox: Sandbox, tmp_path: Path, rest: str
) -> None:
    quick, slow = await both(stages.sealed.pdf, policy_of(written(sandbox, rest), tmp_path))
    assert quick == slow
    assert all(each.verdict.passed for each in slow.judged)


@pytest.mark.parametrize(
    "rest",
    [
        RSA + SHA256.replace("256", "384"),
        RSA.replace("2048", "3072") + SHA256,
        RSA + ENDING.format("2020-01-01"),
        RSA.replace("rsa-pkcs1", "ecdsa") + SHA256,
    ],
)  # fmt: skip
async def test_an_algorithm_that_is_not_relied_on_is_left_to_the_long_way(
    stages: Stages, sandbox: Sandbox, tmp_path: Path, rest: str
) -> None:
    quick, slow = await both(stages.sealed.pdf, policy_of(written(sandbox, rest), tmp_path))
    assert quick is None
    assert not any(each.verdict.passed for each in slow.judged)


@pytest.mark.parametrize(
    "asking",
    [
        lambda sandbox: written(sandbox, role="time-stamp"),
        lambda sandbox: written(sandbox, top='certificate_policies = ["1.2.3.4"]'),
    ],
    ids=["root for time-stamps", "certificate policy"],
)
async def test_a_path_that_the_policy_does_not_allow_is_left_to_the_long_way(
    stages: Stages, sandbox: Sandbox, tmp_path: Path, asking: Callable[[Sandbox], str]
) -> None:
    quick, slow = await both(stages.sealed.pdf, policy_of(asking(sandbox), tmp_path))
    assert quick is None
    assert not any(each.verdict.passed for each in slow.judged)


async def test_stored_proof_is_held_to_the_policy_both_ways(
    services: Sandbox, document: bytes, signatory: Token, agency: Token, tmp_path: Path
) -> None:
    anchors = Anchors.load(services.trust)
    evidence, policy = Evidence(tsa_url=services.tsa, anchors=anchors), Policy(anchors=anchors)
    signed = await sign(draft(document), signatory, level=Level.B_LTA, evidence=evidence)
    sealed = await seal(number(signed, NUMBER), agency, level=Level.B_LTA, evidence=evidence, policy=policy)
    plain = written(services).replace('revocation = "ignore"', 'revocation = "require"')

    async def by(text: str) -> tuple[bool, bool]:
        quick, slow = await both(sealed.pdf, policy_of(text, tmp_path))
        assert quick in (None, slow)
        return quick is not None, all(each.verdict.passed for each in slow.judged)

    assert await by(plain + RSA + SHA256) == (True, True)
    assert await by(plain + FRESH.format(1, 1)) == (True, True)
    assert await by(plain.replace('time_stamps_by = ["practice"]', 'time_stamps_by = ["public"]')) == (
        False,
        False,
    )


NAME = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "x")])
NOW = datetime(2026, 11, 30, tzinfo=UTC)
PSS = padding.PSS(padding.MGF1(hashes.SHA384()), padding.PSS.DIGEST_LENGTH)


@pytest.mark.parametrize(
    ("key", "digest", "how", "said"),
    [
        (rsa.generate_private_key(65537, 2048), hashes.SHA256(), None, "sha256 rsa-pkcs1 2048 bit"),
        (rsa.generate_private_key(65537, 2048), hashes.SHA3_512(), None, "sha3-512 rsa-pkcs1 2048 bit"),
        (rsa.generate_private_key(65537, 2048), hashes.SHA384(), PSS, "sha384 rsa-pss 2048 bit"),
        (ec.generate_private_key(ec.SECP384R1()), hashes.SHA512(), None, "sha512 ecdsa secp384r1"),
        (ed25519.Ed25519PrivateKey.generate(), None, None, "sha512 ed25519"),
    ],
    ids=["rsa", "sha3", "pss", "ecdsa", "ed25519"],
)  # fmt: skip
def test_what_a_path_is_signed_with_is_named_as_policies_name_it(
    key: Any, digest: Any, how: Any, said: str
) -> None:
    made = x509.CertificateBuilder(NAME, NAME, key.public_key(), 1, NOW, NOW + timedelta(days=1)).sign(
        key, digest, rsa_padding=how
    )
    (used,) = of_path([made, made])
    assert str(used) == said
    assert used.since == NOW
