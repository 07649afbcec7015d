"""The report as XML by ETSI TS 119 102-2 V1.4.1, for archives and for programs that know no other form.

One `SignatureValidationReport` for each signature; document time-stamps are validation objects with a report
of their own. The report carries no signature inside; whoever seals it (`signer.attesting`) is named as its
`SignatureValidator`. Reasons are in English: programs compare the URNs.
"""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import replace

from pki.words import Sentence
from signer.agency import FITTING
from signer.facts import Event, EventKind
from signer.policy import Policy
from signer.report import Changes, Indication, Report, SignatureReport, Verdict, worst
from signer.reports.etsi_objects import Objects
from signer.reports.urns import ALGORITHMS, DIGESTS, ETSI, OURS, add, digest, moment, register, tag
from signer.reports.verifier import Verifier

_WHOLE = {
    Indication.TOTAL_PASSED: "total-passed",
    Indication.INDETERMINATE: "indeterminate",
    Indication.TOTAL_FAILED: "total-failed",
}
"""What a signature came to (EN 319 102-1 §5.1.3); of a time-stamp without the "total-"."""

_NOT_RELIED_ON = frozenset({"CRYPTO_CONSTRAINTS_FAILURE", "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"})


def etsi_xml(report: Report, policy: Policy, verifier: Verifier | None = None) -> bytes:
    """Return the report, UTF-8; `verifier` is who seals it."""
    register()
    root = ET.Element(tag("vr:ValidationReport"))
    objects = Objects()
    writing = _Writing(report, policy, objects)
    for number, each in enumerate(_held_to_the_whole(report), 1):
        writing.signature(add(root, "vr:SignatureValidationReport"), each, f"S-{number}")
    if not report.signatures:
        writing.unsigned(add(root, "vr:SignatureValidationReport"))
    for number, each in enumerate(report.timestamps, 1):
        token = next((event for event in each.events if event.kind is EventKind.DOCUMENT_STAMP), None)
        if token is not None:
            held = ET.Element(tag("vr:ValidationReport"))
            writing.signature(held, each, f"D-{number}", is_stamp=True)
            objects.stamp(token, covering=_covered(report, each), judged=held)
    if len(objects):
        root.append(objects.listed())
    if verifier is not None:
        identity = add(add(root, "vr:SignatureValidator"), "vr:DigitalId")
        add(identity, "tsl:X509Certificate", verifier.certificate)
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _held_to_the_whole(report: Report) -> tuple[SignatureReport, ...]:
    """Return the signatures; where the document as a whole is judged worse than any of them, judged so too.

    The form has no place for a document's own verdict, and nobody shall read a yes out of it that is a no:
    what the policy asks of the whole is a constraint on each signature (EN 319 102-1 §5.2.8).
    """
    # Not the time-stamps': one that is not trusted condemns nothing, and would pass for what the document is.
    own = worst(each.verdict for each in report.signatures)
    if worst((own, report.verdict)).indication is own.indication:
        return report.signatures
    return tuple(replace(each, verdict=report.verdict) for each in report.signatures)


def _covered(report: Report, stamp: SignatureReport) -> Iterator[str]:
    """Yield the fields of the signatures that a document time-stamp covers: those of earlier revisions."""
    for each in report.signatures:
        if each.binding and stamp.binding and each.binding.revision < stamp.binding.revision:
            yield each.field


class _Writing:
    """Writes what TS 119 102-2 §4.3 wants of each signature, in its order."""

    def __init__(self, report: Report, policy: Policy, objects: Objects) -> None:
        self._report = report
        self._policy = policy
        self._objects = objects

    def signature(
        self, parent: ET.Element, each: SignatureReport, name: str, *, is_stamp: bool = False
    ) -> None:
        """Write the report of one signature."""
        self._identifier(parent, each, name)
        self._constraints(parent, each)
        self._times(parent, each)
        if each.binding is not None:
            document = add(parent, "vr:SignersDocument")
            digest(document, each.binding.digest, each.binding.message)
        self._attributes(parent, each)
        if each.links:
            signer = add(parent, "vr:SignerInformation")
            add(signer, "vr:SignerCertificate", VOReference=self._objects.certificate(each.links[-1]))
            add(signer, "vr:Signer", each.signer or each.links[-1].name)
        process = add(parent, "vr:SignatureValidationProcess")
        add(process, "vr:SignatureValidationProcessID", f"{ETSI}validationprocess:{_process(each)}")
        self._data(self.status(parent, each.verdict, is_stamp=is_stamp), each, name)

    def unsigned(self, parent: ET.Element) -> None:
        """Write the report of a document in which no signature was found: of which document, and why."""
        if self._report.sha256 is not None:
            digest(add(parent, "vr:SignersDocument"), "sha256", bytes.fromhex(self._report.sha256))
        self.status(parent, self._report.verdict)

    def status(self, parent: ET.Element, verdict: Verdict, *, is_stamp: bool = False) -> ET.Element:
        """Write an indication (§4.3.12) with its reasons; return it."""
        status = add(parent, "vr:SignatureValidationStatus")
        word = _WHOLE[verdict.indication]
        word = word.removeprefix("total-") if is_stamp else word
        add(status, "vr:MainIndication", f"{ETSI}mainindication:{word}")
        if verdict.sub_indication is not None:
            add(status, "vr:SubIndication", f"{ETSI}subindication:{verdict.sub_indication}")
        return status

    def _identifier(self, parent: ET.Element, each: SignatureReport, name: str) -> None:
        # §4.3.3: the digest is that of what the key signed.
        identifier = add(parent, "vr:SignatureIdentifier", id=name)
        if each.binding is not None:
            digest(identifier, "sha256", each.binding.signed)
            add(identifier, "ds:SignatureValue", each.binding.value)
        add(identifier, "vr:HashOnly", "false")
        add(identifier, "vr:DocHashOnly", "false")

    def _constraints(self, parent: ET.Element, each: SignatureReport) -> None:
        evaluated = add(parent, "vr:ValidationConstraintsEvaluationReport")
        policy = add(evaluated, "vr:SignatureValidationPolicy")
        add(add(policy, "vr:SignaturePolicyIdentifier"), "XAdES:SignaturePolicyImplied")
        add(policy, "vr:PolicyName", self._report.policy or "congvan verify")
        for name, asked, answer in self._asked(each):
            one = add(evaluated, "vr:ValidationConstraint")
            add(one, "vr:ValidationConstraintIdentifier", f"{OURS}constraint:{name}")
            if asked is not None:
                parameter = add(one, "vr:ValidationConstraintParameter")
                add(parameter, "vr:Type", f"{OURS}parameter:{name}")
                add(parameter, "vr:Value", asked)
            applied = "disabled" if answer is None else "applied"
            add(add(one, "vr:ConstraintStatus"), "vr:Status", f"{ETSI}constraintStatus:{applied}")
            if answer is not None:
                status = add(one, "vr:ValidationStatus")
                add(status, "vr:MainIndication", f"{ETSI}mainindication:{answer}")

    def _asked(self, each: SignatureReport) -> Iterator[tuple[str, str | None, str | None]]:
        """Yield each constraint, its parameter, and how it was met: None where it was not asked for."""
        yield "covered-bytes-intact", None, _met(each.intact)
        later = None if not each.intact else _met(each.changes is not Changes.FORBIDDEN)
        yield "later-changes-allowed", None, later
        trusted = None if not each.intact else "passed" if each.path else "indeterminate"
        yield "path-to-a-trusted-root", str(len(self._policy.anchors.roots)), trusted
        status = "on hold" if each.on_hold else each.revocation
        standing = {"good": "passed", "revoked": "failed"}.get(status, "indeterminate")
        asked = self._policy.revocation
        yield "certificate-not-revoked", asked, None if asked == "ignore" else standing
        require = self._policy.require
        yield "two-layers", require, _met(self._report.two_layer) if require == "two-layer" else None
        header = self._report.header
        named = None if header is None else "passed" if header.compared in FITTING else "indeterminate"
        yield "header-names-the-seal", None if header is None else header.compared.value, named

    def _times(self, parent: ET.Element, each: SignatureReport) -> None:
        at = self._report.validation_time
        if at is None:
            return
        times = add(parent, "vr:ValidationTimeInfo")
        add(times, "vr:ValidationTime", moment(at))
        proof = add(times, "vr:BestSignatureTime")
        best = each.best_signature_time or at
        add(proof, "vr:POETime", moment(best))
        add(proof, "vr:TypeOfProof", f"{ETSI}poetype:validation")
        stamp = next((event for event in self._stamps() if event.moment == best), None)
        if stamp is not None and each.best_signature_time is not None:
            add(proof, "vr:POEObject", VOReference=self._objects.stamp(stamp))

    def _stamps(self) -> Iterator[Event]:
        kinds = (EventKind.SIGNATURE_STAMP, EventKind.DOCUMENT_STAMP)
        for each in (*self._report.signatures, *self._report.timestamps):
            yield from (
                event for event in each.events if event.kind in kinds and event.trusted and event.sha256
            )

    def _attributes(self, parent: ET.Element, each: SignatureReport) -> None:
        """Write the attributes that this examination reads (annex A)."""
        bound = each.binding
        if bound is None:
            return
        attributes = add(parent, "vr:SignatureAttributes")
        if each.signing_time is not None:
            claimed = add(attributes, "vr:SigningTime", Signed="true")
            add(claimed, "vr:Time", moment(each.signing_time))
        for event in each.events:
            if event.kind is EventKind.SIGNATURE_STAMP:
                stamp = add(attributes, "vr:SignatureTimeStamp", Signed="false")
                reference = self._objects.stamp(event, covering=(each.field,))
                add(stamp, "vr:AttributeObject", VOReference=reference)
                add(stamp, "vr:TimeStampValue", moment(event.moment))
        message = add(attributes, "vr:MessageDigest", Signed="true")
        add(message, "vr:Digest", bound.message)
        sub_filter = add(attributes, "vr:SubFilter", Signed="true")
        add(sub_filter, "vr:SubFilterElement", bound.sub_filter.removeprefix("/"))
        add(attributes, "vr:ByteRange", " ".join(map(str, bound.byte_range)))

    def _data(self, status: ET.Element, each: SignatureReport, name: str) -> None:
        """Write what the indication rests on (§4.3.12.4)."""
        data = add(status, "vr:AssociatedValidationReportData")
        self._chain(data, each)
        for event in each.events:
            if event.kind in (EventKind.OCSP, EventKind.CRL):
                add(data, "vr:RelatedValidationObject", VOReference=self._objects.evidence(event))
        self._revoked(data, each)
        self._crypto(data, each, name)
        self._reasons(data, (*each.verdict.reasons, *each.notes))

    def _chain(self, data: ET.Element, each: SignatureReport) -> None:
        if not each.links:
            return
        *above, own = [self._objects.certificate(link) for link in each.links]
        if each.path:
            add(data, "vr:TrustAnchor", VOReference=above[0] if above else own)
        chain = add(data, "vr:CertificateChain")
        add(chain, "vr:SigningCertificate", VOReference=own)
        for reference in reversed(above[1:]):
            add(chain, "vr:IntermediateCertificate", VOReference=reference)
        if each.path and above:
            add(chain, "vr:TrustAnchor", VOReference=above[0])

    def _revoked(self, data: ET.Element, each: SignatureReport) -> None:
        revoked = next((event for event in each.events if event.kind is EventKind.REVOKED), None)
        named = [link for link in each.links if revoked is not None and link.name == revoked.about]
        if revoked is None or not named:
            return
        about = add(data, "vr:RevocationStatusInformation")
        add(about, "vr:ValidationObjectId", VOReference=self._objects.certificate(named[-1]))
        add(about, "vr:RevocationTime", moment(revoked.moment))

    def _crypto(self, data: ET.Element, each: SignatureReport, name: str) -> None:
        uri = ALGORITHMS.get(each.algorithm or "")
        if uri is None or each.binding is None:
            return
        crypto = add(data, "vr:CryptoInformation")
        add(crypto, "vr:ValidationObjectId", VOReference=name)
        add(crypto, "vr:Algorithm", uri)
        relied_on = each.binding.digest in DIGESTS and each.verdict.sub_indication not in _NOT_RELIED_ON
        add(crypto, "vr:SecureAlgorithm", "true" if relied_on else "false")

    def _reasons(self, data: ET.Element, reasons: tuple[Sentence, ...]) -> None:
        if not reasons:
            return
        more = add(data, "vr:AdditionalValidationReportData")
        for reason in dict.fromkeys(map(str, reasons)):
            one = add(more, "vr:ReportData")
            add(one, "vr:Type", f"{OURS}reason")
            add(one, "vr:Value", reason)


def _process(each: SignatureReport) -> str:
    """Return which validation was done: EN 319 102-1 §5.3, §5.5 or §5.6."""
    if each.level == "B-LTA":
        return "LTA"
    return "Basic" if each.best_signature_time is None else "LTVM"


def _met(condition: bool) -> str:
    return "passed" if condition else "failed"
