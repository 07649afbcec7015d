"""Documents prepared before layer 1 in which some readers find references that others do not.

What looks like more proof after the signatures changes what the page shows: it is not judged the short way.
"""

from collections.abc import Callable, Mapping

import pytest

from tests.signer.by_letter import appended, stream
from tests.signer.prepared_samples import COVER, NINE, Signers, with_

Objects = Mapping[int, bytes]


def is_left_to_the_long_way(signers: Signers, pdf: bytes) -> bool:
    """Whether the short way says nothing, and the file is not believed."""
    return signers.organisation.quick(pdf) is None and not signers.judged(pdf).passed


IN_THE_STORE: Objects = {
    1: with_(1, b"/Perms", b"/DSS 18 0 R /Perms"),
    3: with_(3, b"<< /F 10 0 R >>", b"13 0 R"),
    9: stream(b"BT /VRI 20 Tf 100 600 Td (5.000.000) Tj ET"),
    13: b"<< /F 10 0 R /VRI 14 0 R >>",
    14: NINE,
    18: b"<< /VRI 14 0 R >>",
}


def test_a_font_in_the_place_of_proof_is_not_written_anew(signers: Signers) -> None:
    sealed = signers.sealed(IN_THE_STORE)
    assert signers.organisation.quick(sealed) is not None
    for update in (NINE.replace(b"[53 ", b"[53.0 "), NINE):
        assert signers.organisation.quick(appended(sealed, {14: update})) is None
    assert is_left_to_the_long_way(signers, appended(sealed, {14: NINE.replace(b"[53 ", b"[53.0 ")}))


def test_what_is_stored_for_one_signature_is_not_said_in_reals(signers: Signers) -> None:
    store = b"<< /VRI << /%s << /Cert [] /A 1 >> >> >>" % (b"0F" * 20)
    sealed = signers.sealed({1: with_(1, b"/Perms", b"/DSS 18 0 R /Perms"), 18: store})
    assert signers.organisation.quick(appended(sealed, {18: store})) is not None
    assert is_left_to_the_long_way(signers, appended(sealed, {18: store.replace(b"/A 1", b"/A 1.0")}))


DRAWN = stream(b"BT /F 20 Tf 100 600 Td (5.000.000) Tj ET /X Do")
STORED = with_(1, b"/Perms", b"/DSS << /VRI << /%s << /Cert [70 0 R] >> >> >> /Perms" % (b"0F" * 20))


def drawing(entry: bytes) -> Objects:
    """A page whose drawings are an object of their own, which says this."""
    return {3: with_(3, b"/Font <<", b"/XObject 13 0 R /Font <<"), 9: DRAWN, 13: entry}


PLAIN_LETTERS = {
    "a text in another encoding": b"<< /X (\xfe\xff\x00A) >>",
    "a text with brackets": b"<< /X (\xff\\)(\x80 \\( )\\\\) >>",
    "a text and a remark": b"<< %% \xff (\n/X (\x80) >>",
    "a long number that is no reference": b"<< /X [123456789 0 1] >>",
    "a number with zeros": b"<< /X 0000011 0 R >>",
}
ODD_LETTERS = {
    "a byte that is a space": b"<< /X 70\xff0\xffR >>",
    "another byte that is a space": b"<< /X 70\x800\x80R >>",
    "a byte that ends a name": b"<< /X/X\xff70\xff0\xffR >>",
    "a byte after a text": b"<< /Y (\xff) /X 70\xff0\xffR >>",
    "a byte after a text and before one": b"<< /Y (a(b(c))) /X 70\xff0\xffR /Z (a) >>",
    "a byte after a remark": b"<< %% (\n /X 70\xff0\xffR %% )\n >>",
    "a number beyond 32 bits": b"<< /X 4294967366 0 R >>",
    "a number beyond 32 bits, spaced out": b"<< /X 4294967366\n0\n R >>",
    "a number beyond 32 bits whose end is small": b"<< /X 30064771142 0 R >>",
    "a number with many zeros": b"<< /X 0000000000000000070 0 R >>",
}


@pytest.mark.parametrize("case", PLAIN_LETTERS)
def test_such_letters_do_not_lead_to_the_long_way(signers: Signers, case: str) -> None:
    sealed = signers.sealed(drawing(PLAIN_LETTERS[case].replace(b"%%", b"%")))
    assert signers.organisation.quick(sealed) is not None
    assert signers.organisation.quick(appended(sealed, {1: STORED, 70: COVER})) is not None


@pytest.mark.parametrize("case", ODD_LETTERS)
def test_references_that_some_readers_find_lead_to_the_long_way(signers: Signers, case: str) -> None:
    sealed = signers.sealed(drawing(ODD_LETTERS[case].replace(b"%%", b"%")))
    assert is_left_to_the_long_way(signers, appended(sealed, {1: STORED, 70: COVER}))


def misplaced(pdf: bytes, early: int, number: int = 13) -> bytes:
    """The file whose row of an object names another byte before it."""
    at = pdf.index(b"\n%d 0 obj" % number) + 1
    return pdf.replace(b"%010d 00000 n" % at, b"%010d 00000 n" % (at - early))


def headed(pdf: bytes, head: bytes) -> bytes:
    return pdf.replace(b"\n13 0 obj\n<<", b"\n" + head + b"<<")


def into_the_reference(pdf: bytes) -> bytes:
    """The file whose unused object 14 is said to be in the middle of a reference."""
    return misplaced(pdf, pdf.index(b"\n14 0 obj") + 1 - (pdf.index(b"15 0 R") + 3), 14)


def cut(pdf: bytes) -> bytes:
    """The file whose object 14 begins inside another one."""
    return misplaced(pdf, pdf.index(b"\n14 0 obj") + 1 - (pdf.index(b"(14 0 obj") + 1), 14)


ROWS: Mapping[str, Callable[[bytes], bytes]] = {
    "a row one byte early": lambda pdf: misplaced(pdf, 1),
    "a head with two spaces": lambda pdf: headed(pdf, b"13  0 obj"),
    "a head with a zero": lambda pdf: headed(pdf, b"013 0 obj"),
    "a row into a reference": into_the_reference,
    "a row into a text": cut,
}


def with_rows(signers: Signers, bent: Callable[[bytes], bytes]) -> bytes:
    objects = {**drawing(b"<< /X 15 0 R /Y (14 0 obj) >>"), 14: b"<< /A 1 >>", 15: b"<< /B 2 >>"}
    return signers.sealed(objects, bent)


def test_a_row_that_names_its_object_is_believed(signers: Signers) -> None:
    assert signers.organisation.quick(with_rows(signers, lambda pdf: pdf)) is not None


@pytest.mark.parametrize("case", ROWS)
def test_rows_that_do_not_name_their_objects_lead_to_the_long_way(signers: Signers, case: str) -> None:
    sealed = with_rows(signers, ROWS[case])
    assert is_left_to_the_long_way(signers, appended(sealed, {1: STORED, 70: COVER}))
