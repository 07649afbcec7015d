"""Hybrid cross-references (ISO 32000-2 §7.5.8.4), as Word writes them: a table, and a stream for the hidden.

Readers of today know both; where they do not agree is which of the two goes before. So neither may contradict
the other: then every order of looking leads to the same objects.
"""

# mypy: allow-untyped-calls
# pyHanko ships its types, but many of its constructors and setters have none.

from collections.abc import Iterator

from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.xref import XRefSectionData


def of(reader: PdfFileReader, revision: int) -> tuple[int, XRefSectionData] | None:
    """Return where the stream beside a revision's table begins, and what it says; None if there is none."""
    hybrid = reader.xrefs.get_xref_data(revision).hybrid
    return None if hybrid is None else (hybrid.meta_info.declared_startxref, hybrid.xref_data)


def agree(reader: PdfFileReader) -> bool:
    """Tell whether no stream names an object that its table has, or an older section has elsewhere.

    A table that calls an object free hides it from old readers: an older one may, the one beside may not.
    Numbers are those that the trailer counts, too: beyond, an update's objects are new. Beside the oldest
    table pdfium reads no stream: that one names nothing but what the table has, and itself.
    """
    older: dict[int, object] = {}
    for revision in range(reader.xrefs.total_revisions):
        table, beside = reader.xrefs.get_xref_data(revision), of(reader, revision)
        rows = dict(_rows(table))
        if beside is not None:
            hidden = dict(_rows(beside[1]))
            known, size = {**older, **rows}, reader.xrefs.get_xref_container_info(revision).size
            if max((*hidden, *beside[1].freed), default=0) >= size:
                return False
            if hidden.keys() & table.freed.keys() or known.keys() & beside[1].freed.keys():
                return False
            if any(known.get(number, place) != place for number, place in hidden.items()):
                return False
            if not revision and set(hidden.values()) - {*rows.values(), (0, beside[0])}:
                return False
            rows |= hidden
        older |= rows
    return True


def _rows(section: XRefSectionData) -> Iterator[tuple[int, object]]:
    yield from section.standard_xrefs.items()
    yield from section.xrefs_in_objstm.items()
