"""Answers that were signed along (adbe-revocationInfoArchival), as Acrobat and iText embed them."""

import asyncio
import dataclasses
import datetime as dt

import pytest
from asn1crypto import crl, ocsp, pdf
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from pki.clock import SystemClock
from pki.our_desk import at_the_desk
from signer.pades import judging
from signer.pades.standing import MAX_STORED
from signer.report import Verdict
from tests.signer.by_letter import PLAIN, SIGNATURE, written
from tests.signer.certificates import Keyed, issued
from tests.signer.moments import GOOD, SIGNED, signed, stamps, stored
from tests.signer.moments import judged as at_moments
from tests.signer.test_commitments import saying
from tests.signer.test_naming import PERSON

ARCHIVAL = "1.2.840.113583.1.1.8"
OTHER = issued("Gốc")
BUSY = ocsp.OCSPResponse({"response_status": "try_later"})


def listing(*serials: int, by: Keyed = PERSON.root) -> bytes:
    """A list of the revoked of the root of the signer, or by another key under its name."""
    now = SystemClock().now()
    issuer = x509.load_der_x509_certificate(by.certificate.dump())
    builder = x509.CertificateRevocationListBuilder(issuer.subject, now, now + dt.timedelta(hours=1))
    for serial in serials:
        since = now - dt.timedelta(hours=1)
        revoked = x509.RevokedCertificateBuilder(serial, since).build()
        builder = builder.add_revoked_certificate(revoked)
    return builder.sign(by.key, hashes.SHA256()).public_bytes(Encoding.DER)


def archived(*lists: bytes) -> bytes:
    return bytes(pdf.RevocationInfoArchival({"crl": list(map(crl.CertificateList.load, lists))}).dump())


def judged(value: bytes) -> Verdict:
    """The verdict where a status is asked for, and nobody can be asked."""
    signed = PERSON.sign(written({**PLAIN, 8: SIGNATURE}), saying(ARCHIVAL, value))
    assert PERSON.quick(signed) is None
    policy = dataclasses.replace(PERSON.policy, revocation="require")
    found = asyncio.run(judging.judge(signed, policy, SystemClock().now(), at_the_desk))
    return found.judged[0].verdict


def test_a_list_that_was_signed_along_is_enough() -> None:
    assert judged(archived(listing())).passed


def test_who_is_listed_was_revoked() -> None:
    verdict = judged(archived(listing(PERSON.who.certificate.serial_number)))
    assert (verdict.passed, verdict.sub_indication) == (False, "REVOKED")


NONE = {
    "nothing": archived(),
    "a list by another key": archived(listing(by=OTHER)),
    "a responder that was busy": pdf.RevocationInfoArchival({"ocsp": [BUSY]}).dump(),
}


@pytest.mark.parametrize("name", NONE)
def test_what_is_no_answer_is_none(name: str) -> None:
    verdict = judged(NONE[name])
    assert (verdict.passed, verdict.sub_indication) == (False, "TRY_LATER")


async def test_what_a_stranger_stores_beside_does_not_crowd_it_out() -> None:
    """So many answers of one kind are read: none of somebody's who came later takes the place of these."""
    pdf = await signed(stamp=stamps(SIGNED), along=GOOD)
    junk = [b"\x30\x82\x01\x00" + place.to_bytes(2, "big") + bytes(254) for place in range(MAX_STORED)]
    assert (await at_moments(stored(pdf, *junk))).passed


async def test_what_was_signed_along_makes_no_level() -> None:
    """At B-LT the document stores the status of all, in its store (EN 319 142-1 §5.4.2, §6.3)."""
    pdf = await signed(stamp=stamps(SIGNED), along=GOOD)
    for lists, expected in (((), "B-T"), (GOOD[:1], "B-T"), (GOOD, "B-LT")):
        found = await at_moments(stored(pdf, *lists))
        assert (found.passed, found.signatures[0].level) == (True, expected)
