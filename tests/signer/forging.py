"""Revisions appended to signed files, as an attacker would."""

import io
from collections.abc import Callable

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

Change = Callable[[IncrementalPdfFileWriter], None]


def updated(pdf: bytes, change: Change) -> bytes:
    """The file with one more revision, in which `change` did its work."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    change(writer)
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


def refilled(pdf: bytes, field: str, value: str | bytes) -> bytes:
    """The file with a text field changed in one more revision."""

    def refill(writer: IncrementalPdfFileWriter) -> None:
        for each in writer.root["/AcroForm"]["/Fields"]:
            if each.get_object()["/T"] == field:
                each.get_object()[generic.pdf_name("/V")] = generic.pdf_string(value)
                writer.mark_update(each.reference)

    return updated(pdf, refill)
