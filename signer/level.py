"""How much proof a signature carries with it, and where that proof is fetched."""

from dataclasses import dataclass
from enum import StrEnum

from pki.trust import Anchors
from pki.words import Sentence
from signer.rules import Rules


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

    @property
    def said(self) -> str:
        """The level as reports write it: B-LT."""
        return self.value.upper()


@dataclass(frozen=True, slots=True, kw_only=True)
class Short:
    """A level was asked for and could not be reached at the time: which one was, and why."""

    asked: Level
    reached: Level
    why: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Where the proof for levels above B-B comes from, and how long we wait for it.

    `tsa_url` names time-stamp authorities (http or https) in the order in which they are asked; one may be
    given alone. `tsa_policy` is the policy (a dotted OID) that time-stamps must be made under, if not any.
    `anchors` are needed from B-LT on: only the status of a chain that leads to an anchor is worth storing.
    Where they are known, a time-stamp that leads to none of them is not taken at any level. `lower`: when no
    authority gives a time-stamp, or no status that is new enough, a lower level is made and said; else
    nothing is made. By the `rules` of a policy file a time-stamp must lead to an anchor that is trusted
    for time-stamps.
    """

    tsa_url: str | tuple[str, ...] | None = None
    tsa_policy: str | None = None
    anchors: Anchors | None = None
    lower: bool = False
    rules: Rules | None = None
    timeout_seconds: float = 10.0
    """One request to a status responder."""
    tsa_patience_seconds: float = 10.0
    """After so long without an answer the next authority is asked too; whoever answers first is taken."""
    tsa_budget: int | None = None
    """Requests an hour to each authority, by this process; one without budget is passed over."""
    tsa_seconds: float = 150.0
    """One time-stamp, all authorities together: a national authority was measured at up to 131 s."""

    @property
    def authorities(self) -> tuple[str, ...]:
        """The addresses of the time-stamp authorities, each once, in order."""
        given = () if self.tsa_url is None else self.tsa_url
        return tuple(dict.fromkeys((given,) if isinstance(given, str) else given))
