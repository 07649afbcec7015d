import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from pki.errors import TrustError
from pki.identity import identify

KEY = ec.generate_private_key(ec.SECP256R1())
CN, O, OU = NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME  # noqa: E741
UID, TITLE, ORG_ID = NameOID.USER_ID, NameOID.TITLE, NameOID.ORGANIZATION_IDENTIFIER
MINISTRY = "Bộ Thử nghiệm"

Parts = list[tuple[ObjectIdentifier, str]]


def certificate(parts: Parts, *extensions: x509.ExtensionType) -> bytes:
    now = datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])
    builder = x509.CertificateBuilder(
        subject_name=name,
        issuer_name=x509.Name([x509.NameAttribute(CN, "CA")]),
        public_key=KEY.public_key(),
        serial_number=7,
        not_valid_before=now,
        not_valid_after=now + timedelta(days=1),
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(KEY, hashes.SHA256()).public_bytes(Encoding.DER)


def purpose(mark: str) -> x509.UnrecognizedExtension:
    """A qcStatements extension that holds QcType with this mark (EN 319 412-5 §4.2.3)."""
    kind = bytes.fromhex("060704008e4601060" + mark)
    statement = b"\x06\x06\x04\x00\x8e\x46\x01\x06" + b"\x30" + bytes([len(kind)]) + kind
    inner = b"\x30" + bytes([len(statement)]) + statement
    value = b"\x30" + bytes([len(inner)]) + inner
    return x509.UnrecognizedExtension(ObjectIdentifier("1.3.6.1.5.5.7.1.3"), value)


@pytest.mark.parametrize(
    ("parts", "kind", "basis"),
    [
        pytest.param([(CN, "Nguyễn Văn An"), (O, MINISTRY)], "person", "words", id="official, name alone"),
        pytest.param([(CN, "Nguyễn Văn An"), (TITLE, "Vụ trưởng")], "person", "person", id="with a title"),
        pytest.param(
            [(CN, "Nguyễn Văn An"), (UID, "CCCD:001099000001"), (UID, "MST:0100109106")],
            "person",
            "number",
            id="citizen card beside the employer's tax number",
        ),
        pytest.param(
            [(CN, "CÔNG TY TNHH MINH"), (UID, "MST:0100109106")], "organisation", "number", id="tax"
        ),
        pytest.param([(CN, MINISTRY), (O, MINISTRY)], "organisation", "organisation", id="name is O"),
        pytest.param([(CN, "Vụ A"), (OU, "VỤ A"), (O, "X")], "organisation", "organisation", id="name is OU"),
        pytest.param(
            [(CN, "X1"), (ORG_ID, "NTRVN-0100109106")], "organisation", "organisation", id="identifier"
        ),
        pytest.param([(CN, "UBND xã Tân Lập")], "organisation", "words", id="words of an agency"),
        pytest.param(
            [(CN, unicodedata.normalize("NFD", "Ủy ban nhân dân xã Tân Lập"))],
            "organisation",
            "words",
            id="decomposed letters",
        ),
        pytest.param([(CN, "Bồ Thị Sơn")], "person", "words", id="a name that only resembles one"),
        pytest.param(
            [(CN, "Ban Thị Minh"), (O, MINISTRY)], "person", "words", id="a family named as a board"
        ),
        pytest.param(
            [(CN, "BAN VĂN HẢI AN")], "person", "words", id="a family named as a board, in capitals"
        ),
        pytest.param([(CN, "Ban Văn Hóa")], "unknown", "words", id="a person or a board of culture"),
        pytest.param([(CN, "Ban Thi Minh")], "unknown", "words", id="a person or a board, without accents"),
        pytest.param([(CN, "Ban Văn hóa - Xã hội")], "organisation", "words", id="a board of culture"),
        pytest.param(
            [(CN, "Ban Thị trường"), (O, "Ban Thị trường")], "organisation", "organisation", id="own"
        ),
        pytest.param([(CN, "Ban Thi đua")], "organisation", "words", id="a board of emulation"),
        pytest.param([(CN, "Ban Cơ yếu Chính phủ")], "organisation", "words", id="a board"),
        pytest.param(
            [(CN, "Hoàng Long"), (UID, "MST:001099000001")], "person", "number", id="a citizen's tax number"
        ),
        pytest.param(
            [(CN, "Hoàng Long"), (UID, "MST:0100109106-001")], "unknown", "number", id="a branch's tax number"
        ),
        pytest.param([(CN, "device-7")], "unknown", "none", id="neither"),
    ],
)
def test_a_subject_is_a_person_or_an_organisation(parts: Parts, kind: str, basis: str) -> None:
    identity = identify(certificate(parts))
    assert (identity.kind, identity.basis) == (kind, basis)


NUMBERS = [(UID, "MST:0100109106"), (ORG_ID, "VATVN-0100109106"), (NameOID.SERIAL_NUMBER, "GOVVN-H99")]
PERSONAL = [
    [(CN, "Nguyễn Văn An"), (O, MINISTRY)],
    [(CN, "Nguyễn Văn An")],
    [(CN, "An 2"), (TITLE, "Chuyên viên"), (O, MINISTRY)],
    [(CN, "An 2"), (NameOID.SURNAME, "Nguyễn"), (O, MINISTRY)],
    [(CN, "An 2"), (NameOID.PSEUDONYM, "An 2"), (O, MINISTRY)],
]


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("parts", PERSONAL)
def test_an_employers_number_makes_no_organisation_of_a_person(
    parts: Parts, number: tuple[ObjectIdentifier, str]
) -> None:
    assert identify(certificate([*parts, number])).kind in ("person", "unknown")


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("name", [MINISTRY, "Kho lưu trữ", "Sở Thử nghiệm"])
def test_an_organisations_own_number_marks_it(name: str, number: tuple[ObjectIdentifier, str]) -> None:
    assert identify(certificate([(CN, name), (OU, name), number])).kind == "organisation"


def test_the_declared_purpose_comes_before_the_name() -> None:
    sealing = identify(certificate([(CN, "Nguyễn Văn An")], purpose("2")))
    signing = identify(certificate([(CN, MINISTRY), (O, MINISTRY)], purpose("1")))
    assert (sealing.kind, signing.kind) == ("organisation", "person")


@pytest.mark.parametrize(
    "extension",
    [
        x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]),
        x509.BasicConstraints(ca=True, path_length=None),
    ],
    ids=["time-stamping", "authority"],
)
def test_services_and_authorities_are_neither(extension: x509.ExtensionType) -> None:
    identity = identify(certificate([(CN, MINISTRY), (O, MINISTRY)], extension))
    assert (identity.kind, identity.basis) == ("unknown", "service")


def test_numbers_are_read_where_the_certificate_has_them() -> None:
    parts = [(CN, "Nguyễn Văn An"), (UID, "CCCD:001099000001"), (UID, "MST:0100109106"), (O, MINISTRY)]
    identity = identify(certificate(parts))
    assert (identity.person_id, identity.organisation_id) == ("CCCD:001099000001", "MST:0100109106")
    assert (identity.organisation, identity.issuer, identity.serial) == (MINISTRY, "CA", 7)


def test_a_name_that_hides_characters_is_shown_without_them() -> None:
    assert identify(certificate([(CN, "Nguyễn\u202e Văn\u200b  An")])).name == "Nguyễn Văn An"


@pytest.mark.parametrize("garbage", [b"", b"\x30\x00", b"no certificate"])
def test_what_is_no_certificate_is_a_trust_error(garbage: bytes) -> None:
    with pytest.raises(TrustError, match="cannot be read"):
        identify(garbage)
