"""A document that came in is examined once more by the policy that `accept` is given."""

import argparse
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from exchange.verbs.call import Call, Outcome
from exchange.verbs.letters import accept
from signer.errors import NotBelieved
from tests.exchange.offices import Pair
from tests.signer.certificates import issued

POLICY = 'version = 1\nname = "x"\n[[anchors]]\nrole = "practice"\nfiles = ["root.pem"]\n'


async def accepted(pair: Pair, message: str, policy: Path | None) -> list[Outcome]:
    options = argparse.Namespace(attachments=None,
        home=pair.hue.identity.home, sandbox=None, id=message, sender=None, output=None, force=False,
        policy=policy,
    )  # fmt: skip
    return [each async for each in accept(Call(options, str, {}, ()))]


async def test_what_the_policy_does_not_believe_is_not_accepted(pair: Pair, tmp_path: Path) -> None:
    root = x509.load_der_x509_certificate(issued("Gốc").certificate.dump())
    (tmp_path / "root.pem").write_bytes(root.public_bytes(Encoding.PEM))
    (tmp_path / "policy.toml").write_text(POLICY)
    message = await pair.send()
    await pair.answered(message)
    with pytest.raises(NotBelieved):
        await accepted(pair, message, tmp_path / "policy.toml")
    assert (await pair.hue.received(message)).status == "arrived"
    (outcome,) = await accepted(pair, message, None)
    assert outcome.facts["arrival_number"]
