"""Whom a certificate names: a person or an organisation.

Vietnamese certificates have no one mark for it, so the marks are asked from the surest to the weakest: the
declared purpose (ETSI EN 319 412-5), an identity number's kind, attributes that only one of the two has, and
at last the words of the name. What says neither, or both, is "unknown": a rule that needs one of them must
refuse it.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from pki.certificate import read, said
from pki.errors import TrustError
from pki.remembering import LONGEST, remembered
from pki.unreadable import UNREADABLE

Kind = Literal["person", "organisation", "unknown"]

_QC_STATEMENTS = ObjectIdentifier("1.3.6.1.5.5.7.1.3")
_QC_SIGN = bytes.fromhex("060704008e46010601")
"""id-etsi-qct-esign (EN 319 412-5 §4.2.3), DER: for signatures, so a person's."""
_QC_SEAL = bytes.fromhex("060704008e46010602")
"""id-etsi-qct-eseal, DER: an electronic seal, so an organisation's."""

_PERSON_NUMBERS = ("CMND", "CCCD", "CC", "HC", "PAS", "IDC", "PNO", "TIN")
"""Kinds of a person's number: identity card, citizen card, passport; EN 319 412-1 §5.1.3."""
_ORGANISATION_NUMBERS = ("MST", "MNS", "MDV", "MDDCQ", "MQHNS", "NTR", "VAT", "GOV")
"""Kinds of an organisation's number: tax, budget, unit; and EN 319 412-1 §5.1.4."""

_CITIZEN = re.compile(r"MST(?:[:-]|VN-)\d{12}")

ORGANISATION_WORDS = (
    "ủy ban", "uỷ ban", "ubnd", "hội đồng", "hđnd", "văn phòng", "bộ", "sở", "cục", "tổng cục", "chi cục",
    "vụ",
    "ban", "phòng", "viện", "trường", "đại học", "học viện", "bệnh viện", "trung tâm", "trạm", "kho bạc",
    "ngân hàng", "chi nhánh", "công ty", "tổng công ty", "tập đoàn", "doanh nghiệp", "hợp tác xã", "hội",
    "liên đoàn", "đảng ủy", "đảng uỷ", "đảng bộ", "tỉnh ủy", "tỉnh uỷ", "thành ủy", "thành uỷ", "huyện ủy",
    "mặt trận", "tòa án", "toà án", "viện kiểm sát", "kiểm toán", "thanh tra", "công an", "bảo hiểm xã hội",
    "đài", "báo", "nhà xuất bản", "quỹ", "thư viện", "bảo tàng", "chính phủ", "quốc hội",
    "uy ban", "cong ty", "tong cong ty", "tap doan",  # as some older certificates spell them
)  # fmt: skip
_SERVICE_PURPOSES = {
    ExtendedKeyUsageOID.TIME_STAMPING,
    ExtendedKeyUsageOID.OCSP_SIGNING,
    ExtendedKeyUsageOID.SERVER_AUTH,
    ExtendedKeyUsageOID.CODE_SIGNING,
}


_SERVICES_ALONE = _SERVICE_PURPOSES - {ExtendedKeyUsageOID.CODE_SIGNING}
"""Who has one of these serves others, whatever else he may do: a web server mostly is a client, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Whom a certificate names. `basis` tells which mark decided on the kind.

    `organisation` is the organisation of the subject (for a person: the employer), `organisation_id` its
    number, `person_id` a person's number, each as the certificate writes it. `serial` is the certificate's
    serial number.
    """

    kind: Kind
    basis: str
    name: str
    organisation: str | None
    organisation_id: str | None
    unit: str | None
    title: str | None
    person_id: str | None
    email: str | None
    issuer: str
    serial: int


def identify(certificate: bytes) -> Identity:
    """Return whom a certificate (DER) names; `TrustError` if it cannot be read."""
    try:
        return (_known if len(certificate) <= LONGEST else _read)(certificate)
    except UNREADABLE as error:
        raise TrustError("The certificate cannot be read.") from error


@remembered(256)
def _known(certificate: bytes) -> Identity:
    return _read(certificate)


def _read(encoded: bytes) -> Identity:
    certificate = read(encoded)
    subject = _Name(certificate.subject)
    kind, basis = _kind(certificate, subject)
    organisation_ids = subject.all(NameOID.ORGANIZATION_IDENTIFIER) + subject.numbers(_is_organisations)
    return Identity(
        kind=kind,
        basis=basis,
        name=subject.called,
        organisation=subject.first(NameOID.ORGANIZATION_NAME),
        organisation_id=next(iter(organisation_ids), None),
        unit=subject.first(NameOID.ORGANIZATIONAL_UNIT_NAME),
        title=subject.first(NameOID.TITLE),
        person_id=next(iter(subject.numbers(is_person_number)), None),
        email=subject.first(NameOID.EMAIL_ADDRESS),
        issuer=_Name(certificate.issuer).called,
        serial=certificate.serial_number,
    )


class _Name:
    """The texts of a subject or an issuer, read once: each attribute that is asked for is many times."""

    def __init__(self, name: x509.Name) -> None:
        self._texts: dict[ObjectIdentifier, list[str]] = {}
        for each in name:
            if isinstance(each.value, str) and each.value.strip():
                self._texts.setdefault(each.oid, []).append(_clean(each.value))
        self.called = (
            self.first(NameOID.COMMON_NAME) or self.first(NameOID.ORGANIZATION_NAME) or name.rfc4514_string()
        )

    @property
    def is_organisations(self) -> bool:
        """Whether the name is that of the organisation or its unit."""
        names = self.all(NameOID.ORGANIZATION_NAME) + self.all(NameOID.ORGANIZATIONAL_UNIT_NAME)
        return _folded(self.called) in map(_folded, names)

    def all(self, oid: ObjectIdentifier) -> list[str]:
        return self._texts.get(oid, [])

    def first(self, oid: ObjectIdentifier) -> str | None:
        return next(iter(self.all(oid)), None)

    def numbers(self, wanted: Callable[[str], bool]) -> list[str]:
        """Return the numbers that are wanted: "MST:0100109106", "CCCD-0010…", "PNOVN-…"."""
        return list(filter(wanted, self.all(NameOID.USER_ID) + self.all(NameOID.SERIAL_NUMBER)))


def _kind(certificate: x509.Certificate, subject: _Name) -> tuple[Kind, str]:
    if _is_service(certificate):
        return "unknown", "service"
    says, basis = _by_purpose(certificate), "purpose"
    for named_by, rule in _RULES:
        if not says:
            says, basis = rule(subject), named_by
    if not says:
        return "unknown", "none"
    return says.pop() if len(says) == 1 else "unknown", basis


def _by_purpose(certificate: x509.Certificate) -> set[Kind]:
    try:
        statements = certificate.extensions.get_extension_for_oid(_QC_STATEMENTS).value.public_bytes()
    except x509.ExtensionNotFound:
        return set()
    marks: tuple[tuple[bytes, Kind], ...] = ((_QC_SIGN, "person"), (_QC_SEAL, "organisation"))
    return {kind for mark, kind in marks if mark in statements}


def _by_number(subject: _Name) -> set[Kind]:
    """Tell by the kinds of the numbers; a person may have the employer's number beside the own."""
    if subject.numbers(is_person_number):
        return {"person"}
    return _of_the_numbered(subject) if subject.numbers(_is_organisations) else set()


def _by_person(subject: _Name) -> set[Kind]:
    """Only persons have a title, a given name, a surname or a pseudonym (EN 319 412-2 §4.2.4)."""
    marks = (NameOID.TITLE, NameOID.GIVEN_NAME, NameOID.SURNAME, NameOID.PSEUDONYM)
    return {"person"} if any(map(subject.all, marks)) else set()


def _by_organisation(subject: _Name) -> set[Kind]:
    """Tell by an organisation's identifier, or by a name that is the organisation's or its unit's own."""
    if subject.all(NameOID.ORGANIZATION_IDENTIFIER):
        return _of_the_numbered(subject)
    return {"organisation"} if subject.is_organisations else set()


def _of_the_numbered(subject: _Name) -> set[Kind]:
    """Tell whose certificate it is that has an organisation's number.

    It may be the employer's, in a person's certificate (EN 319 412-1 §5.1.4), and an MST of 10 digits was a
    person's, too, before July 2025: an employee must not come to seal by it. So what marks a person beside it
    leaves the kind open; no law on tax numbers closes it.
    """
    found: set[Kind] = {"organisation"}
    found |= _by_person(subject)
    return found if subject.is_organisations else found | _by_words(subject)


def _by_words(subject: _Name) -> set[Kind]:
    name = _folded(subject.called)
    if _may_be_surnamed_ban(name):
        return {"person", "organisation"} if name.isascii() or _is_of_culture(name) else {"person"}
    if any(name == word or name.startswith(f"{word} ") for word in ORGANISATION_WORDS):
        return {"organisation"}
    # A person's name: two to seven words of letters (Họ, đệm, tên).
    words = name.split()
    return {"person"} if 2 <= len(words) <= 7 and all(word.isalpha() for word in words) else set()


def _may_be_surnamed_ban(name: str) -> bool:
    """Tell whether a name is built as a person's of the family Ban (of the Dao and the Tày): Ban Thị Minh."""
    words, middle = name.split(), ("van", "thi") if name.isascii() else ("văn", "thị")
    return 3 <= len(words) <= 4 and words[0] == "ban" and words[1] in middle and all(map(str.isalpha, words))


def _is_of_culture(name: str) -> bool:
    """Tell whether what looks like a middle name begins a board's task: Ban Văn hóa, Ban Thị trường."""
    return name.removeprefix("ban ").startswith(_TASKS)


_TASKS = ("văn hóa", "văn hoá", "văn nghệ", "văn phòng", "văn thư", "văn học", "thị trường", "thị chính")

_RULES: tuple[tuple[str, Callable[[_Name], set[Kind]]], ...] = (
    ("number", _by_number),
    ("person", _by_person),
    ("organisation", _by_organisation),
    ("words", _by_words),
)


def _is_service(certificate: x509.Certificate) -> bool:
    """Tell whether it is an authority's, or for a machine's purposes alone: such sign no documents."""
    purposes = set(said(certificate, x509.ExtendedKeyUsage) or ())
    basic = said(certificate, x509.BasicConstraints)
    return (
        (basic is not None and basic.ca)
        or bool(purposes & _SERVICES_ALONE)
        or (bool(purposes) and purposes <= _SERVICE_PURPOSES)
    )


def is_person_number(text: str) -> bool:
    """Tell whether a text is a person's number as `Identity.person_id` has them: "CCCD:0010…".

    A tax number of 12 digits is the citizen's own (TT 86/2024/TT-BTC, Điều 5): an organisation's has 10, or
    13 with its branch.
    """
    return _is_number(text, _PERSON_NUMBERS) or bool(_CITIZEN.fullmatch("".join(text.split()).upper()))


def _is_organisations(text: str) -> bool:
    return _is_number(text, _ORGANISATION_NUMBERS) and not is_person_number(text)


def _is_number(text: str, kinds: tuple[str, ...]) -> bool:
    letters = text.replace(" ", "").upper()
    return any(letters.startswith((f"{kind}:", f"{kind}-", f"{kind}VN-")) for kind in kinds)


def _clean(value: str) -> str:
    """Compose letters (NFC) and drop what could make a shown name look like another."""
    if value.isascii() and value.isprintable():
        return " ".join(value.split())
    composed = unicodedata.normalize("NFC", value)
    return " ".join("".join(c for c in composed if unicodedata.category(c)[0] != "C" or c.isspace()).split())


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()
