"""Every attack: its class, the file it begins with, and how it is made.

The classes are those of the literature: universal signature forgery, incremental saving and signature
wrapping (CCS 2019), shadow attacks (NDSS 2021), evil annotations and sneaky signatures (IEEE S&P 2021).
"""

import dataclasses
from collections.abc import Callable
from typing import Literal

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from tests.signer.forging import updated
from tests.vectors.attacks import appending, patching, updating
from tests.vectors.attacks.bases import MISSING, Bases, by_another_program

Kind = Literal[
    "USF", "ISA", "SWA", "ByteRange", "xref", "object stream", "shadow", "EAA", "SSA", "metadata", "spoof"
]  # fmt: skip
Stage = Literal["signed", "sealed", "prepared"]
Make = Callable[[bytes], bytes]


@dataclasses.dataclass(frozen=True)
class Attack:
    kind: Kind
    stage: Stage
    make: Make

    def on(self, bases: Bases) -> bytes:
        return self.make(
            {"signed": bases.signed, "sealed": bases.sealed, "prepared": bases.prepared}[self.stage]
        )


def _update(change: updating.Change) -> Make:
    return lambda pdf: updated(pdf, change)


def _missing_added(writer: IncrementalPdfFileWriter) -> None:
    """The missing part of the page's content is there now, and nothing else was changed."""
    _add_missing(writer, generic.StreamObject(stream_data=appending.EVIL))


def _missing_as_look(writer: IncrementalPdfFileWriter) -> None:
    """As before, and a new field that shows nothing names it for its look."""
    _missing_added(writer)
    look = generic.IndirectObject(MISSING, 0, writer)
    updating.added(AP={"/N": look}, V=None)(writer)


def _add_missing(writer: IncrementalPdfFileWriter, value: generic.PdfObject) -> None:
    writer._lastobj_id = max(writer._lastobj_id, MISSING)
    writer.objects[(0, MISSING)] = value
    value.container_ref = generic.Reference(MISSING, 0, writer)


def _copied_signature(writer: IncrementalPdfFileWriter) -> None:
    """The page is replaced, and the seal's dictionary stands once more in the new revision."""
    updating.new_content(writer)
    seal = updating.field(writer, "layer2")
    seal[generic.pdf_name("/V")] = writer.add_object(generic.DictionaryObject(seal["/V"]))


def _shared_signature(writer: IncrementalPdfFileWriter) -> None:
    """A second field takes the seal's signature for its own."""
    seal = updating.field(writer, "layer2").raw_get("/V")
    updating.added("layer3", AP=None, V=lambda _writer: seal)(writer)


_USF: dict[str, Make] = {
    "usf-contents-null": patching.contained(b"/Contents null"),
    "usf-contents-empty": patching.contained(b"/Contents <>"),
    "usf-contents-zero": patching.contained(b"/Contents <00>"),
    "usf-contents-text": patching.contained(b"/Contents (signature)"),
    "usf-contents-number": patching.contained(b"/Contents 0"),
    "usf-contents-missing": patching.contained(b""),
    "usf-contents-flipped": patching.container_flipped,
    "usf-contents-followed": patching.container_followed,
    "usf-range-null": patching.ranged(b"/ByteRange null"),
    "usf-range-missing": patching.ranged(b""),
    "usf-range-empty": patching.ranged(b"/ByteRange []"),
    "usf-range-zero": patching.ranged(b"/ByteRange [0 0 0 0]"),
    "usf-range-negative": patching.ranged(b"/ByteRange [0 -1 5 6]"),
    "usf-range-huge": patching.ranged(b"/ByteRange [0 9999999999 1 1]"),
    "usf-range-names": patching.ranged(b"/ByteRange [/a /b /c /d]"),
    "usf-subfilter": patching.kind_unknown,
    "usf-type": patching.type_changed,
    "usf-page-flipped": patching.digit_flipped,
}
_RANGES: dict[str, Make] = {
    "range-reversed": patching.with_numbers(lambda a, b, c, _n: [b, c, 0, a]),
    "range-overlapping": patching.with_numbers(lambda a, b, c, _n: [0, a + 40, b - 40, c]),
    "range-past-the-end": patching.with_numbers(lambda a, b, c, _n: [0, a, b, c + 4096]),
    "range-six-numbers": patching.with_numbers(lambda a, b, c, _n: [0, a, b, c, 1, 1]),
    "range-two-numbers": patching.with_numbers(lambda _a, _b, _c, n: [0, n]),
    "range-wide-gap": patching.with_numbers(lambda a, b, c, _n: [0, a - 200, b, c]),
    "range-late-begin": patching.with_numbers(lambda a, b, c, _n: [9, a - 9, b, c]),
}
_ISA: dict[str, Make] = {
    "isa-plain": appending.replaced,
    "isa-body-only": appending.body_only,
    "isa-body-and-trailer": appending.body_and_trailer,
    "isa-unowned-body": appending.unowned_body,
    "isa-comment": appending.body_in_a_comment,
    "isa-copied-signature": _update(_copied_signature),
    "isa-new-content": _update(updating.new_content),
    "isa-content-in-place": _update(updating.content_in_place),
    "isa-other-page": _update(updating.other_page),
    "isa-cropped": _update(updating.smaller_box),
    "isa-resources": _update(updating.other_fonts),
    "isa-catalogue": _update(updating.second_catalogue),
    "isa-layers": _update(updating.layer_hidden),
    "isa-seal-emptied": _update(updating.signature_removed),
    "isa-form-removed": _update(updating.form_removed),
}
_XREF: dict[str, Make] = {
    "xref-listed-twice": appending.listed_twice,
    "xref-underscore": appending.offset_with_underscore,
    "xref-startxref-underscore": appending.startxref_with_underscore,
    "xref-beyond-the-end": appending.entry_beyond_the_end,
    "xref-root-twice": appending.root_twice,
    "xref-other-root": appending.other_catalogue,
    "xref-generation": appending.other_generation,
    "xref-freed": appending.freed_content,
    "xref-prev-escaped": appending.prev_with_escape,
    "xref-no-prev": appending.no_prev,
    "xref-prev-loop": appending.prev_to_itself,
    "xref-startxref-before": appending.startxref_of_before,
    "xref-size": appending.size_too_small,
    "xref-hybrid": appending.hybrid,
    "xref-type-0": appending.stream_of_type(0),
    "xref-type-3": appending.stream_of_type(3),
    "xref-type-9": appending.stream_of_type(9),
    "xref-far-startxref": appending.far_startxref,
    "xref-long-tail": appending.long_tail,
    "xref-long-subsection": appending.long_subsection,
    "xref-wide-kind-5": appending.wide_kind(5),
    "xref-wide-kind-8": appending.wide_kind(8),
}
_PACKED: dict[str, Make] = {
    f"packed-{make.__name__.removeprefix('packed_').replace('_', '-')}": make
    for make in appending.SPOILED_OBJECT_STREAMS
}
_SHADOW: dict[str, Make] = {
    "shadow-appearances-anew": _update(updating.appearances_anew),
    "shadow-default-look": _update(updating.larger_default),
    "shadow-quadding": _update(updating.other_quadding),
    "shadow-font-redefined": _update(updating.font_redefined),
    "shadow-font-replaced": _update(updating.font_replaced),
    "shadow-number-redrawn": _update(updating.number_redrawn),
    "shadow-number-hidden": _update(updating.number_hidden),
    "shadow-number-changed": _update(updating.number_changed),
    "shadow-symbol-changed": _update(updating.symbol_changed),
    "shadow-lock-removed": _update(updating.lock_removed),
    "shadow-seal-hidden": _update(updating.seal_hidden),
    "shadow-borrowed-content": _update(updating.borrowed_content),
    "shadow-borrowed-page": _update(updating.borrowed_page),
}
_PREPARED: dict[str, Make] = {
    "shadow-planted-value": _update(updating.appearances_anew),
    "shadow-planted-reference": _update(_missing_added),
    "shadow-planted-look": _update(_missing_as_look),
}
_ANNOTATIONS: dict[str, Make] = {
    f"eaa-{kind.lower()}": _update(updating.annotated(f"/{kind}"))
    for kind in ("FreeText", "Stamp", "Redact", "Highlight", "Text")
} | {"eaa-link": _update(updating.linked)}
_FIELDS: dict[str, Make] = {
    "ssa-over-the-page": _update(updating.over_the_page),
    "ssa-seal-enlarged": _update(updating.seal_enlarged),
    "ssa-five-numbers": _update(updating.five_numbers),
    "ssa-text-in-rectangle": _update(updating.text_in_rectangle),
    "ssa-indirect-rectangle": _update(updating.indirect_rectangle),
    "ssa-small-but-drawn": _update(updating.small_but_drawn),
    "ssa-script": _update(updating.with_script),
    "ssa-ground": _update(updating.with_ground),
    "ssa-text-field": _update(updating.text_field),
    "ssa-shared-signature": _update(_shared_signature),
}
_METADATA: dict[str, Make] = {
    "metadata-title": _update(updating.title_changed),
    "metadata-information": _update(updating.information_changed),
    "metadata-name": _update(updating.seal_renamed),
}
_SWA: dict[str, Make] = {
    "swa-second-range-moved": patching.second_range_moved,
    "swa-gap-filled": patching.gap_filled,
    "swa-cut": patching.cut_after_layer_1,
    "swa-truncated": patching.cut_in_the_middle,
}


def _all(kind: Kind, stage: Stage, made: dict[str, Make]) -> dict[str, Attack]:
    return {name: Attack(kind, stage, make) for name, make in made.items()}


ATTACKS: dict[str, Attack] = (
    _all("USF", "sealed", _USF)
    | _all("ByteRange", "sealed", _RANGES)
    | _all("ISA", "sealed", _ISA)
    | _all("xref", "sealed", _XREF)
    | _all("xref", "signed", {f"{name}-before-the-seal": make for name, make in _XREF.items()})
    | _all("object stream", "sealed", _PACKED)
    | _all("SWA", "sealed", _SWA)
    | _all("shadow", "sealed", _SHADOW)
    | _all("shadow", "prepared", _PREPARED)
    | _all("EAA", "sealed", _ANNOTATIONS)
    | _all("SSA", "sealed", _FIELDS)
    | _all(
        "SSA",
        "signed",
        {f"{name}-before-the-seal": make for name, make in _FIELDS.items() if "shared" not in name},
    )
    | _all("metadata", "sealed", _METADATA)
)
"""Attacks by name, in the order of their classes."""


SPOOFED = Attack("spoof", "signed", bytes)
"""What is said of the one attack that needs a key: see `spoofed`."""


async def spoofed(bases: Bases) -> bytes:
    """The seal's place is signed by a stranger whose certificate bears the agency's name."""
    return await by_another_program(bases.signed, "layer2", bases.stranger, bases.stranger)


async def every(bases: Bases) -> dict[str, bytes]:
    """Return each attack's file by its name."""
    files = {name: attack.on(bases) for name, attack in ATTACKS.items()}
    return files | {"spoof-name": await spoofed(bases)}
