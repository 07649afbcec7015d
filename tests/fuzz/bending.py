"""Inputs bent by their structure, which bytes garbled blindly lose at once.

DER keeps its lengths (X.690 §8.1.3): an element is lost, doubled, moved, taken from elsewhere, given another
tag or garbled, also inside of an OCTET STRING that holds DER. Texts are bent word by word.
"""

import copy
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

Garble = Callable[[bytes, int], bytes]
"""Change bytes blindly, to at most so many: the fuzzer's own way."""

_CONSTRUCTED = 0x20
_HOLDERS = (0x03, 0x04)  # BIT STRING, OCTET STRING
_DEEPEST = 30
_WORD = re.compile(rb"/[^\s/<>\[\]()%]*|<<|>>|[\[\]]|\([^()]*\)|[^\s/<>\[\]()]+|[<>()]|\s+")


@dataclass(slots=True)
class Node:
    """One element: its tag, and what is in it; `head` are the bytes before the elements in a string."""

    tag: int
    inside: "list[Node] | bytes"
    head: bytes = b""

    @classmethod
    def all_in(cls, data: bytes, depth: int = 0) -> "list[Node]":
        """Return the elements that data is made of; `ValueError` if it is made of something else."""
        found, at = [], 0
        while at < len(data):
            tag, length, body = data[at], *_length(data, at + 1)
            if body + length > len(data) or depth > _DEEPEST:
                raise ValueError("longer than what holds it")
            found.append(cls._of(tag, data[body : body + length], depth + 1))
            at = body + length
        return found

    @classmethod
    def _of(cls, tag: int, content: bytes, depth: int) -> "Node":
        if tag & _CONSTRUCTED:
            return cls(tag, cls.all_in(content, depth))
        head = content[: int(tag == _HOLDERS[0])]
        if tag in _HOLDERS and content[len(head) : len(head) + 1] in (b"\x30", b"\x31"):
            try:
                return cls(tag, cls.all_in(content[len(head) :], depth), head)
            except (ValueError, IndexError):
                pass
        return cls(tag, content)

    @property
    def content(self) -> bytes:
        """What is in the element, as bytes."""
        return self.inside if isinstance(self.inside, bytes) else self.head + encoded(self.inside)

    @property
    def encoded(self) -> bytes:
        """The element with the lengths that follow."""
        content = self.content
        size = len(content)
        digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
        return (
            bytes([self.tag])
            + (bytes([size]) if size < 0x80 else bytes([0x80 | len(digits)]) + digits)
            + content
        )


def encoded(nodes: Sequence[Node]) -> bytes:
    """Return the elements one after another."""
    return b"".join(each.encoded for each in nodes)


def _length(data: bytes, at: int) -> tuple[int, int]:
    size = data[at] & 0x7F
    if data[at] < 0x80:
        return size, at + 1
    return int.from_bytes(data[at + 1 : at + 1 + size], "big"), at + 1 + size


def _families(nodes: list[Node]) -> Iterator[list[Node]]:
    """Yield every list of elements, from the outer ones to the inner ones."""
    if nodes:
        yield nodes
    for each in nodes:
        if not isinstance(each.inside, bytes):
            yield from _families(each.inside)


def bend_der(data: bytes, others: Sequence[bytes], chance: random.Random, garble: Garble) -> bytes:
    """Return DER that differs from data in one to three elements; some of them may be from other DER."""
    try:
        nodes = Node.all_in(data)
        strange = Node.all_in(chance.choice(others))
    except (ValueError, IndexError):
        return garble(data, len(data) + 16)
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        families = list(_families(nodes))
        if families:
            _bend(families, list(_families(strange)), chance, garble)
    return encoded(nodes)


def _bend(
    families: list[list[Node]], strange: list[list[Node]], chance: random.Random, garble: Garble
) -> None:
    family = chance.choice(families)
    place = chance.randrange(len(family))
    match chance.randrange(8):
        case 0:
            del family[place]
        case 1:
            family.insert(place, copy.deepcopy(family[place]))
        case 2:
            family.insert(place, copy.deepcopy(chance.choice(chance.choice(families))))
        case 3:
            family[place] = copy.deepcopy(chance.choice(chance.choice(strange)))
        case 4:
            family.append(family.pop(place))
        case 5:
            each = family[place]
            family[place] = Node(chance.randrange(256), each.inside, each.head)
        case _:
            each = family[place]
            family[place] = Node(each.tag, garble(each.content, len(each.content) + 16))


def bend_words(data: bytes, others: Sequence[bytes], chance: random.Random) -> bytes:
    """Return a text that differs from data in one to four words; some of them may be from other texts."""
    words = _WORD.findall(data)
    strange = _WORD.findall(chance.choice(others))
    for _ in range(chance.choice((1, 1, 2, 4))):
        if not words or not strange:
            return data
        place, length = chance.randrange(len(words)), chance.choice((1, 1, 1, 1, 2, 8))
        source = chance.choice((words, strange))
        begin = chance.randrange(len(source))
        match chance.randrange(3):
            case 0:
                del words[place : place + length]
            case 1:
                words[place:place] = source[begin : begin + length]
            case _:
                words[place : place + length] = source[begin : begin + length]
    return b"".join(words)
