"""What was appended to a signed file: every byte of it belongs to one plainly written revision.

A comparison of objects (`signer.pades.differences`) is worth as much as its reader's eyes: a stranger who
appends a revision that our reader and others read differently shows a changed page to people and the old one
to us. So each revision after the first signature has to be one that can only be read one way. It lists each
object once, at the place where it stands, in this revision; between objects there is nothing; and everything
says where it is itself (ISO 32000-2 §7.5).
"""

from collections.abc import Collection, Iterator, Mapping

from signer.errors import Malformed
from signer.pades import at_once, lexing, objects, packs, sections
from signer.pades.lexing import Bytes, Ref
from signer.pades.objects import Found, Packed, Plain, refuse
from signer.pades.sections import Section

_MOST = 1000  # revisions after a signature


class History:
    """The revisions of one file, each looked at once, whichever signature asks for it."""

    def __init__(self, pdf: Bytes, read: objects.Read = at_once.value) -> None:
        self.pdf = pdf
        self._read = read
        self._walked: set[tuple[int, int]] = set()

    def check(
        self, end: int, generations: Mapping[int, int], disposable: Collection[int] = frozenset()
    ) -> list[Section]:
        """Return the sections behind `end`, where signed bytes end, the newest first.

        Raises `Malformed` unless everything there is plainly written. `generations` are those of the signed
        objects that are not 0; `disposable` are the numbers of objects that may be taken out of use.
        """
        base, begin = sections.last(self.pdf, end)
        chain = self._chain(end, base)
        before = sections.base_trailer(self.pdf, base)
        for section in reversed(chain):
            _continues(section, before, disposable)
            if (begin, section.start) not in self._walked:
                _walk(self.pdf, begin, section, generations, self._read)
                self._walked.add((begin, section.start))
            before, begin = section.trailer, section.stop
        return chain

    def _chain(self, end: int, base: int) -> list[Section]:
        """Return the sections behind `end`, newest first; the oldest of them continues the one at `base`."""
        start, _ = sections.last(self.pdf, len(self.pdf))
        chain: list[Section] = []
        while start >= end:
            if len(chain) >= _MOST or (chain and start >= chain[-1].start):
                refuse(start)
            chain.append(sections.read(self.pdf, start))
            start = chain[-1].whole("Prev")
        if start != base:
            refuse(chain[-1].start if chain else start)
        return chain


def _continues(section: Section, before: Mapping[str, lexing.Value], disposable: Collection[int]) -> None:
    """Check that a trailer goes on from the one before it: the same catalogue, no object forgotten."""
    trailer, size = section.trailer, before.get("Size")
    if {"XRefStm", "Encrypt"} & trailer.keys() or not isinstance(trailer.get("Root"), Ref):
        refuse(section.start)
    if trailer["Root"] != before.get("Root") or type(size) is not int or section.whole("Size") < size:
        refuse(section.start)
    if any(number and number < size and number not in disposable for number in section.freed):
        raise Malformed("Objects of the signed document were taken out of use.")


def _walk(
    pdf: Bytes, begin: int, section: Section, generations: Mapping[int, int], read: objects.Read
) -> None:
    """Check that the bytes from `begin` to the section are its objects and nothing else."""
    found: dict[int, Found] = {}
    at = begin
    if not set(pdf[begin - 1 : begin + 1]) & set(b"\r\n"):
        refuse(begin)  # what stands on the line of %%EOF is a comment
    for number, entry in _in_order(section, generations):
        if number == section.number and entry.offset in (section.start, section.begin):
            continue
        start = lexing.gap(pdf, at)
        if entry.offset != start or not begin <= start < section.begin:
            refuse(min(start, entry.offset) if entry.offset >= begin else section.start)
        each = objects.whole_object(pdf, start, section.entries, read)
        if (each.number, each.generation) != (number, entry.generation):
            refuse(start)
        objects.check_coding(each)
        found[number] = each
        at = each.end
    if lexing.gap(pdf, at) != section.begin or section.number in found:
        refuse(at)
    _check_packed(pdf, section, found)


def _in_order(section: Section, generations: Mapping[int, int]) -> Iterator[tuple[int, Plain]]:
    plain = [(number, each) for number, each in section.entries.items() if isinstance(each, Plain)]
    for number, each in section.entries.items():
        generation = each.generation if isinstance(each, Plain) else 0
        if number == 0 or generation != generations.get(number, 0):
            refuse(section.start)
    yield from sorted(plain, key=lambda pair: pair[1].offset)


def _check_packed(pdf: Bytes, section: Section, found: Mapping[int, Found]) -> None:
    """Check the object streams: each of this revision, each holding exactly what the section says."""
    listed: dict[int, dict[int, int]] = {}
    for number, each in section.entries.items():
        if (
            isinstance(each, Packed)
            and listed.setdefault(each.stream, {}).setdefault(each.index, number) != number
        ):
            refuse(section.start)
    for number, one in found.items():
        kind = one.value.get("Type") if isinstance(one.value, dict) and one.data is not None else None
        if kind == "XRef" or (kind == "ObjStm") != (number in listed):
            refuse(one.end)
    for number, held in listed.items():
        if number not in found:
            refuse(section.start)
        stream = found[number]
        data = objects.unpacked(pdf, stream, objects.length_of(pdf, stream, section.entries))
        _check_object_stream(data, stream, held)


def _check_object_stream(data: bytes, stream: Found, held: Mapping[int, int]) -> None:
    """Check one object stream (§7.5.7) against the numbers that the section gives its places."""
    entries = objects.as_dictionary(stream.value, stream.end)
    index = packs.index_of(data, stream)
    if "Extends" in entries or held != {place: number for place, (number, _) in enumerate(index)}:
        refuse(stream.end)
    packs.check(data, index, stream.end)
