"""The digests of all signed stretches of a file, in one pass over it."""

import hashlib
from collections.abc import Sequence

from signer.pades.lexing import Bytes
from signer.pades.structure import Coverage
from signer.quick.mapped import let_go

_PIECE = 4 << 20  # bytes, a multiple of every page size
ALGORITHM = "sha256"


class Digests:
    """Digests by coverage and algorithm; those by SHA-256 are all made when the first is asked for.

    Each signature covers the file up to its end but for its own container. So one digest runs through the
    file; at each container a copy of it leaves, and goes on behind the container.
    """

    def __init__(self, pdf: Bytes, coverages: Sequence[Coverage]) -> None:
        self._pdf = pdf
        self._coverages = sorted(coverages, key=lambda each: each.start)
        self._made: dict[tuple[int, int], bytes] = {}
        self._running = hashlib.new(ALGORITHM)
        self._at = 0

    def of(self, coverage: Coverage, algorithm: str) -> bytes:
        """Return the digest of what one signature covers."""
        if algorithm != ALGORITHM:
            hasher = hashlib.new(algorithm)
            self._feed(hasher, 0, coverage.start)
            self._feed(hasher, coverage.stop, coverage.end)
            return hasher.digest()
        if not self._made:
            self._make()
        return self._made[coverage.start, coverage.end]

    def whole(self) -> str:
        """Return the SHA-256 of the whole file, hexadecimal, as far as it was made already."""
        if not self._made:
            self._make()
        self._feed(self._running, self._at, len(self._pdf))
        self._at = len(self._pdf)
        return self._running.hexdigest()

    def _make(self) -> None:
        for each in self._coverages:
            self._feed(self._running, self._at, each.start)
            self._at = each.start
            own = self._running.copy()
            self._feed(own, each.stop, each.end)
            self._made[each.start, each.end] = own.digest()

    def _feed(self, hasher: "hashlib._Hash", start: int, end: int) -> None:
        with memoryview(self._pdf) as view:
            for at in range(start, end, _PIECE):
                with view[at : min(at + _PIECE, end)] as piece:
                    hasher.update(piece)
                let_go(self._pdf, at, min(at + _PIECE, end))
