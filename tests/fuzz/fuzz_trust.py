"""What trust and status are read from: certificate files, policies, evidence, lists, answers."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from pki import status
from pki.certificate_files import parsed
from pki.errors import CongvanError
from pki.trusted_list import granted
from signer.evidence import VerdictEvidence
from signer.policies.reading import read_policy
from tests.fuzz.judging import AT, HONEST
from tests.signer import path_samples as made

PLACE = Path("input")
POLICIES = Path(__file__).parents[2] / "signer" / "policies"
ROOT = made.issue("Root", ca=True)
LEAF = made.issue("Leaf", ROOT)
LIST = made.revocations(ROOT, made.Row(LEAF))
ANSWER = made.answer(LEAF, ROOT)
EVIDENCE = b'{"format":"congvan-evidence-1"}'


def _list(data: bytes) -> None:
    said = status.from_list(data, LEAF.issued, ROOT.issued)
    assert data == LIST or not said, "a list that its issuer did not sign is believed"


def _answer(data: bytes) -> None:
    said = status.from_ocsp(data, LEAF.issued, ROOT.issued, (LIST,))
    assert data == ANSWER or not said, "an answer that nobody signed is believed"


def _evidence(data: bytes) -> None:
    assert VerdictEvidence.parse(data).encode() == data


READERS: tuple[Callable[[bytes], object], ...] = (
    lambda data: parsed(data, PLACE),
    lambda data: read_policy(data, PLACE),
    _evidence,
    _list,
    _answer,
    lambda data: granted(data, ("00" * 32,), PLACE, AT),
)


def seeds() -> Iterator[bytes]:
    """Yield a file of each kind after the number of its reader."""
    pem = ROOT.issued.public_bytes(Encoding.PEM)
    for seed in (pem, ROOT.der, (HONEST / "root.pem").read_bytes(), b'{"certificates": []}'):
        yield b"\0" + seed
    for file in sorted(POLICIES.glob("*.toml")):
        yield b"\1" + file.read_bytes()
    yield b"\2" + EVIDENCE
    yield b"\3" + LIST
    yield b"\4" + ANSWER
    yield b'\5<TrustServiceStatusList xmlns="http://uri.etsi.org/02231/v2#"/>'


def one(data: bytes) -> None:
    """Read these bytes; only errors of ours may come of it."""
    if not data:
        return
    with contextlib.suppress(CongvanError):
        READERS[data[0] % len(READERS)](data[1:])
