"""Fields added to a document that carries signatures already: by an incremental update, never by rewriting.

Only what earlier signatures allow is added; whoever calls has refused the rest (`signer.qpdf.refusing`).
"""

import io
from collections.abc import Mapping
from typing import Any

from pyhanko.pdf_utils import generic as pyhanko_objects
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from pki.errors import CongvanError
from signer.errors import NotSignable
from signer.form.fields import Form
from signer.form.objects import Name, Object, PageRef, Ref, Stream

generic: Any = pyhanko_objects  # pyHanko ships its types, but its constructors have none


def extended(pdf: bytes, form: Form) -> bytes:
    """Return the document with these fields added in a new revision.

    Raises `NotSignable` when its structure allows no update that every reader would read alike.
    """
    try:
        writer: Any = IncrementalPdfFileWriter(io.BytesIO(pdf))
        _Addition(writer, form).make()
        target = io.BytesIO()
        writer.write(target)
        return target.getvalue()
    except CongvanError:
        raise
    except Exception as error:  # a stranger's file may be of any shape, and pyHanko raise anything
        raise NotSignable(
            "The document is signed already, and its structure allows no further signature: {detail}.",
            detail=" ".join(str(error).split())[:200].rstrip(".") or type(error).__name__,
            hint="Draft the document before the first signature.",
        ) from error


class _Addition:
    """One form on its way into one update."""

    def __init__(self, writer: Any, form: Form) -> None:
        self._writer = writer
        self._form = form
        self._made: dict[str, Any] = {}

    def make(self) -> None:
        """Put every field on its page and into the form."""
        acroform = self._writer.root["/AcroForm"]  # a signed document has one
        fields = acroform["/Fields"]
        for name in self._form.fields:
            fields.append(self._of(name))
            self._writer.register_annotation(self._page(self._form.pages[name]), self._of(name))
        self._writer.update_container(fields)
        self._writer.update_container(acroform)

    def _page(self, page: int) -> Any:
        return self._writer.find_page_for_modification(page - 1)[0]

    def _of(self, label: str) -> Any:
        if label not in self._made:
            self._made[label] = self._writer.add_object(self._turned(self._form.objects[label]))
        return self._made[label]

    def _turned(self, value: Object) -> Any:
        match value:
            case Mapping():
                return generic.DictionaryObject(
                    {generic.pdf_name(key): self._turned(entry) for key, entry in value.items()}
                )
            case Stream(entries, data):
                return generic.StreamObject(self._turned(entries), stream_data=data)
            case Ref(label):
                return self._of(label)
            case PageRef(page):
                return self._page(page)
            case list() | tuple():
                return generic.ArrayObject(self._turned(entry) for entry in value)
        return _simple(value)


def _simple(value: Object) -> Any:
    match value:
        case Name():
            return generic.pdf_name(str(value))
        case str():
            return generic.pdf_string(value)
        case bytes():
            return generic.ByteStringObject(value)
        case bool():
            return generic.BooleanObject(value)
        case int():
            return generic.NumberObject(value)
    return generic.FloatObject(value)
