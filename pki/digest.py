"""A hash value that knows its algorithm."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

_LENGTHS = {"sha256": 32, "sha384": 48, "sha512": 64}


@dataclass(frozen=True, slots=True)
class Digest:
    """A hash value that knows its algorithm; text form `sha256:<hex>`."""

    algorithm: str
    value: bytes

    def __post_init__(self) -> None:
        if _LENGTHS.get(self.algorithm) != len(self.value):
            raise ValueError(f"not a {self.algorithm} digest: {len(self.value)} bytes")

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.value.hex()}"

    @classmethod
    def parse(cls, text: str) -> "Digest":
        """Read the text form; `ValueError` unless it is exactly what `str` would write."""
        algorithm, _, value = text.partition(":")
        digest = cls(algorithm, bytes.fromhex(value))
        if str(digest) != text:
            raise ValueError("a digest is written in lower-case hexadecimal")
        return digest

    @classmethod
    def of(cls, data: bytes | Iterable[bytes], algorithm: str = "sha256") -> "Digest":
        """Hash bytes, or chunks of bytes."""
        hasher = hashlib.new(algorithm)
        for chunk in (data,) if isinstance(data, bytes) else data:
            hasher.update(chunk)
        return cls(algorithm, hasher.digest())
