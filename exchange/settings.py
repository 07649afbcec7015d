"""Settings of one office: frozen, read once from its folder, every problem named at once."""

import functools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Literal

from exchange.errors import OfficeError
from exchange.locale import LANGUAGES
from pki.errors import UsageError
from pki.files import why
from pki.toml import NotToml, parse_toml
from pki.words import N_, Sentence
from signer.policy import Revocation

_LEGACY_CODE = re.compile(r"[0-9A-Z]{3}\.[0-9A-Z]{2}\.[0-9A-Z]{2}\.[A-Z][0-9]{2}")
_CODE = re.compile(r"[A-Z][0-9]{2}(\.[0-9A-Z]+)*")
_TEXTS = ("listen", "url", "language", "revocation", "seal_of_sender", "send_level", "policy")
_SWITCHES = ("allow_private_addresses",)
_WORDS = {
    "revocation": ("require", "accept-missing", "ignore"),
    "language": ("", *LANGUAGES),
    "seal_of_sender": ("require", "warn"),
    "send_level": ("b-b", "b-t", "b-lt", "b-lta"),
}
_MOST, _MOST_BYTES = 10**7, 1 << 53
"""Of seconds, days and the like, and of bytes: beyond that no clock, disk or database counts."""
_MAX_CODE = 35
_MAX_NAME = 200
_LISTEN = re.compile(r"(\[[0-9A-Fa-f:]+\]|[A-Za-z0-9.-]+):([0-9]{1,5})")


@dataclass(frozen=True, slots=True, order=True)
class AgencyCode:
    """An agency's identifier; `UsageError` for any shape but these two.

    QĐ 20/2020/QĐ-TTg: `H26.05.01`, at most 35 characters. QCVN 102:2016: `000.00.05.H26`, 13 characters.
    """

    text: str

    def __post_init__(self) -> None:
        whole = _LEGACY_CODE.fullmatch(self.text) or _CODE.fullmatch(self.text)
        if not whole or len(self.text) > _MAX_CODE:
            raise UsageError(
                "“{code}” is not an agency code.",
                hint="Codes look like H26.05.01 (QĐ 20/2020, at most 35 characters) "
                "or 000.00.05.H26 (QCVN 102).",
                code=self.text,
            )

    def __str__(self) -> str:
        return self.text


def agency_name(text: str) -> str:
    """Return `text` if it can be an agency's name (QCVN 102 OrganName: 1 to 200 characters)."""
    if not text.strip() or len(text) > _MAX_NAME or not text.isprintable():
        raise UsageError("An agency's name is one line of 1 to {most} characters.", most=_MAX_NAME)
    return text


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens: `host:port`; port 0 means “any free one”."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Read `host:port` (`[::1]:8443` for IPv6); `UsageError` if it is not one."""
        match = _LISTEN.fullmatch(text)
        if not match or int(match[2]) > 65535:
            raise UsageError("“{text}” is not an address to listen on, such as 127.0.0.1:8443.", text=text)
        return cls(match[1].strip("[]"), int(match[2]))

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What this office takes from others, and how long it waits; the unit is in each name.

    `free_bytes` of the disk are kept for the office's own work. What one peer brings is bounded by the files
    that no message refers to (`peer_unused_…`), by all files of a day, and by what we answer and refuse in a
    day: each answer stays for ever, with its entry in the log.
    """

    envelope_bytes: int = 262_144
    part_bytes: int = 52_428_800
    parts: int = 32
    recipients: int = 1_000
    answer_bytes: int = 1_048_576
    connections: int = 512
    connections_of_one_address: int = 64
    handshake_seconds: int = 5
    connect_seconds: int = 10
    idle_seconds: int = 60
    clock_skew_seconds: int = 300
    drain_seconds: int = 20
    busy_seconds: int = 15
    unused_part_hours: int = 24
    free_bytes: int = 268_435_456
    peer_unused_bytes: int = 2_147_483_648
    peer_unused_parts: int = 1_000
    peer_bytes_per_day: int = 21_474_836_480
    peer_answers_per_day: int = 50_000
    peer_refusals_per_day: int = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How the outbox and the register work."""

    deliveries_at_once: int = 8
    deliveries_to_one_peer: int = 2
    kept_for_urgent: int = 2
    lease_seconds: int = 60
    attempt_seconds: int = 1_800
    number_lease_seconds: int = 900
    poll_milliseconds: int = 200
    longest_wait_seconds: int = 3_600
    failures_in_a_row: int = 5
    rest_seconds: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One office's settings.

    `url` is empty until the operator or the first start says it. `language` is what the office gives reasons
    in, to others and in its own books; empty: that of whoever starts it. `revocation` is what incoming
    documents are held to (`signer.policy`): "require", "accept-missing" or "ignore". `seal_of_sender` is
    "require" where an incoming document must be sealed by the agency that sends it, "warn" where another
    seal is only logged.
    `send_level` is the lowest level of signatures in documents that are sent.
    `allow_private_addresses`: certificates' status may be asked for inside private networks, also where no
    anchor names the host (docs/adr/0005).
    `policy` names a policy file (from the office's folder on) or a shipped policy; it then decides on
    `revocation` too.
    """

    listen: Address = Address("127.0.0.1", 8443)
    url: str = ""
    language: Literal["", "vi", "en"] = ""
    revocation: Revocation = "require"
    seal_of_sender: Literal["require", "warn"] = "require"
    send_level: Literal["b-b", "b-t", "b-lt", "b-lta"] = "b-b"
    allow_private_addresses: bool = False
    policy: str = ""
    limits: Limits = field(default_factory=Limits)
    pace: Pace = field(default_factory=Pace)

    def as_toml(self) -> str:
        """Return the text that `read_settings` reads back; limits are listed with their values."""
        # A text of JSON is one of TOML too.
        lines = [f"{name} = {json.dumps(str(getattr(self, name)), ensure_ascii=False)}" for name in _TEXTS]
        lines += [f"{name} = {str(getattr(self, name)).lower()}" for name in _SWITCHES]
        for section in ("limits", "pace"):
            part = getattr(self, section)
            lines += ["", f"[{section}]"]
            lines += [f"{each.name} = {getattr(part, each.name)}" for each in fields(part)]
        return "\n".join(lines) + "\n"


def read_settings(path: Path) -> Settings:
    """Read `settings.toml`; `OfficeError` names every unknown or wrong setting at once."""
    try:
        raw = parse_toml(path.read_bytes())
    except FileNotFoundError as error:
        raise OfficeError(
            "There is no office in {home}.", hint="Make one: congvan init.", home=path.parent
        ) from error
    except (OSError, NotToml) as error:
        reason = error.why if isinstance(error, NotToml) else why(error)
        raise OfficeError("{path} cannot be read: {reason}", path=path, reason=reason) from error
    limits, pace = raw.get("limits", {}), raw.get("pace", {})
    problems = [
        *_wrong_texts(raw), *_wrong_numbers(limits, Limits, "limits"), *_wrong_numbers(pace, Pace, "pace"),
    ]  # fmt: skip
    if problems:
        all_of_them = functools.reduce(_and, problems)
        raise OfficeError("{path} has wrong settings. {problems}", path=path, problems=all_of_them)
    return Settings(
        listen=Address.parse(raw.get("listen", "127.0.0.1:8443")),
        url=web_address(raw["url"]) if raw.get("url") else "",
        language=raw.get("language", ""),
        revocation=raw.get("revocation", "require"),
        seal_of_sender=raw.get("seal_of_sender", "require"),
        send_level=raw.get("send_level", "b-b"),
        allow_private_addresses=raw.get("allow_private_addresses", False),
        policy=raw.get("policy", ""),
        limits=Limits(**limits),
        pace=Pace(**pace),
    )


def web_address(text: str) -> str:
    """Return a base address `https://host[:port]` without trailing slash; `UsageError` if it is none."""
    base = text.rstrip("/")
    if not base.startswith("https://") or not _LISTEN.fullmatch(_with_port(base[8:])):
        raise UsageError("“{text}” is not a base address such as https://agency.example:8443.", text=text)
    return base


def _with_port(authority: str) -> str:
    return authority if re.search(r":[0-9]{1,5}$", authority) else f"{authority}:443"


def _wrong_texts(raw: Mapping[str, object]) -> Iterator[Sentence]:
    for name, value in raw.items():
        if name not in {*_TEXTS, *_SWITCHES, "limits", "pace"}:
            yield Sentence(N_("{name} is not known."), {"name": name})
        elif name in _SWITCHES and not isinstance(value, bool):
            yield Sentence(N_("{name} is neither true nor false."), {"name": name})
        elif name in _TEXTS and not isinstance(value, str):
            yield Sentence(N_("{name} is not a text."), {"name": name})
    for name, words in _WORDS.items():
        if (value := raw.get(name)) is not None and value not in words:
            said = {"name": name, "words": ", ".join(filter(None, words))}
            yield Sentence(N_("{name} is none of: {words}."), said)


def _wrong_numbers(raw: object, shape: type[Limits] | type[Pace], section: str) -> Iterator[Sentence]:
    if not isinstance(raw, Mapping):
        yield Sentence(N_("{name} is not a table."), {"name": section})
        return
    known = {each.name for each in fields(shape)}
    for name, value in raw.items():
        said = {"name": f"{section}.{name}"}
        if name not in known:
            yield Sentence(N_("{name} is not known."), said)
        elif type(value) is not int or value < 0:
            yield Sentence(N_("{name} is not a whole number."), said)
        elif value > (most := _MOST_BYTES if "bytes" in name else _MOST):
            yield Sentence(N_("{name} is more than {most}."), {**said, "most": most})


def _and(one: Sentence, more: Sentence) -> Sentence:
    return Sentence(_SIDE_BY_SIDE, {"one": one, "more": more})


_SIDE_BY_SIDE = "{one} {more}"  # the same in every language
