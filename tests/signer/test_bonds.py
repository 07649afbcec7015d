"""Certificates that a stranger stores beside a signature: they turn no verdict (docs/verification.md)."""

import pytest
from asn1crypto import x509
from cryptography import x509 as pyca
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from signer.pades.reading import open_pdf, stored_proof
from signer.report import Indication, Report
from tests.signer.forging import updated
from tests.signer.moments import CA, CLOCKS, GOOD, ROOT, SIGNED, at, judged, signed, stamps, stored
from tests.signer.path_samples import Who, broken, issue

OTHER = issue("Elsewhere", ca=True, begin=at(2020), end=at(2060))
LOOSE = issue("A member of nothing", OTHER, ca=True, begin=at(2020), end=at(2060))
NAMESAKE = issue("Elsewhere", ca=True, begin=at(2020), end=at(2060))


def unreadable(who: Who) -> bytes:
    """The certificate in a version that one of two libraries does not know."""
    changed = x509.Certificate.load(who.der)
    changed["tbs_certificate"]["version"] = 6
    return bytes(changed.dump(force=True))


def _called(name: str) -> pyca.Name:
    return pyca.Name([pyca.NameAttribute(NameOID.COMMON_NAME, name)])


def _extended(kind: str, value: bytes) -> Who:
    extension = pyca.UnrecognizedExtension(pyca.ObjectIdentifier(kind), value)
    return issue("Issuing CA", CA, (extension, False), ca=True, begin=at(2020), end=at(2060))


_NO_LETTER = "\N{GRINNING FACE}"  # not one of Unicode 3.2, by which names are compared (RFC 4518 §2.2)
UNREADABLE = {
    "no DER": b"hello",
    "nothing": b"",
    "no certificate": b"\x30\x00",
    "cut off": CA.der[:-5],
    "letters that are none": CA.der.replace(b"Issuing CA", b"\xff\xfesuing CA"),
    "a name that cannot be compared": issue(_called(_NO_LETTER), ca=True).der,
    "an issuer that cannot be compared": issue("X", CA, above=_called(_NO_LETTER)).der,
    "a key identifier that is none": _extended("2.5.29.14", b"\x05\x00").der,
    "a constraint that is none": _extended("2.5.29.30", b"junk").der,
}


async def with_stored(*certificates: bytes, embed: tuple[Who, ...] = (CA,)) -> Report:
    pdf = await signed(stamp=stamps(SIGNED), embed=embed)
    return await judged(stored(pdf, *GOOD, certificates=certificates))


async def test_what_nobody_can_read_hides_no_issuer_of_that_name() -> None:
    for odd in (unreadable(CA), unreadable(ROOT), issue("Issuing CA", ca=True).der, broken(CA).der):
        assert (await with_stored(odd)).passed


async def test_a_namesake_of_an_unknown_issuer_does_not_tell_that_a_certificate_was_changed() -> None:
    for beside in ((), (NAMESAKE.der,), (unreadable(NAMESAKE),)):
        report = await with_stored(*beside, embed=(CA, LOOSE))
        assert report.verdict.indication is Indication.INDETERMINATE
        assert report.verdict.sub_indication == "NO_CERTIFICATE_CHAIN_FOUND"
    assert (await with_stored(OTHER.der, embed=(CA, LOOSE))).passed


async def test_a_new_key_of_a_known_issuer_does_not_tell_it_either() -> None:
    """Authorities take new keys under their old names, and certificates name the key (RFC 5280 §4.2.1.1)."""
    old = issue("Root", ca=True, begin=at(2010), end=at(2060))
    named = pyca.AuthorityKeyIdentifier.from_issuer_public_key(old.key.public_key())
    loose = issue("An older CA", old, (named, False), ca=True, begin=at(2011), end=at(2060))
    identified = pyca.SubjectKeyIdentifier.from_public_key(ROOT.key.public_key())
    root = issue("Root", None, (identified, False), ca=True, begin=at(2020), end=at(2060), key=ROOT.key)
    pdf = stored(await signed(stamp=stamps(SIGNED), embed=(CA, loose)), *GOOD)
    report = await judged(pdf, roots=(root, CLOCKS))
    assert report.verdict.sub_indication == "NO_CERTIFICATE_CHAIN_FOUND"


async def test_a_certificate_that_its_issuer_did_not_sign_was_changed() -> None:
    report = await with_stored(embed=(CA, broken(issue("Below", CA, ca=True))))
    assert report.verdict.indication is Indication.TOTAL_FAILED
    assert "was changed" in str(report.verdict.reasons[0])


@pytest.mark.parametrize("name", UNREADABLE)
async def test_what_cannot_be_read_in_the_store_of_proof_is_none(name: str) -> None:
    """Anybody may add to it after the last signature (EN 319 142-1 §5.4)."""
    odd = UNREADABLE[name]
    assert (await with_stored(odd)).passed
    pdf = await signed(stamp=stamps(SIGNED))
    assert (await judged(stored(pdf, *GOOD, odd))).passed
    assert (await judged(stored(pdf, *GOOD, ocsps=[odd]))).passed


async def test_a_part_of_the_store_that_is_null_is_read_alike_on_both_ways() -> None:
    def nothing(writer: IncrementalPdfFileWriter) -> None:
        writer.root["/DSS"]["/VRI"] = generic.NullObject()
        writer.mark_update(writer.root.raw_get("/DSS").reference)

    pdf = updated(stored(await signed(stamp=stamps(SIGNED)), *GOOD), nothing)
    assert not (await judged(pdf)).passed


async def test_of_two_certificates_of_one_issuer_and_number_neither_hides_the_other() -> None:
    """pyHanko's own reading of the store knows the last one alone."""
    for stored_ones in ((CA.der, broken(CA).der), (broken(CA).der, CA.der)):
        assert (await with_stored(*stored_ones, embed=())).passed


async def test_what_is_stored_thousands_of_times_is_read_once() -> None:
    """An update of some kilobytes may name one certificate so often that no time is left to judge."""
    pdf = stored(await signed(), *GOOD * 3, certificates=[OTHER.der] * 3)
    found = stored_proof(open_pdf(pdf))
    assert (len(found.certificates), len(found.crls)) == (1, len(GOOD))


async def test_a_signer_whose_name_cannot_be_compared_is_a_doubt_and_no_damage() -> None:
    who = issue(_called(_NO_LETTER), CA, begin=at(2025), end=at(2028))
    report = await judged(stored(await signed(who), *GOOD))
    assert report.signatures[0].verdict.indication is Indication.INDETERMINATE
    assert report.signatures[0].verdict.sub_indication == "CERTIFICATE_CHAIN_GENERAL_FAILURE"
