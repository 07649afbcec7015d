"""What a child may be asked, and how it says that it will not: values that both ends know."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pki.words import Sentence
from signer.findings import ContentPolicy
from signer.page import Place
from signer.policy import Limits, Policy


@dataclass(frozen=True, slots=True)
class Examine:
    """Judge a document by a policy, as of `now` where that names no moment: answered by a `Report`."""

    pdf: bytes = field(repr=False)
    policy: Policy
    now: datetime


@dataclass(frozen=True, slots=True)
class ReadForm:
    """Say what the form of a document holds: answered by a `signer.pades.form.Form`."""

    pdf: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class MakeDraft:
    """Make a document ready to be signed: answered by a `Draft`."""

    pdf: bytes = field(repr=False)
    places: Mapping[str, Place] = field(default_factory=dict)
    content: ContentPolicy = field(default_factory=ContentPolicy)


@dataclass(frozen=True, slots=True)
class ShowPages:
    """Draw pages, counted from 1: answered by a tuple of `signer.facts.PageImage`."""

    pdf: bytes = field(repr=False)
    pages: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ReadFirstPage:
    """Say what the first page shows in its header and its fields: answered by a `signer.shown.FirstPage`."""

    pdf: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class InspectContent:
    """Say what a signer must know of a document: answered by a tuple of `signer.findings.Finding`."""

    pdf: bytes = field(repr=False)
    policy: ContentPolicy
    covered: bool


Request = Examine | ReadForm | ReadFirstPage | MakeDraft | InspectContent | ShowPages


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
