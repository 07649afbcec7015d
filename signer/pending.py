"""What split signing keeps while the key is away: a file with its own version and digest, and no secret.

It holds the revision that is added, not the document: so it stays small however large the document is, and
does not spread what the document says. The document is at hand anyway when signing is finished.

    congvan-split/1 sha256:…    the format, and the digest of everything after this line
    {…}                         the header: one line of JSON
    …                           the revision, with room for the signature

The digest finds damage. Who alters a state and its digest gains nothing: what was signed binds the document,
the revision and the certificate, and the finished document is examined.
"""

import base64
import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from pki.digest import Digest
from pki.errors import CongvanError
from signer.errors import StateRefused
from signer.level import Level
from signer.number import DocumentNumber
from signer.pades.splitting import Prepared

MAX_STATE_BYTES = 64 << 20
"""Pictures of at most 8 MiB and stored certificates: a state has some hundred kilobytes."""

_MAX_HEADER_BYTES = 1 << 20
_FORMAT = b"congvan-split/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """What a state says.

    `document` and `size` are of the file that signing was begun with; `number` is there for a seal alone.
    """

    field: str
    level: Level
    certificate: bytes
    chain: tuple[bytes, ...]
    document: Digest
    size: int
    number: DocumentNumber | None
    prepared: Prepared

    @classmethod
    def read(cls, state: bytes) -> Self:
        """Read a state; `StateRefused` if it is none, was altered or is used up."""
        header, appended = _opened(state)
        if (result := header.get("used")) is not None:
            raise StateRefused(
                "This state was used already: the result has the digest {result}.",
                hint="Begin again for another signature.",
                result=str(result)[:80],
            )
        try:
            return cls(**_pending(header, appended))
        except (ValueError, TypeError, KeyError, OverflowError, CongvanError) as error:
            raise StateRefused("This is a state of split signing that cannot be read.") from error

    def written(self) -> bytes:
        """Return the state's bytes."""
        prepared = self.prepared
        header = {
            "field": self.field,
            "level": self.level.value,
            "certificate": _text(self.certificate),
            "chain": [_text(each) for each in self.chain],
            "document": str(self.document),
            "size": self.size,
            "number": None if self.number is None else asdict(self.number),
            "container": prepared.container,
            "to-sign": _text(prepared.attributes),
            "stamp": None if prepared.stamp is None else _text(prepared.stamp),
        }
        return _closed(header, prepared.appended)


def spent(state: bytes, result: bytes) -> bytes:
    """Return what to keep in the place of a state once its `result` is safe: it says that, and no more.

    Raises `StateRefused` as `Pending.read` does.
    """
    Pending.read(state)
    return _closed({"used": str(Digest.of(result))}, b"")


def _closed(header: Mapping[str, Any], appended: bytes) -> bytes:
    """Return a state: the format and the digest of what follows; a line of JSON; the revision."""
    body = json.dumps(header, ensure_ascii=False, sort_keys=True, default=str).encode() + b"\n" + appended
    return b"%s %s\n%s" % (_FORMAT, str(Digest.of(body)).encode(), body)


def _opened(state: bytes) -> tuple[dict[str, Any], bytes]:
    first, _, body = state.partition(b"\n")
    name, _, digest = first.partition(b" ")
    if name != _FORMAT or len(state) > MAX_STATE_BYTES:
        raise StateRefused("This is no state of split signing, or one of another version.")
    if digest != str(Digest.of(body)).encode():
        raise StateRefused("The state was altered: its digest is not the one it states.")
    line, newline, appended = body.partition(b"\n")
    try:
        header = json.loads(line) if newline and len(line) <= _MAX_HEADER_BYTES else None
    except (ValueError, RecursionError):
        header = None
    if not isinstance(header, dict):
        raise StateRefused("This is a state of split signing that cannot be read.")
    return header, appended


def _pending(header: Mapping[str, Any], appended: bytes) -> dict[str, Any]:
    start, end = header["container"]
    number, stamp = header["number"], header["stamp"]
    return {
        "field": _string(header["field"]),
        "level": Level(header["level"]),
        "certificate": _bytes(header["certificate"]),
        "chain": tuple(_bytes(each) for each in header["chain"]),
        "document": Digest.parse(header["document"]),
        "size": int(header["size"]),
        "number": None if number is None else _number(**number),
        "prepared": Prepared(
            appended=appended,
            container=(int(start), int(end)),
            attributes=_bytes(header["to-sign"]),
            stamp=None if stamp is None else _bytes(stamp),
        ),
    }


def _number(*, number: str, symbol: str, date: str) -> DocumentNumber:
    return DocumentNumber(number=number, symbol=symbol, date=dt.date.fromisoformat(date))


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
