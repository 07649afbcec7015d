"""The validation objects of an ETSI report (TS 119 102-2 §4.4): certificates, time-stamps, status answers."""

import hashlib
import xml.etree.ElementTree as ET
from collections.abc import Iterable

from signer.facts import Event, EventKind, Link
from signer.reports.urns import ETSI, add, digest, moment, tag

_KINDS = {
    EventKind.SIGNATURE_STAMP: "timestamp",
    EventKind.DOCUMENT_STAMP: "timestamp",
    EventKind.OCSP: "OCSPResponse",
    EventKind.CRL: "CRL",
}


class Objects:
    """Each object once, under an identifier made of what it is and its SHA-256."""

    def __init__(self) -> None:
        self._held: dict[str, ET.Element] = {}

    def __len__(self) -> int:
        return len(self._held)

    def listed(self) -> ET.Element:
        """Return the list of all objects."""
        objects = ET.Element(tag("vr:SignatureValidationObjects"))
        objects.extend(self._held.values())
        return objects

    def certificate(self, link: Link) -> str:
        """Hold a certificate; return its identifier."""
        return self._hold("certificate", link.sha256, link.encoded)

    def evidence(self, event: Event) -> str:
        """Hold a time-stamp, an OCSP response or a list; return its identifier."""
        sha256 = event.sha256 or hashlib.sha256(event.encoded).hexdigest()
        return self._hold(_KINDS[event.kind], sha256, event.encoded)

    def stamp(self, event: Event, *, covering: Iterable[str] = (), judged: ET.Element | None = None) -> str:
        """Hold a time-stamp; return its identifier.

        `covering`: the fields of the signatures that it proves to be older. `judged` is its own report.
        """
        name = self.evidence(event)
        held = self._held[name]
        fields = list(covering)
        if fields and event.trusted and held.find(tag("vr:POEProvisioning")) is None:
            proof = add(held, "vr:POEProvisioning")
            add(proof, "vr:POETime", moment(event.moment))
            for field in fields:
                add(add(proof, "vr:SignatureReference"), "vr:PAdESFieldName", field)
        if judged is not None and held.find(tag("vr:ValidationReport")) is None:
            held.append(judged)
        return name

    def _hold(self, kind: str, sha256: str, encoded: bytes) -> str:
        name = f"{kind}-{sha256}"
        if name not in self._held:
            held = ET.Element(tag("vr:ValidationObject"), {"id": name})
            add(held, "vr:ObjectType", f"{ETSI}validationObject:{kind}")
            shown = add(held, "vr:ValidationObjectRepresentation")
            if encoded:
                add(shown, "vr:base64", encoded)
            else:
                digest(shown, "sha256", bytes.fromhex(sha256))
            self._held[name] = held
        return name
