"""The step `draft`: the last moment when a file may still be rewritten.

1. Refuse what cannot be signed safely, with the reason and the mend (`signer.qpdf.refusing`).
2. Inspect its content (`signer.inspecting`); refuse what the policy refuses, here and in the result.
3. Write the file anew as one clean revision (`signer.qpdf.normalising`), unless it carries a signature.
4. Find where number, date, signature and seal belong (`signer.layout.places`).
5. Add the fields (`signer.form.fields`): to the clean file, or to the signed one by an incremental update.
"""

from collections.abc import Mapping

from pki.words import N_, Sentence
from signer.document import Draft
from signer.findings import ContentPolicy, check
from signer.form import fields
from signer.inspecting import DEFAULT, inspect
from signer.layout.places import Places, find_places
from signer.pades.extending import extended
from signer.page import Place
from signer.qpdf import normalising


def draft(
    source: bytes, places: Mapping[str, Place] | None = None, content: ContentPolicy = DEFAULT
) -> Draft:
    """Return the document with its form fields, ready for layer 1.

    `places` overrides what the page's text says, by the names "number", "date", "sign" and "seal". `content`
    says which findings refuse. The same arguments give the same bytes. Raises `NotAPdf`, `NotSignable`,
    `WrongStage` or `PlaceNotFound`, each with what is wrong, where, and the mend; `UsageError` for a name
    that no place has.

    CPU work of tens of milliseconds: async callers go through `asyncio.to_thread`.
    """
    with normalising.opened(source, content) as pdf:
        found = find_places(pdf.clean, places, unit_of=pdf.unit_of)
        # A text field that appears after a signature counts as tampering, a signature field does not.
        blanks = {} if pdf.signed else found.blanks
        form = fields.plan(
            blanks,
            sign=found.sign,
            seal=found.seal,
            symbol=found.symbol,
            printed=found.printed,
            frames=found.frames,
        )
        result = extended(source, form) if pdf.signed else pdf.with_form(form)
        notes = (*_notes(found, signed=pdf.signed), *pdf.notes)
    findings = inspect(result, content)
    check(findings)
    used = {
        name: place for name, place in found.by_name().items() if name in blanks or name in {"sign", "seal"}
    }
    return Draft(result, used, found.printed, notes, findings)


def _notes(found: Places, *, signed: bool) -> list[Sentence]:
    """Return what the person who drafts should look at."""
    unprinted = found.blanks if signed else {}
    notes = [
        Sentence(
            N_("The page does not show where the {place} belongs; it goes to the standard place {where}."),
            {"place": name, "where": str(place)},
        )
        for name, place in found.by_name().items()
        if place.found == "default" and name != "seal" and name not in unprinted
    ]
    if unprinted:
        late = N_("The document was signed before: number and date can no longer be printed on its page.")
        notes.append(Sentence(late))
    return notes
