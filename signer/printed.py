"""What the first page shows, held to who sealed the document and to what its fields say."""

from pki.files import OpenFile
from signer.apart.first_page import first_page_apart
from signer.header import held_to_header, is_asked
from signer.policy import Policy
from signer.report import Report
from signer.shown import (
    MAX_OVER,
    held_to_fields,
    held_to_print,
    made_over,
    spots_of,
    told_of_filled,
    told_of_hidden,
    told_of_no_page,
)


async def held_to_page(report: Report, pdf: bytes | OpenFile, policy: Policy) -> Report:
    """Hold the report on a document to its first page, where two layers are required and both are there.

    pdfium gets to see the page in a process of its own, and only of a document that is otherwise in order.
    """
    if not is_asked(report, policy):
        return await _told_of_filled(report, pdf, policy) if report.passed and report.filled else report
    over = made_over(report)
    page = await first_page_apart(pdf, policy.limits, spots_of(over))
    report = held_to_header(report, None if page is None else page.heading, policy)
    if page is None:
        return told_of_no_page(report, over)
    report = held_to_print(held_to_fields(report, page.filled), page.printed)
    return told_of_hidden(report, over, page)


async def _told_of_filled(report: Report, pdf: bytes | OpenFile, policy: Policy) -> Report:
    names = sorted(report.filled)
    spots = tuple(report.filled[each] for each in names[:MAX_OVER])
    page = await first_page_apart(pdf, policy.limits, spots)
    return told_of_no_page(report, ()) if page is None else told_of_filled(report, names, page)
