"""Files that appear whole or not at all."""

import errno
import os
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pki.errors import UsageError
from pki.words import N_, Sentence

MAX_INPUT_BYTES = 512 * 1024 * 1024
"""The largest file read into memory from the command line."""

_REASONS = {
    errno.ENOENT: N_("there is no such file or folder"),
    errno.EACCES: N_("it is not permitted"),
    errno.EPERM: N_("it is not permitted"),
    errno.EISDIR: N_("it is a folder"),
    errno.ENOTDIR: N_("a part of the path is no folder"),
    errno.EEXIST: N_("something else has this name already"),
    errno.ELOOP: N_("it is a link that leads back to itself"),
    errno.ENAMETOOLONG: N_("the name is too long"),
    errno.ENOSPC: N_("the disk is full"),
    errno.EROFS: N_("the disk is read-only"),
    errno.EADDRINUSE: N_("the address is taken"),
    errno.EADDRNOTAVAIL: N_("this machine has no such address"),
    errno.ECONNREFUSED: N_("nobody listens there"),
    errno.ECONNRESET: N_("the connection was broken off"),
    errno.EHOSTUNREACH: N_("there is no way to that machine"),
    errno.ENETUNREACH: N_("there is no way to that machine"),
    errno.ETIMEDOUT: N_("there is no answer"),
}


def why(error: OSError) -> Sentence | str:
    """Return the system's reason as a sentence, where it is one that people meet; else its own words."""
    known = _REASONS.get(error.errno or 0)
    return str(error.strerror or error) if known is None else Sentence(known)


def read_whole(path: Path, limit: int = MAX_INPUT_BYTES) -> bytes:
    """Return a file's bytes; `UsageError` if it cannot be read or is larger than `limit` bytes."""
    return _read(path, path, limit)


def _read(path: Path, source: Path | int, limit: int) -> bytes:
    try:
        with open(source, "rb") as file:  # noqa: PTH123 - `source` may be a descriptor
            data = file.read(limit + 1)
    except OSError as error:
        raise _unreadable(path, error) from error
    if len(data) > limit:
        raise UsageError("{path} is larger than the limit of {limit} bytes.", path=path, limit=limit)
    return data


def _unreadable(path: Path, error: OSError) -> UsageError:
    hint = N_("Name the files in it.") if error.errno == errno.EISDIR else None
    return UsageError("{path} cannot be read: {reason}.", hint=hint, path=path, reason=why(error))


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file that is open to be read, to be handed to another process by its descriptor, unread by us."""

    descriptor: int
    size: int

    def __len__(self) -> int:
        """Return its size in bytes."""
        return self.size

    def head(self, length: int) -> bytes:
        """Return its first bytes; none of what is no plain file, which can be read only once."""
        return os.pread(self.descriptor, length, 0) if self.size else b""

    def read(self, path: Path, limit: int = MAX_INPUT_BYTES) -> bytes:
        """Return its bytes, as `read_whole` does for `path`; what is no plain file can be read only once.

        A pipe must not be opened again for it: whoever wrote into it may have gone.
        """
        # A descriptor of its own: whoever stops waiting for a thread that reads closes the other one.
        return _read(path, os.dup(self.descriptor), limit)


@contextmanager
def opened(path: Path, limit: int = MAX_INPUT_BYTES) -> Iterator[OpenFile]:
    """Open a file for the block; `UsageError` if it cannot be read, or is larger than `limit` bytes."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise _unreadable(path, error) from error
    try:
        known = os.fstat(descriptor)
        if stat.S_ISDIR(known.st_mode):
            raise _unreadable(path, IsADirectoryError(errno.EISDIR, ""))
        size = known.st_size
        if size > limit:
            raise UsageError("{path} is larger than the limit of {limit} bytes.", path=path, limit=limit)
        yield OpenFile(descriptor, size)
    finally:
        os.close(descriptor)


def make_folder(path: Path) -> None:
    """Make a folder, and those above it, where it is not there; `UsageError` if it cannot be made."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError("{path} cannot be written: {reason}.", path=path, reason=why(error)) from error


@contextmanager
def unwritable(path: Path) -> Iterator[None]:
    """Say what the system says of a name that something is to be made under, as `UsageError`."""
    try:
        yield
    except FileExistsError as error:
        raise UsageError(
            "{path} exists already.", hint="Choose another name, or say --force to replace it.", path=path
        ) from error
    except OSError as error:
        raise UsageError("{path} cannot be written: {reason}.", path=path, reason=why(error)) from error


def check_writable(path: Path, *, replace: bool = False) -> None:
    """Raise what `write_whole` would raise for a name that exists, or a folder that cannot be written.

    For what must not be done in vain: the file itself may still fail, for want of room.
    """
    with unwritable(path):
        if os.path.lexists(path) and not replace:
            raise FileExistsError(errno.EEXIST, "exists", str(path))
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, "is a folder", str(path))
        with tempfile.TemporaryFile(dir=path.parent, prefix=".congvan-"):
            pass


def write_whole(path: Path, data: bytes, *, mode: int = 0o644, replace: bool = False) -> None:
    """Write `data` under `path` so that a reader sees all of it or no file, also after a power cut.

    The bytes are on disk before the name is, and the name is before we return. `UsageError` if the name
    exists (unless `replace`) or the folder cannot be written.
    """
    with unwritable(path), _staged(path, data, mode) as temporary:
        _name(temporary, path, replace=replace)
        sync_folder(path.parent)


def write_together(files: Mapping[Path, bytes], *, replace: bool = False) -> None:
    """Write files so that all of them are there afterwards, or everything is as it was before.

    As `write_whole` for each; all bytes are on disk before the first name is. Names come one after another,
    in the order of `files`: a power cut between two of them leaves the first ones alone.
    """
    with ExitStack() as temporary, ExitStack() as undoing:
        staged = {}
        for path, data in files.items():
            with unwritable(path):
                staged[path] = temporary.enter_context(_staged(path, data, 0o644))
        for path, each in staged.items():
            with unwritable(path):
                if replace and path.exists():
                    kept = each.with_name(each.name + ".old")
                    os.link(path, kept)
                    temporary.callback(kept.unlink, missing_ok=True)
                    undoing.callback(kept.replace, path)
                    each.replace(path)
                else:
                    _name(each, path, replace=False)
                    undoing.callback(path.unlink, missing_ok=True)
                sync_folder(path.parent)
        undoing.pop_all()


@contextmanager
def _staged(path: Path, data: bytes, mode: int) -> Iterator[Path]:
    """Write `data` beside `path`, under a name that is taken away after the block."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".congvan-")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(descriptor, mode)
            os.fsync(descriptor)
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)


def _name(temporary: Path, path: Path, *, replace: bool) -> None:
    if replace:
        temporary.replace(path)
    else:
        # A link fails where the name exists, so two writers cannot both win; a rename would not.
        os.link(temporary, path)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable (POSIX keeps them apart from the files' own bytes)."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
