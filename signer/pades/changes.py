"""What revisions after a signature changed, and whether that signature allows it."""

from pyhanko.pdf_utils import generic
from pyhanko.sign.diff_analysis import DiffResult, ModificationLevel, SuspiciousModification
from pyhanko.sign.fields import FieldMDPAction, MDPPerm
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel

from pki.words import N_, Sentence
from signer.pades import new_fields, remarks, signed_part, store, telling, told
from signer.pades.differences import POLICIES, Place
from signer.pades.door import Malformed
from signer.pades.entries import entry, locks_all
from signer.pades.filling import text_fields, texts_below
from signer.pades.parsed import Change
from signer.pades.revisions import History
from signer.pades.structure import Coverage, ends_cleanly
from signer.report import Changes


def since(signature: EmbeddedPdfSignature, coverage: Coverage, history: History) -> Change:
    """Compare the file with the revision that the signature covers.

    Raises `Malformed` when it does not cover a whole revision: then there is nothing to compare with.
    """
    if coverage.whole_file:
        return Change()
    signature.coverage = signature.evaluate_signature_coverage()  # type: ignore[assignment]
    if signature.coverage < SignatureCoverageLevel.ENTIRE_REVISION:
        raise Malformed("The signature does not cover the whole of its revision.")
    if odd := _odd_locks(signature) or _odd_bytes(signature, coverage, history):
        return _forbidden(odd)
    place = _place(signature)
    result = signature.evaluate_modifications(POLICIES[place])
    if isinstance(result, SuspiciousModification):
        return _forbidden(*telling.suspicion(signature.reader, result))
    return _allowed(signature, place, result)


def _odd_locks(signature: EmbeddedPdfSignature) -> Sentence | None:
    """Return why readers may find other fields locked than are found here, if so.

    Of two transforms of one kind (ISO 32000-2 §12.8.2) pyHanko takes the first, and it compares the names of
    fields letter by letter. One that is no text string, or has control characters in it (around the name of a
    language, §7.9.2.2, they are none of the text), locks nothing here, and perhaps a field elsewhere.
    """
    references = [each.get_object() for each in entry(signature.sig_object, "/Reference", ())]
    methods = [entry(each, "/TransformMethod") for each in references]
    lock = signature.fieldmdp
    names = () if lock is None or lock.fields is None else lock.fields
    plain = all(
        isinstance(each, generic.TextStringObject) and min(each, default=" ") >= " " for each in names
    )
    if plain and len(set(methods)) == len(methods):
        return None
    return Sentence(N_("The signature locks fields in a way that readers understand differently."))


def _odd_bytes(signature: EmbeddedPdfSignature, coverage: Coverage, history: History) -> Sentence | None:
    """Return why what follows the signed bytes can be read in several ways, if so.

    The comparison of objects does not see bytes that no cross-reference table owns, yet a reader that repairs
    files may show them (incremental saving attack, body only).
    """
    revisions = signature.reader.xrefs.total_revisions
    if signature.signed_revision + 1 >= revisions or not ends_cleanly(history.pdf):
        return Sentence(N_("Bytes were appended that belong to no revision."))
    try:
        signed = signature.reader.get_historical_resolver(signature.signed_revision)
        signed_part.check(signed, history.pdf, coverage.end)
        history.check(coverage.end, _generations(signature), store.replaced(signed))
    except Malformed as error:
        return Sentence(error.template, error.facts)
    return None


def _allowed(signature: EmbeddedPdfSignature, place: Place, result: DiffResult) -> Change:
    level, permission = result.modification_level, _permission(signature)
    signed = signature.reader.get_historical_resolver(signature.signed_revision)
    properties = telling.properties(signature.reader, signed)
    said = (*telling.fields_and_proof(signature.reader, signed, result.changed_form_fields), *properties)
    if level.value > (MDPPerm.FILL_FORMS if permission is None else permission).value:
        return _forbidden(Sentence(N_("More was changed than the signature allows.")), *said)
    if level is ModificationLevel.ANNOTATIONS:
        said = (*said, telling.REMARKED)
    if place is Place.LOCKED and properties:
        return _forbidden(*said)
    return Change(
        changes=Changes.NONE if level is ModificationLevel.NONE else Changes.ALLOWED,
        words=said or (told.NOTHING,),
        fields=frozenset(result.changed_form_fields),
        texts=frozenset(text_fields(signed)) | (result.changed_form_fields & texts_below(signed).keys()),
        only_proof=level <= ModificationLevel.LTA_UPDATES,
    )


def _permission(signature: EmbeddedPdfSignature) -> MDPPerm | None:
    """Return what the signature allows: its own word, else that of a certification which allows remarks."""
    own: MDPPerm | None = signature.docmdp_level
    signed = signature.reader.get_historical_resolver(signature.signed_revision)
    return MDPPerm.ANNOTATE if own is None and remarks.are_allowed(signed) else own


def _place(signature: EmbeddedPdfSignature) -> Place:
    """Tell where the signature stands: it locks all, or a field waits that will lock all, or neither."""
    lock = signature.fieldmdp
    if signature.docmdp_level is MDPPerm.NO_CHANGES or (lock and lock.action is FieldMDPAction.ALL):
        return Place.LOCKED
    signed = signature.reader.get_historical_resolver(signature.signed_revision)
    waiting = (each for each in new_fields.names(signed).values() if "/V" not in each)
    return Place.AWAITING if any(locks_all(each) for each in waiting) else Place.BEFORE


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
