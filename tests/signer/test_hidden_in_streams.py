"""Signed objects that make Poppler repair the file, whereupon it finds another page in the data of a stream.

That page shows what the next revision brings along: be it the look of a seal, or what it stores as proof.
"""

import subprocess
from pathlib import Path

import pytest

from tests.signer.by_letter import stream
from tests.signer.prepared_samples import BASE, SEALING, Objects, Signers

BROUGHT = b"72 0 R"  # the look of the number, which is written between the layers
ABOVE = b"BT /F 20 Tf 100 600 Td (5.000.000) Tj ET"
FORM = b"<< /Type /XObject /Subtype /Form /BBox [0 0 595 842] /Resources << %s >> /Length %d >>"
SHOWING = FORM % (b"/XObject << /Y %s >>" % BROUGHT, 5) + b"\nstream\n/Y Do\nendstream"
HIDDEN = b"\nendstream\nendobj\n30 0 obj\n%s\nendobj\n99 0 obj\n<< /Length 1 >>\nstream\n " % SHOWING


def prepared(length: bytes, first: bytes = b"31 0 R") -> Objects:
    """Two pages; the first one's content holds in its data another form, which the second one draws."""
    data = ABOVE + HIDDEN
    resources = b"/Resources << /Font << /F 10 0 R >> /XObject << /X 30 0 R >> >>"
    return {
        2: b"<< /Type /Pages /Count 2 /Kids [3 0 R 20 0 R] /MediaBox [0 0 595 842] >>",
        3: BASE[3].replace(b"/Contents 9 0 R", b"/Contents " + first),
        20: b"<< /Type /Page /Parent 2 0 R /Contents 21 0 R %s >>" % resources,
        21: stream(b"BT /F 20 Tf 100 600 Td (Trang hai) Tj ET /X Do"),
        30: FORM % (b"", 1) + b"\nstream\n \nendstream",
        31: b"<< %s >>\nstream\n%s\nendstream" % (length.replace(b"RIGHT", b"%d" % len(data)), data),
    }


CASES = {
    "no length": prepared(b"/N 40"),
    "a length that is too short": prepared(b"/Length 5"),
    "a length that is too long": prepared(b"/Length 9000"),
    "a length that is a real": prepared(b"/Length RIGHT.0"),
    "a length that is nowhere": prepared(b"/Length 77 0 R"),
    "two lengths": prepared(b"/Length 5 /Length RIGHT"),
    "a length with a dictionary beside it": prepared(b"/Length 5 /DecodeParms << /Columns 1 >>"),
    "a content that is nowhere": prepared(b"/Length RIGHT", b"[77 0 R 31 0 R]"),
    "a content that is nowhere, behind a remark": prepared(b"/Length RIGHT", b"[%%\n77 0 R 31 0 R]"),
}


ORPHANS = {
    "a form": {30: FORM % (b"", 1) + b"\nstream\n \nendstream\nendobj\n30 0 obj\n" + SHOWING},
    "a page": {20: b"<< >>\nendobj\n20 0 obj\n<< /Type /Page /Parent 2 0 R /Contents %s >>" % BROUGHT},
    "a page that ends later": {
        20: b"<< >>\n20 0 obj\n<< /Type /Page /Parent 2 0 R /Contents %s >>" % BROUGHT
    },
    "a form behind a string": {10: BASE[10].replace(b">>", b"/X (\\)) >>\nendobj\n30 0 obj\n" + SHOWING)},
}
ODD_FONT = BASE[10].replace(b"/BaseFont", b"/Type1 /BaseFont")


def second_page(pdf: bytes, folder: Path) -> str:
    (folder / "drawn.pdf").write_bytes(pdf)
    command = ("pdftotext", "-l", "2", str(folder / "drawn.pdf"), "-")
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    return done.stdout.split("\f")[1].strip()


def test_poppler_draws_what_is_hidden(signers: Signers, tmp_path: Path) -> None:
    objects = CASES["a content that is nowhere"]
    assert second_page(signers.sealed(objects), tmp_path).split() == ["Trang", "hai", "05"]
    honest = {**objects, 31: BASE[9]}
    assert second_page(signers.sealed(honest), tmp_path) == "Trang hai"


@pytest.mark.parametrize("name", CASES)
def test_what_makes_a_reader_repair_the_file_is_not_believed(signers: Signers, name: str) -> None:
    pdf = signers.sealed(CASES[name])
    assert b"72 0 obj" in pdf
    assert SEALING[40] in pdf
    assert signers.person.quick(pdf) is None
    assert not signers.judged(pdf).passed


@pytest.mark.parametrize("name", ORPHANS)
def test_what_stands_behind_an_object_and_in_no_table_is_left_to_the_long_way(
    signers: Signers, name: str
) -> None:
    pdf = signers.sealed({**prepared(b"/Length RIGHT"), **ORPHANS[name]})
    assert signers.person.quick(pdf) is None


def test_it_is_not_believed_where_an_object_makes_a_reader_repair_the_file(signers: Signers) -> None:
    pdf = signers.sealed({**prepared(b"/Length RIGHT"), **ORPHANS["a form"], 10: ODD_FONT})
    assert signers.person.quick(pdf) is None
    assert not signers.judged(pdf).passed


def test_the_same_text_in_a_stream_of_the_right_length_harms_nobody(signers: Signers) -> None:
    pdf = signers.sealed(prepared(b"/Length RIGHT"))
    assert signers.person.quick(pdf) is not None
    assert signers.judged(pdf).passed
