"""One table of a policy file, taken apart key by key: what is wrong or not known is refused, and said where.

A key that is misspelt must not be silence: it would be a rule that nobody holds to.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, TypeVar

from pki.clock import VIETNAM
from pki.errors import UsageError
from pki.words import N_, Sentence

T = TypeVar("T")

MAX_ENTRIES = 10_000
"""Values in one list, and tables of one name."""

MAX_TEXT = 500
"""Characters of one text."""

_DIGEST = re.compile(r"[0-9a-f]{64}")
_OID = re.compile(r"[0-2](\.(0|[1-9][0-9]{0,18})){1,30}")
_MAX_NUMBER = 1_000_000
_NEAR = 0.75  # of its letters: keys of the format differ from each other by more


class Table:
    """A table of a policy file: every key is taken once, and `end` refuses what is left."""

    def __init__(self, file: Path, raw: Mapping[str, object], at: str = "") -> None:
        self.file = file
        self._at = at
        self._left = dict(raw)

    def take(self, key: str, read: Callable[[object], T], wanted: Sentence, default: T | None = None) -> T:
        """Return what `read` makes of a key's value, or the default; `UsageError` says what is wanted.

        `read` raises `ValueError` for a value that is none. Without a default the key must be there.
        """
        if key not in self._left:
            if default is None:
                raise self._misspelt(key) or self.wrong(key, wanted)
            return default
        try:
            return read(self._left.pop(key))
        except ValueError as error:
            raise self.wrong(key, wanted) from error

    def maybe(self, key: str, read: Callable[[object], T], wanted: Sentence) -> T | None:
        """Return what `read` makes of a key's value; None where the key is not there."""
        return self.take(key, read, wanted) if key in self._left else None

    def table(self, key: str) -> "Table":
        """Return the table under a key, an empty one where there is none."""
        empty: Mapping[str, object] = {}
        raw = self.take(key, _mapping, Sentence(N_("a table")), empty)
        return Table(self.file, raw, f"{self._at}{key}.")

    def tables(self, key: str) -> list["Table"]:
        """Return the tables under a key, `[[key]]`, in order."""
        none: tuple[Mapping[str, object], ...] = ()
        raw = self.take(key, _listing(_mapping), Sentence(N_("a list of tables")), none)
        return [Table(self.file, each, f"{self._at}{key}[{place}].") for place, each in enumerate(raw, 1)]

    def wrong(self, key: str, wanted: Sentence) -> UsageError:
        """Return the error that says what is wanted of a key."""
        return UsageError(
            "{file}: {key} must be {wanted}.",
            hint="What a policy file may say is in docs/formats/policy.md.",
            file=self.file, key=self._at + key, wanted=wanted,
        )  # fmt: skip

    def end(self) -> None:
        """Raise `UsageError` where a key was not taken."""
        for key in self._left:
            raise self._unknown(key)

    def _unknown(self, key: str) -> UsageError:
        return UsageError(
            "{file}: {key} is not known.",
            hint="What a policy file may say is in docs/formats/policy.md.",
            file=self.file, key=self._at + _shown(key),
        )  # fmt: skip

    def _misspelt(self, key: str) -> UsageError | None:
        """Return the error that names the unknown key which stands where `key` should."""
        from difflib import get_close_matches  # nobody else needs it

        near = get_close_matches(key, self._left, 1, _NEAR)
        return self._unknown(near[0]) if near else None

    # ------------------------------------------------------------------------------- the kinds of values

    def text(self, key: str) -> str | None:
        """Return a text of one line, composed (NFC)."""
        return self.maybe(key, text_of, Sentence(N_("a text of one line")))

    def digest(self, key: str) -> str | None:
        """Return a SHA-256 as 64 hexadecimal digits."""
        return self.maybe(key, _digest, _A_DIGEST)

    def digests(self, key: str) -> tuple[str, ...]:
        """Return a list of SHA-256 digests; empty where there is none."""
        return self.take(
            key, _listing(_digest), Sentence(N_("a list of: {wanted}"), {"wanted": _A_DIGEST}), ()
        )

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts; empty where there is none."""
        return self.take(key, _listing(text_of), Sentence(N_("a list of texts of one line")), ())

    def oids(self, key: str) -> tuple[str, ...]:
        """Return a list of object identifiers; empty where there is none."""
        return self.take(key, _listing(_oid), Sentence(N_("a list of object identifiers such as 1.2.3")), ())

    def number(self, key: str) -> int | None:
        """Return a whole number from 0 on."""
        return self.maybe(key, _number, Sentence(N_("a whole number")))

    def flag(self, key: str, *, default: bool) -> bool:
        """Return true or false."""
        value = self.maybe(key, _flag, Sentence(N_("true or false")))
        return default if value is None else value

    def moment(self, key: str, *, last: bool = False) -> datetime | None:
        """Return a moment: a date means its first or its `last` one in Viet Nam."""
        wanted = Sentence(N_("a date, or a time with its zone"))
        return self.maybe(key, lambda value: _moment(value, last=last), wanted)

    def one_of(self, key: str, words: Iterable[str], default: str | None = None) -> Any:
        """Return one of the words; the caller's types say which they are."""
        words = tuple(words)
        wanted = Sentence(N_("one of: {words}"), {"words": ", ".join(words)})
        return self.take(key, lambda value: _word(value, words), wanted, default)

    def some_of(self, key: str, words: Iterable[str], default: tuple[str, ...] | None = None) -> Any:
        """Return a list of some of the words; at least one."""
        words = tuple(words)
        found = self._words(key, words, default)
        if not found:
            raise self.wrong(key, _some_of(words))
        return found

    def words(self, key: str, words: Iterable[str]) -> Any:
        """Return a list of some of the words; empty where there is none."""
        return self._words(key, tuple(words), ())

    def _words(self, key: str, words: tuple[str, ...], default: tuple[str, ...] | None) -> Any:
        return self.take(key, _listing(lambda value: _word(value, words)), _some_of(words), default)


_A_DIGEST = Sentence(N_("a SHA-256 as 64 hexadecimal digits"))


def _some_of(words: tuple[str, ...]) -> Sentence:
    return Sentence(N_("a list of some of: {words}"), {"words": ", ".join(words)})


def text_of(value: object) -> str:
    """Return a value that is a text of one line; `ValueError` if it is none."""
    if type(value) is not str or not value.strip() or len(value) > MAX_TEXT or not value.isprintable():
        raise ValueError("no text")
    return unicodedata.normalize("NFC", value)


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise ValueError("no table")  # noqa: TRY004 - whoever reads a value asks for one kind of error
    return value


def _listing(read: Callable[[object], T]) -> Callable[[object], tuple[T, ...]]:
    def listed(value: object) -> tuple[T, ...]:
        if not isinstance(value, list) or len(value) > MAX_ENTRIES:
            raise ValueError("no list")
        return tuple(read(each) for each in value)

    return listed


def _digest(value: object) -> str:
    text = text_of(value).lower().replace(":", "")
    if not _DIGEST.fullmatch(text):
        raise ValueError("no digest")
    return text


def _oid(value: object) -> str:
    text = text_of(value)
    if not _OID.fullmatch(text):
        raise ValueError("no object identifier")
    return text


def _number(value: object) -> int:
    if type(value) is not int or not 0 <= value <= _MAX_NUMBER:
        raise ValueError("no number")
    return value


def _flag(value: object) -> bool:
    if type(value) is not bool:
        raise ValueError("neither true nor false")
    return value


def _word(value: object, words: tuple[str, ...]) -> str:
    if value not in words:
        raise ValueError("not one of the words")
    return str(value)


def _moment(value: object, *, last: bool) -> datetime:
    if type(value) is date:
        return datetime.combine(value, time.max if last else time.min, VIETNAM)
    if type(value) is not datetime or value.tzinfo is None:
        raise ValueError("no moment")
    return value


def _shown(key: str) -> str:
    return key[:MAX_TEXT] if key.isprintable() else repr(key[:MAX_TEXT])
