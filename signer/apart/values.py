"""Our frozen values as JSON and back, by their types. Reading believes nothing: it may come from an enemy.

A process that reads a hostile file may have been taken over by it. What it answers is therefore held to the
type that was asked for, name by name; sentences may name their facts and do nothing else, because a template
can otherwise reach into whatever it is filled with, or ask for a gigabyte of padding.
"""

import dataclasses
import re
import types
import typing
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from functools import cache
from string import Formatter
from typing import Any, Literal, TypeVar, Union

from pki.words import Sentence

T = TypeVar("T")

_SPEC = re.compile(r"([<>]?\d{1,2})?(\.\d)?[dfgsx]?")
_PLAIN = (str, int, float, bool, type(None))
_TAKEN = frozenset({"self", "template", "hint", "report"})
"""What no fact is called: errors that say a sentence have parameters of these names (`pki.errors`)."""


class Writing:
    """Turns values into JSON; bytes go into `area`, which is sent behind it."""

    def __init__(self) -> None:
        self.area: list[bytes] = []
        self._length = 0

    def of(self, value: object) -> Any:
        """Return a value as JSON. Raises `TypeError` for what has no spelling."""
        if isinstance(value, Enum):
            return value.value
        if isinstance(value, _PLAIN):
            return value
        if isinstance(value, Mapping):
            return {str(key): self.of(each) for key, each in value.items()}
        if isinstance(value, list | tuple | frozenset):
            return [self.of(each) for each in value]
        return self._special(value)

    def _special(self, value: object) -> Any:
        match value:
            case bytes():
                return self._bytes(value)
            case datetime():
                return value.isoformat()
            case Sentence():
                return {"template": value.template, "facts": self._facts(value.facts)}
        if dataclasses.is_dataclass(value):
            return {each.name: self.of(getattr(value, each.name)) for each in dataclasses.fields(value)}
        raise TypeError(f"{type(value).__name__} does not go over the wire")

    def _bytes(self, value: bytes) -> list[int]:
        at, self._length = self._length, self._length + len(value)
        self.area.append(value)
        return [at, len(value)]

    def _facts(self, facts: Mapping[str, object]) -> dict[str, Any]:
        """Facts are of any kind that can be said; most kinds go as they are said."""
        return {name: self._fact(each) for name, each in facts.items()}

    def _fact(self, fact: object) -> Any:
        if isinstance(fact, datetime):
            return {"moment": self.of(fact)}
        return self.of(fact if isinstance(fact, (*_PLAIN, Sentence)) else str(fact))


class Reading:
    """Turns JSON back into values of the types that are expected, with the bytes behind it."""

    def __init__(self, area: bytes | bytearray = b"") -> None:
        self._area = memoryview(area)

    def of(self, expected: type[T], value: Any) -> T:
        """Return a value of the expected type. Raises `ValueError` for anything else."""
        try:
            result: T = self._of(expected, value)
        except (TypeError, KeyError, RecursionError) as error:
            raise ValueError("a message does not hold what was asked for") from error
        return result

    def _of(self, expected: Any, value: Any) -> Any:
        origin, inner = typing.get_origin(expected), typing.get_args(expected)
        if origin in (Union, types.UnionType):
            return None if value is None else self._of(_one(inner), value)
        if origin is Literal:
            return _held(value in inner, value)
        if origin in (tuple, frozenset):
            return origin([self._of(inner[0], each) for each in _held(type(value) is list, value)])
        if origin is not None and issubclass(origin, Mapping):
            entries = _held(type(value) is dict, value)
            return {key: self._of(inner[1], each) for key, each in entries.items()}
        return self._simple(expected, value)

    def _simple(self, expected: Any, value: Any) -> Any:
        if expected in _PLAIN:
            value = float(value) if expected is float and type(value) is int else value
            return _held(type(value) is expected, value)
        special = {bytes: self._bytes, datetime: _moment, Sentence: _sentence}.get(expected)
        if special is not None:
            return special(value)
        return expected(value) if issubclass(expected, Enum) else self._record(expected, value)

    def _record(self, expected: Any, value: Any) -> Any:
        wanted = _types(expected)
        _held(type(value) is dict and value.keys() == wanted.keys(), value)
        return expected(**{name: self._of(kind, value[name]) for name, kind in wanted.items()})

    def _bytes(self, value: Any) -> bytes:
        at, length = value
        _held(type(at) is int and type(length) is int and 0 <= at <= at + length <= len(self._area), value)
        return bytes(self._area[at : at + length])


def _held(condition: bool, value: Any) -> Any:
    if not condition:
        raise ValueError("a message does not hold what was asked for")
    return value


def _one(inner: tuple[Any, ...]) -> Any:
    (kind,) = (each for each in inner if each is not type(None))
    return kind


@cache
def _types(record: type) -> dict[str, Any]:
    hints = typing.get_type_hints(record)
    return {each.name: hints[each.name] for each in dataclasses.fields(record)}


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(value)
    _held(moment.tzinfo is not None, value)
    return moment


def _fact(value: Any) -> object:
    if type(value) is not dict:
        return _held(type(value) in _PLAIN, value)
    return _moment(value["moment"]) if value.keys() == {"moment"} else _sentence(value)


def _sentence(value: Any) -> Sentence:
    _held(type(value) is dict and value.keys() == {"template", "facts"}, value)
    _held(type(value["template"]) is str and type(value["facts"]) is dict, value)
    _held(value["facts"].keys().isdisjoint(_TAKEN), value)
    facts = {name: _fact(each) for name, each in value["facts"].items()}
    for _, name, spec, conversion in Formatter().parse(value["template"]):
        if name is not None:
            _held(name in facts and name.isidentifier() and conversion is None, name)
            _held(spec is not None and _SPEC.fullmatch(spec) is not None, spec)
    sentence = Sentence(value["template"], facts)
    str(sentence)  # a text in a place for a number is found here, not where somebody reads it
    return sentence
