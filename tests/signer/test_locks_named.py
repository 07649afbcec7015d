"""Fields that a signature locks, named in every way that a string can be written."""

import pytest

from tests.signer.by_letter import SIGNATURE, written
from tests.signer.prepared_samples import BASE, SEALING, Signers

NUMBER = "number"
FORMS = {
    "plain": b"(number)",
    "octal": b"(n\\165mber)",
    "a line that goes on": b"(num\\\nber)",
    "digits": b"<6e 75 6d 62 65 72>",
    "UTF-16BE": b"<FEFF%s>" % NUMBER.encode("utf-16-be").hex().encode(),
    "UTF-16LE": b"<FFFE%s>" % NUMBER.encode("utf-16-le").hex().encode(),
    "UTF-8": b"<EFBBBF%s>" % NUMBER.encode().hex().encode(),
}
ODD = {
    "a name": b"/number",
    "a language before it": b"<FEFF001b0065006e001b%s>" % NUMBER.encode("utf-16-be").hex().encode(),
    "a zero behind it": b"(number\\000)",
    "bytes that are no letters": b"<9f>",
    "a number": b"5",
}
LOCK = (
    b"<< /Type /SigRef /TransformMethod /FieldMDP /TransformParams"
    b" << /Type /TransformParams /V /1.2 /Action /Include /Fields [%s] >> >>"
)


def passes(signers: Signers, *locks: bytes, called: bytes = b"(number)") -> bool:
    """Whether a number may be filled in after a signature with these locks."""
    signature = SIGNATURE.replace(b"/M ", b"/Reference [%s] /M " % b" ".join(LOCK % each for each in locks))
    catalogue = BASE[1].replace(b"/Perms << /DocMDP 8 0 R >>", b"")

    def named(field: bytes) -> bytes:
        return field.replace(b"/T (number)", b"/T " + called)

    signed = signers.person.sign(written({**BASE, 1: catalogue, 8: signature, 5: named(BASE[5])}))
    return signers.judged(signers.over(signed, {**SEALING, 5: named(SEALING[5])})).passed


@pytest.mark.parametrize("form", FORMS)
def test_a_lock_is_one_however_its_field_is_named(signers: Signers, form: str) -> None:
    assert not passes(signers, FORMS[form])
    assert not passes(signers, b"(number)", called=FORMS[form])


@pytest.mark.parametrize("form", ODD)
def test_a_lock_that_readers_may_not_take_alike_is_refused(signers: Signers, form: str) -> None:
    assert not passes(signers, b"(other) " + ODD[form])


def test_of_two_locks_none_is_the_only_one(signers: Signers) -> None:
    assert passes(signers, b"(other)")
    assert not passes(signers, b"(other)", b"(number)")
