"""The hierarchy of tests/vectors/trust as the targets use it."""

import contextlib
import datetime as dt
import json
from collections.abc import Iterable
from pathlib import Path

from cryptography import x509
from cryptography.x509 import ocsp

from pki.query import Asking, Query
from pki.reach import NotFetched
from pki.trust import Anchors
from pki.unreadable import UNREADABLE
from signer.pades import der
from signer.pades.door import Malformed
from signer.policy import Limits, Policy

HELD = Path(__file__).parents[1] / "vectors" / "trust"
EXPECTED = json.loads((HELD / "expected.json").read_text(encoding="utf-8"))
AT = dt.datetime.fromisoformat(EXPECTED["at"])
LISTS = tuple((HELD / f"{name}.crl").read_bytes() for name in ("issuer", "scoped", "root", "stale"))
ANSWERS = tuple((HELD / f"{name}.ocsp").read_bytes() for name in ("good", "direct", "listed", "gone"))


def certificate(name: str) -> x509.Certificate:
    return x509.load_der_x509_certificate((HELD / f"{name}.der").read_bytes())


ROOT, ISSUER, GOOD, GONE = map(certificate, ("root", "issuer", "good", "gone"))
RESPONDERS = tuple(each for answer in ANSWERS for each in ocsp.load_der_ocsp_response(answer).certificates)
ANCHORS = Anchors(((HELD / "root.der").read_bytes(),))
POLICY = Policy(
    anchors=ANCHORS,
    require="any",
    at=AT,
    limits=Limits(seconds=3600),  # by the clock: a busy machine must not change a verdict
)
KNOWN = (*LISTS, *ANSWERS)
_TOLD = {
    "http://root.test/list.crl": (HELD / "root.crl").read_bytes(),
    "http://issuer.test/list.crl": (HELD / "issuer.crl").read_bytes(),
}


async def source(query: Query, _asking: Asking) -> bytes:
    """Tell what the lists say; responders are silent."""
    if query.url not in _TOLD:
        raise NotFetched("{url} did not answer.", url=query.url)
    return _TOLD[query.url]


def check_passed(name: str, heard: Iterable[bytes]) -> None:
    """Check that a document may be believed by these answers: all its issuers spoke, for this moment."""
    signed = set(map(_signed, heard))
    assert not name.startswith("gone"), "a document is believed whose signer does not hold"
    assert _OF_ROOT & signed, "believed without the root's word"
    assert _OF_ISSUER & signed, "believed without the issuer's word"


def _signed(answer: bytes) -> bytes:
    """Return what an answer's signature covers, whatever stands behind the answer; nothing if it is none."""
    with contextlib.suppress(Malformed):
        answer = answer[: der.check(answer)]
    with contextlib.suppress(*UNREADABLE):
        return x509.load_der_x509_crl(answer).tbs_certlist_bytes
    with contextlib.suppress(*UNREADABLE):
        return ocsp.load_der_ocsp_response(answer).tbs_response_bytes
    return b""


_OF_ROOT = {_signed((HELD / "root.crl").read_bytes())}
_OF_ISSUER = {
    _signed((HELD / name).read_bytes())
    for name in ("issuer.crl", "scoped.crl", "good.ocsp", "direct.ocsp", "listed.ocsp")
}
