"""Fields without an appearance, which readers draw by what the form says, and forms that get to say more."""

from collections.abc import Mapping

import pytest

from tests.signer.by_letter import PLAIN, SIGNATURE, appended, written
from tests.signer.prepared_samples import BASE, COVER, NINE, SEALING, Signers, with_

Objects = Mapping[int, bytes]

FORM = with_(4, b"7 0 R]", b"7 0 R 13 0 R]")
PAGE = with_(3, b"7 0 R]", b"7 0 R 13 0 R]")
SHOWN = b"<< /Type /Annot /Subtype /Widget /F 4 /P 3 0 R /Rect [90 560 400 590] /FT /%s /T (other) %s >>"
VALUE = SHOWN % (b"Tx", b"/V (5.000.000)")
IN_G = SHOWN % (b"Tx", b"/V (5.000.000) /DA (/G 20 Tf 0 g)")
CAPTION = SHOWN % (b"Btn", b"/Ff 65536 /MK << /CA (5.000.000) >>")
BARE = FORM.replace(b"/DA (/F 12 Tf 0 g) ", b"")
FREE = b"<< /Type /Annot /Subtype /FreeText /F 4 /P 3 0 R /Rect [90 560 400 590] /Contents (5.000.000) %s >>"
ADDED = {
    "a /DA": (VALUE, BARE, BARE.replace(b"/SigFlags", b"/DA (/F 20 Tf 0 g) /SigFlags")),
    "a /DA for a caption": (CAPTION, BARE, BARE.replace(b"/SigFlags", b"/DA (/F 20 Tf 0 g) /SigFlags")),
    "a font": (IN_G, FORM, FORM.replace(b"/F 10 0 R >>", b"/F 10 0 R /G 170 0 R >>")),
    "a font for a remark": (
        FREE % b"/DA (/G 20 Tf 0 g)",
        BASE[4],
        BASE[4].replace(b"/F 10 0 R >>", b"/F 10 0 R /G 170 0 R >>"),
    ),
    "resources": (
        IN_G,
        FORM.replace(b"/DR << /Font << /F 10 0 R >> >>", b""),
        FORM.replace(b"/F 10 0 R", b"/G 170 0 R"),
    ),
}


def both(signers: Signers, form: bytes, field: bytes) -> tuple[bytes, bytes]:
    """A document with one layer and with two, whose seal locks nothing."""
    objects = {**BASE, 3: PAGE, 4: form, 7: PLAIN[7], 8: SIGNATURE, 13: field, 14: COVER}
    signed = signers.person.sign(written(objects))
    seal = PLAIN[7].replace(b"/Rect", b"/V 41 0 R /AP << /N 42 0 R >> /Rect")
    return signed, signers.over(signed, {**SEALING, 41: SIGNATURE, 7: seal})


@pytest.mark.parametrize("case", ADDED)
def test_what_readers_draw_by_the_form_stays_as_it_was(signers: Signers, case: str) -> None:
    field, form, more = ADDED[case]
    signed, sealed = both(signers, form, field)
    assert signers.judged(sealed).passed
    assert not signers.judged(appended(sealed, {4: more, 170: NINE})).passed
    assert signers.person.refuses(appended(signed, {4: more, 170: NINE}))


@pytest.mark.parametrize("case", ADDED)
def test_a_form_whose_fields_are_drawn_may_say_more(signers: Signers, case: str) -> None:
    field, form, more = ADDED[case]
    signed, _ = both(signers, form, field.replace(b"/F 4", b"/F 4 /AP << /N 11 0 R >>"))
    assert signers.person.believes(appended(signed, {4: more, 170: NINE}))
    signed, _ = both(signers, form, VALUE.replace(b"/V (5.000.000)", b""))
    assert signers.person.believes(appended(signed, {4: more, 170: NINE}))
