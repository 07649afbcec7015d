"""The hierarchy of tests/vectors/trust as the targets use it."""

import datetime as dt
import json
from pathlib import Path

from cryptography import x509

from pki.query import Asking, Query
from pki.reach import NotFetched
from pki.trust import Anchors
from signer.policy import Limits, Policy

HELD = Path(__file__).parents[1] / "vectors" / "trust"
EXPECTED = json.loads((HELD / "expected.json").read_text(encoding="utf-8"))
AT = dt.datetime.fromisoformat(EXPECTED["at"])
LISTS = tuple((HELD / f"{name}.crl").read_bytes() for name in ("issuer", "scoped", "root", "stale"))
ANSWERS = tuple((HELD / f"{name}.ocsp").read_bytes() for name in ("good", "direct", "listed", "gone"))


def certificate(name: str) -> x509.Certificate:
    return x509.load_der_x509_certificate((HELD / f"{name}.der").read_bytes())


ROOT, ISSUER, GOOD, GONE = map(certificate, ("root", "issuer", "good", "gone"))
ANCHORS = Anchors(((HELD / "root.der").read_bytes(),))
POLICY = Policy(
    anchors=ANCHORS,
    require="any",
    at=AT,
    limits=Limits(seconds=3600),  # by the clock: a busy machine must not change a verdict
)
_TOLD = {
    "http://root.test/list.crl": (HELD / "root.crl").read_bytes(),
    "http://issuer.test/list.crl": (HELD / "issuer.crl").read_bytes(),
}


async def source(query: Query, _asking: Asking) -> bytes:
    """Tell what the lists say; responders are silent."""
    if query.url not in _TOLD:
        raise NotFetched("{url} did not answer.", url=query.url)
    return _TOLD[query.url]
