"""What a signer must know of a document before signing: each finding by its code, in words, with its weight.

The rules that find are in `signer.qpdf`; which findings refuse is a `ContentPolicy`. A finding is refused by
default where it can change what is shown, or run something, after the signature; everything else is reported.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import NamedTuple

from pki.errors import UsageError
from pki.words import N_, Sentence
from signer.errors import NotSignable


class Code(StrEnum):
    """What was found. The values are stable: reports, `--accept` and programs share them."""

    SCRIPT = "script"
    PROGRAM = "program"
    XFA = "xfa"
    EXTERNAL_CONTENT = "external-content"

    AUTOMATIC_ACTION = "automatic-action"
    CHANGING_ACTION = "changing-action"
    FORM_DATA = "form-data"
    UNKNOWN_ACTION = "unknown-action"
    MEDIA = "media"
    PORTFOLIO = "portfolio"
    EMBEDDED_PROGRAM = "embedded-program"
    OTHER_PICTURE = "other-picture"
    POSTSCRIPT = "postscript"
    LAYER_OFF = "layer-off"
    LAYER_BY_EVENT = "layer-by-event"
    LAYER_RULE = "layer-rule"
    PRINT_ONLY = "print-only"
    OTHER_LOOKS = "other-looks"
    DORMANT_PAGE = "dormant-page"
    NEEDS_APPEARANCES = "needs-appearances"
    FIELD_OVER_PLACE = "field-over-place"
    REPAIRED = "repaired"

    LAYERS = "layers"
    HIDDEN_FIELD = "hidden-field"
    HIDDEN_ANNOTATION = "hidden-annotation"
    SCREEN_ONLY = "screen-only"
    OPEN_FIELD = "open-field"
    FIELD_OVER_FIELD = "field-over-field"
    COVERED_TEXT = "covered-text"
    LINK = "link"
    OTHER_FILE = "other-file"
    EMBEDDED_FILE = "embedded-file"
    FONT_NOT_EMBEDDED = "font-not-embedded"
    PRIVATE_DATA = "private-data"
    REQUIREMENTS = "requirements"
    USAGE_RIGHTS = "usage-rights"
    DORMANT_OBJECT = "dormant-object"


class Weight(Enum):
    """What a code comes to under a policy that says nothing of it."""

    ALWAYS = "refused, whatever a policy says"
    REFUSED = "refused by default"
    REPORTED = "reported by default"


class Severity(StrEnum):
    """What a finding came to."""

    REFUSED = "refused"
    REPORTED = "reported"


class Meaning(NamedTuple):
    """A code's weight, what was found as a template, and the mend."""

    weight: Weight
    what: str
    mend: str


_PRINT = N_("Print the document to a new PDF, and draft that.")
_DRAFT = N_("Draft the document with congvan draft, which mends this where nobody has signed yet.")
_SOURCE = N_("Change it in the original document, or accept it by its code: --accept {code}.")
_ALWAYS, _REFUSED, _REPORTED = Weight

_MEANINGS: dict[Code, Meaning] = {
    Code.SCRIPT: Meaning(
        _ALWAYS, N_("The reader's program runs a script, which can change what is shown."), _PRINT
    ),
    Code.PROGRAM: Meaning(_ALWAYS, N_("An action starts a program or opens any file."), _PRINT),
    Code.XFA: Meaning(
        _ALWAYS, N_("An XFA form is drawn by the reader's program, not by the pages that are signed."), _PRINT
    ),
    Code.EXTERNAL_CONTENT: Meaning(
        _ALWAYS, N_("Part of the content lies in another file, which no signature covers."), _PRINT
    ),
    Code.AUTOMATIC_ACTION: Meaning(
        _REFUSED, N_("An action starts by itself when the document is read, printed or touched."), _PRINT
    ),
    Code.CHANGING_ACTION: Meaning(
        _REFUSED, N_("The action {kind} shows or hides parts of the document."), _PRINT
    ),
    Code.FORM_DATA: Meaning(
        _REFUSED, N_("The action {kind} empties the form, fills it from elsewhere or sends it away."), _PRINT
    ),
    Code.UNKNOWN_ACTION: Meaning(_REFUSED, N_("Nobody knows what the action {kind} does."), _PRINT),
    Code.MEDIA: Meaning(_REFUSED, N_("The page plays or computes something: {kind}."), _PRINT),
    Code.PORTFOLIO: Meaning(
        _REFUSED, N_("The file is a portfolio: readers show an embedded file instead of its pages."), _PRINT
    ),
    Code.EMBEDDED_PROGRAM: Meaning(_REFUSED, N_("A program is embedded: {file}."), _SOURCE),
    Code.OTHER_PICTURE: Meaning(_REFUSED, N_("A picture has another one that takes its place."), _PRINT),
    Code.POSTSCRIPT: Meaning(_REFUSED, N_("A PostScript program draws something on paper only."), _PRINT),
    Code.LAYER_OFF: Meaning(
        _REFUSED, N_("Layers are switched off, and any reader can switch them on: {layers}."), _SOURCE
    ),
    Code.LAYER_BY_EVENT: Meaning(
        _REFUSED, N_("Layers are shown to some and not to others, or on paper only: {layers}."), _SOURCE
    ),
    Code.LAYER_RULE: Meaning(_REFUSED, N_("Something is shown when a layer is switched off."), _SOURCE),
    Code.PRINT_ONLY: Meaning(_REFUSED, N_("Paper shows something that the screen does not."), _PRINT),
    Code.OTHER_LOOKS: Meaning(_REFUSED, N_("Something looks otherwise under the mouse."), _DRAFT),
    Code.DORMANT_PAGE: Meaning(_REFUSED, N_("The file holds a page that no reader shows."), _DRAFT),
    Code.NEEDS_APPEARANCES: Meaning(_REFUSED, N_("Each reader draws the form in its own way."), _DRAFT),
    Code.FIELD_OVER_PLACE: Meaning(
        _REFUSED, N_("The field {other} lies over the place of {field}, and could cover it."), _SOURCE
    ),
    Code.REPAIRED: Meaning(
        _REFUSED, N_("The file is faulty; each reader mends it in its own way: {fault}."), _DRAFT
    ),
    Code.LAYERS: Meaning(_REPORTED, N_("Layers can be switched off by any reader: {layers}."), _SOURCE),
    Code.HIDDEN_FIELD: Meaning(_REPORTED, N_("The form has a hidden field."), _SOURCE),
    Code.HIDDEN_ANNOTATION: Meaning(_REPORTED, N_("There is a hidden annotation."), _DRAFT),
    Code.SCREEN_ONLY: Meaning(_REPORTED, N_("The screen shows something that paper does not."), _SOURCE),
    Code.OPEN_FIELD: Meaning(
        _REPORTED, N_("Form fields can be filled in until the seal: {fields}."), _SOURCE
    ),
    Code.FIELD_OVER_FIELD: Meaning(_REPORTED, N_("The fields {other} and {field} overlap."), _SOURCE),
    Code.COVERED_TEXT: Meaning(_REPORTED, N_("{what}"), _SOURCE),
    Code.LINK: Meaning(_REPORTED, N_("A link leads out of the document: {to}."), _SOURCE),
    Code.OTHER_FILE: Meaning(_REPORTED, N_("Another file is referred to: {to}."), _SOURCE),
    Code.EMBEDDED_FILE: Meaning(_REPORTED, N_("A file is embedded: {file}."), _SOURCE),
    Code.FONT_NOT_EMBEDDED: Meaning(
        _REPORTED, N_("Fonts are not embedded, so that text may look otherwise elsewhere: {fonts}."), _PRINT
    ),
    Code.PRIVATE_DATA: Meaning(_REPORTED, N_("Another program's private data are kept in it."), _SOURCE),
    Code.REQUIREMENTS: Meaning(
        _REPORTED, N_("The document asks for a reader with certain abilities."), _PRINT
    ),
    Code.USAGE_RIGHTS: Meaning(
        _REPORTED, N_("A vendor's usage rights are signed in it, which any change breaks."), _DRAFT
    ),
    Code.DORMANT_OBJECT: Meaning(
        _REPORTED, N_("The file holds objects that nothing refers to: {count}."), _DRAFT
    ),
}

ACCEPTABLE = tuple(code.value for code, meaning in _MEANINGS.items() if meaning.weight is not Weight.ALWAYS)
"""The codes that a policy can accept."""

MENDED_BY_DRAFT = frozenset(code for code, meaning in _MEANINGS.items() if meaning.mend == _DRAFT)
"""What is gone once an unsigned file was written anew; the result is inspected for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that a signer must know; where it is, as far as is known, and what it is in words.

    `page` counts from 1; `object` is the number of the indirect object it stands in (ISO 32000-2 §7.3.10);
    `field` the full name of a form field.
    """

    code: Code
    severity: Severity
    what: Sentence
    page: int | None = None
    object: int | None = None
    field: str | None = None

    @property
    def line(self) -> Sentence:
        """What was found, and on which page or in which field."""
        facts = {"page": self.page, "field": self.field, "what": self.what}
        if self.page is not None and self.field:
            return Sentence(N_("Page {page}, field {field}: {what}"), facts)
        if self.page is not None:
            return Sentence(N_("Page {page}: {what}"), facts)
        return Sentence(N_("Field {field}: {what}"), facts) if self.field else self.what


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentPolicy:
    """Which findings refuse a document.

    `strict` refuses every finding, whatever its code; `accepted` are codes that are reported instead. Raises
    `UsageError` for a code that nobody can accept: scripts, programs, XFA, content from other files.
    """

    strict: bool = False
    accepted: frozenset[Code] = field(default=frozenset())

    def __post_init__(self) -> None:
        never = sorted(code for code in self.accepted if _MEANINGS[code].weight is Weight.ALWAYS)
        if never:
            raise UsageError(
                "{code} cannot be accepted: nobody could say what was signed.", code=never[0].value
            )

    def severity(self, code: Code) -> Severity:
        """Return what a finding of this code comes to."""
        if code in self.accepted:
            return Severity.REPORTED
        refused = self.strict or _MEANINGS[code].weight is not Weight.REPORTED
        return Severity.REFUSED if refused else Severity.REPORTED


def template(code: Code) -> str:
    """Return the words of a code, a template for its facts."""
    return _MEANINGS[code].what


def check(findings: Iterable[Finding]) -> None:
    """Raise `NotSignable` with the first finding that is refused, how many more there are, and the mend."""
    refused = [finding for finding in findings if finding.severity is Severity.REFUSED]
    if not refused:
        return
    first, more = refused[0], len(refused) - 1
    meaning = _MEANINGS[first.code]
    facts = {"what": first.line, "code": first.code.value, "more": more}
    if more:
        raise NotSignable(
            "{what} And {more} more that speak against a signature: see congvan inspect.",
            hint=meaning.mend,
            **facts,
        )
    raise NotSignable("{what}", hint=meaning.mend, **facts)
