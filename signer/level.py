"""How much proof a signature carries with it, and where that proof is fetched."""

from dataclasses import dataclass
from enum import StrEnum

from pki.trust import Anchors


class Level(StrEnum):
    """The PAdES baseline levels (EN 319 142-1 §6.1), as the command line writes them."""

    B_B = "b-b"
    """The signature alone."""
    B_T = "b-t"
    """And a time-stamp: it existed no later than that."""
    B_LT = "b-lt"
    """And the certificates and their status: it can be checked without a network."""
    B_LTA = "b-lta"
    """And a time-stamp over all of it, to be renewed before its own certificate expires."""

    @property
    def stamped(self) -> bool:
        """Whether a time-stamp authority is needed."""
        return self is not Level.B_B

    @property
    def stored(self) -> bool:
        """Whether certificates and their status are stored in the document."""
        return self in (Level.B_LT, Level.B_LTA)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Where the proof for levels above B-B comes from, and how long we wait for it.

    `anchors` are needed from B-LT on: only the status of a chain that leads to an anchor is worth storing.
    """

    tsa_url: str | None = None
    anchors: Anchors | None = None
    timeout_seconds: float = 10.0
