"""SoftHSM tokens of a practice hierarchy: made, given keys, given certificates."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from asn1crypto.x509 import Certificate

from pki.digest import Digest
from pki.errors import TokenNotFound
from pki.pin import Secret
from pki.pkcs11.process import Worker

KeyKind = Literal["rsa-2048", "p-256"]
"""Keys that a practice hierarchy can have."""

_USUAL_PLACES = (
    "/usr/lib/softhsm/libsofthsm2.so",  # Debian, Ubuntu
    "/usr/lib64/pkcs11/libsofthsm2.so",  # Fedora
    "/usr/lib64/softhsm/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
)


def find_softhsm(places: tuple[str, ...] = _USUAL_PLACES) -> Path:
    """Return where the SoftHSM module is installed; `TokenNotFound` if nowhere."""
    for place in places:
        if Path(place).is_file():
            return Path(place)
    raise TokenNotFound(
        "SoftHSM, which holds the keys for practice, is not installed.", hint="apt install softhsm2"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeKey:
    """A key inside a practice token, before or after it has a certificate."""

    token: "PracticeToken"
    label: str
    identifier: bytes
    public_key: bytes
    """SubjectPublicKeyInfo, DER."""
    handle: int

    async def sign(self, data: bytes, digest_algorithm: str) -> bytes:
        """Return the signature value over `data`; raises `TokenError`."""
        answer = await self.token.worker.call(
            "sign",
            handle=self.handle,
            digest_algorithm=digest_algorithm,
            digest=Digest.of(data, digest_algorithm).value,
            message=None,
        )
        signature: bytes = answer["signature"]
        return signature


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeToken:
    """A token that this process made, with its PIN at hand."""

    worker: Worker
    label: str
    serial: str
    pin: Secret

    @classmethod
    async def make(cls, worker: Worker, label: str, *, so_pin: Secret, pin: Secret) -> "PracticeToken":
        """Make a token; raises `TokenError`."""
        made = await worker.call("initialise", label=label, so_pin=so_pin.reveal(), pin=pin.reveal())
        return cls(worker=worker, label=label, serial=made["serial"], pin=pin)

    async def new_key(self, label: str, identifier: bytes, kind: KeyKind) -> PracticeKey:
        """Make a key pair inside the token; raises `TokenError`."""
        made = await self.worker.call(
            "generate",
            wanted=self._wanted,
            pin=self.pin.reveal(),
            label=label,
            id=identifier,
            kind=kind,
        )
        return PracticeKey(
            token=self,
            label=label,
            identifier=identifier,
            public_key=made["public_key"],
            handle=made["handle"],
        )

    async def store(self, label: str, identifier: bytes, certificate: bytes) -> None:
        """Put a certificate (DER) on the token; with a key's identifier it becomes that key's."""
        parsed = Certificate.load(certificate)
        await self.worker.call(
            "store",
            wanted=self._wanted,
            pin=self.pin.reveal(),
            label=label,
            id=identifier,
            certificate={
                "der": certificate,
                "subject": parsed.subject.dump(),
                "issuer": parsed.issuer.dump(),
                "serial": parsed["tbs_certificate"]["serial_number"].dump(),
            },
        )

    @property
    def _wanted(self) -> Mapping[str, str]:
        return {"token": self.label, "serial": self.serial}
