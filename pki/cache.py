"""Answers about certificates on disk: shared by processes, kept over restarts, believed like a stranger's.

One file an answer, under the SHA-256 of what was asked:

    congvan-cache-1
    ["ocsp", "http://…", …]             what was asked (`pki.query.name_of`)
    2026-02-03T04:05:06.789000+00:00    when it was asked
    sha256:…                            of the answer
    the answer's bytes

A file that is not exactly so, or not ours, is no entry; the next answer replaces it. Nothing here may fail
whoever asks: what cannot be read was not kept, what cannot be written will be asked again.
"""

import hashlib
import logging
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from pki.clock import Clock, SystemClock
from pki.digest import Digest
from pki.errors import UsageError
from pki.files import write_whole

logger = logging.getLogger(__name__)

MAX_ENTRIES = 4096
MAX_BYTES = 256 << 20
"""All entries together; the longest lists of national authorities have some megabytes."""
MAX_ANSWER_BYTES = 32 << 20
KEPT = timedelta(hours=1)
"""How long an answer may be used at most, whatever it promises; older files are removed."""

_GREETING = b"congvan-cache-1"
_MAX_HEAD_BYTES = 64 << 10
_NAME = re.compile(r"[0-9a-f]{64}")
_LEFT = re.compile(r"\.congvan-\w+")  # what a writer leaves that is killed (pki.files)


@dataclass(frozen=True, slots=True)
class Entry:
    """An answer and when it was asked for."""

    answer: bytes = field(repr=False)
    asked: datetime


@dataclass(frozen=True, slots=True)
class Cache:
    """The entries in one folder, which is made (0700) when the first one is written. Blocks; never raises.

    Several processes may share it: a file appears whole, and of two writers the last one stays.
    """

    folder: Path
    clock: Clock = field(default_factory=SystemClock)

    def read(self, name: str) -> Entry | None:
        """Return what is kept under a name; None for nothing, and for what is not to be relied upon."""
        try:
            if not _is_ours(self.folder):
                return None
            content = _content(self.folder / _file(name))
        except OSError:
            return None
        entry = _parsed(content, name)
        if entry is None or not self.clock.now() - KEPT < entry.asked <= self.clock.now():
            return None
        return entry

    def write(self, name: str, entry: Entry) -> None:
        """Keep an answer, unless it is too long or the folder is not ours alone to write."""
        head = (_GREETING, name.encode(), entry.asked.isoformat().encode(), _digest(entry.answer))
        content = b"\n".join((*head, entry.answer))
        if len(entry.answer) > MAX_ANSWER_BYTES or len(content) - len(entry.answer) > _MAX_HEAD_BYTES:
            return
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not _is_ours(self.folder):
                logger.info("cache not used", extra={"folder": str(self.folder)})
                return
            path = self.folder / _file(name)
            write_whole(path, content, mode=0o600, replace=True)
            self._tidy(path.stat().st_mtime)
        except (OSError, UsageError) as error:
            logger.info("cache not written", extra={"folder": str(self.folder), "why": str(error)})

    def _tidy(self, now: float) -> None:
        """Remove what is too old to be used, then the oldest until the rest is within bounds.

        `now` is the time by which the folder's own files are dated. Another process may do the same at the
        same time: what is gone is gone.
        """
        size = 0
        for count, (made, length, path) in enumerate(sorted(self._files(), reverse=True), 1):
            size += length
            too_many = count > MAX_ENTRIES or size > MAX_BYTES
            if too_many or not now - KEPT.total_seconds() < made <= now + 60:
                path.unlink(missing_ok=True)

    def _files(self) -> Iterator[tuple[float, int, Path]]:
        """Yield time, length and path of our files; what else somebody put here is left alone."""
        with os.scandir(self.folder) as found:
            for each in found:
                if _NAME.fullmatch(each.name) or _LEFT.fullmatch(each.name):
                    try:
                        seen = each.stat(follow_symlinks=False)
                    except FileNotFoundError:
                        continue
                    if not stat.S_ISDIR(seen.st_mode):
                        yield seen.st_mtime, seen.st_size, Path(each.path)


def _is_ours(folder: Path) -> bool:
    """Tell whether nobody but us can put files here; where a link leads may change, so it is no folder."""
    seen = folder.lstat()
    return stat.S_ISDIR(seen.st_mode) and seen.st_uid == os.geteuid() and not seen.st_mode & 0o022


def _content(path: Path) -> bytes:
    """Return a file's bytes; `OSError` for a link, for what is no file of ours, and for one too long."""
    # Not to wait for whoever may write into a pipe.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        seen = os.fstat(descriptor)
        most = MAX_ANSWER_BYTES + _MAX_HEAD_BYTES
        if not stat.S_ISREG(seen.st_mode) or seen.st_uid != os.geteuid() or seen.st_size > most:
            raise OSError("it is no entry of ours")
        return file.read(most)


def _parsed(content: bytes, name: str) -> Entry | None:
    greeting, named, asked, digest, answer = (*content.split(b"\n", 4), *[b""] * 5)[:5]
    if (greeting, named, digest) != (_GREETING, name.encode(), _digest(answer)):
        return None
    try:
        moment = datetime.fromisoformat(asked.decode("ascii"))
    except ValueError:
        return None
    return None if moment.tzinfo is None else Entry(answer, moment)


def _file(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def _digest(answer: bytes) -> bytes:
    return str(Digest.of(answer)).encode()
