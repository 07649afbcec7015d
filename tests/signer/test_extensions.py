"""Extensions declared after a signature, as iText and DSS do it: told of nothing, and nothing else."""

import pytest

from tests.signer.by_letter import PLAIN, SIGNATURE, Signing, appended, stream, written

FIRST = b"/ADBE << /BaseVersion /1.7 /ExtensionLevel 3 >>"
SECOND = b"<< /BaseVersion /1.7 /ExtensionLevel 8 >>"
CERTIFYING = (
    b" /Reference [ << /Type /SigRef /TransformMethod /DocMDP"
    b" /TransformParams << /Type /TransformParams /P 1 /V /1.2 >> >> ] /M"
)
LOCKED = {**PLAIN, 8: SIGNATURE.replace(b" /M", CERTIFYING)}
EXTENDED = {
    "a higher level": FIRST.replace(b"3", b"8"),
    "one more": b"/ESIC << /BaseVersion /1.7 /ExtensionLevel 5 >> " + FIRST,
    "two of one developer": b"/ADBE [60 0 R 61 0 R]",
    "two in a list": b"/ADBE [<< /BaseVersion /1.7 /ExtensionLevel 3 >> %s]" % SECOND,
    "an object of its own": b"/ADBE 61 0 R",
}


def declaring(extensions: bytes) -> bytes:
    """A catalogue with these extensions."""
    return PLAIN[1].removesuffix(b">>") + b"/Extensions << " + extensions + b" >> >>"


def updated(signing: Signing, extensions: bytes, second: bytes = SECOND) -> bytes:
    """A signed document that declares extensions otherwise than when it was locked."""
    named = {60: FIRST.removeprefix(b"/ADBE "), 61: second}
    new = {number: value for number, value in named.items() if b"%d 0 R" % number in extensions}
    signed = signing.sign(written({**LOCKED, 1: declaring(FIRST)}))
    return appended(signed, {1: declaring(extensions), **new})


@pytest.mark.parametrize("case", EXTENDED)
def test_extensions_are_declared_as_programs_do(signing: Signing, case: str) -> None:
    pdf = updated(signing, EXTENDED[case])
    quick, slow = signing.quick(pdf), signing.slow(pdf)
    assert quick is not None
    assert quick == slow
    assert quick.judged[0].verdict.passed


OTHER = {
    "more than an extension has": SECOND.replace(b"8", b"8 /Font << >>"),
    "a reference": SECOND.replace(b"8", b"9 0 R"),
    "a list with a reference": b"<< /BaseVersion [9 0 R] >>",
    "a stream": stream(b"0 g", b"/BaseVersion /1.7"),
}


@pytest.mark.parametrize("case", OTHER)
def test_what_is_no_extension_is_not_written_as_one(signing: Signing, case: str) -> None:
    assert signing.refuses(updated(signing, b"/ADBE [60 0 R 61 0 R]", OTHER[case]))


def test_an_extension_is_no_object_that_was_something_else(signing: Signing) -> None:
    signed = signing.sign(written({**LOCKED, 1: declaring(FIRST), 13: b"<< /A 1 >>", 14: b"[13 0 R]"}))
    update = {1: declaring(b"/ADBE [60 0 R 13 0 R]"), 60: FIRST.removeprefix(b"/ADBE "), 13: SECOND}
    assert signing.refuses(appended(signed, update))


@pytest.mark.parametrize(
    "extensions",
    [
        FIRST.replace(b"3", b"2"),
        FIRST.replace(b"/1.7", b"/2.0"),
        b"/ADBE %s" % SECOND.replace(b"/1.7", b"/2.0"),
        b"/ADBE []",
        b"/ESIC %s" % SECOND,
    ],
)
def test_an_extension_that_is_taken_back_breaks_a_lock(signing: Signing, extensions: bytes) -> None:
    assert signing.refuses(updated(signing, extensions))
