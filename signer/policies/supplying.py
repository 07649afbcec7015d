"""Policy files and the certificates they pin, as an operator supplies them. Nothing is fetched."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path

from pki.certificate_files import MAX_FILE_BYTES, der, files_of, parsed
from pki.clock import SystemClock
from pki.digest import Digest
from pki.errors import AnchorError, UsageError
from pki.files import read_whole, why
from pki.trust import Anchors, is_root
from pki.trusted_list import MAX_BYTES as MAX_LIST_BYTES
from pki.trusted_list import granted
from pki.words import N_, Sentence
from signer.policies import SHIPPED
from signer.policies.reading import MAX_BYTES, AnchorEntry, ListEntry, PolicyFile, read_policy
from signer.policy import Policy
from signer.rules import Role, Rooted


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchored:
    """A certificate (DER) that is an anchor by a policy file, what for, and the file that holds it."""

    certificate: bytes
    file: Path
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplied:
    """A policy file with the certificates that were supplied for it, and in words what is `missing`."""

    read: PolicyFile
    anchored: tuple[Anchored, ...]
    intermediates: tuple[bytes, ...]
    missing: tuple[Sentence, ...]

    @property
    def policy(self) -> Policy:
        """The policy that documents are held to. Raises `AnchorError` where no anchor was supplied."""
        if not self.anchored:
            raise AnchorError(
                "No anchor of the policy “{name}” is here. {missing}",
                hint="Get the root from its authority, check its digest, and put it where the policy looks.",
                name=self.read.rules.name,
                missing=next(iter(self.missing), ""),
            )
        roots = tuple(
            Rooted(sha256=Digest.of(each.certificate).value.hex(), role=each.role) for each in self.anchored
        )
        return Policy(
            anchors=Anchors(
                tuple(dict.fromkeys(each.certificate for each in self.anchored)), self.intermediates
            ),
            revocation=self.read.revocation,
            same_agency=self.read.same_agency,
            rules=replace(self.read.rules, roots=tuple(dict.fromkeys(roots))),
        )


def load(name: str | Path, folder: Path) -> Supplied:
    """Read the policy of that name, or else the file, and the certificates it asks for.

    A shipped policy looks for certificates in `folder`, a file beside itself. Raises `UsageError` for what
    cannot be read or is no policy, and `AnchorError` for a file that is not what was pinned.
    """
    if str(name) in SHIPPED:
        return supply(read_policy(shipped(str(name)), Path(str(name))), folder)
    path = Path(name)
    if not path.exists():
        raise UsageError(
            "There is no policy “{name}”.",
            hint="Name a file, or one of: {shipped}.",
            name=str(name),
            shipped=", ".join(SHIPPED),
        )
    return supply(read_policy(read_whole(path, MAX_BYTES), path), path.parent)


def shipped(name: str) -> bytes:
    """Return the text of a policy that comes with the program."""
    return resources.files("signer.policies").joinpath(f"{name}.toml").read_bytes()


def supply(read: PolicyFile, folder: Path) -> Supplied:
    """Return a policy file with its certificates, looked for from `folder` on; raises as `load` does."""
    missing: list[Sentence] = []
    anchored: list[Anchored] = []
    helping: dict[bytes, None] = {}
    for entry in read.anchors:
        met: set[str] = set()
        for held in _held(entry.files, folder, missing):
            chosen = [each for each in held.certificates if held.pins_of(each, entry)]
            if not chosen and held.named:
                raise _another(held.file, entry)
            anchored += [Anchored(certificate=each, file=held.file, role=entry.role) for each in chosen]
            met.update(*(held.pins_of(each, entry) for each in chosen))
            helping.update(dict.fromkeys(each for each in held.certificates if each not in chosen))
        missing += [_not_here(pin, entry) for pin in entry.sha256 if pin not in met]
    for listed in read.lists:
        anchored += _listed(listed, folder, missing)
    for held in _held(read.intermediates, folder, missing):
        helping.update(dict.fromkeys(held.certificates))
    intermediates = tuple(each for each in helping if not is_root(each))
    return Supplied(read=read, anchored=tuple(anchored), intermediates=intermediates, missing=tuple(missing))


def _listed(entry: ListEntry, folder: Path, missing: list[Sentence]) -> Iterator[Anchored]:
    """Yield the authorities that a trusted list grants: for their role, those that stamp time for theirs."""
    file = folder / entry.file
    if not _is_here(file, missing):
        return
    for each in granted(read_whole(file, MAX_LIST_BYTES), entry.signers, file, SystemClock().now()):
        role: Role = entry.role if each.kind == "ca" else "time-stamp"
        yield Anchored(certificate=each.certificate, file=file, role=role)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """A file of certificates, read once: what was digested is what is used. `named`: not just in a folder."""

    file: Path
    named: bool
    digest: str
    certificates: tuple[bytes, ...]

    def pins_of(self, certificate: bytes, entry: AnchorEntry) -> frozenset[str]:
        """Return what makes a certificate an anchor: its pin, or its file's if it is a root.

        In practice nothing is pinned, and every root is an anchor.
        """
        own, root = Digest.of(certificate).value.hex(), is_root(certificate)
        if not entry.sha256:
            return frozenset({own} if root else ())
        return frozenset(entry.sha256) & ({own, self.digest} if root else {own})


def _held(places: tuple[str, ...], folder: Path, missing: list[Sentence]) -> Iterator[_Held]:
    for place in (folder / each for each in places):
        if not _is_here(place, missing):
            continue
        for file in files_of(place):
            content = read_whole(file, MAX_FILE_BYTES)
            yield _Held(
                file=file,
                named=not place.is_dir(),
                digest=Digest.of(content).value.hex(),
                certificates=tuple(der(each) for each in parsed(content, file)),
            )


def _is_here(place: Path, missing: list[Sentence]) -> bool:
    """Tell whether a file or folder is there; else it is noted as missing."""
    try:
        here = place.exists()
    except OSError as error:  # a name too long, a folder that may not be entered
        raise UsageError("{path} cannot be read: {reason}.", path=str(place), reason=why(error)) from error
    if not here:
        missing.append(Sentence(N_("{path} is not here."), {"path": str(place)}))
    return here


def _another(file: Path, entry: AnchorEntry) -> AnchorError:
    return AnchorError(
        "{path} holds no anchor that the policy pins for the role {role}.",
        hint="Was the file swapped? Compare its SHA-256 with what its authority states out of band.",
        path=str(file),
        role=entry.role,
    )


def _not_here(pin: str, entry: AnchorEntry) -> Sentence:
    return Sentence(N_("Nothing is here for the pin {pin} ({role})."), {"pin": pin, "role": entry.role})
