"""Who plays which part in a document: persons are layer 1, the agency that seals after them is layer 2.

NĐ 30/2020/NĐ-CP, Điều 13: the agency's seal stands on what a person of this agency signed. So the two
layers must name the same agency, unless the policy says otherwise.
"""

import unicodedata
from collections.abc import Sequence

from pki.identity import Identity
from pki.words import N_, Sentence
from signer.report import Verdict, unknown

_TONES = frozenset("\N{COMBINING GRAVE ACCENT}\N{COMBINING ACUTE ACCENT}\N{COMBINING TILDE}"
                   "\N{COMBINING HOOK ABOVE}\N{COMBINING DOT BELOW}")  # fmt: skip


def parts(identities: Sequence[Identity | None]) -> list[int | None]:
    """Give the parts: the last organisation after a person is layer 2, persons before it are layer 1."""
    kinds = [None if who is None else who.kind for who in identities]
    first = kinds.index("person") if "person" in kinds else len(kinds)
    seals = [place for place, kind in enumerate(kinds) if kind == "organisation" and place > first]
    seal = seals[-1] if seals else len(kinds)
    return [
        2 if place == seal else 1 if kind == "person" and place < seal else None
        for place, kind in enumerate(kinds)
    ]


def of_one_agency(person: Identity, seal: Identity) -> bool | None:
    """Tell whether a person belongs to the agency that a seal names; None when the person names no agency.

    Numbers of one kind decide (two communes may have one name); else the names, by their letters alone.
    """
    if person.organisation is None and person.organisation_id is None:
        return None
    mine, theirs = _number(person), _number(seal)
    if mine and theirs and mine[0] == theirs[0]:
        return mine == theirs
    return _letters(person.organisation or "") == _letters(seal.organisation or seal.name)


def foreign_seal(identities: Sequence[Identity | None], given: Sequence[int | None]) -> Verdict | None:
    """Return the verdict on a document that another agency sealed than its signatories name, if so.

    Of several signatories one of the sealing agency is enough: agencies sign jointly (NĐ 30/2020, Điều 18).
    Whoever acts for several agencies is there once for each.
    """
    seals = [who for who, part in zip(identities, given, strict=True) if part == 2 and who]
    persons = [who for who, part in zip(identities, given, strict=True) if part == 1 and who]
    apart = [of_one_agency(each, seal) is False for each in persons for seal in seals]
    if not all(apart) or not apart:
        return None
    names = "; ".join(dict.fromkeys(each.organisation or each.name for each in persons))
    facts = {"signed": names, "sealed": seals[0].organisation or seals[0].name}
    return unknown(
        "SIG_CONSTRAINTS_FAILURE",
        Sentence(N_("The signatory is of “{signed}”, but the seal is of “{sealed}”."), facts),
    )


def without_agency(who: Identity | None, part: int | None) -> tuple[Sentence, ...]:
    """Return the note on a layer 1 whose certificate names no agency: it is accepted, and said."""
    if part != 1 or who is None or who.organisation or who.organisation_id:
        return ()
    return (Sentence(N_("The signatory's certificate names no agency; the seal alone says which it is.")),)


def _number(who: Identity) -> tuple[str, str] | None:
    """Return the kind and the digits of an agency's number: "MST:0100109106", "GOVVN-H99"."""
    text = "".join((who.organisation_id or "").split()).upper()
    kind, mark, number = text.partition(":" if ":" in text else "-")
    return (kind.removesuffix("VN"), number) if mark and number else None


def _letters(name: str) -> str:
    """Fold case, white space and where in a word its tone is written ("Ủy" is "Uỷ"); keep the rest."""
    words = unicodedata.normalize("NFD", unicodedata.normalize("NFC", name).casefold()).split()
    return " ".join(
        "".join(letter for letter in word if letter not in _TONES)
        + "".join(sorted(letter for letter in word if letter in _TONES))
        for word in words
    )
