"""What can go wrong with one document."""

from pki.errors import CongvanError, TrustError


class DocumentError(CongvanError):
    """One document cannot be drafted, signed, sealed or believed."""

    code = "document"


class NotAPdf(DocumentError):
    """The file is no PDF, or too damaged to be read as one."""

    code = "document.not-a-pdf"


class Malformed(DocumentError):
    """One part of a hostile document could not be read; the rest may still be judged."""

    code = "document.malformed"


class NotSignable(DocumentError):
    """The file is a PDF that cannot be signed safely: encrypted, XFA, scripts, or a signature forbids it."""

    code = "document.not-signable"


class PlaceNotFound(DocumentError):
    """A place on the page (number, date, signature, seal) was not found, or is not on the page."""

    code = "document.place-not-found"


class WrongStage(DocumentError):
    """A step was asked for out of order: a seal before the signature, a second seal."""

    code = "document.wrong-stage"


class StateRefused(DocumentError):
    """What split signing kept is altered, used already, or of another document."""

    code = "document.state-refused"


class EvidenceRefused(DocumentError):
    """The evidence of a verdict is of another document, of other anchors, or no evidence of it at all."""

    code = "document.evidence-refused"


class NotBelieved(DocumentError):
    """A document was examined and not found good; the report, where there is one, says why."""

    code = "document.not-believed"

    def __init__(
        self, template: str, *, report: object = None, hint: str | None = None, **facts: object
    ) -> None:
        super().__init__(template, hint=hint, **facts)
        self.report = report


class NoTimeStamp(TrustError):
    """No time-stamp authority gave a time-stamp that can be taken; the reasons of all are in its text."""

    code = "trust.no-time-stamp"
