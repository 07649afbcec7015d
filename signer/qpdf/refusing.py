"""What cannot be signed safely, and how each is mended.

A refusal is one sentence: what, where, and what to do. Everything here reads a PDF that qpdf has opened,
and may raise anything on a hostile one; `signer.qpdf.normalising` turns that into a refusal too.
"""

import re
from collections.abc import Iterator

import pikepdf

from signer.errors import NotAPdf, NotSignable, WrongStage
from signer.form.fields import LAYER_1, LAYER_2, TEXT_FIELDS
from signer.qpdf.form_tree import Field, fields_of

_HEADER_WITHIN = 1024  # bytes; readers look no further for %PDF-
_OBJECT = re.compile(rb"\d\s+\d+\s+obj\b")

_ACTIONS_IN_A_ROW = 1000  # looked at for the page's number; the search of the whole file has no such end

ACTIVE = frozenset({"/JavaScript", "/Launch", "/ImportData", "/Rendition"})
"""Actions that run a program, or change what is shown, when the file is merely read."""


def refuse_other_formats(source: bytes) -> None:
    """Raise `NotAPdf` for a file that does not even begin like a PDF."""
    if not source.strip():
        raise NotAPdf("The file is empty.", hint="Save or export the document again.")
    if b"%PDF-" not in source[:_HEADER_WITHIN]:
        raise NotAPdf(
            "The file is not a PDF: it does not begin with %PDF-.",
            hint="Save or print the document as PDF; renaming a file does not convert it.",
        )


def needs_password() -> NotSignable:
    """Return the refusal of a file that opens only with a password."""
    return NotSignable(
        "The file is encrypted and opens only with a password.",
        hint="Save it without a password: whoever receives it must be able to read and verify it.",
    )


def refuse_unsafe(pdf: pikepdf.Pdf, source: bytes) -> None:
    """Raise `NotSignable`, `NotAPdf` or `WrongStage` for a PDF that must not be drafted."""
    if pdf.is_encrypted:
        raise NotSignable(
            "The file is encrypted: it opens for everybody, but changing it needs the owner's password.",
            hint="Save it without protection; the signatures protect it better.",
        )
    _refuse_cut_off(pdf, source)
    form = pdf.Root.get("/AcroForm")
    if isinstance(form, pikepdf.Dictionary) and ("/XFA" in form or pdf.Root.get("/NeedsRendering")):
        raise NotSignable(
            "The file holds an XFA form, whose pages are computed by the reader's program.",
            hint="Print it to a new PDF, and draft that.",
        )
    names = {field.name for field in fields_of(pdf)}
    _refuse_taken(names)
    for signature in filled_signatures(pdf):
        _refuse_forbidden(signature)


def _refuse_cut_off(pdf: pikepdf.Pdf, source: bytes) -> None:
    """Refuse a file whose end is missing, unless nothing but its table of contents is lost.

    qpdf makes a lost cross-reference table again from the objects it finds, and would do so as gladly for
    half a document.
    """
    last_end = source.rfind(b"%%EOF")
    after_objects = max(last_end, source.rfind(b"endobj"))
    cut = (last_end >= 0 and _OBJECT.search(source, last_end)) or _OBJECT.search(source, after_objects + 1)
    warnings = " ".join(str(warning) for warning in pdf.get_warnings())
    rebuilt = "reconstruct" in warnings
    lost = "Pages tree includes non-dictionary object" in warnings or (
        rebuilt and ("unable to recover stream" in warnings or _has_lost_objects(pdf))
    )
    if cut or lost:
        raise NotAPdf(
            "The file is damaged: parts of the document are missing.",
            hint="Transfer or export the file again; compare its size with the original.",
        )


def _has_lost_objects(pdf: pikepdf.Pdf) -> bool:
    """Tell whether anything refers to an object that is not there."""
    return any(child is None for thing in _things(pdf) for child in _children(thing))


def _refuse_taken(names: set[str]) -> None:
    if {LAYER_1, LAYER_2} & names:
        raise WrongStage(
            "The file has been drafted already: it has the fields {fields}.",
            fields=", ".join(sorted({LAYER_1, LAYER_2} & names)),
            hint="Sign it as it is, or draft the original document again.",
        )
    taken = sorted(names & TEXT_FIELDS)
    if taken:
        raise NotSignable(
            "The file has a form field of its own named {field}, the name that drafting gives.",
            field=taken[0],
            hint="Rename the field in the original document.",
        )


def filled_signatures(pdf: pikepdf.Pdf) -> Iterator[Field]:
    """Yield the signature fields that carry a signature or time-stamp."""
    for field in fields_of(pdf):
        if field.kind == "/Sig" and isinstance(field.value, pikepdf.Dictionary):
            yield field


def _refuse_forbidden(signature: Field) -> None:
    """Refuse when a signature lets nothing be added: certifying, or locking every field.

    A certified document may be filled in, but new visible fields count as tampering (ISO 32000-2 §12.8.2.2).
    """
    for reference in signature.value.get("/Reference", []):
        parameters = reference.get("/TransformParams", {})
        method = reference.get("/TransformMethod")
        locks = method == "/FieldMDP" and ("/P" in parameters or parameters.get("/Action") != "/Include")
        if method == "/DocMDP" or locks:
            raise NotSignable(
                "The signature in the field {field} forbids adding any field to the document.",
                field=signature.name,
                hint="Draft the document before anybody certifies or locks it.",
            )


def refuse_scripts(pdf: pikepdf.Pdf) -> None:
    """Raise `NotSignable` for scripts and for actions that start a program, wherever they hide.

    What a reader's program computes is not what was signed.
    """
    mend = "Print the document to a new PDF, which leaves scripts behind, and draft that."
    for number, page in enumerate(pdf.pages, 1):
        annotations = page.obj.get("/Annots")
        holders = [page.obj, *(annotations if isinstance(annotations, pikepdf.Array) else [])]
        if any(_is_active(thing) for holder in holders for thing in _actions_of(holder)):
            raise NotSignable(
                "Page {page} has a script, or an action that starts a program.", page=number, hint=mend
            )
    if any(_is_active(thing) for thing in _things(pdf)):
        raise NotSignable("The document has a script, or an action that starts a program.", hint=mend)


def _actions_of(holder: object) -> Iterator[pikepdf.Object]:
    """Yield the actions of a page or annotation, and those that follow them (ISO 32000-2 §12.6)."""
    if not isinstance(holder, pikepdf.Dictionary):
        return
    waiting = [holder.get("/A"), holder.get("/AA")]
    for _ in range(_ACTIONS_IN_A_ROW):
        if not waiting:
            return
        thing = waiting.pop()
        if isinstance(thing, pikepdf.Dictionary):
            yield thing
            waiting += (value for key, value in thing.items() if key not in {"/D", "/SD", "/T"})
        elif isinstance(thing, pikepdf.Array):
            waiting += list(thing)


def _is_active(thing: pikepdf.Object) -> bool:
    if not isinstance(thing, pikepdf.Dictionary) or thing.get("/Type") == "/StructElem":
        return False
    action = thing.get("/S")
    active = isinstance(action, pikepdf.Name) and str(action) in ACTIVE
    return active and (action != "/Rendition" or "/JS" in thing)


def _things(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Object]:
    """Yield every dictionary, array and stream of the file, each once."""
    for top in pdf.objects:
        waiting = [top]
        while waiting:
            thing = waiting.pop()
            yield thing
            waiting += (
                child
                for child in _children(thing)
                if isinstance(child, pikepdf.Object) and not child.is_indirect
            )


def _children(thing: pikepdf.Object) -> list[object]:
    if isinstance(thing, pikepdf.Stream):
        return list(thing.stream_dict.values())
    if isinstance(thing, pikepdf.Dictionary):
        return list(thing.values())
    return list(thing) if isinstance(thing, pikepdf.Array) else []
