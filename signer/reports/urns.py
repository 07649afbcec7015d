"""Names that ETSI TS 119 102-2 gives to things, and how its elements are written."""

import base64
import xml.etree.ElementTree as ET
from contextlib import suppress
from datetime import UTC, datetime

from signer.reports.markup import visible

ETSI = "urn:etsi:019102:"
"""Begins the standard's own identifiers."""
OURS = "urn:congvan:"
"""Begins ours: constraints, their parameters, reasons."""

_SPACES = {
    "vr": "http://uri.etsi.org/19102/v1.4.1#",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "XAdES": "http://uri.etsi.org/01903/v1.3.2#",
    "tsl": "http://uri.etsi.org/02231/v2#",
}

DIGESTS = {
    "sha256": "http://www.w3.org/2001/04/xmlenc#sha256",
    "sha384": "http://www.w3.org/2001/04/xmldsig-more#sha384",
    "sha512": "http://www.w3.org/2001/04/xmlenc#sha512",
    "sha3_256": "http://www.w3.org/2007/05/xmldsig-more#sha3-256",
    "sha3_384": "http://www.w3.org/2007/05/xmldsig-more#sha3-384",
    "sha3_512": "http://www.w3.org/2007/05/xmldsig-more#sha3-512",
}
"""Digests that a signature may use, by their URIs (RFC 9231 §2.1)."""

_SIGNED = {
    "rsassa_pkcs1v15": "http://www.w3.org/2001/04/xmldsig-more#rsa-{digest}",
    "ecdsa": "http://www.w3.org/2001/04/xmldsig-more#ecdsa-{digest}",
    "rsassa_pss": "http://www.w3.org/2007/05/xmldsig-more#{digest}-rsa-MGF1",
}

ALGORITHMS = {
    f"{digest} {name}": uri.format(digest=digest)
    for digest in ("sha256", "sha384", "sha512")
    for name, uri in _SIGNED.items()
}
"""Signature algorithms by their URIs (RFC 9231 §2.3)."""


def register() -> None:
    """Let the usual prefixes stand for the namespaces."""
    for prefix, space in _SPACES.items():
        ET.register_namespace(prefix, space)


def tag(name: str) -> str:
    """Return `prefix:Name` with its namespace written out."""
    prefix, _, local = name.partition(":")
    return f"{{{_SPACES[prefix]}}}{local}"


def add(parent: ET.Element, name: str, content: str | bytes | None = None, **attributes: str) -> ET.Element:
    """Add an element with a text, or with bytes in base64; return it. A stranger's text is made visible."""
    child = ET.SubElement(parent, tag(name), attributes)
    if isinstance(content, bytes):
        child.text = base64.b64encode(content).decode("ascii")
    elif content is not None:
        child.text = visible(content)
    return child


def digest(parent: ET.Element, algorithm: str, value: bytes) -> None:
    """Add a `DigestAlgAndValue`; an algorithm without a URI of its own is named by a URN."""
    held = add(parent, "vr:DigestAlgAndValue")
    uri = DIGESTS.get(algorithm, f"{OURS}digest:{''.join(filter(str.isalnum, algorithm))}")
    add(held, "ds:DigestMethod", Algorithm=uri)
    add(held, "ds:DigestValue", value)


def moment(moment: datetime) -> str:
    """Return a moment as xs:dateTime in UTC, to the second.

    A stranger may claim one that is before the year 1 or after 9999 in UTC: it is told in its own zone.
    """
    with suppress(OverflowError):
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
