"""How a key's module wants to be treated: the vendor attributes of its URI (RFC 7512 §2.3).

pkcs11:token=seal?module-path=/…/module.so&congvan-scheme=rsassa_pss&congvan-sessions=4

congvan-scheme=…         rsassa_pkcs1v15 | rsassa_pss | ecdsa | ed25519; default: the key's usual one
congvan-certificate=…    file with the key's certificate (PEM or DER) and perhaps its issuers' behind it,
                         where the token has none or keeps it in a way that cannot be read
congvan-init=…           what C_Initialize wants in its reserved argument (NSS: configdir='sql:/…')
congvan-sessions=N       operations at once, at most; 1 for a driver that says it can lock and cannot
congvan-deadline=S       seconds that one operation may take
congvan-last-try=yes     send the PIN even if it is the last try before the token locks
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, get_args
from urllib.parse import unquote

from pki.errors import UsageError
from pki.token import Scheme

DEADLINE_SECONDS = 60.0
"""How long one operation may take: a person may have to touch the token or type at its keypad."""

_PREFIX = "congvan-"
_MAX_SESSIONS = 64
_MAX_DEADLINE = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """What was said about how to use a key and its module; `None` where nothing was."""

    scheme: Scheme | None = None
    certificate: Path | None = None
    parameters: str | None = None
    sessions: int | None = None
    deadline: float = DEADLINE_SECONDS
    last_try: bool = False

    @classmethod
    def parted(cls, uri: str) -> tuple[str, Self]:
        """Part a key's URI into what `pki.uri.KeyUri` reads and what we were told beside it.

        Raises `UsageError` for an attribute of ours that is unknown, twice there, or makes no sense.
        """
        name, question, query = uri.partition("?")
        attributes = query.split("&") if question else []
        ours = [each for each in attributes if each.startswith(_PREFIX)]
        said: dict[str, Any] = {}
        for each in ours:
            attribute, _, value = each.partition("=")
            if attribute not in _READERS:
                raise UsageError(
                    "The key URI has the attribute {name}, which is not known here; known: {names}.",
                    name=repr(attribute),
                    names=", ".join(_READERS),
                )
            field, read = _READERS[attribute]
            if field in said:
                raise UsageError("The key URI gives {name} twice.", name=attribute)
            said[field] = _read(attribute, unquote(value), read)
        others = "&".join(each for each in attributes if each not in ours)
        return name + (f"?{others}" if others else ""), cls(**said)


def _read(attribute: str, value: str, read: Callable[[str], object]) -> object:
    try:
        return read(_text(value))
    except ValueError as error:
        raise UsageError(
            "{name} of the key URI cannot be {value}.", name=attribute, value=repr(value)
        ) from error


def _text(value: str) -> str:
    if not value or not value.isprintable():
        raise ValueError(value)
    return value


def _scheme(value: str) -> str:
    if value not in get_args(Scheme):
        raise ValueError(value)
    return value


def _sessions(value: str) -> int:
    if not 0 < int(value) <= _MAX_SESSIONS:
        raise ValueError(value)
    return int(value)


def _deadline(value: str) -> float:
    if not 0 < float(value) <= _MAX_DEADLINE:
        raise ValueError(value)
    return float(value)


def _yes(value: str) -> bool:
    if value != "yes":
        raise ValueError(value)
    return True


_READERS: dict[str, tuple[str, Callable[[str], object]]] = {
    "congvan-scheme": ("scheme", _scheme),
    "congvan-certificate": ("certificate", Path),
    "congvan-init": ("parameters", str),
    "congvan-sessions": ("sessions", _sessions),
    "congvan-deadline": ("deadline", _deadline),
    "congvan-last-try": ("last_try", _yes),
}
