"""One signature field after another, read so that a malformed one never hides the others."""

import contextlib
import dataclasses
import hashlib
import io
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from asn1crypto import core, crl, ocsp, x509
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfReadError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.rw_common import PdfHandler
from pyhanko.sign.fields import enumerate_sig_fields
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from pki.words import N_, Sentence
from signer.facts import Binding
from signer.pades import bounds, changes, cms, hybrids, linearized, stamps, structure
from signer.pades.certificates import is_usable
from signer.pades.contained import (
    STRANGE,
    WRONG_KEY,
    carried,
    content_stamps,
    said,
    signature_stamps,
    signer_of,
    weak,
)  # fmt: skip
from signer.pades.door import Malformed, hostile
from signer.pades.entries import entry, words
from signer.pades.filling import text_fields, texts_below
from signer.pades.lexing import Bytes
from signer.pades.parsed import Change, Parsed, Stamped
from signer.pades.revisions import History
from signer.report import PASSED, Changes, Verdict, failed

_SIGNATURES = frozenset({"/ETSI.CAdES.detached", "/adbe.pkcs7.detached"})
_STAMPS = frozenset({"/ETSI.RFC3161"})
_AFTER_ZULU = re.compile("Z.*$", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """The proof a document stores about certificates (its DSS, ISO 32000-2 §12.8.4.3)."""

    certificates: tuple[x509.Certificate, ...] = ()
    ocsps: tuple[ocsp.OCSPResponse, ...] = dataclasses.field(default=(), repr=False)
    crls: tuple[crl.CertificateList, ...] = dataclasses.field(default=(), repr=False)


def open_pdf(pdf: bytes, *, hybrid: bool = False) -> PdfFileReader:
    """Return a reader: strict, or tolerant (`reader.strict` is False) where the file breaks lesser rules.

    Raises `Malformed` for what is no PDF, is damaged, needs a password, or shows different objects to
    different readers: so may one with hybrid cross-references, which is read where that is asked for.
    """
    with hostile():
        bounds.check_bytes(pdf)
        try:
            reader = PdfFileReader(io.BytesIO(pdf), strict=True)
        except PdfReadError:
            reader = PdfFileReader(io.BytesIO(pdf), strict=False)
        if reader.encrypted:
            raise Malformed("The PDF is encrypted.")
        if reader.xrefs.hybrid_xrefs_present and not (hybrid and reader.strict and hybrids.agree(reader)):
            raise Malformed("The PDF has hybrid cross-references: old and new readers see different objects.")
        if not isinstance(reader.root, generic.DictionaryObject):
            raise Malformed("The PDF has no catalogue.")
        bounds.check_form(reader.root)
    return reader


def signature_fields(reader: PdfFileReader, limit: int) -> list[tuple[str, Any, Any]]:
    """Return name, value and field of each filled signature field; raise `Malformed` past `limit` of them."""
    with hostile():
        found = []
        for name, value, reference in enumerate_sig_fields(reader, filled_status=True):
            found.append((words(name), value, reference))
            if len(found) > limit:
                raise Malformed("The document has more than {limit} signatures.", limit=limit)
    return found


def texts(reader: PdfFileReader) -> dict[str, tuple[str, str | None]]:
    """Return the value and the mapping name (/TM) of each text field that has a value."""
    with hostile():
        return {
            name: (str(each["/V"]), str(each["/TM"]) if "/TM" in each else None)
            for name, each in text_fields(reader).items()
            if isinstance(entry(each, "/V"), generic.TextStringObject)
        }


def texts_among(reader: PdfFileReader, numbers: Collection[int]) -> frozenset[str]:
    """Return the text fields with a value that are objects of these numbers."""
    known = texts(reader).keys()
    with hostile():
        found = text_fields(reader)
        return frozenset(name for name in known if _number(found[name]) in numbers)


def places_of(reader: PdfFileReader, names: Collection[str]) -> dict[str, Any]:
    """Return some text fields by their names, each as a reference."""
    if not names:
        return {}
    with hostile():
        known = texts_below(reader)
        return {
            name: generic.IndirectObject(number, 0, reader)  # type: ignore[no-untyped-call]
            for name in sorted(names)
            if name in known and (number := _number(known[name])) is not None
        }


def _number(field: generic.DictionaryObject) -> int | None:
    place = field.container_ref
    return place.idnum if isinstance(place, generic.Reference) else None


def stored_proof(reader: PdfHandler) -> Stored:
    """Return what a document, or a revision of it, stores; `Malformed` if there is no reading the store.

    Anybody may add to it: a member that cannot be read is none. pyHanko's own reading stops at such a one,
    and knows one certificate of each issuer and number.
    """
    with hostile():
        if "/DSS" not in reader.root:
            return Stored()
        store = reader.root["/DSS"]
        return Stored(
            certificates=tuple(filter(is_usable, _members(store, "/Certs", x509.Certificate))),
            ocsps=tuple(_members(store, "/OCSPs", ocsp.OCSPResponse)),
            crls=tuple(_members(store, "/CRLs", crl.CertificateList)),
        )


def _members(store: generic.DictionaryObject, key: str, kind: type[core.Asn1Value]) -> Iterator[Any]:
    # Anybody may name one of them thousands of times: each is read once.
    for data in dict.fromkeys(each.get_object().data for each in entry(store, key, ())):
        with contextlib.suppress(Malformed), hostile():
            yield kind.load(data)


def parse(reader: PdfFileReader, history: History, name: str, reference: Any) -> Parsed:
    """Read and check one signature field by its bytes. Never raises for what a stranger wrote."""
    try:
        with hostile():
            return _parse(reader, history, name, reference)
    except Malformed as error:
        return Parsed(field=name, verdict=failed("FORMAT_FAILURE", Sentence(error.template, error.facts)))


def _parse(reader: PdfFileReader, history: History, name: str, reference: Any) -> Parsed:
    pdf = history.pdf
    signature = EmbeddedPdfSignature(reader, reference, name)
    dictionary = signature.sig_object
    is_stamp = signature.sig_object_type == "/DocTimeStamp"
    if entry(dictionary, "/SubFilter") not in (_STAMPS if is_stamp else _SIGNATURES):
        raise Malformed("The signature is of a kind that is not supported.")
    # PAdES wants DER (EN 319 142-1 §5.3); of other signatures only PDF does, and much in use does not obey.
    streamed = entry(dictionary, "/SubFilter") == "/adbe.pkcs7.detached"
    contents = signature.pkcs7_content
    coverage = structure.coverage(pdf, list(signature.byte_range), contents, streamed=streamed)
    for end in {coverage.end, len(pdf)}:
        linearized.check(pdf, end)
    parsed = Parsed(
        field=name,
        verdict=PASSED,
        is_stamp=is_stamp,
        revision=signature.signed_revision,
        coverage=coverage,
        locks=signature.fieldmdp is not None,
        stated=str(dictionary["/Reason"])[:200] if "/Reason" in dictionary else None,
    )
    parsed = _with_stamp(parsed, pdf) if is_stamp else _with_signature(parsed, signature, pdf)
    if parsed.verdict.sub_indication in ("HASH_FAILURE", "SIG_CRYPTO_FAILURE"):
        return parsed
    if not (coverage.whole_file or reader.strict):
        # A tolerant reader may see other objects than the next one, so that comparing them proves nothing.
        raise Malformed("Something follows the signed bytes of a file that breaks the rules of the format.")
    return _with_changes(parsed, changes.since(signature, coverage, history))


def _with_changes(parsed: Parsed, change: Change) -> Parsed:
    verdict = parsed.verdict
    if change.changes is Changes.FORBIDDEN and verdict.passed:
        verdict = failed("FORMAT_FAILURE", *change.words)
    return replace(parsed, change=change, verdict=verdict)


def _with_signature(parsed: Parsed, signature: EmbeddedPdfSignature, pdf: Bytes) -> Parsed:
    coverage = parsed.coverage
    assert coverage is not None
    pades = signature.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
    container = cms.read(coverage.container, content_type="data", bare=not pades)
    parsed = replace(
        parsed,
        signer=signer_of(container),
        binding=_binding(container, parsed, str(signature.sig_object["/SubFilter"])),
        signing_time=_claimed(container, signature.sig_object),
        pades=pades and container.names_signer,
        named=container.names_signer,
        algorithm=f"{container.digest} {container.signer_info['signature_algorithm'].signature_algo}",
    )
    if container.digest not in cms.DIGESTS | cms.WEAK_DIGESTS:
        return replace(parsed, verdict=weak(container.digest))
    intact, valid = container.authentic(_digest(coverage, pdf, container.digest), "data")
    if not intact:
        return replace(parsed, verdict=_HASH_FAILURE)
    if not valid:
        return replace(parsed, verdict=WRONG_KEY)
    verdict = _of_whole(container)
    return replace(
        parsed,
        intact=True,
        verdict=verdict,
        signature_stamps=tuple(signature_stamps(container)),
        said=tuple(said(container)),
        carried=carried(container),
        content_stamps=tuple(content_stamps(container, lambda algorithm: _digest(coverage, pdf, algorithm))),
    )


def _of_whole(container: cms.Container) -> Verdict:
    """Judge a container that is whole by what it says of itself."""
    if container.weakness is not None:
        return weak(container.weakness)
    return STRANGE if container.strange else PASSED


def _binding(container: cms.Container, parsed: Parsed, sub_filter: str) -> Binding:
    info, coverage = container.signer_info, parsed.coverage
    assert coverage is not None
    attributes = info["signed_attrs"]
    digests = (each["values"][0].native for each in attributes if each["type"].native == "message_digest")
    return Binding(
        digest=container.digest,
        message=next(digests, b""),
        # RFC 5652 §5.4: what is digested has the tag of a SET, not the [0] it is stored under.
        signed=hashlib.sha256(attributes.untag().dump()).digest(),
        value=info["signature"].native,
        byte_range=(0, coverage.start, coverage.stop, coverage.end - coverage.stop),
        sub_filter=sub_filter,
        revision=parsed.revision + 1,
    )


def _with_stamp(parsed: Parsed, pdf: Bytes) -> Parsed:
    coverage = parsed.coverage
    assert coverage is not None
    stamp = stamps.read(coverage.container)
    signer = signer_of(stamp.container, stamp.digest)
    parsed = replace(
        parsed,
        stamp=Stamped(signer, stamp.time, stamp.encoded),
        signer=signer,
        binding=_binding(stamp.container, parsed, "/ETSI.RFC3161"),
    )
    if not stamp.authentic_over(lambda algorithm: _digest(coverage, pdf, algorithm)):
        return replace(parsed, verdict=_HASH_FAILURE)
    parsed = replace(parsed, intact=True, algorithm=stamp.container.digest)
    return replace(parsed, verdict=STRANGE) if stamp.container.strange else parsed


def _digest(coverage: structure.Coverage, pdf: Bytes, algorithm: str) -> bytes:
    hasher = hashlib.new(algorithm)
    for stretch in coverage.digested(pdf):
        hasher.update(stretch)
    return hasher.digest()


def _claimed(container: cms.Container, dictionary: generic.DictionaryObject) -> datetime | None:
    """Return when a signature claims to have been made; None where no moment can be read out of the claim.

    The signed attribute counts before /M (EN 319 142-1 §5.3). A claim proves nothing, so that one which
    breaks the rules is left out, as is one without a zone; LibreOffice writes an apostrophe behind its Z.
    """
    claimed, written = container.claimed, entry(dictionary, "/M")
    if claimed is None and isinstance(written, generic.TextStringObject):
        with contextlib.suppress(PdfReadError, ValueError, OverflowError):
            claimed = generic.parse_pdf_date(_AFTER_ZULU.sub("Z", written), strict=False)
    return claimed if claimed is not None and claimed.tzinfo is not None else None


_HASH_FAILURE = failed("HASH_FAILURE", Sentence(N_("The document was changed after it was signed.")))
