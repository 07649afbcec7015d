"""Fields added to a document that carries signatures already: by an incremental update, never by rewriting.

Only what earlier signatures allow is added; whoever calls has refused the rest (`signer.qpdf.refusing`).
"""

# mypy: allow-untyped-calls
# pyHanko ships its types, but many of its constructors and setters have none.

import io

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from pki.errors import CongvanError
from signer.errors import NotSignable
from signer.form.fields import Form
from signer.pades.door import detail_of
from signer.pades.plain import Made


def appendable(pdf: bytes) -> io.BytesIO:
    """Return the document as a stream behind which a revision can be written.

    Some programs end a file without the line end of its last line (ISO 32000-2 §7.5.5). pyHanko writes on at
    once: in "%%EOF12 0 obj" the object is part of a comment, and readers would not agree whether it is there.
    """
    return io.BytesIO(pdf if pdf.endswith((b"\n", b"\r")) else pdf + b"\n")


def extended(pdf: bytes, form: Form) -> bytes:
    """Return the document with these fields added in a new revision.

    Raises `NotSignable` when its structure allows no update that every reader would read alike.
    """
    try:
        writer = IncrementalPdfFileWriter(appendable(pdf))
        _add(writer, form)
        target = io.BytesIO()
        writer.write(target)
        return target.getvalue()
    except (CongvanError, MemoryError):
        raise
    except Exception as error:  # a stranger's file may be of any shape, and pyHanko raise anything
        raise NotSignable(
            "The document is signed already, and its structure allows no further signature: {detail}.",
            detail=detail_of(error),
            hint="Draft the document before the first signature.",
        ) from error


def _add(writer: IncrementalPdfFileWriter, form: Form) -> None:
    """Put every field on its page and into the form, and the fonts where fields look for them."""

    def page_of(page: int) -> generic.IndirectObject:
        found: generic.IndirectObject = writer.find_page_for_modification(page - 1)[0]
        return found

    made = Made(writer, form.objects, page_of)
    acroform = writer.root["/AcroForm"]  # a signed document has one
    fields = acroform["/Fields"]
    for name in form.fields:
        fields.append(made.of(name))
        writer.register_annotation(page_of(form.pages[name]), made.of(name))
    writer.update_container(fields)
    if form.fonts:
        fonts = _dictionary(writer, _dictionary(writer, acroform, "/DR"), "/Font")
        for name in form.fonts:
            fonts[pdf_name(f"/{name}")] = made.of(name)
        writer.update_container(fonts)


def _dictionary(
    writer: IncrementalPdfFileWriter, owner: generic.DictionaryObject, key: str
) -> generic.DictionaryObject:
    """Return the dictionary under `key`, made where there is none."""
    if key not in owner:
        owner[pdf_name(key)] = generic.DictionaryObject()
        writer.update_container(owner)
    found: generic.DictionaryObject = owner[key]
    return found
