"""The part of a file that was signed before an update: all readers must find the same objects in it.

What is appended is read by the letter (`signer.pades.revisions`), and then compared with what was signed, by
pyHanko's eyes. Who prepares a file chooses how its own sections are spelled: where one reader finds an object
that names a number which is still free, and pyHanko another one, an update that looks innocent wakes it. So
as soon as something follows, the rows of the signed sections, the objects that they name, and the streams
that objects are packed in (ISO 32000-2 §7.3.10, §7.5.4, §7.5.7, §7.5.8) are held to the letter, too.

pyHanko passes over a comment within a string of hexadecimal digits, over what stands behind a single `>`, and
over entries that look like a stream's data: there others find references that it does not.
"""

# mypy: allow-untyped-calls
# pyHanko ships its types, but many of its constructors and setters have none.

from collections.abc import Iterator, Mapping
from typing import TypeAlias
from weakref import WeakKeyDictionary

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import HistoricalResolver, PdfFileReader
from pyhanko.pdf_utils.xref import ObjStreamRef, XRefSectionData

from pki.words import N_, Sentence
from signer.errors import Malformed
from signer.pades import hybrids, objects, packs, sections
from signer.pades.lexing import Bytes
from signer.pades.objects import Packed, Plain
from signer.pades.refused import Refused

_Rows: TypeAlias = Mapping[int, Plain | Packed]

_checked: WeakKeyDictionary[PdfFileReader, dict[int, int]] = WeakKeyDictionary()
"""The revisions that were checked, each with the end that it was held to."""

_ODD = N_("Something follows signed bytes in which readers find different objects (byte {at}).")


def packs_stay(old: HistoricalResolver, new: HistoricalResolver) -> None:
    """Refuse to write a stream in which signed objects are said to be packed, be it for the first time.

    What is packed in it was there already, by its row, and becomes something else. pyHanko does not see that:
    it looks for the objects of the past in the streams of today.
    """
    packed = _packs(old)
    for reference in new.explicit_refs_in_revision():
        if reference.idnum in packed:
            said = N_("Object {number}, which holds objects of the signed document, was written after it.")
            raise Refused(Sentence(said, {"number": reference.idnum}))


def _packs(revision: HistoricalResolver) -> set[int]:
    """Return the numbers of all streams in which objects of a revision are packed."""
    xrefs = revision.reader.xrefs
    listed = [xrefs.get_xref_data(each).obj_streams_used for each in range(revision.revision + 1)]
    beside = (hybrids.of(revision.reader, each) for each in range(revision.revision + 1))
    return set[int]().union(*listed, *(each[1].obj_streams_used for each in beside if each is not None))


def check(signed: HistoricalResolver, pdf: Bytes, end: int) -> None:
    """Raise `Malformed` unless the sections of a signed revision can be read only as pyHanko read them.

    They, and all that they name, lie before `end`, where the signed bytes end: what comes later may be
    anything.
    """
    done = _checked.setdefault(signed.reader, {})
    for revision in range(signed.revision + 1):
        if done.get(revision, end + 1) > end:
            _check_section(signed, revision, pdf, end)
            done[revision] = end


def _check_section(signed: HistoricalResolver, revision: int, pdf: Bytes, end: int) -> None:
    start = signed.reader.xrefs.get_xref_container_info(revision).declared_startxref
    try:
        rows = _rows(pdf, start, signed.reader.xrefs.get_xref_data(revision), end)
        if (beside := hybrids.of(signed.reader, revision)) is not None:
            hidden = _rows(pdf, *beside, end)
            if any(isinstance(each, Plain) and each.generation for each in hidden.values()):
                objects.refuse(beside[0])
            rows = {**rows, **hidden}
        places = _Places(signed.reader.get_historical_resolver(revision))
        _check_objects(pdf, rows, places, end)
        for number, held in _by_pack(rows).items():
            _check_pack(places, number, held, pdf)
    except Malformed as error:
        raise Malformed(_ODD, at=error.facts.get("at", start)) from error


def _rows(pdf: Bytes, start: int, section: XRefSectionData, end: int) -> _Rows:
    rows = sections.signed_rows(pdf, start, end)
    if rows != dict(_read_by_pyhanko(section)):
        objects.refuse(start)
    return rows


def _read_by_pyhanko(found: XRefSectionData) -> Iterator[tuple[int, Plain | Packed]]:
    for number, (generation, offset) in found.standard_xrefs.items():
        yield number, Plain(offset, generation)
    for number, place in found.xrefs_in_objstm.items():
        yield number, Packed(place.obj_stream_id, place.ix_in_stream)


def _check_objects(pdf: Bytes, rows: _Rows, places: Mapping[int, Plain | Packed], end: int) -> None:
    """Check that each object begins at the byte that its row names, and can be read in one way alone.

    It ends where the signed bytes end, or before.

    Of others some readers repair the file, or find more in them than pyHanko did.
    """
    for number, each in rows.items():
        if isinstance(each, Plain):
            found = objects.whole_object(pdf, each.offset, places)
            if (found.number, found.generation) != (number, each.generation) or found.end > end:
                objects.refuse(each.offset)


def _by_pack(rows: _Rows) -> dict[int, dict[int, int]]:
    """Return which number lies at which index of each object stream."""
    listed: dict[int, dict[int, int]] = {}
    for number, each in rows.items():
        if isinstance(each, Packed):
            held = listed.setdefault(each.stream, {})
            if held.setdefault(each.index, number) != number:
                objects.refuse(0)  # two objects in one place
    return listed


def _check_pack(
    places: Mapping[int, Plain | Packed], number: int, held: Mapping[int, int], pdf: Bytes
) -> None:
    """Check an object stream against its rows; objects that were written again since may still lie in it."""
    place = places.get(number)
    if not isinstance(place, Plain):
        objects.refuse(0)
    stream = objects.whole_object(pdf, place.offset, places)
    entries = objects.as_dictionary(stream.value, place.offset)
    if stream.data is None or entries.get("Type") != "ObjStm":
        objects.refuse(place.offset)
    data = objects.unpacked(pdf, stream, objects.length_of(pdf, stream, places))
    index = packs.index_of(data, stream)
    found = [number for number, _ in index]
    if len(set(found)) != len(found) or any(
        index >= len(found) or found[index] != each for index, each in held.items()
    ):
        objects.refuse(place.offset)
    packs.check(data, index, place.offset)


class _Places(Mapping[int, Plain | Packed]):
    """Where the objects of a signed revision are, asked for one by one."""

    def __init__(self, signed: HistoricalResolver) -> None:
        self._signed = signed

    def __getitem__(self, number: int) -> Plain | Packed:
        xrefs = self._signed.reader.xrefs
        found = xrefs.get_historical_ref(generic.Reference(number, 0), self._signed.revision)
        if isinstance(found, ObjStreamRef):
            return Packed(found.obj_stream_id, found.ix_in_stream)
        if found is None:
            raise KeyError(number)
        return Plain(found, 0)

    def __iter__(self) -> Iterator[int]:
        raise NotImplementedError

    def __len__(self) -> int:
        raise NotImplementedError
