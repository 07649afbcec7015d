"""What was changed after a signature, in sentences for a report."""

import re
from collections.abc import Iterable, Iterator

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import HistoricalResolver, PdfFileReader
from pyhanko.sign.diff_analysis import SuspiciousModification

from pki.words import N_, Sentence
from signer.pades import told
from signer.pades.entries import entry, words
from signer.pades.filling import texts_below
from signer.pades.new_fields import names
from signer.pades.properties import changed
from signer.pades.refused import Refused
from signer.pades.unexplained import unexplained

_LOCKED = re.compile(r"because the form field (?P<field>.+) is locked")  # pyHanko says it in these words only


def suspicion(reader: PdfFileReader, found: SuspiciousModification) -> tuple[Sentence, ...]:
    """Say why a comparison was broken off."""
    if isinstance(found, Refused):
        return (found.sentence,)
    locked = _LOCKED.search(str(found))
    if locked is not None:
        name = locked["field"][: told.SHOWN]
        return (Sentence(N_("The field {field} was changed although it is locked."), {"field": name}),)
    return unexplained(reader, found)


def fields_and_proof(
    reader: PdfFileReader, signed: HistoricalResolver, fields: Iterable[str]
) -> Iterator[Sentence]:
    """Say which of these fields were filled or signed since a revision, and whether proof was stored."""
    texts, known, now = texts_below(reader), names(signed), names(reader)
    ordered = sorted(
        fields, key=lambda name: (name not in texts, name)
    )  # what was filled in, then who signed
    for name in ordered:
        waits = name in now and name not in known and "/V" not in now[name]
        yield told.waiting(name) if waits else _filled(name, texts.get(name))
    stamped = any(_is_stamp(field) for name, field in now.items() if name not in known)
    if stamped or entry(signed.root, "/DSS") != entry(reader.root, "/DSS"):
        yield told.STORED


REMARKED = Sentence(N_("Remarks were added to pages, as the certification allows."))
"""What is said of notes and marks after a certification with DocMDP P=3."""


def properties(reader: PdfFileReader, signed: HistoricalResolver) -> tuple[Sentence, ...]:
    """Say which of its properties the document now states otherwise than in a revision; nothing if none."""
    last = reader.get_historical_resolver(reader.xrefs.total_revisions - 1)
    listed = ", ".join(changed(signed, last))[: told.SHOWN]
    if not listed:
        return ()
    return (Sentence(N_("The properties of the document were changed: {names}."), {"names": listed}),)


def _filled(name: str, text: generic.DictionaryObject | None) -> Sentence:
    return told.signed(name) if text is None else told.filled(name, words(entry(text, "/V", "")))


def _is_stamp(field: generic.DictionaryObject) -> bool:
    value = entry(field, "/V")
    return isinstance(value, generic.DictionaryObject) and entry(value, "/Type") == "/DocTimeStamp"
