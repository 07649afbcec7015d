"""Real PKCS#11 modules to prove things on: those that this machine has, each with a token of our own.

`CONGVAN_TEST_TOKEN` may name one more, such as an HSM or opencryptoki's soft token, by a URI without a key:
`pkcs11:token=trial?module-path=…&pin-source=…`. Keys and certificates are made on it and stay there.
"""

import asyncio
import os
import shutil
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_bytes
from urllib.parse import quote

from asn1crypto.core import Integer
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_der_public_key
from cryptography.x509.oid import NameOID

from pki.pin import pin_source_of, read_pin
from pki.pkcs11.manner import Manner
from pki.pkcs11.process import Worker, shared_worker
from pki.practice.sandbox import Sandbox
from pki.uri import KeyUri

KINDS = ("rsa-2048", "rsa-3072", "p-256", "p-384", "ed25519")

CERTUTIL, P11_KIT = shutil.which("certutil"), shutil.which("p11-kit")


def library(*names: str) -> Path | None:
    """Return the first module of these names where Debian puts them."""
    places = (Path("/usr/lib"), *Path("/usr/lib").glob("*-linux-gnu"))
    found = (place / name for name in names for place in places if (place / name).is_file())
    return next(found, None)


NSS = library("libsoftokn3.so", "nss/libsoftokn3.so")
CLIENT = library("pkcs11/p11-kit-client.so")


@dataclass(frozen=True, slots=True, kw_only=True)
class TestToken:
    """A token, and how its module is reached."""

    __test__ = False

    module: Path
    label: str
    pin: str
    pin_source: str
    environment: Mapping[str, str] = field(default_factory=dict)
    parameters: str | None = None

    def uri(self, identifier: bytes, more: str = "") -> str:
        """Return the name of one of its keys."""
        init = "" if self.parameters is None else f"&congvan-init={quote(self.parameters)}"
        named = KeyUri(
            scheme="pkcs11",
            token=self.label,
            id=identifier,
            module_path=self.module,
            pin_source=self.pin_source,
        )
        return f"{named}{init}{more}"

    async def new_key(self, kind: str) -> bytes:
        """Make a key with a certificate on the token; return its CKA_ID. Raises `TokenError` if it cannot."""
        identifier, public_key = await self.bare_key(kind)
        await self.store(kind, identifier, certificate(public_key, kind))
        return identifier

    async def bare_key(self, kind: str) -> tuple[bytes, bytes]:
        """Make a key; return its CKA_ID and SubjectPublicKeyInfo (DER). Raises `TokenError` if it cannot."""
        identifier = token_bytes(8)
        async with self._worker() as worker:
            made = await worker.call(
                "generate",
                wanted={"token": self.label}, pin=self.pin, label=kind, id=identifier, kind=kind,
            )  # fmt: skip
        return identifier, made["public_key"]

    async def store(self, label: str, identifier: bytes, certificate: bytes) -> None:
        """Put a certificate (DER) on the token; with a key's CKA_ID it becomes that key's."""
        parsed = x509.load_der_x509_certificate(certificate)
        async with self._worker() as worker:
            await worker.call(
                "store", wanted={"token": self.label}, pin=self.pin, label=label, id=identifier,
                certificate={
                    "der": certificate,
                    "subject": parsed.subject.public_bytes(),
                    "issuer": parsed.issuer.public_bytes(),
                    "serial": Integer(parsed.serial_number).dump(),
                },
            )  # fmt: skip

    def _worker(self) -> AbstractAsyncContextManager[Worker]:
        return shared_worker(self.module, self.environment, Manner(parameters=self.parameters))


def certificate(public_key: bytes, name: str) -> bytes:
    """Return a certificate (DER) for a key, by an issuer that nobody needs."""
    key = load_der_public_key(public_key)
    assert isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey)
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(
        subject_name=x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]),
        issuer_name=x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Issuer")]),
        public_key=key,
        serial_number=int.from_bytes(token_bytes(8), "big") >> 2 | 1 << 61,
        not_valid_before=now - timedelta(hours=1),
        not_valid_after=now + timedelta(days=30),
    )
    issuer = ec.generate_private_key(ec.SECP256R1())
    return builder.sign(issuer, hashes.SHA256()).public_bytes(Encoding.DER)


async def pin_of(sandbox: Sandbox) -> str:
    """Return the PIN of a practice hierarchy's seal."""
    return (await read_pin(str(KeyUri.parse(sandbox.agency).pin_source))).reveal()


@asynccontextmanager
async def softhsm(_folder: Path, sandbox: Sandbox) -> AsyncIterator[TestToken]:
    """SoftHSM2, as practice hierarchies use it."""
    name = KeyUri.parse(sandbox.agency)
    assert name.module_path is not None
    yield TestToken(
        module=name.module_path, label="agency", pin=await pin_of(sandbox),
        pin_source=str(name.pin_source), environment=sandbox.environment,
    )  # fmt: skip


@asynccontextmanager
async def nss(folder: Path, _sandbox: Sandbox) -> AsyncIterator[TestToken]:
    """NSS softokn, with a database of its own."""
    (folder / "pin").write_text("23456789\n")
    (folder / "pin").chmod(0o600)
    command = [str(CERTUTIL), "-N", "-d", f"sql:{folder}", "-f", str(folder / "pin")]
    await asyncio.to_thread(subprocess.run, command, check=True, capture_output=True)
    assert NSS is not None
    yield TestToken(
        module=NSS, label="NSS Certificate DB", pin="23456789", pin_source=pin_source_of(folder / "pin"),
        parameters=f"configdir='sql:{folder}' certPrefix='' keyPrefix='' secmod='secmod.db' flags=",
    )  # fmt: skip


@asynccontextmanager
async def p11_kit_server(socket: Path, sandbox: Sandbox) -> AsyncIterator[int]:
    """Lend SoftHSM over a socket, as a network HSM is; yields the server's process group."""
    process = await asyncio.create_subprocess_exec(
        str(P11_KIT), "server", "--foreground", "--provider",
        str(KeyUri.parse(sandbox.agency).module_path), "--name", str(socket), "pkcs11:",
        env={**os.environ, **sandbox.environment}, stdout=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        await asyncio.to_thread(_appeared, socket)
        yield process.pid
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # it has a child for each connection
        await process.wait()
        await asyncio.to_thread(socket.unlink, missing_ok=True)


def _appeared(socket: Path) -> None:
    for _ in range(500):
        if socket.exists():
            return
        time.sleep(0.02)
    raise TimeoutError(socket)


@asynccontextmanager
async def p11_kit(folder: Path, sandbox: Sandbox) -> AsyncIterator[TestToken]:
    """p11-kit's client, a module whose token is behind a socket."""
    async with p11_kit_server(folder / "socket", sandbox):
        yield await p11_kit_client(folder / "socket", sandbox)


async def p11_kit_client(socket: Path, sandbox: Sandbox) -> TestToken:
    """Return the seal's token as p11-kit's client sees it."""
    assert CLIENT is not None
    return TestToken(
        module=CLIENT, label="agency", pin=await pin_of(sandbox),
        pin_source=str(KeyUri.parse(sandbox.agency).pin_source),
        environment={"P11_KIT_SERVER_ADDRESS": f"unix:path={socket}"},
    )  # fmt: skip


@asynccontextmanager
async def given(_folder: Path, _sandbox: Sandbox) -> AsyncIterator[TestToken]:
    """The token that `CONGVAN_TEST_TOKEN` names."""
    rest, manner = Manner.parted(os.environ["CONGVAN_TEST_TOKEN"])
    name = KeyUri.parse(rest)
    assert name.module_path is not None
    yield TestToken(
        module=name.module_path, label=str(name.token), pin=(await read_pin(str(name.pin_source))).reveal(),
        pin_source=str(name.pin_source), parameters=manner.parameters,
    )  # fmt: skip


Opener = Callable[[Path, Sandbox], AbstractAsyncContextManager[TestToken]]

MODULES: dict[str, tuple[Opener, str | None]] = {
    "SoftHSM2": (softhsm, None),
    "NSS softokn": (nss, None if NSS and CERTUTIL else "no libnss3 with libnss3-tools"),
    "p11-kit remoting": (p11_kit, None if CLIENT and P11_KIT else "no p11-kit with p11-kit-modules"),
    "given": (given, None if "CONGVAN_TEST_TOKEN" in os.environ else "CONGVAN_TEST_TOKEN names no token"),
}
"""Each module's opener, and why it cannot be tried here."""
