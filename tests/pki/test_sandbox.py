import asyncio
import json
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from pki.errors import TokenError, TokenNotFound, UsageError
from pki.identity import identify
from pki.keys import environment_beside, open_key
from pki.practice.sandbox import Names, Sandbox, load_sandbox, make_sandbox
from pki.practice.state import load_revoked, load_services, revoke
from pki.practice.token import find_softhsm


async def certificate_of(uri: str) -> x509.Certificate:
    async with open_key(uri) as token:
        return x509.load_der_x509_certificate(token.certificate)


def said(sandbox: Sandbox) -> Mapping[str, Any]:
    description: Mapping[str, Any] = json.loads((sandbox.directory / "sandbox.json").read_text())
    return description


def test_the_description_has_the_promised_keys(sandbox: Sandbox) -> None:
    assert said(sandbox).keys() == {"trust", "signatory", "agency", "tsa", "ocsp", "crl", "environment"}
    assert load_sandbox(sandbox.directory) == sandbox


def test_the_pins_are_for_their_owner_alone(sandbox: Sandbox) -> None:
    files = list((sandbox.directory / "pins").iterdir())
    assert len(files) == 3
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_no_pin_stands_in_the_description_or_the_settings(sandbox: Sandbox) -> None:
    pins = [file.read_text().strip() for file in (sandbox.directory / "pins").iterdir()]
    texts = "".join(file.read_text() for file in sandbox.directory.glob("*.json"))
    assert not any(pin in texts for pin in pins)


async def test_the_signatory_is_a_person_and_the_agency_an_organisation(sandbox: Sandbox) -> None:
    async with open_key(sandbox.signatory) as person, open_key(sandbox.agency) as seal:
        signatory, agency = identify(person.certificate), identify(seal.certificate)
    assert (signatory.kind, signatory.name, signatory.title) == ("person", "Nguyễn Văn Ánh", "Chủ tịch")
    assert (agency.kind, agency.name) == ("organisation", "Ủy ban nhân dân tỉnh Thanh Sơn")
    assert agency.organisation_id == "GOVVN-H99"
    assert signatory.organisation == agency.name


async def test_the_keys_lead_to_the_trusted_root(sandbox: Sandbox) -> None:
    root = x509.load_pem_x509_certificate(sandbox.trust.read_bytes())
    async with open_key(sandbox.agency) as token:
        leaf, issuing = map(x509.load_der_x509_certificate, (token.certificate, *token.chain))
    leaf.verify_directly_issued_by(issuing)
    issuing.verify_directly_issued_by(root)
    root.verify_directly_issued_by(root)


async def test_a_document_certificate_has_the_profile_of_one(sandbox: Sandbox) -> None:
    certificate = await certificate_of(sandbox.signatory)
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    assert usage.value.digital_signature
    assert usage.value.content_commitment
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    assert [name.value for point in points for name in point.full_name or ()] == [sandbox.crl]
    access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    assert sandbox.ocsp in [item.access_location.value for item in access]
    assert certificate.serial_number.bit_length() == 18 * 8 - 1


async def test_the_services_have_the_profiles_their_standards_ask(sandbox: Sandbox) -> None:
    keys = load_services(sandbox.directory).keys
    tsa, ocsp = await certificate_of(keys["tsa"]), await certificate_of(keys["ocsp"])
    stamping = tsa.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    assert stamping.critical
    assert list(stamping.value) == [ExtendedKeyUsageOID.TIME_STAMPING]
    answering = ocsp.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    assert list(answering.value) == [ExtendedKeyUsageOID.OCSP_SIGNING]
    assert ocsp.extensions.get_extension_for_class(x509.OCSPNoCheck)


async def test_two_agencies_can_have_their_own_names(tmp_path: Path) -> None:
    names = Names(agency="Sở Xây dựng tỉnh Thanh Sơn", agency_code="H99.7", signatory="Trần Thị Bình")
    made = await make_sandbox(tmp_path / "so", keys="p-256", names=names)
    async with open_key(made.agency) as token:
        identity = identify(token.certificate)
    assert (identity.name, identity.organisation_id) == ("Sở Xây dựng tỉnh Thanh Sơn", "GOVVN-H99.7")


async def test_extra_certificates_are_what_they_are_called(elliptic_sandbox: Sandbox) -> None:
    expired = await certificate_of(elliptic_sandbox.extra["expired"])
    revoked = await certificate_of(elliptic_sandbox.extra["revoked"])
    web = await certificate_of(elliptic_sandbox.extra["web"])
    assert expired.not_valid_after_utc < revoked.not_valid_before_utc
    assert load_revoked(elliptic_sandbox.directory).keys() == {revoked.serial_number}
    assert not web.extensions.get_extension_for_class(x509.KeyUsage).value.digital_signature


def test_a_folder_that_is_not_empty_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("precious")
    with pytest.raises(UsageError, match="is not empty"):
        asyncio.run(make_sandbox(tmp_path))
    assert [file.name for file in tmp_path.iterdir()] == ["mine"]


def test_a_failure_leaves_nothing_behind(tmp_path: Path) -> None:
    broken = tmp_path / "broken.so"
    broken.write_bytes(b"this is no library")
    with pytest.raises(TokenError):
        asyncio.run(make_sandbox(tmp_path / "made", module=broken))
    assert list((tmp_path / "made").iterdir()) == []


def test_a_missing_softhsm_is_said_with_its_mend() -> None:
    with pytest.raises(TokenNotFound) as caught:
        find_softhsm(("/nowhere/libsofthsm2.so",))
    assert caught.value.hint == "apt install softhsm2"


@pytest.mark.parametrize("content", ["", "[]", "{}", "{"])
def test_a_folder_without_a_hierarchy_is_said(tmp_path: Path, content: str) -> None:
    (tmp_path / "sandbox.json").write_text(content)
    (tmp_path / "services.json").write_text(content)
    with pytest.raises(UsageError, match="does not hold a practice hierarchy"):
        load_sandbox(tmp_path)
    with pytest.raises(UsageError, match="does not hold a practice hierarchy"):
        load_services(tmp_path)


def test_what_was_never_issued_cannot_be_revoked(sandbox: Sandbox) -> None:
    with pytest.raises(UsageError, match="issued no certificate with the serial number 2a"):
        revoke(sandbox.directory, 42)


def test_a_module_outside_a_hierarchy_needs_no_environment() -> None:
    assert environment_beside(Path("/usr/lib/softhsm/libsofthsm2.so")) == {}


def test_a_spoilt_description_beside_a_module_is_said(tmp_path: Path) -> None:
    (tmp_path / "sandbox.json").write_text('{"environment": 7}')
    with pytest.raises(UsageError, match="not the description of a practice hierarchy"):
        environment_beside(tmp_path / "module.so")


def test_an_unknown_reason_revokes_nothing(sandbox: Sandbox) -> None:
    (serial, *_) = load_services(sandbox.directory).issued["issuing"]
    with pytest.raises(UsageError, match="whim is no reason to revoke"):
        revoke(sandbox.directory, serial, reason="whim")
    assert load_revoked(sandbox.directory) == {}
