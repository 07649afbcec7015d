"""How a key is named: a PKCS#11 URI (RFC 7512), a PKCS#12 file, or a signing service (CSC API v2).

    pkcs11:token=agency;object=seal?module-path=/usr/lib/…/module.so&pin-source=file:/etc/…/seal.pin
    pkcs12:/home/an/try.p12?pin-source=fd:3
    /home/an/try.p12
    csc:https://ca.example.vn/csc/v2?credential=GX01&token-source=file:/…/token&pin-source=fd:3

Strict: an attribute we would ignore could have been the one that told two keys apart. A URI is seen by
everybody who sees the command line, so `pin-value` is refused.
"""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Literal, Self
from urllib.parse import quote_from_bytes, unquote_to_bytes, urlsplit

from pki.errors import UsageError

_MAX_URI_LENGTH = 4096
_MAX_VALUE_BYTES = 1024

# RFC 7512 §2.3: pk11-path-res-avail and pk11-query-res-avail, beside the unreserved characters.
_PATH_SAFE = ":[]@!$'()*+,=&"
_QUERY_SAFE = ":[]@!$'()*+,=/?|"
_UNRESERVED = r"A-Za-z0-9\-._~"
_PATH_TEXT = re.compile(rf"(?:[{_UNRESERVED}{re.escape(_PATH_SAFE)}]|%[0-9A-Fa-f]{{2}})*")
_QUERY_TEXT = re.compile(rf"(?:[{_UNRESERVED}{re.escape(_QUERY_SAFE)}]|%[0-9A-Fa-f]{{2}})*")

_PATH_NAMES = ("token", "manufacturer", "serial", "model", "object", "id", "type", "slot-id")
_QUERY_NAMES = ("module-path", "pin-source")
_CSC_NAMES = ("credential", "token-source", "pin-source", "otp-source")
_FILE_SUFFIXES = (".p12", ".pfx")
_ADDRESS = re.compile(r"[A-Za-z0-9\-._~:/\[\]%!$&'()*+,;=]+")  # RFC 3986 §3.3, without "?" and "#"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyUri:
    """The name of one key, as far as its user gave it; `None` where anything will do.

    `scheme` is "pkcs11" (then `module_path` is always there), "pkcs12" (then `path` is) or "csc" (then
    `service` is: the base URL of a signing service, without a slash at its end). `id` is CKA_ID, raw bytes;
    the rest is text with the percent-encoding taken off. `str` writes the URI again.
    """

    scheme: Literal["pkcs11", "pkcs12", "csc"]
    token: str | None = None
    manufacturer: str | None = None
    serial: str | None = None
    model: str | None = None
    slot_id: int | None = None
    object: str | None = None
    id: bytes | None = None
    module_path: Path | None = None
    path: Path | None = None
    pin_source: str | None = None
    service: str | None = None
    credential: str | None = None
    token_source: str | None = None
    otp_source: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a key's name; `UsageError` says what is wrong, and where."""
        if len(text) > _MAX_URI_LENGTH:
            raise UsageError("The key URI is longer than {limit} characters.", limit=_MAX_URI_LENGTH)
        scheme, colon, rest = text.partition(":")
        if colon and scheme.lower() == "pkcs11":
            return cls._parse_pkcs11(rest)
        if colon and scheme.lower() == "pkcs12":
            return cls._parse_pkcs12(rest)
        if colon and scheme.lower() == "csc":
            return cls._parse_csc(rest)
        if text.lower().endswith(_FILE_SUFFIXES):
            return cls(scheme="pkcs12", path=Path(text))
        raise UsageError(
            "{text} does not name a key.",
            hint="Give pkcs11:token=…;object=…?module-path=…, csc:https://… or a .p12 file.",
            text=repr(text.partition("?")[0]),
        )

    @classmethod
    def _parse_pkcs11(cls, rest: str) -> Self:
        path, question, query = rest.partition("?")
        named = _attributes(path, ";", _PATH_TEXT, _PATH_NAMES)
        asked = _attributes(query, "&", _QUERY_TEXT, _QUERY_NAMES) if question else {}
        if "module-path" not in asked:
            raise UsageError(
                "The key URI names no PKCS#11 module.",
                hint="Add ?module-path= and the path of the token's driver.",
            )
        kind = named.pop("type", None)
        if kind not in (None, b"private", b"cert"):
            raise UsageError("A signing key is type=private, not type={kind}.", kind=_text("type", kind))
        identifier = named.pop("id", None)
        texts = {name: _text(name, value) for name, value in named.items()}
        slot = texts.get("slot-id")
        return cls(
            scheme="pkcs11",
            token=texts.get("token"),
            manufacturer=texts.get("manufacturer"),
            serial=texts.get("serial"),
            model=texts.get("model"),
            slot_id=None if slot is None else _slot_number(slot),
            object=texts.get("object"),
            id=identifier,
            module_path=Path(_text("module-path", asked["module-path"])),
            pin_source=_pin_source(asked),
        )

    @classmethod
    def _parse_pkcs12(cls, rest: str) -> Self:
        path, question, query = rest.partition("?")
        asked = _attributes(query, "&", _QUERY_TEXT, ("pin-source",)) if question else {}
        if not path:
            raise UsageError(
                "The key URI names no PKCS#12 file.",
                hint="Write pkcs12:/path/to/file.p12 or the file's name alone.",
            )
        file = _text("path", unquote_to_bytes(path))
        return cls(scheme="pkcs12", path=Path(file), pin_source=_pin_source(asked))

    @classmethod
    def _parse_csc(cls, rest: str) -> Self:
        service, question, query = rest.partition("?")
        asked = _attributes(query, "&", _QUERY_TEXT, _CSC_NAMES) if question else {}
        texts = {name.replace("-", "_"): _text(name, value) for name, value in asked.items()}
        return cls(
            scheme="csc",
            service=_service(service),
            credential=texts.get("credential"),
            token_source=texts.get("token_source"),
            pin_source=texts.get("pin_source"),
            otp_source=texts.get("otp_source"),
        )

    def __str__(self) -> str:
        if self.scheme == "csc":
            return self._csc()
        query = {"module-path": self.module_path, "pin-source": self.pin_source}
        asked = "&".join(
            _written(name, value, _QUERY_SAFE) for name, value in query.items() if value is not None
        )
        if self.scheme == "pkcs12":
            file = quote_from_bytes(str(self.path).encode(), safe=_QUERY_SAFE.replace("?", ""))
            return f"pkcs12:{file}" + (f"?{asked}" if asked else "")
        named = {
            "token": self.token,
            "manufacturer": self.manufacturer,
            "serial": self.serial,
            "model": self.model,
            "slot-id": self.slot_id,
            "object": self.object,
            "id": self.id,
        }
        safe = _PATH_SAFE
        path = ";".join(_written(name, value, safe) for name, value in named.items() if value is not None)
        return f"pkcs11:{path}?{asked}"

    def _csc(self) -> str:
        values = (self.credential, self.token_source, self.pin_source, self.otp_source)
        pairs = zip(_CSC_NAMES, values, strict=True)
        asked = "&".join(_written(name, value, _QUERY_SAFE) for name, value in pairs if value is not None)
        return f"csc:{self.service}" + (f"?{asked}" if asked else "")

    @property
    def shown(self) -> str:
        """Return a short name for people: the object, the token, the file or the credential at its service.

        Never the source of a secret.
        """
        if self.service is not None:
            host = urlsplit(self.service).netloc
            return host if self.credential is None else f"{self.credential}@{host}"
        if self.path is not None:
            return self.path.name
        identifier = None if self.id is None else self.id.hex()
        return (
            "/".join(part for part in (self.token or self.serial, self.object or identifier) if part) or "key"
        )


def _attributes(
    text: str, separator: str, allowed: re.Pattern[str], names: tuple[str, ...]
) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for pair in text.split(separator) if text else ():
        name, equals, value = pair.partition("=")
        if name == "pin-value":
            raise UsageError(
                "pin-value would show the PIN to everybody on this machine.",
                hint="Use pin-source=file:/path or pin-source=fd:N, or type the PIN when asked.",
            )
        if name not in names:
            raise UsageError(
                "The key URI has the attribute {name}, which is not known here; known: {names}.",
                name=repr(name),
                names=", ".join(names),
            )
        if not equals:
            raise UsageError("The attribute {name} of the key URI has no value.", name=name)
        if name in found:
            raise UsageError("The key URI gives {name} twice.", name=name)  # RFC 7512 §2.3
        found[name] = _decoded(name, value, allowed)
    return found


def _decoded(name: str, value: str, allowed: re.Pattern[str]) -> bytes:
    matched = allowed.match(value)
    end = matched.end() if matched else 0
    if end != len(value):
        raise UsageError(
            "In the key URI, {character} at place {place} of {name} must be percent-encoded.",
            character=repr(value[end]),
            place=end + 1,
            name=name,
        )
    decoded = unquote_to_bytes(value)
    if not 0 < len(decoded) <= _MAX_VALUE_BYTES:
        raise UsageError(
            "The attribute {name} of the key URI is empty or longer than {limit} bytes.",
            name=name,
            limit=_MAX_VALUE_BYTES,
        )
    return decoded


def _text(name: str, value: bytes) -> str:
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError("The attribute {name} of the key URI is not UTF-8 text.", name=name) from error
    if any(ord(character) < 32 or ord(character) == 127 for character in text):
        raise UsageError("The attribute {name} of the key URI has a control character.", name=name)
    return text


def _slot_number(text: str) -> int:
    # RFC 7512 §2.3: slot-id is decimal digits; CK_SLOT_ID is an unsigned long.
    if not (text.isascii() and text.isdigit()) or int(text) >= 1 << 64:
        raise UsageError("slot-id is a number, not {text}.", text=repr(text))
    return int(text)


def _service(text: str) -> str:
    """Check the address of a signing service: HTTPS, or HTTP that does not leave this machine."""
    if "@" in text:  # first: no other error may repeat a password
        raise UsageError(
            "The address of a signing service holds no user name or password.",
            hint="Use token-source=file:/path.",
        )
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        parts, host = urlsplit(""), None
    if not host or parts.scheme not in ("https", "http") or _ADDRESS.fullmatch(text) is None:
        raise UsageError(
            "{text} is not the address of a signing service.", hint="Write csc:https://host/csc/v2?…",
            text=repr(text),
        )  # fmt: skip
    if parts.scheme == "http" and not _is_loopback(host):
        raise UsageError("A signing service is spoken to over https: alone.")
    return text.rstrip("/")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _pin_source(asked: dict[str, bytes]) -> str | None:
    value = asked.get("pin-source")
    return None if value is None else _text("pin-source", value)


def _written(name: str, value: object, safe: str) -> str:
    if name == "id" and isinstance(value, bytes):
        return "id=" + "".join(f"%{byte:02X}" for byte in value)  # RFC 7512 §2.3: id fully encoded
    # quote keeps the RFC 3986 unreserved characters; "&" ends an attribute in the query, ";" in the path.
    return f"{name}={quote_from_bytes(str(value).encode(), safe=safe)}"
