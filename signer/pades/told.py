"""The sentences in which a report says what an honest update did to a signed document."""

from pki.words import N_, Sentence

SHOWN = 80
"""Letters of a stranger's words repeated in a report."""

STORED = Sentence(N_("Proof for long-term checking was stored."))
NOTHING = Sentence(N_("An update was appended that changes nothing of what the document shows."))


def signed(field: str) -> Sentence:
    """Say that a signature field was signed."""
    return Sentence(N_("The signature field {field} was signed."), {"field": field})


def waiting(field: str) -> Sentence:
    """Say that a field for a signature was added, which nobody has signed: some readers mark its place."""
    return Sentence(
        N_("The field {field} was added for a signature, and is not signed yet."), {"field": field}
    )


_OURS = {
    "number": N_("The number was filled in: “{value}”."),
    "date": N_("The date was filled in: “{value}”."),
    "day": N_("The day was filled in: “{value}”."),
    "month": N_("The month was filled in: “{value}”."),
    "year": N_("The year was filled in: “{value}”."),
}
"""Of the fields that `draft` makes, what they are for."""


def filled(field: str, value: str) -> Sentence:
    """Say that a text field was filled in."""
    said = _OURS.get(field, N_("The field {field} was filled with “{value}”."))
    return Sentence(said, {"field": field, "value": value[:SHOWN]})
