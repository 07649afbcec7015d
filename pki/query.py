"""What is asked about certificates, how, and of whom: values that the asker and the source both know."""

import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from pki.reach import Reach

Kind = Literal["ocsp", "list", "issuers"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One question to one address.

    "ocsp" asks a responder (RFC 6960) about a `certificate` of an `issuer`, both DER; "list" asks for a CRL,
    "issuers" for the certificates of an issuer (RFC 5280 §4.2.2.1).
    """

    kind: Kind
    url: str
    certificate: bytes | None = field(default=None, repr=False)
    issuer: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """How to ask: answers asked for before `since` do not count; `seconds` are for each address."""

    since: datetime
    reach: Reach
    seconds: float


Source = Callable[[Query, Asking], Awaitable[bytes]]
"""Return an answer (DER, not verified) that was asked for at `since` or later; raise `NotFetched`."""


def name_of(query: Query, reach: Reach) -> str:
    """Return what an answer is kept under, in one line.

    The reach is in it: whoever may not call an address does not learn what somebody else was told there.
    """
    about = [None if each is None else hashlib.sha256(each).hexdigest() for each in _about(query)]
    return json.dumps([query.kind, query.url, *about, reach.private, sorted(reach.hosts)])


def _about(query: Query) -> tuple[bytes | None, bytes | None]:
    return query.certificate, query.issuer
