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
import secrets
import shutil
import socket
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from asn1crypto import pem, x509

from pki.clock import Clock, SystemClock
from pki.errors import UsageError
from pki.files import why, write_whole
from pki.pin import Secret, pin_source_of
from pki.pkcs11.process import Worker, shared_worker
from pki.practice.hierarchy import Extra, HierarchyMaker, Names, Urls
from pki.practice.state import SERVICE_KEYS, as_json, not_a_sandbox, read_json, revoke
from pki.practice.token import KeyKind, PracticeToken, find_softhsm
from pki.uri import KeyUri

__all__ = ["Extra", "KeyKind", "Names", "Sandbox", "load_sandbox", "make_sandbox", "revoke"]

_PORTS = range(20000, 32000)
"""Below the range from which systems take the ports of outgoing connections."""


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
    said = read_json(directory / "sandbox.json")
    extra = read_json(directory / "services.json").get("extra", {})
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
        raise not_a_sandbox(directory) from error


def _new_folder(directory: Path) -> Path:
    directory = directory.absolute()
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        if any(directory.iterdir()):
            raise UsageError(
                "{path} is not empty.", hint="Name a folder that does not exist yet.", path=directory
            )
    except OSError as error:
        raise UsageError("{path} cannot be made: {reason}.", path=directory, reason=why(error)) from error
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
        "keys": {role: uri("services", role) for role in SERVICE_KEYS},
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
    write_whole(directory / "revoked.json", as_json({}))
    write_whole(directory / "services.json", as_json(services), mode=0o600)
    write_whole(directory / "sandbox.json", as_json(said))  # last: where it stands, all of it stands


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
