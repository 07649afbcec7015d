"""What a child may be asked, and how it says that it will not: values that both ends know.

What is asked of those who draft and inspect stands beside who asks it: verifying loads none of that.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Literal, Protocol

from pki.words import Sentence
from signer.facts import Spot
from signer.policy import Limits, Policy

Trade = Literal["judging", "drafting", "inspecting"]
"""What a process has loaded: what judges, all that drafts, or qpdf and pdfium alone."""


class Request(Protocol):
    """What is asked of a document, `pdf`, and of which trade."""

    trade: ClassVar[Trade]

    @property
    def pdf(self) -> bytes:
        """The document; empty where a file is handed over instead."""
        ...


@dataclass(frozen=True, slots=True)
class Examine:
    """Judge a document by a policy, as of `now` where that names no moment: answered by a `Report`."""

    trade: ClassVar[Trade] = "judging"

    pdf: bytes = field(repr=False)
    policy: Policy
    now: datetime


@dataclass(frozen=True, slots=True)
class ReadForm:
    """Say what the form of a document holds: answered by a `signer.pades.form.Form`."""

    trade: ClassVar[Trade] = "judging"

    pdf: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ReadFirstPage:
    """Say what the first page shows in its header and its fields: answered by a `signer.shown.FirstPage`.

    `over` are places of signatures, of which it is said what they hide of their pages.
    """

    trade: ClassVar[Trade] = "judging"

    pdf: bytes = field(repr=False)
    over: tuple[Spot, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Confines:
    """What one document may take: seconds by the clock and of computing, bytes of memory."""

    seconds: float
    cpu_seconds: float
    memory: int

    @classmethod
    def of(cls, limits: Limits, size: int) -> "Confines":
        """Return what a document of `size` bytes may take."""
        return cls(
            seconds=limits.seconds,
            cpu_seconds=limits.cpu_seconds + size / limits.cpu_bytes_a_second,
            memory=limits.memory + limits.memory_a_byte * size,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A child's no, one of our errors: `code` says which; `what` and `hint` are its words."""

    code: str
    what: Sentence
    hint: Sentence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A child's failure: it had no `memory` left, or met a fault of ours, of which it left a `trace`."""

    memory: bool
    trace: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Something a child would have logged."""

    level: int
    text: str
