"""What must not stay in a file that is about to be signed, though it does no harm before.

- Usage rights (/Perms /UR3): an older kind of signature, of a vendor's program, which any change breaks.
- /NeedAppearances: it tells each reader to draw the form's values itself, so that what is shown would not be
  what was signed; some readers then save the file, and so break the signatures. PDF/A forbids it too
  (ISO 19005-2 §6.4.1). The appearances are drawn here, once.
- Entries of the trailer that no standard knows: they would lie outside every check of the document.
"""

import pikepdf

from signer.errors import NotSignable

_TRAILER = frozenset({"/Root", "/Info", "/ID", "/Size"})
_DRAWN_BY_QPDF = frozenset({"/Tx", "/Ch"})


def tidy(pdf: pikepdf.Pdf) -> None:
    """Remove what would make the signed file change by itself.

    Raises `NotSignable` for a form whose values we cannot draw as its reader would.
    """
    for name in set(pdf.trailer.keys()) - _TRAILER:
        del pdf.trailer[name]
    pdf.trailer["/Size"] = len(pdf.objects) + 1  # qpdf corrects it, but leaves it out where it was lost
    rights = pdf.Root.get("/Perms")
    if isinstance(rights, pikepdf.Dictionary):
        for name in ("/UR", "/UR3"):
            if name in rights:
                del rights[name]
        if not rights.keys():
            del pdf.Root["/Perms"]
    form = pdf.Root.get("/AcroForm")
    if isinstance(form, pikepdf.Dictionary) and "/NeedAppearances" in form:
        if form["/NeedAppearances"]:
            _draw_values(pdf)
        del form["/NeedAppearances"]


def _draw_values(pdf: pikepdf.Pdf) -> None:
    """Draw each value that has no appearance yet; those that have one keep it."""
    for field in pdf.acroform.fields:
        for widget in pdf.acroform.get_annotations_for_field(field):
            value = field.value
            if "/AP" in widget.obj or value is None or str(value) in {"", "/Off"}:
                continue
            if field.field_type not in _DRAWN_BY_QPDF or not str(value).isascii():
                raise NotSignable(
                    "The form field {field} shows its value only where a reader's program draws it.",
                    field=field.fully_qualified_name,
                    hint="Print the filled-in form to a new PDF, and draft that.",
                )
            field.generate_appearance(widget)
