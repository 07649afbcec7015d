"""Which changes between revisions are form filling, sealing or stored proof, and which are none of these.

pyHanko's rules, with two of our own for the fields of a form. Its own report each field whose appearance is
older than the revisions compared, changed or not, so that a locked form would break with the first time-stamp
stored after it; and they let anybody redraw a field in place that nobody filled in.
"""

# mypy: allow-untyped-calls
# pyHanko ships its types, but many of its constructors and setters have none.

from collections.abc import Iterator

from pyhanko.sign.diff_analysis import (
    CatalogModificationRule,
    DocInfoRule,
    DSSCompareRule,
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


def _has_new_value(spec: FieldComparisonSpec) -> bool:
    before, after = (
        field.raw_get("/V") if field is not None and "/V" in field else None
        for field in (spec.old_field, spec.new_field)
    )
    return bool(before != after)


POLICY = StandardDiffPolicy(
    global_rules=[
        CatalogModificationRule(),
        *(
            rule.as_qualified(ModificationLevel.LTA_UPDATES)
            for rule in (
                DocInfoRule(),
                XrefStreamRule(),
                ObjectStreamRule(),
                DSSCompareRule(),
                MetadataUpdateRule(),
            )
        ),
    ],
    form_rule=FormUpdatingRule(
        field_rules=[
            SigFieldCreationRule(),
            _Filled(SigFieldModificationRule),
            _Filled(GenericFieldModificationRule),
        ]
    ),
)
"""The comparison of revisions that every verdict rests on."""
