"""What a document says of itself in its XMP metadata (ISO 16684-1): read to be compared, and no further.

Programs that store a file write the packet anew, in their own spelling, and with their own date. So what
counts is what it says: a property is its name and value, whether spelled as an attribute or as an element.
"""

from collections.abc import Iterator
from typing import TypeAlias
from xml.etree import ElementTree as ET

from signer.quick.unusual import Unusual, unusual

_LONGEST = 1 << 20  # bytes of a packet
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_RENEWED = frozenset({"ModDate", "Producer", "ModifyDate", "MetadataDate", "InstanceID"})
"""What every program that stores a file writes anew: when, and by which program."""

Said: TypeAlias = tuple[str, str, tuple[tuple[str, str], ...], tuple["Said", ...]]
"""A name, its text, its attributes, and what is in it."""


def said(packet: bytes) -> list[Said]:
    """Return the properties of a packet in an order of their own, but for those that are always renewed.

    Raises `Unusual` for what is no plain packet in UTF-8; document types, and with them entities, are refused
    before anything is read.
    """
    if len(packet) > _LONGEST or any(
        each in packet for each in (b"\0", b"<!DOCTYPE", b"<!ENTITY", b"<?xml ")
    ):
        unusual("an odd XMP packet")
    try:
        found = list(ET.XML(packet.decode("utf-8")).iter(f"{_RDF}RDF"))
    except (ET.ParseError, UnicodeDecodeError) as error:
        raise Unusual("an odd XMP packet") from error
    if len(found) != 1:
        unusual("an odd XMP packet")
    return sorted(each for description in found[0] for each in _properties(description))


def _properties(description: ET.Element) -> Iterator[Said]:
    if description.tag != f"{_RDF}Description" or (description.text or "").strip():
        unusual("an odd XMP packet")
    for name, text in description.items():
        if not name.startswith(_RDF) and not _is_renewed(name):
            yield (name, text, (), ())
        elif name.startswith(_RDF) and name != f"{_RDF}about":
            unusual("an odd XMP packet")
    for each in description:
        if not _is_renewed(each.tag):
            yield _value(each)


def _is_renewed(name: str) -> bool:
    return name.rpartition("}")[2] in _RENEWED


def _value(element: ET.Element) -> Said:
    inner = tuple(map(_value, element))
    text = element.text or ""
    return (element.tag, text.strip() if inner else text, tuple(sorted(element.items())), inner)
