"""What a document says about itself: its information dictionary, its XMP metadata, its catalogue.

ISO 32000-2 §14.3. None of it is drawn on a page, but programs file documents by it.
"""

# mypy: allow-untyped-calls
# pyHanko ships its types, but many of its constructors and setters have none.

import io
from collections.abc import Iterator

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.metadata.xmp_xml import parse_xmp
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import HistoricalResolver

from signer.pades import extensions
from signer.pades.entries import entry, unpacked

_RENEWED = frozenset({"ModDate", "Producer", "ModifyDate", "MetadataDate", "InstanceID", "about"})
"""What every program that stores a file writes anew: when, and by which program."""

_VERSIONS = frozenset({"/1.4", "/1.5", "/1.6", "/1.7", "/2.0"})


def changed(old: HistoricalResolver, new: HistoricalResolver) -> tuple[str, ...]:
    """Return the names of what a later revision says otherwise, but for what is renewed by every program."""
    names = [*_differing(_information(old), _information(new)), *_differing(_metadata(old), _metadata(new))]
    return tuple(dict.fromkeys([*names, *_catalogue(old.root, new.root)]))


def _differing(before: dict[str, str], after: dict[str, str]) -> Iterator[str]:
    for name in sorted(before.keys() | after.keys()):
        if name.rpartition(":")[2] not in _RENEWED and before.get(name) != after.get(name):
            yield name


def _information(revision: HistoricalResolver) -> dict[str, str]:
    # The trailer's references lead to the newest revision, whichever is asked for its trailer.
    reference = revision.trailer_view.get_value_as_reference("/Info", optional=True)
    if reference is None:
        return {}
    found = revision(reference)
    if not isinstance(found, generic.DictionaryObject):
        return {"Info": repr(found)}
    return {str(key)[1:]: repr(found.raw_get(key)) for key in found}


def _metadata(revision: HistoricalResolver) -> dict[str, str]:
    stream = entry(revision.root, "/Metadata")
    if not isinstance(stream, generic.StreamObject):
        return {}
    content = unpacked(stream)
    if content is None:
        return {"XMP": repr((stream.encoded_data, stream))}
    try:
        described = parse_xmp(io.BytesIO(content))
    except (PdfError, ValueError, KeyError, TypeError):
        return {"XMP": repr(content)}
    return {f"XMP:{name.local_name}": repr(value) for each in described for name, value in each}


def _catalogue(before: generic.DictionaryObject, after: generic.DictionaryObject) -> Iterator[str]:
    if entry(before, "/MarkInfo") != entry(after, "/MarkInfo"):
        yield "MarkInfo"
    if entry(before, "/Version") != entry(after, "/Version") and entry(after, "/Version") not in _VERSIONS:
        yield "Version"
    had, has = (entry(each, "/Extensions", generic.DictionaryObject()) for each in (before, after))
    if any(key not in has or not extensions.stay(had[key], has[key]) for key in had):
        yield "Extensions"
