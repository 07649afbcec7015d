"""Every signature field of a file, read and found whole, with what came after it, or it is unusual."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from signer.facts import Binding
from signer.pades import linearized, sections, structure
from signer.pades.lexing import Name, Ref, Value
from signer.pades.objects import Plain
from signer.pades.parsed import Parsed
from signer.pades.structure import Coverage
from signer.quick import container, form
from signer.quick.digests import Digests
from signer.quick.file import File
from signer.quick.form import Field
from signer.quick.history import Locks, Steps
from signer.quick.strings import date, name, text
from signer.quick.unusual import Unusual, unusual
from signer.report import PASSED

_SIGNATURES = frozenset({"ETSI.CAdES.detached", "adbe.pkcs7.detached"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """One signature field: its dictionary, and the bytes it covers. `view` is the view it was made in."""

    called: str
    field: Field
    entries: Mapping[str, Value]
    coverage: Coverage
    view: int

    @property
    def is_stamp(self) -> bool:
        """Whether it is a document time-stamp."""
        return name(self.entries.get("Type")) == "DocTimeStamp"


@dataclass(frozen=True, slots=True)
class Read:
    """All signatures of a file, in the order of what they cover, and the SHA-256 of the file."""

    parsed: tuple[Parsed, ...]
    sha256: str


def read(file: File, limit: int) -> Read:
    """Return every signature of the file. Raises `Unusual` unless all of them are whole and plain."""
    fields = form.fields(file)
    signed = [_signed(file, called, each) for called, each in fields.items() if each.is_signed]
    if not 0 < len(signed) <= limit:
        unusual("no signatures, or too many")
    signed.sort(key=lambda each: each.coverage.end)
    if len({each.coverage.end for each in signed}) != len(signed):
        unusual("two signatures claim the same bytes")
    digests = Digests(file.pdf, [each.coverage for each in signed])
    steps = Steps(file, [each.view for each in signed], signed[0].coverage.end)
    found = tuple(_parsed(file, each, digests, steps) for each in signed)
    return Read(found, digests.whole())


def _signed(file: File, called: str, field: Field) -> Signed:
    value = field.entries["V"]
    place = file.place(value.number) if isinstance(value, Ref) else None
    entries = file.dictionary(value)
    numbers, held = entries.get("ByteRange"), entries.get("Contents")
    if not isinstance(place, Plain) or not isinstance(numbers, list) or not isinstance(held, bytes):
        unusual("an odd signature dictionary")
    whole = [each for each in numbers if type(each) is int]
    if len(whole) != len(numbers) or held[:1] != b"<":
        unusual("an odd signature dictionary")
    coverage = structure.coverage(file.pdf, whole, bytes.fromhex(held[1:-1].decode("ascii")))
    # The container in the gap is the very one of this dictionary, which lies around it.
    end = file.pdf.find(b"endobj", place.offset)
    if not place.offset < coverage.start < coverage.stop <= end < coverage.end:
        unusual("a signature that does not cover itself")
    return Signed(called=called, field=field, entries=entries, coverage=coverage, view=_view(file, coverage))


def _view(file: File, coverage: Coverage) -> int:
    """Return the view that ends where the signed bytes end: the signature covers the whole of a revision."""
    start, _ = sections.last(file.pdf, coverage.end)
    linearized.check(file.pdf, coverage.end)
    for view, part in enumerate(file.chain):
        if part.start == start:
            if view == 0 and not coverage.whole_file:
                unusual("bytes that belong to no revision")
            return view
    raise Unusual("a signature of no revision")


def _parsed(file: File, signed: Signed, digests: Digests, steps: Steps) -> Parsed:
    entries, coverage = signed.entries, signed.coverage
    locks = Locks.of(file, signed.field, entries)
    common = Parsed(
        field=signed.called,
        verdict=PASSED,
        is_stamp=signed.is_stamp,
        revision=len(file.chain) - signed.view - 1,
        coverage=coverage,
        change=steps.since(signed.view, locks),
        intact=True,
        locks=locks.action is not None,
        stated=text(file.followed(entries["Reason"]))[:200] if "Reason" in entries else None,
    )

    def digest(algorithm: str) -> bytes:
        return digests.of(coverage, algorithm)

    kind = name(entries.get("SubFilter"))
    if signed.is_stamp:
        if kind != "ETSI.RFC3161":
            unusual("a time-stamp of another kind")
        stamp, made = container.stamped(coverage.container, digest)
        return replace(
            common,
            stamp=stamp,
            signer=stamp.signer,
            algorithm=made.digest,
            binding=_binding(made, common, kind),
        )
    if kind not in _SIGNATURES or name(entries.get("Type", Name("Sig"))) != "Sig":
        unusual("a signature of another kind")
    made = container.read(coverage.container, container.DATA, digest)
    claimed = date(file.followed(entries["M"])) if "M" in entries else None
    return replace(
        common,
        signer=made.signer,
        signature_stamps=() if made.stamp is None else (made.stamp,),
        signing_time=made.signing_time or claimed,
        pades=kind == "ETSI.CAdES.detached" and made.names_certificate,
        named=made.names_certificate,
        algorithm=f"{made.digest} {made.method}",
        binding=_binding(made, common, kind),
    )


def _binding(made: container.Container, parsed: Parsed, kind: str) -> Binding:
    coverage = parsed.coverage
    assert coverage is not None
    return Binding(
        digest=made.digest,
        message=made.message,
        signed=made.signed,
        value=made.value,
        byte_range=(0, coverage.start, coverage.stop, coverage.end - coverage.stop),
        sub_filter=f"/{kind}",
        revision=parsed.revision + 1,
    )
