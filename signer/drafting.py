"""The step `draft`: the last moment when a file may still be rewritten."""

from collections.abc import Mapping

from signer import fields, normalising
from signer.document import Draft
from signer.page import Place
from signer.places import find_places


def draft(source: bytes, places: Mapping[str, Place] | None = None) -> Draft:
    """Return the document with its form fields, ready for layer 1.

    CPU work of tens of milliseconds: async callers go through `asyncio.to_thread`.
    """
    with normalising.opened(source) as pdf:
        found = find_places(pdf.clean, places)
        form = fields.plan(
            found.blanks, sign=found.sign, seal=found.seal, symbol=found.symbol, frames=found.frames
        )
        pdf.add(form)
        result = pdf.written()
    return Draft(result, found.by_name(), found.printed)
