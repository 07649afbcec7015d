"""Documents prepared before layer 1 in which some readers find references that others do not.

What looks like more proof after the signatures changes what the page shows: it is not judged the short way.
"""

from collections.abc import Mapping

import pytest

from tests.signer.by_letter import Signing, appended, stream
from tests.signer.certificates import issued
from tests.signer.test_prepared import NINE, Signers, with_

Objects = Mapping[int, bytes]


@pytest.fixture(scope="module")
def signers() -> Signers:
    root = issued("Gốc")
    person, seal = issued("Nguyễn Thị Ánh", root), issued("Ủy ban nhân dân tỉnh Thanh Sơn", root)
    return Signers(Signing(root, person), Signing(root, seal))


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
