"""A document that carries signatures is only extended, and only by what they allow."""

import datetime as dt
import io

import pytest
from asn1crypto import keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from pki.clock import SystemClock
from signer.drafting import draft
from signer.errors import NotSignable, WrongStage
from tests.signer.drafting_samples import dispatch, rewritten

DER = serialization.Encoding.DER


@pytest.fixture(scope="module")
def stranger() -> signers.SimpleSigner:
    """Somebody who signed before us, with a key of his own."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Người ký trước")])
    start = SystemClock().now() - dt.timedelta(days=1)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 7, start, start + dt.timedelta(days=30))
    usage = x509.KeyUsage(*[True, True, *[False] * 7])
    certificate = builder.add_extension(usage, critical=True).sign(key, hashes.SHA256())
    private = key.private_bytes(DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return signers.SimpleSigner(
        asn1_x509.Certificate.load(certificate.public_bytes(DER)),
        keys.PrivateKeyInfo.load(private),
        SimpleCertificateStore(),
    )


def signed(
    pdf: bytes, signer: signers.SimpleSigner, *, spec: fields.SigFieldSpec | None = None, **metadata: object
) -> bytes:
    target = IncrementalPdfFileWriter(io.BytesIO(pdf))
    about = signers.PdfSignatureMetadata(field_name="earlier", md_algorithm="sha256", **metadata)
    return bytes(signers.sign_pdf(target, about, signer=signer, new_field_spec=spec).getvalue())


def test_the_signed_bytes_stay_and_the_earlier_signature_stays_good(stranger: signers.SimpleSigner) -> None:
    source = signed(dispatch(), stranger)
    made = draft(source)
    assert made.pdf.startswith(source)
    signature = PdfFileReader(io.BytesIO(made.pdf)).embedded_signatures[0]
    status = validate_pdf_signature(signature, ValidationContext(trust_roots=[stranger.signing_cert]))
    assert status.bottom_line
    assert status.modification_level.name == "FORM_FILLING"


def test_only_signature_fields_are_added_and_the_drafter_is_told(stranger: signers.SimpleSigner) -> None:
    made = draft(signed(dispatch(), stranger))
    assert set(made.places) == {"sign", "seal"}
    assert ["can no longer be printed" in str(note) for note in made.notes] == [True]
    names = {name for name, _, _ in fields.enumerate_sig_fields(PdfFileReader(io.BytesIO(made.pdf)))}
    assert names == {"earlier", "layer1", "layer2"}


def test_a_printed_number_needs_no_note(stranger: signers.SimpleSigner) -> None:
    whole = dispatch(number="Số: 15/UBND-VP", date="Hà Nội, ngày 05 tháng 3 năm 2026")
    assert draft(signed(whole, stranger)).notes == ()


@pytest.mark.parametrize("allowed", list(fields.MDPPerm))
def test_a_certified_document_is_refused(allowed: fields.MDPPerm, stranger: signers.SimpleSigner) -> None:
    source = signed(dispatch(), stranger, certify=True, docmdp_permissions=allowed)
    with pytest.raises(NotSignable, match="field earlier forbids"):
        draft(source)


def test_a_signature_that_locks_every_field_is_refused(stranger: signers.SimpleSigner) -> None:
    lock = fields.FieldMDPSpec(fields.FieldMDPAction.ALL)
    spec = fields.SigFieldSpec("earlier", field_mdp_spec=lock)
    with pytest.raises(NotSignable, match="field earlier forbids"):
        draft(signed(dispatch(), stranger, spec=spec))


def test_a_signed_draft_is_not_drafted_again(stranger: signers.SimpleSigner) -> None:
    with pytest.raises(WrongStage, match="layer1"):
        draft(draft(signed(dispatch(), stranger)).pdf)


def test_an_empty_signature_field_of_others_does_not_make_a_signed_document() -> None:
    target = IncrementalPdfFileWriter(io.BytesIO(dispatch()))
    fields.append_signature_field(target, fields.SigFieldSpec("later"))
    out = io.BytesIO()
    target.write(out)
    made = draft(rewritten(out.getvalue(), lambda _: None))
    assert "number" in made.places
