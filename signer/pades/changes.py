"""What revisions after a signature changed, and whether that signature allows it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel, SuspiciousModification
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel

from pki.words import N_, Sentence
from signer.pades.differences import POLICY
from signer.pades.door import Malformed, detail_of
from signer.pades.entries import entry
from signer.pades.filling import text_fields
from signer.pades.revisions import History
from signer.pades.structure import Coverage, ends_cleanly
from signer.report import Changes

_LOCKED = re.compile(r"because the form field (?P<field>.+) is locked")  # pyHanko says it in these words only
_SHOWN = 80  # letters of a field's value repeated in a report


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What changed since one signature. `only_proof`: nothing but stored proof and document time-stamps."""

    changes: Changes = Changes.NONE
    words: tuple[Sentence, ...] = ()
    fields: frozenset[str] = frozenset()
    only_proof: bool = True


def since(signature: EmbeddedPdfSignature, coverage: Coverage, history: History) -> Change:
    """Compare the file with the revision that the signature covers.

    Raises `Malformed` when it does not cover a whole revision: then there is nothing to compare with.
    """
    if coverage.whole_file:
        return Change()
    signature.coverage = signature.evaluate_signature_coverage()  # type: ignore[assignment]
    if signature.coverage < SignatureCoverageLevel.ENTIRE_REVISION:
        raise Malformed("The signature does not cover the whole of its revision.")
    # Bytes that no cross-reference table owns are invisible to the comparison of objects, yet a reader that
    # repairs files may show them (incremental saving attack, body only).
    revisions = signature.reader.xrefs.total_revisions
    if signature.signed_revision + 1 >= revisions or not ends_cleanly(history.pdf):
        return _forbidden(Sentence(N_("Bytes were appended that belong to no revision.")))
    try:
        history.check(coverage.end, _generations(signature))
    except Malformed as error:
        return _forbidden(Sentence(error.template, error.facts))
    result = signature.evaluate_modifications(POLICY)
    if isinstance(result, SuspiciousModification):
        return _forbidden(_suspicion(result))
    level, permission = result.modification_level, signature.docmdp_level
    told = _told(signature.reader, level, result.changed_form_fields)
    if level is ModificationLevel.OTHER or (permission is not None and level.value > permission.value):
        return _forbidden(Sentence(N_("More was changed than the signature allows.")), *told)
    return Change(
        changes=Changes.NONE if level is ModificationLevel.NONE else Changes.ALLOWED,
        words=told,
        fields=frozenset(result.changed_form_fields),
        only_proof=level <= ModificationLevel.LTA_UPDATES,
    )


def _generations(signature: EmbeddedPdfSignature) -> dict[int, int]:
    """Return the generations of the signed objects that have another one than 0."""
    xrefs = signature.reader.xrefs
    return {
        number: generation
        for revision in range(signature.signed_revision + 1)
        for number, generation in xrefs.get_xref_data(revision).higher_generation_refs()  # type: ignore[no-untyped-call]
    }


def _forbidden(*words: Sentence) -> Change:
    return Change(changes=Changes.FORBIDDEN, words=words, only_proof=False)


def _suspicion(found: SuspiciousModification) -> Sentence:
    locked = _LOCKED.search(str(found))
    if locked is not None:
        name = locked["field"][:_SHOWN]
        return Sentence(N_("The field {field} was changed although it is locked."), {"field": name})
    return Sentence(N_("Something was changed that may not change: {detail}"), {"detail": detail_of(found)})


def _told(reader: PdfFileReader, level: ModificationLevel, fields: Iterable[str]) -> tuple[Sentence, ...]:
    if level is ModificationLevel.LTA_UPDATES:
        return (Sentence(N_("Proof for long-term checking was stored.")),)
    texts = text_fields(reader)
    return tuple(_filled(name, texts.get(name)) for name in sorted(fields))


def _filled(name: str, text: generic.DictionaryObject | None) -> Sentence:
    if text is None:
        return Sentence(N_("The signature field {field} was signed."), {"field": name})
    value = str(entry(text, "/V", ""))[:_SHOWN]
    return Sentence(N_("The field {field} was filled with “{value}”."), {"field": name, "value": value})
