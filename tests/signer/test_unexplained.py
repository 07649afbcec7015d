"""Of a refused update a report says what a person can see, and which objects were written."""

import io
import re
from collections.abc import Callable

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter as Writer

from signer.policy import Policy
from signer.verifying import examine
from tests.signer.stage_samples import Stages


def page_of(writer: Writer) -> generic.DictionaryObject:
    page: generic.DictionaryObject = writer.root["/Pages"]["/Kids"][0]
    return page


def painted(writer: Writer) -> None:
    page = page_of(writer)
    more = writer.add_object(generic.StreamObject(stream_data=b"1 0 0 rg 100 400 300 40 re f"))
    page[pdf_name("/Contents")] = generic.ArrayObject([page.raw_get("/Contents"), more])
    writer.update_container(page)


def added(writer: Writer) -> None:
    pages = writer.root["/Pages"]
    page = generic.DictionaryObject(
        {pdf_name("/Type"): pdf_name("/Page"), pdf_name("/Parent"): writer.root.raw_get("/Pages")}
    )
    pages["/Kids"].append(writer.add_object(page))
    pages[pdf_name("/Count")] = generic.NumberObject(len(pages["/Kids"]))
    writer.update_container(pages["/Kids"])


def planted(writer: Writer) -> None:
    writer.root[pdf_name("/Threads")] = writer.add_object(generic.ArrayObject())
    writer.update_root()


CASES: dict[str, tuple[Callable[[Writer], None], str]] = {
    "more is painted": (painted, r"Revision 4 changed what page 1 shows \(objects \d+, \d+\)\."),
    "something is planted": (planted, r"Entries of a signed dictionary were added or taken away: /Threads\."),
    "a page is added": (added, r"The order of the pages was changed\."),
}


@pytest.mark.parametrize("name", CASES)
async def test_what_is_seen_of_a_refused_update_is_said(stages: Stages, policy: Policy, name: str) -> None:
    work, said = CASES[name]
    writer, output = Writer(io.BytesIO(stages.sealed.pdf)), io.BytesIO()
    work(writer)
    writer.write(output)
    report = await examine(output.getvalue(), policy)
    words = {str(each) for signature in report.signatures for each in signature.change_list}
    assert not report.passed
    assert len(words) == 1, words
    assert re.fullmatch(said, words.pop())
