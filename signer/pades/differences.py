"""Which changes between revisions are form filling, sealing or stored proof, and which are none of these.

pyHanko's rules, with guards of our own and two changed rules for the fields of a form. Its own report each
field whose appearance is older than the revisions compared, changed or not, so that a locked form would break
with the first time-stamp stored after it; and they let anybody redraw a field in place that nobody filled in.
"""

# mypy: allow-untyped-calls
# pyHanko ships its types, but many of its constructors and setters have none.

from collections.abc import Iterable, Iterator
from enum import Enum

from pyhanko.sign.diff_analysis import (
    CatalogModificationRule,
    DocInfoRule,
    FieldMDPRule,
    FormUpdate,
    FormUpdatingRule,
    GenericFieldModificationRule,
    MetadataUpdateRule,
    ModificationLevel,
    ObjectStreamRule,
    SigFieldCreationRule,
    SigFieldModificationRule,
    StandardDiffPolicy,
    XrefStreamRule,
)
from pyhanko.sign.diff_analysis.form_rules_api import FieldComparisonContext, FieldComparisonSpec
from pyhanko.sign.diff_analysis.rules.form_field_rules import BaseFieldModificationRule

from signer.pades import again, dormant, guards, missing, new_fields, signed_part, undrawn
from signer.pades.extensions import Extensions
from signer.pades.sheets import Sheets
from signer.pades.store import Proof, Unused


class _Filled(FieldMDPRule):
    """Holds one of pyHanko's rules to what a revision really wrote.

    A stream that shows a field may be replaced in place, as some programs do, only where the value that it
    shows was changed too; everybody else must write a new one and say so in the field.
    """

    def __init__(self, rule: type[BaseFieldModificationRule]) -> None:
        self._filled = rule(allow_in_place_appearance_stream_changes=True)
        self._unfilled = rule(allow_in_place_appearance_stream_changes=False)

    def apply(self, context: FieldComparisonContext) -> Iterator[tuple[ModificationLevel, FormUpdate]]:
        """Yield the changes of fields that are in this revision, each with the level that allows it."""
        written = context.new.explicit_refs_in_revision()
        for name, spec in context.field_specs.items():
            rule = self._filled if _has_new_value(spec) else self._unfilled
            for level, update in rule.check_form_field(name, spec, context):
                if update.updated_ref in written:
                    yield level, update


class _Added(FieldMDPRule):
    """pyHanko's rule for new signature fields, for which a look that shows nothing is proof, too.

    PDFBox (and with it DSS) and iText give each field a look, be it an empty one, also those of document
    time-stamps, which may be stored where nothing else may. That it is empty `stamps_are_invisible` has seen.
    """

    def __init__(self) -> None:
        self._rule = SigFieldCreationRule(approve_widget_bindings=False)  # `Sheets` does

    def apply(self, context: FieldComparisonContext) -> Iterable[tuple[ModificationLevel, FormUpdate]]:
        """Yield the new fields, and what shows them, each with the level that allows it."""
        empty = {
            name: context.new.collect_dependencies(look, since_revision=context.old.revision + 1)
            for name, look in new_fields.looks_of_stamps(context.old, context.new)
        }
        for level, update in self._rule.apply(context):
            reference, name = update.updated_ref, update.field_name
            if reference in empty.get(name or "", ()) and context.old.is_ref_unassignable(reference):
                proof = FormUpdate(updated_ref=reference, field_name=name, valid_when_locked=True)
                yield ModificationLevel.LTA_UPDATES, proof
            else:
                yield level, update


def _has_new_value(spec: FieldComparisonSpec) -> bool:
    before, after = (
        field.raw_get("/V") if field is not None and "/V" in field else None
        for field in (spec.old_field, spec.new_field)
    )
    return bool(before != after)


class Place(Enum):
    """Where in a document's way a signature stands: what may come after it."""

    BEFORE = "before"
    """Nobody has said yet where the seal will be: further signatures may be added where they show."""

    AWAITING = "awaiting"
    """The seal's place is set, and locks: only the fields that are there may show anything new."""

    LOCKED = "locked"
    """The signature locks the document: only proof may be added."""


_GUARDS = (
    guards.defaults_stay,
    again.says_the_same,
    dormant.frame_is_alone,
    dormant.nothing_wakes,
    missing.nothing_is,
    signed_part.packs_stay,
    dormant.streams_stay,
    dormant.orphans_stay,
    dormant.resources_are_no_others,
    guards.parameters_are_new,
    new_fields.are_new,
    new_fields.are_plain,
    new_fields.stamps_are_invisible,
    new_fields.looks_are_one,
    new_fields.looks_are_bounded,
    new_fields.signed_are_placed,
    undrawn.stay_unseen,
)

_STRICTER: dict[Place, tuple[guards.Guard, ...]] = {
    Place.BEFORE: (),
    Place.AWAITING: (new_fields.are_invisible,),
    Place.LOCKED: (guards.resources_stay, new_fields.are_invisible, new_fields.are_stamps),
}


def _policy(place: Place) -> StandardDiffPolicy:
    return StandardDiffPolicy(
        global_rules=[
            guards.Guarded(*_GUARDS, *_STRICTER[place]),
            CatalogModificationRule(),
            Sheets(),
            *(
                rule.as_qualified(ModificationLevel.LTA_UPDATES)
                for rule in (
                    DocInfoRule(),
                    XrefStreamRule(),
                    ObjectStreamRule(),
                    Proof(),
                    Extensions(),
                    MetadataUpdateRule(),
                    Unused(),
                )
            ),
        ],
        form_rule=FormUpdatingRule(
            field_rules=[
                _Added(),
                _Filled(SigFieldModificationRule),
                _Filled(GenericFieldModificationRule),
            ]
        ),
        reject_object_freeing=False,
    )


POLICIES = {place: _policy(place) for place in Place}
"""The comparison of revisions that every verdict rests on, by where the signature stands."""
