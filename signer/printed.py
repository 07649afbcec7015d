"""What the first page shows, held to who sealed the document and to what its fields say."""

from pki.files import OpenFile
from signer.apart.first_page import first_page_apart
from signer.header import held_to_header, is_asked
from signer.policy import Policy
from signer.report import Report
from signer.shown import held_to_fields


async def held_to_page(report: Report, pdf: bytes | OpenFile, policy: Policy) -> Report:
    """Hold the report on a document to its first page, where two layers are required and both are there.

    pdfium gets to see the page in a process of its own, and only of a document that is otherwise in order.
    """
    if not is_asked(report, policy):
        return report
    page = await first_page_apart(pdf, policy.limits)
    report = held_to_header(report, None if page is None else page.heading, policy)
    return report if page is None else held_to_fields(report, page.filled)
