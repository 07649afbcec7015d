"""Files under their SHA-256, in a folder: staged first, under their name only when whole and on disk."""

import asyncio
import contextlib
import hashlib
import logging
import os
import re
import tempfile
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from pathlib import Path

from exchange.errors import MessageRefused, OfficeError
from exchange.store.port import NoRoom, StoreUnavailable
from pki.digest import Digest
from pki.files import sync_folder, why

CHUNK = 262_144
"""Bytes read or written at once: what is held in memory of a part, whatever its size."""

_STAGED = ".part-"
_NAME = re.compile(r"[0-9a-f]{64}")

logger = logging.getLogger(__name__)


class Blobs:
    """A folder `ab/abcdef…` of files that never change. What is stored twice is stored once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, digest: Digest) -> Path:
        """Return where the file with this SHA-256 is, or would be."""
        name = digest.value.hex()
        return self.folder / name[:2] / name

    async def add(self, data: bytes) -> Digest:
        """Store bytes; durable when this returns. `StoreUnavailable` if the disk refuses."""
        digest = Digest.of(data)
        await self.receive(_once(data), digest, len(data))
        return digest

    async def receive(
        self, chunks: AsyncIterable[bytes], digest: Digest, limit: int, *, reserve: int = 0
    ) -> int:
        """Store a stream that must have this digest; return its size. Durable when this returns.

        `MessageRefused` if it is longer than `limit` bytes or hashes to something else, `NoRoom` if less than
        `reserve` bytes of the disk would be left: nothing is kept then.
        """
        with _disk():
            descriptor, name = await asyncio.to_thread(self._stage)
        staged = Path(name)
        try:
            with os.fdopen(descriptor, "wb", buffering=0) as file:
                size = await _copy(chunks, file.fileno(), digest, limit, reserve)
                with _disk():
                    await asyncio.to_thread(os.fsync, file.fileno())
            with _disk():
                await asyncio.to_thread(self._publish, staged, self.path(digest))
        finally:
            await asyncio.to_thread(staged.unlink, missing_ok=True)
        return size

    async def read(self, digest: Digest) -> bytes:
        """Return a file's bytes; `OfficeError` if it is not here or no longer what it was."""
        try:
            data = await asyncio.to_thread(self.path(digest).read_bytes)
        except OSError as error:
            raise OfficeError("The file {digest} is not in this office.", digest=digest) from error
        if await asyncio.to_thread(Digest.of, data) != digest:
            raise OfficeError("The stored file {digest} is damaged.", digest=digest)
        return data

    async def missing(self, digests: Iterable[Digest]) -> list[Digest]:
        """Return which of these files are not here.

        Ask inside the transaction that makes a row refer to them: `exchange.care.tidy` deletes a file only
        inside a write transaction and only while no row refers to it, so that the answer stays true.
        """
        return await asyncio.to_thread(lambda: [each for each in digests if not self.path(each).is_file()])

    async def stream(self, digest: Digest) -> AsyncIterator[bytes]:
        """Yield a file's bytes in chunks; `OfficeError` if it is not here."""
        try:
            file = await asyncio.to_thread(self.path(digest).open, "rb")
        except OSError as error:
            raise OfficeError("The file {digest} is not in this office.", digest=digest) from error
        with file:
            while chunk := await asyncio.to_thread(file.read, CHUNK):
                yield chunk

    def older_than(self, moment: float) -> Iterator[tuple[Path, Digest | None]]:
        """Yield files last touched before `moment` (POSIX seconds); None for one that never got its name.

        What others left here (a copy that was broken off, a file manager) is none of ours, and stays.
        """
        for path in self.folder.glob("*/*"):
            staged = path.name.startswith(_STAGED)
            if not staged and _NAME.fullmatch(path.name) is None:
                logger.warning("a file that is not the office's: %s", path)
                continue
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < moment:
                    yield path, None if staged else Digest("sha256", bytes.fromhex(path.name))

    def _stage(self) -> tuple[int, str]:
        staging = self.folder / "staging"
        staging.mkdir(mode=0o700, parents=True, exist_ok=True)
        return tempfile.mkstemp(dir=staging, prefix=_STAGED)

    def _publish(self, staged: Path, path: Path) -> None:
        """Give the file its name, and make the name durable (file, then its folder, then that one's)."""
        path.parent.mkdir(mode=0o700, exist_ok=True)
        staged.replace(path)
        sync_folder(path.parent)
        sync_folder(self.folder)


async def _copy(
    chunks: AsyncIterable[bytes], descriptor: int, digest: Digest, limit: int, reserve: int
) -> int:
    size, hasher, waiting = 0, hashlib.sha256(), bytearray()

    async def flush() -> None:
        data = bytes(waiting)
        waiting.clear()
        with _disk():
            await asyncio.to_thread(_write, descriptor, data, reserve)
        hasher.update(data)

    async for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise MessageRefused("The file is larger than {limit} bytes.", limit=limit)
        waiting += chunk
        if len(waiting) >= CHUNK:
            await flush()
    await flush()
    if hasher.digest() != digest.value:
        raise MessageRefused("The file does not have the SHA-256 {digest}.", digest=digest.value.hex())
    return size


def _write(descriptor: int, data: bytes, reserve: int) -> None:
    if reserve and free_bytes(descriptor) - len(data) < reserve:
        raise NoRoom("The office's disk is nearly full.", hint="Free some space, or give the disk more.")
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def free_bytes(place: int | Path) -> int:
    """Return how many bytes the disk that an open file or a folder is on still has for us."""
    disk = os.statvfs(place)
    return disk.f_bavail * disk.f_frsize


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data


@contextlib.contextmanager
def _disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreUnavailable("The office's disk refuses: {why}.", why=why(error)) from error
