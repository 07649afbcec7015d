"""Trusted lists in the form of ETSI TS 119 612: which services a supervisor grants, read from what it signed.

A list is a file that the operator supplies. Its signer is pinned by the SHA-256 of the certificate, and only
the element that this signature is proven to cover is read: whatever else the file holds, nobody signed it.
"""

import base64
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from pki.certificate_files import MAX_CERTIFICATES, der
from pki.digest import Digest
from pki.errors import AnchorError, UsageError
from pki.unreadable import UNREADABLE

MAX_BYTES = 32 << 20
"""The largest list read; those of the EU have some megabytes."""

Kind = Literal["ca", "tsa"]

_TSL = "{http://uri.etsi.org/02231/v2#}"
_DSIG = "{http://www.w3.org/2000/09/xmldsig#}"
_GRANTED = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted"
_TYPES: dict[str, Kind] = {
    "http://uri.etsi.org/TrstSvc/Svctype/CA/QC": "ca",
    "http://uri.etsi.org/TrstSvc/Svctype/TSA/QTST": "tsa",
    "http://uri.etsi.org/TrstSvc/Svctype/TSA": "tsa",
}
"""TS 119 612 §5.5.1.1 and §5.5.1.2: authorities for qualified certificates, and time-stamp authorities."""

_ODD = (ValueError, TypeError, LookupError, AttributeError)
"""What libraries raise besides their own errors when a stranger wrote what they read."""

_DOCTYPE = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Service:
    """A service that is granted now, by one of its certificates (DER)."""

    kind: Kind
    certificate: bytes


def granted(content: bytes, signers: Collection[str], file: Path, now: datetime) -> tuple[Service, ...]:
    """Return the services that a list grants; `signers` are the SHA-256 (hex) of who may sign it.

    Raises `AnchorError` for what is no list, is not signed by one of them as a whole, or is out of date, and
    `UsageError` where the libraries that read XML are not installed.
    """
    if len(content) > MAX_BYTES:
        raise UsageError("{path} is larger than the limit of {limit} bytes.", path=file, limit=MAX_BYTES)
    if (
        _DOCTYPE.search(content) or b"\x00" in content[:64]
    ):  # no entities, and no encoding that would hide them
        raise _no_list(file)
    root = _signed(content, signers, file)
    try:
        until = _text(root, "SchemeInformation", "NextUpdate", "dateTime")
        ends = None if until is None else datetime.fromisoformat(until)
        services = tuple(dict.fromkeys(_services(root)))
    except UNREADABLE as error:
        raise _no_list(file) from error
    if (
        ends is None or ends.tzinfo is None or ends < now
    ):  # TS 119 612 §5.3.15: it shall then be considered void
        raise AnchorError(
            "The trusted list {path} is out of date.",
            hint="Get the newest one from its supervisor.",
            path=file,
        )
    return services


def _signed(content: bytes, signers: Collection[str], file: Path) -> Any:
    """Return the element that a pinned signer signed, if it is the whole list."""
    try:
        from lxml import etree
        from signxml.exceptions import SignXMLException
        from signxml.verifier import SignatureConfiguration, XMLVerifier
    except ImportError as error:
        raise UsageError(
            "What reads trusted lists is not installed.",
            hint="Install congvan with its extra: trusted-lists.",
        ) from error
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
        signatures = root.findall(f"{_DSIG}Signature")
        (signer,) = {each for one in signatures for each in _pinned(one, signers)}
        references = len(signatures[0].findall(f"{_DSIG}SignedInfo/{_DSIG}Reference"))
        config = SignatureConfiguration(location="./", expect_references=references)
        found = XMLVerifier().verify(root, x509_cert=signer, expect_config=config)
    except (SignXMLException, etree.LxmlError, UnsupportedAlgorithm, *_ODD) as error:
        raise AnchorError(
            "The trusted list {path} is not signed by any of the signers that are pinned.",
            hint="Was the file swapped, or does the supervisor sign with a new certificate?",
            path=file,
        ) from error
    proven = [each.signed_xml for each in (found if isinstance(found, list) else [found])]
    for each in proven:
        if each is not None and each.tag == f"{_TSL}TrustServiceStatusList" and len(signatures) == 1:
            return each
    raise _no_list(file)


def _pinned(signature: Any, signers: Collection[str]) -> Iterator[x509.Certificate]:
    for each in signature.iterfind(f"{_DSIG}KeyInfo/{_DSIG}X509Data/{_DSIG}X509Certificate"):
        certificate = _certificate(each.text)
        if Digest.of(der(certificate)).value.hex() in signers:
            yield certificate


def _services(root: Any) -> Iterator[Service]:
    path = "/".join(f"{_TSL}{name}" for name in _TO_SERVICES)
    count = 0
    for service in root.iterfind(path):
        kind = _TYPES.get(_text(service, "ServiceTypeIdentifier") or "")
        if kind is None or _text(service, "ServiceStatus") != _GRANTED:
            continue
        identity = "/".join(
            f"{_TSL}{name}" for name in ("ServiceDigitalIdentity", "DigitalId", "X509Certificate")
        )
        for each in service.iterfind(identity):
            count += 1
            if count > MAX_CERTIFICATES:
                raise ValueError("too many certificates")
            yield Service(kind, der(_certificate(each.text)))


_TO_SERVICES = (
    "TrustServiceProviderList",
    "TrustServiceProvider",
    "TSPServices",
    "TSPService",
    "ServiceInformation",
)


def _text(element: Any, *names: str) -> str | None:
    text = element.findtext("/".join(f"{_TSL}{name}" for name in names))
    return text.strip() if isinstance(text, str) else None


def _certificate(text: str | None) -> x509.Certificate:
    return x509.load_der_x509_certificate(base64.b64decode("".join((text or "").split()), validate=True))


def _no_list(file: Path) -> AnchorError:
    return AnchorError("{path} is no trusted list that can be read.", path=file)
