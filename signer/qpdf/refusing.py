"""What cannot be signed safely, and how each is mended.

A refusal is one sentence: what, where, and what to do. Everything here reads a PDF that qpdf has opened,
and may raise anything on a hostile one; `signer.qpdf.normalising` turns that into a refusal too.
"""

import re
from collections.abc import Iterator

import pikepdf

from signer.errors import NotAPdf, NotSignable, WrongStage
from signer.form.names import LAYER_1, LAYER_2, TEXT_FIELDS
from signer.qpdf.form_tree import Field, fields_of

_HEADER_WITHIN = 1024  # bytes; readers look no further for %PDF-
_OBJECT = re.compile(rb"\d\s+\d+\s+obj\b")


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


def refuse_encrypted(pdf: pikepdf.Pdf) -> None:
    """Raise `NotSignable` for a file that opens for everybody but is protected."""
    if pdf.is_encrypted:
        raise NotSignable(
            "The file is encrypted: it opens for everybody, but changing it needs the owner's password.",
            hint="Save it without protection; the signatures protect it better.",
        )


def refuse_unsafe(pdf: pikepdf.Pdf, source: bytes) -> None:
    """Raise `NotSignable`, `NotAPdf` or `WrongStage` for a PDF that must not be drafted."""
    _refuse_cut_off(pdf, source)
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
