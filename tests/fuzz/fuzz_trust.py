"""What trust and status are read from: certificates, policies, evidence, lists, answers, cards."""

import base64
import contextlib
import dataclasses
import json
import random
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509 import Certificate

from exchange.audit.note import KeyType, VerifierKey
from exchange.peers import Peer, read_card
from pki import certificate, lists, revocation, status
from pki.answer import Answer
from pki.certificate_files import der, parsed
from pki.digest import Digest
from pki.errors import CongvanError
from pki.identity import identify
from pki.path import Ground
from pki.trusted_list import granted
from pki.unreadable import UNREADABLE
from signer.evidence import VerdictEvidence
from signer.policies.reading import read_policy
from tests.fuzz import anew
from tests.fuzz.bending import Garble, bend_der, bend_words
from tests.fuzz.held import ANSWERS, AT, GONE, GOOD, HELD, ISSUER, LISTS, RESPONDERS, ROOT
from tests.fuzz.judging import HONEST

PLACE = Path("input")
POLICIES = Path(__file__).parents[2] / "signer" / "policies"
DERS = tuple(map(der, (ROOT, ISSUER, GOOD, GONE)))
TRUSTED = (HELD / "list.xml").read_bytes()
PINNED = (Digest.of((HELD / "supervisor.der").read_bytes()).value.hex(),)
EVIDENCE = (HELD / "good-listed.evidence.json").read_bytes()
ISSUED = frozenset((*(file.read_bytes() for file in HELD.glob("*.der")), *map(der, RESPONDERS)))
"""All certificates of the hierarchy that are kept: also those in answers."""
GROUND = Ground(roots=(ROOT,), others=(ISSUER,))

Said = frozenset[tuple[object, ...]]


def _said(answers: Iterable[Answer]) -> Said:
    """What answers say, whatever bytes they say it in."""
    return frozenset(dataclasses.astuple(dataclasses.replace(each, encoded=b"")) for each in answers)


def _by_list(data: bytes, about: Certificate, issuer: Certificate) -> Said:
    return _said(lists.from_list(data, about, issuer))


def _by_answer(data: bytes, about: Certificate, issuer: Certificate) -> Said:
    return _said(status.from_ocsp(data, about, issuer, LISTS))


ABOUT = ((GOOD, ISSUER), (GONE, ISSUER), (ISSUER, ROOT))
LISTED = {about: frozenset().union(*(_by_list(each, *about) for each in LISTS)) for about in ABOUT}
ANSWERED = {about: frozenset().union(*(_by_answer(each, *about) for each in ANSWERS)) for about in ABOUT}
SERVICES = granted(TRUSTED, PINNED, PLACE, AT)


def _files(data: bytes) -> None:
    for each in parsed(data, PLACE):
        with contextlib.suppress(CongvanError):
            identify(der(each))


def _evidence(data: bytes) -> None:
    assert VerdictEvidence.parse(data).encode() == data


def _list(data: bytes) -> None:
    for about in ABOUT:
        assert _by_list(data, *about) <= LISTED[about], "a list that its issuer did not sign is believed"


def _answer(data: bytes) -> None:
    for about in ABOUT:
        assert _by_answer(data, *about) <= ANSWERED[about], "an answer that nobody signed is believed"


def _trusted_list(data: bytes) -> None:
    assert granted(data, PINNED, PLACE, AT) == SERVICES, "a list says what its supervisor did not sign"


def _certificate(data: bytes) -> None:
    """Look for a path for this certificate, and for one that it would have issued."""
    try:
        read = certificate.read(data)
    except UNREADABLE:
        return
    for leaf, ground in ((read, GROUND), (GOOD, Ground(roots=(ROOT,), others=(read,)))):
        with contextlib.suppress(CongvanError):
            found = ground.path(leaf, AT)
            assert ISSUED.issuperset(map(der, found)), "a path leads over a certificate that nobody issued"


def _signed_anew(data: bytes) -> None:
    """Read what the issuer signed, however odd it is."""
    for about in ABOUT:
        _by_list(anew.certificate(data), *about)
        _by_answer(anew.answer(data), *about)
    encoded = anew.certificate(data)
    try:
        read = certificate.read(encoded)
    except UNREADABLE:
        return
    found = GROUND.path(read, AT)
    assert found == (ROOT, ISSUER, read), "a path leads elsewhere"
    identify(encoded)
    asked = [*revocation.ocsp_urls(read), *revocation.issuer_urls(read), *lists.points(read)]
    assert all(isinstance(each, str) for each in asked)


READERS: tuple[Callable[[bytes], object], ...] = (
    _files,
    lambda data: read_policy(data, PLACE),
    _evidence,
    _list,
    _answer,
    _trusted_list,
    _certificate,
    _signed_anew,
    lambda data: read_card(data).as_json(),
)


CARD = Peer(
    code="H26.05",
    name="UBND",
    url="https://a.test",
    certificate=DERS[2],
    log_key=str(VerifierKey("a.test/log", KeyType.ED25519, bytes(32))),
)


def seeds() -> Iterator[bytes]:
    """Yield a file of each kind after the number of its reader."""
    pem = ROOT.public_bytes(Encoding.PEM) + ISSUER.public_bytes(Encoding.PEM)
    packed = pkcs7.serialize_certificates([ROOT, ISSUER], Encoding.DER)
    framed = pkcs7.serialize_certificates([ISSUER, GOOD], Encoding.PEM)
    listed = b'{"Certificates": ["%s"]}' % base64.b64encode(DERS[1])
    for seed in (pem, DERS[0], DERS[2], packed, framed, listed, (HONEST / "root.pem").read_bytes()):
        yield b"\0" + seed
    for seed in TEXTS:
        yield b"\1" + seed
    yield b"\2" + EVIDENCE
    for number, kind in ((3, LISTS), (4, ANSWERS), (5, (TRUSTED,)), (6, DERS), (7, _ALL_DER), (8, _CARDS)):
        yield from (bytes([number]) + each for each in kind)


TEXTS = tuple(file.read_bytes() for file in sorted(POLICIES.glob("*.toml")))
_CARDS = (json.dumps(CARD.as_json()).encode(),)
_ALL_DER = (*LISTS, *ANSWERS, *DERS)


def bend(data: bytes, chance: random.Random, garble: Garble) -> bytes:
    """Bend DER as DER, texts as texts."""
    head, rest = data[:1], data[1:]
    if rest[:1] == b"\x30":
        return head + bend_der(rest, _ALL_DER, chance, garble)
    return head + bend_words(rest, (*TEXTS, TRUSTED, EVIDENCE), chance)


def one(data: bytes) -> None:
    """Read these bytes; only errors of ours may come of it."""
    if not data:
        return
    with contextlib.suppress(CongvanError):
        READERS[data[0] % len(READERS)](data[1:])
