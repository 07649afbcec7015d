"""Make the files of this folder again: `python tests/vectors/bad/make.py` (pikepdf, qpdf, pyHanko).

Each stands for one reason to refuse a file; `expected.json` names the error's code. They start from the
vectors in ../pdf and from the demonstration's own document.
"""

import asyncio
import datetime as dt
import io
import zipfile
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name, String

HERE = Path(__file__).parent
GOOD = HERE.parent / "pdf" / "libreoffice-docx.pdf"
FORM = HERE.parent / "pdf" / "form-fields.pdf"
OLD = HERE.parent / "pdf" / "old-pdf-13.pdf"


def simple() -> None:
    """Files that are no PDF, or no longer one."""
    (HERE / "empty.pdf").write_bytes(b"")
    (HERE / "text.pdf").write_text("Kính gửi: đây chỉ là một tệp văn bản.\n")
    # The pages of this file lie at its end, so that nothing of them survives.
    (HERE / "truncated.pdf").write_bytes(GOOD.read_bytes()[:6000])
    (HERE / "header-only.pdf").write_bytes(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n%%EOF\n")
    with zipfile.ZipFile(HERE / "zip.pdf", "w") as archive:
        archive.writestr(zipfile.ZipInfo("word/document.xml"), "<w:document/>")


def encrypted() -> None:
    """Encrypted files: one asks everybody for a password, one only those who want to change it."""
    for name, user in (("encrypted-user.pdf", "doc"), ("encrypted-owner.pdf", "")):
        with pikepdf.open(OLD) as pdf:
            pdf.save(HERE / name, encryption=pikepdf.Encryption(user=user, owner="chu", R=6))


def scripted() -> None:
    """JavaScript in each of the places from which a reader runs it by itself, and XFA."""
    with pikepdf.open(OLD) as pdf:
        pdf.Root.OpenAction = _script("app.alert('opened')")
        pdf.save(HERE / "javascript-open.pdf", static_id=True)
    with pikepdf.open(OLD) as pdf:
        pdf.Root.Names = Dictionary(
            JavaScript=Dictionary(Names=Array([String("init"), _script("var x = 1")]))
        )
        pdf.save(HERE / "javascript-names.pdf", static_id=True)
    with pikepdf.open(FORM) as pdf:
        pdf.Root.AcroForm.Fields[0].AA = Dictionary(C=_script("event.value = util.printd('dd', new Date())"))
        pdf.save(HERE / "javascript-field.pdf", static_id=True)
    with pikepdf.open(OLD) as pdf:
        pdf.pages[0].obj.AA = Dictionary(O=_script("this.getField('number').value = '99'"))
        pdf.save(HERE / "javascript-page.pdf", static_id=True)
    with pikepdf.open(FORM) as pdf:
        template = b'<xdp:xdp xmlns:xdp="http://ns.adobe.com/xdp/"><template/></xdp:xdp>'
        pdf.Root.AcroForm.XFA = Array([String("template"), pikepdf.Stream(pdf, template)])
        pdf.save(HERE / "xfa.pdf", static_id=True)


def signed() -> None:
    """A file whose certifying signature allows no change at all (DocMDP P=1), by a throw-away key."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import fields, signers

    key, certificate = _throwaway()
    signer = signers.SimpleSigner(
        signing_cert=certificate, signing_key=key, cert_registry=_registry(certificate)
    )
    metadata = signers.PdfSignatureMetadata(
        field_name="cu", certify=True, docmdp_permissions=fields.MDPPerm.NO_CHANGES, md_algorithm="sha256"
    )
    writer = IncrementalPdfFileWriter(io.BytesIO(OLD.read_bytes()))
    done = asyncio.run(signers.async_sign_pdf(writer, metadata, signer))
    (HERE / "no-changes-allowed.pdf").write_bytes(done.getvalue())


def _script(code: str) -> Dictionary:
    return Dictionary(S=Name.JavaScript, JS=String(code))


def _throwaway() -> tuple[object, object]:
    """Return an asn1crypto key and a certificate of nobody, for one signature."""
    from asn1crypto import keys
    from asn1crypto import x509 as asn1
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Nobody")])
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=3650))
        .sign(private, hashes.SHA256())
    )
    der = serialization.Encoding.DER
    pkcs8 = private.private_bytes(der, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return keys.PrivateKeyInfo.load(pkcs8), asn1.Certificate.load(certificate.public_bytes(der))


def _registry(certificate: object) -> object:
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    store = SimpleCertificateStore()
    store.register(certificate)
    return store


if __name__ == "__main__":
    simple()
    encrypted()
    scripted()
    signed()
