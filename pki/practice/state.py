"""What a practice hierarchy keeps for its services: a port, keys, what was issued, what was revoked."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pki.clock import SystemClock
from pki.errors import UsageError
from pki.files import read_whole, write_whole

SERVICE_KEYS = ("root", "issuing", "tsa", "ocsp")
"""The keys that the services sign with, by their labels on the token "services"."""

_MAX_FILE_BYTES = 1 << 20
_REASONS = (
    "unspecified",
    "key_compromise",
    "ca_compromise",
    "affiliation_changed",
    "superseded",
    "cessation_of_operation",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What the practice services need: a port, the URIs of their keys, who issued which serial number."""

    port: int
    keys: Mapping[str, str]
    issued: Mapping[str, frozenset[int]]
    """Serial numbers under the authority that issued them, "root" or "issuing"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoked:
    """A certificate taken back: when (UTC), and why (a CRLReason of RFC 5280 §5.3.1)."""

    at: datetime
    reason: str


def load_services(directory: Path) -> Services:
    """Read what the services of the hierarchy in `directory` need; `UsageError` if there is none."""
    said = read_json(directory / "services.json")
    try:
        return Services(
            port=int(said["port"]),
            keys={role: str(said["keys"][role]) for role in SERVICE_KEYS},
            issued={
                authority: frozenset(int(serial, 16) for serial in serials)
                for authority, serials in said["issued"].items()
            },
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise not_a_sandbox(directory) from error


def revoke(
    directory: Path, serial: int, *, reason: str = "key_compromise", at: datetime | None = None
) -> None:
    """Take back the certificate with this serial number, from `at` (UTC; `None` is now).

    The services say so from their next answer on. `UsageError` if the hierarchy never issued it, or for an
    unknown reason.
    """
    if reason not in _REASONS:
        raise UsageError(
            "{reason} is no reason to revoke; known: {known}.", reason=reason, known=", ".join(_REASONS)
        )
    if not any(serial in serials for serials in load_services(directory).issued.values()):
        raise UsageError(
            "The hierarchy issued no certificate with the serial number {serial:x}.", serial=serial
        )
    revoked = load_revoked(directory) | {
        serial: Revoked(at=at if at is not None else SystemClock().now(), reason=reason)
    }
    said = {
        f"{number:x}": {"at": item.at.isoformat(), "reason": item.reason} for number, item in revoked.items()
    }
    write_whole(directory / "revoked.json", as_json(said), replace=True)


def load_revoked(directory: Path) -> dict[int, Revoked]:
    """Return what was revoked, by serial number."""
    said = read_json(directory / "revoked.json")
    try:
        return {
            int(serial, 16): Revoked(
                at=datetime.fromisoformat(item["at"]).astimezone(UTC), reason=item["reason"]
            )
            for serial, item in said.items()
        }
    except (KeyError, TypeError, ValueError) as error:
        raise not_a_sandbox(directory) from error


def as_json(value: object) -> bytes:
    """Write one of the hierarchy's files."""
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()


def read_json(file: Path) -> dict[str, Any]:
    """Read one of the hierarchy's files; `UsageError` if it is none."""
    if not file.exists():
        raise not_a_sandbox(file.parent)
    try:
        said = json.loads(read_whole(file, _MAX_FILE_BYTES))
    except ValueError as error:
        raise not_a_sandbox(file.parent) from error
    if not isinstance(said, dict):
        raise not_a_sandbox(file.parent)
    return said


def not_a_sandbox(directory: Path) -> UsageError:
    """Return the error for a folder that does not hold a hierarchy."""
    return UsageError(
        "{path} does not hold a practice hierarchy.",
        hint="Make one: congvan pki sandbox.", path=str(directory),
    )  # fmt: skip
