"""What must hold before a signed document is believed."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from pki.trust import Anchors
from signer.rules import Rules

Revocation = Literal["require", "accept-missing", "ignore"]
Require = Literal["layer-1", "two-layer", "any"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much of a hostile document is looked at, and for how long."""

    bytes: int = 512 * 1024 * 1024
    """The largest file examined."""
    signatures: int = 64
    """More signature fields than this are not judged: every further one costs more than the one before."""
    seconds: float = 60.0
    """The whole examination."""
    fetch_seconds: float = 8.0
    """One request to a status responder."""
    cpu_seconds: float = 20.0
    """Of computing, beyond what a file of its size takes: without waiting for responders."""
    cpu_bytes_a_second: int = 8 * 1024 * 1024
    """A file gets one more second of computing for so many bytes."""
    memory: int = 512 * 1024 * 1024
    """Bytes of memory, beyond what a file of its size takes."""
    memory_a_byte: int = 8
    """A file gets so many more bytes of memory for each of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What must hold before a document is believed.

    `revocation`: with "require" a missing or unreachable status leaves a signature INDETERMINATE; with
    "accept-missing" it is accepted and said; with "ignore" it is not looked at. A certificate known to be
    revoked fails under the first two. `require`: "two-layer" also wants layer 1 by a person and layer 2 by an
    organisation, in this order, and a first page that does not contradict them (`signer.header`,
    `signer.shown`); "layer-1" wants a document ready for the seal, to which nothing was added after layer 1
    but proof and persons' signatures. `same_agency`: both layers must name one agency, or the
    document is INDETERMINATE. `at`: judge as of that moment instead of now. `offline`: ask nobody; only
    what the document itself stores counts. `allow_private_addresses`: status may be asked for inside private
    networks and on this machine, also where no anchor names the host. `rules` are what a policy file asks for
    besides (`signer.policies`); without any, every anchor vouches for everything.
    """

    anchors: Anchors
    revocation: Revocation = "require"
    require: Require = "two-layer"
    same_agency: bool = True
    at: datetime | None = None
    offline: bool = False
    allow_private_addresses: bool = False
    limits: Limits = field(default_factory=Limits)
    rules: Rules | None = None

    def __post_init__(self) -> None:
        if self.at is not None and self.at.tzinfo is None:
            raise ValueError("a moment needs a time zone")
