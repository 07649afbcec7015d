"""A practice hierarchy in a folder: root, issuing CA, signatory, agency, TSA and OCSP responder.

Every key is made inside a SoftHSM token and never leaves it; every PIN is random and lies in a file that only
its owner can read. Nothing here is for real documents: its trust ends at the folder.

    DIR/sandbox.json      what a user of the hierarchy needs: key URIs, trust, URLs, environment
    DIR/services.json     what the practice services need
    DIR/revoked.json      what was revoked, and when
    DIR/trust.pem         the root
    DIR/pins/             one file for each token
    DIR/softhsm/          the module (a link), its settings, the tokens
"""

import asyncio
import json
import secrets
import shutil
import socket
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from asn1crypto import pem, x509

from pki.clock import Clock, SystemClock
from pki.errors import UsageError
from pki.files import read_whole, write_whole
from pki.hierarchy import Extra, HierarchyMaker, Names, Urls
from pki.pin import Secret, pin_source_of
from pki.pkcs11_process import Worker, shared_worker
from pki.practice_token import KeyKind, PracticeToken, find_softhsm
from pki.uri import KeyUri

_MAX_FILE_BYTES = 1 << 20
_PORTS = range(20000, 32000)
"""Below the range from which systems take the ports of outgoing connections."""

_REASONS = (
    "unspecified",
    "key_compromise",
    "ca_compromise",
    "affiliation_changed",
    "superseded",
    "cessation_of_operation",
)
_SERVICE_KEYS = ("root", "issuing", "tsa", "ocsp")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """A practice hierarchy: its trust, the URIs of its keys, the URLs of its services.

    `environment` is what programs other than this one must set for the module; `extra` holds key URIs of the
    certificates that must not be believed, if they were asked for.
    """

    directory: Path
    trust: Path
    signatory: str
    agency: str
    tsa: str
    ocsp: str
    crl: str
    environment: Mapping[str, str]
    extra: Mapping[str, str] = field(default_factory=dict)


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


async def make_sandbox(
    directory: Path,
    *,
    keys: KeyKind = "rsa-2048",
    names: Names | None = None,
    extra: Collection[Extra] = (),
    module: Path | None = None,
    clock: Clock | None = None,
) -> Sandbox:
    """Make a practice hierarchy in `directory`, which must be empty or not exist yet.

    `module` is SoftHSM's library, `None` to find it. Raises `UsageError` for a folder that is not empty,
    `TokenNotFound` if SoftHSM is missing, `TokenError` if it fails; then nothing is left behind.
    """
    module = find_softhsm() if module is None else module
    directory = await asyncio.to_thread(_new_folder, directory)
    now = (clock or SystemClock()).now()
    try:
        link, environment = await asyncio.to_thread(_lay_out, directory, module)
        async with shared_worker(link, environment) as worker:
            labels = ["services", "signatory", "agency", *(["extra"] if extra else [])]
            tokens = {label: await _make_token(directory, worker, label) for label in labels}
            port = _free_port()
            urls = Urls(base=f"http://127.0.0.1:{port}")
            maker = HierarchyMaker(tokens=tokens, keys=keys, names=names or Names(), urls=urls, now=now)
            certificates = await maker.make(extra)
        await asyncio.to_thread(
            _write, directory, link, environment, port=port, certificates=certificates, extra=extra
        )
        if "revoked" in extra:
            await asyncio.to_thread(revoke, directory, _serial(certificates["revoked"]), at=now)
        return await asyncio.to_thread(load_sandbox, directory)
    except BaseException:
        _empty(directory)
        raise


def load_sandbox(directory: Path) -> Sandbox:
    """Read the practice hierarchy in `directory`; `UsageError` if there is none."""
    said = _read_json(directory / "sandbox.json")
    extra = _read_json(directory / "services.json").get("extra", {})
    try:
        return Sandbox(
            directory=directory,
            trust=Path(said["trust"]),
            signatory=said["signatory"],
            agency=said["agency"],
            tsa=said["tsa"],
            ocsp=said["ocsp"],
            crl=said["crl"],
            environment=dict(said["environment"]),
            extra=extra,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _not_a_sandbox(directory) from error


def load_services(directory: Path) -> Services:
    """Read what the services of the hierarchy in `directory` need; `UsageError` if there is none."""
    said = _read_json(directory / "services.json")
    try:
        return Services(
            port=int(said["port"]),
            keys={role: str(said["keys"][role]) for role in _SERVICE_KEYS},
            issued={
                authority: frozenset(int(serial, 16) for serial in serials)
                for authority, serials in said["issued"].items()
            },
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _not_a_sandbox(directory) from error


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
    write_whole(directory / "revoked.json", _json(said), replace=True)


def load_revoked(directory: Path) -> dict[int, Revoked]:
    """Return what was revoked, by serial number."""
    said = _read_json(directory / "revoked.json")
    try:
        return {
            int(serial, 16): Revoked(
                at=datetime.fromisoformat(item["at"]).astimezone(UTC), reason=item["reason"]
            )
            for serial, item in said.items()
        }
    except (KeyError, TypeError, ValueError) as error:
        raise _not_a_sandbox(directory) from error


def _new_folder(directory: Path) -> Path:
    directory = directory.absolute()
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        if any(directory.iterdir()):
            raise UsageError(
                "{path} is not empty.", hint="Name a folder that does not exist yet.", path=directory
            )
    except OSError as error:
        raise UsageError("{path} cannot be made: {reason}.", path=directory, reason=error.strerror) from error
    return directory


def _lay_out(directory: Path, module: Path) -> tuple[Path, dict[str, str]]:
    """Make the folders, SoftHSM's settings, and a link to it inside, so that a URI alone leads here."""
    tokens = directory / "softhsm" / "tokens"
    for folder in (directory / "pins", directory / "softhsm", tokens):
        folder.mkdir(mode=0o700)
    settings = directory / "softhsm" / "softhsm2.conf"
    lines = (f"directories.tokendir = {tokens}", "objectstore.backend = file", "log.level = ERROR")
    write_whole(settings, "\n".join((*lines, "")).encode())
    link = directory / "softhsm" / module.name
    link.symlink_to(module.absolute())
    return link, {"SOFTHSM2_CONF": str(settings)}


async def _make_token(directory: Path, worker: Worker, label: str) -> PracticeToken:
    pin, so_pin = (Secret(f"{secrets.randbelow(10**8):08}") for _ in range(2))
    content = pin.reveal().encode() + b"\n"
    await asyncio.to_thread(write_whole, _pin_file(directory, label), content, mode=0o600)
    return await PracticeToken.make(worker, label, so_pin=so_pin, pin=pin)


def _write(
    directory: Path,
    module: Path,
    environment: Mapping[str, str],
    *,
    port: int,
    certificates: Mapping[str, bytes],
    extra: Collection[Extra],
) -> None:
    urls = Urls(base=f"http://127.0.0.1:{port}")

    def uri(token: str, label: str) -> str:
        source = pin_source_of(_pin_file(directory, token))
        return str(KeyUri(scheme="pkcs11", token=token, object=label, module_path=module, pin_source=source))

    serials = {label: f"{_serial(der):x}" for label, der in certificates.items()}
    services = {
        "port": port,
        "keys": {role: uri("services", role) for role in _SERVICE_KEYS},
        "issued": {
            "root": [serials.pop("root"), serials.pop("issuing")],
            "issuing": list(serials.values()),
        },
        "extra": {label: uri("extra", label) for label in extra},
    }
    said = {
        "trust": str(directory / "trust.pem"),
        "signatory": uri("signatory", "signatory"),
        "agency": uri("agency", "agency"),
        "tsa": urls.tsa,
        "ocsp": urls.ocsp,
        "crl": urls.crl("issuing"),
        "environment": dict(environment),
    }
    write_whole(directory / "trust.pem", pem.armor("CERTIFICATE", certificates["root"]))
    write_whole(directory / "revoked.json", _json({}))
    write_whole(directory / "services.json", _json(services), mode=0o600)
    write_whole(directory / "sandbox.json", _json(said))  # last: where it stands, all of it stands


def _pin_file(directory: Path, token: str) -> Path:
    return directory / "pins" / f"{token}.pin"


def _serial(certificate: bytes) -> int:
    number: int = x509.Certificate.load(certificate).serial_number
    return number


def _free_port() -> int:
    for _ in range(100):
        port = secrets.choice(_PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise UsageError("No port is free on 127.0.0.1 for the practice services.")


def _empty(directory: Path) -> None:
    for item in directory.iterdir():
        if item.is_dir() and not item.is_symlink():
            shutil.rmtree(item)
        else:
            item.unlink()


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()


def _read_json(file: Path) -> dict[str, Any]:
    try:
        said = json.loads(read_whole(file, _MAX_FILE_BYTES))
    except ValueError as error:
        raise _not_a_sandbox(file.parent) from error
    if not isinstance(said, dict):
        raise _not_a_sandbox(file.parent)
    return said


def _not_a_sandbox(directory: Path) -> UsageError:
    return UsageError("{path} does not hold a practice hierarchy.", path=str(directory))
