"""Make a small hierarchy, what its issuers said, and evidence of verdicts: python -m tests.vectors.trust.make

All keys are new. Those of the issuer, of who signs and of who stamps are kept, so that what is garbled can be
signed anew (tests/fuzz/anew.py); the root's, the supervisor's and the responders' are forgotten.
"""

import asyncio
import base64
import dataclasses
import datetime as dt
import io
import json
from collections.abc import Mapping
from pathlib import Path

from asn1crypto import keys
from cryptography import x509 as pyca
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import AuthorityInformationAccessOID
from lxml import etree
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore
from signxml.algorithms import CanonicalizationMethod, SignatureMethod
from signxml.signer import XMLSigner

from pki.clock import SystemClock
from pki.query import Asking, Query
from pki.reach import NotFetched
from pki.trust import Anchors
from signer import repeating
from signer.policy import Policy
from tests.signer import path_samples as made
from tests.signer.path_samples import DAY, Row, Who
from tests.vectors.honest.pages import page

HERE = Path(__file__).parent
ROOT_LIST, ISSUER_LIST, OCSP_AT = (
    f"http://{each}" for each in ("root.test/list.crl", "issuer.test/list.crl", "issuer.test/ocsp")
)
_SPACE = "http://uri.etsi.org/02231/v2#"
_KIND = "http://uri.etsi.org/TrstSvc/Svctype/CA/QC"
_GRANTED = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted"


def by_ocsp() -> made.Extension:
    named = pyca.AccessDescription(
        AuthorityInformationAccessOID.OCSP, pyca.UniformResourceIdentifier(OCSP_AT)
    )
    return pyca.AuthorityInformationAccess([named]), False


class Hierarchy:
    """A root, an authority below it, its responders, two persons, of whom one was revoked, and a stamper."""

    def __init__(self) -> None:
        self.now = SystemClock().now().replace(microsecond=0) + dt.timedelta(hours=1)  # after every stamp
        self.root = made.issue("Root", ca=True)
        self.issuer = made.issue("Issuer", self.root, made.point(ROOT_LIST), ca=True)
        shown = (made.point(ISSUER_LIST), by_ocsp())
        self.good = made.issue("Good", self.issuer, *shown)
        self.gone = made.issue("Gone", self.issuer, *shown)
        self.classic = made.issue("Classic", self.issuer, *shown, key=_rsa())
        stamping = made.purposes(made.TSA)
        self.stamper = made.issue("Stamper", self.issuer, made.point(ISSUER_LIST), stamping, key=_rsa())
        answering = made.purposes(made.OCSP, critical=False)
        self.responder = made.issue("Responder", self.issuer, answering, made.NO_CHECK)
        self.listed = made.issue("Listed", self.issuer, answering)

    def answers(self) -> Mapping[str, bytes]:
        """What was ever said, by a name that tells what it is."""
        now, gone = self.now, Row(self.gone, self.now - 3 * DAY)
        times = {"at": now - DAY, "until": now + 7 * DAY}
        about = {"at": now - DAY, "until": now + DAY}
        held = Row(self.good, now - 9 * DAY, pyca.ReasonFlags.certificate_hold)
        return {
            "root.crl": made.revocations(self.root, **times),
            "issuer.crl": made.revocations(self.issuer, gone, **times),
            "stale.crl": made.revocations(self.issuer, held, at=now - 90 * DAY, until=now - 80 * DAY),
            "scoped.crl": made.revocations(self.issuer, gone, more=[made.scope(full=ISSUER_LIST)], **times),
            "good.ocsp": made.answer(self.good, self.issuer, self.responder, **about),
            "direct.ocsp": made.answer(self.good, self.issuer, **about),
            "listed.ocsp": made.answer(self.good, self.issuer, self.listed, **about),
            "gone.ocsp": made.answer(self.gone, self.issuer, self.responder, revoked=gone.when, **about),
        }  # fmt: skip

    async def signed(self, who: Who, *, stamped: bool) -> bytes:
        """A page signed by somebody, with a time-stamp or without."""
        store = SimpleCertificateStore()
        for each in (self.root, self.issuer):
            store.register(each.loaded)
        metadata = PdfSignatureMetadata(
            field_name="a", subfilter=SigSeedSubFilter.PADES, md_algorithm="sha256", signer_key_usage=set()
        )
        signer = SimpleSigner(who.loaded, _info(who), cert_registry=store)
        stamper = DummyTimeStamper(self.stamper.loaded, _info(self.stamper), certs_to_embed=store)
        work = PdfSigner(metadata, signer, timestamper=stamper if stamped else None)
        return (await work.async_sign_pdf(IncrementalPdfFileWriter(io.BytesIO(page())))).getvalue()


def _rsa() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)  # pyHanko's own authority knows no other


def _info(who: Who) -> keys.PrivateKeyInfo:
    return keys.PrivateKeyInfo.load(who.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))


@dataclasses.dataclass(frozen=True)
class Answering:
    """A source that knows some answers by their address."""

    known: Mapping[str, bytes]

    async def __call__(self, query: Query, _how: Asking) -> bytes:
        if query.url not in self.known:
            raise NotFetched("{url} did not answer.", url=query.url)
        return self.known[query.url]


def trusted_list(supervisor: Who, authority: Who, until: dt.datetime) -> bytes:
    """A signed list of one authority that is granted (ETSI TS 119 612)."""
    encoded = base64.b64encode(authority.der).decode()
    text = f"""<TrustServiceStatusList xmlns="{_SPACE}" Id="tsl"><SchemeInformation>
      <NextUpdate><dateTime>{until:%Y-%m-%dT%H:%M:%SZ}</dateTime></NextUpdate></SchemeInformation>
      <TrustServiceProviderList><TrustServiceProvider><TSPServices><TSPService><ServiceInformation>
      <ServiceTypeIdentifier>{_KIND}</ServiceTypeIdentifier><ServiceDigitalIdentity><DigitalId>
      <X509Certificate>{encoded}</X509Certificate></DigitalId></ServiceDigitalIdentity>
      <ServiceStatus>{_GRANTED}</ServiceStatus></ServiceInformation></TSPService></TSPServices>
      </TrustServiceProvider></TrustServiceProviderList></TrustServiceStatusList>"""
    c14n = CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0
    one = XMLSigner(signature_algorithm=SignatureMethod.ECDSA_SHA256, c14n_algorithm=c14n)
    return etree.tostring(one.sign(etree.fromstring(text), key=supervisor.key, cert=[supervisor.issued]))


async def make() -> None:
    every = Hierarchy()
    answers = every.answers()
    policy = Policy(anchors=Anchors((every.root.der,)), require="any", at=every.now)
    told = {ROOT_LIST: answers["root.crl"], ISSUER_LIST: answers["issuer.crl"]}
    cases = {
        "good-listed": (every.good, False, told),
        "good-answered": (every.good, False, told | {OCSP_AT: answers["good.ocsp"]}),
        "good-stamped": (every.good, True, told | {OCSP_AT: answers["direct.ocsp"]}),
        "gone-listed": (every.gone, False, told),
        "gone-answered": (every.gone, False, told | {OCSP_AT: answers["gone.ocsp"]}),
        "silent": (every.good, False, {}),
        "classic-stamped": (every.classic, True, told),
    }
    passed = {}
    for name, (who, stamped, known) in cases.items():
        pdf = await every.signed(who, stamped=stamped)
        repeating.at_the_desk = Answering(known)  # type: ignore[assignment]
        report, evidence = await repeating.examine_with_evidence(pdf, policy)
        passed[name] = report.passed
        (HERE / f"{name}.pdf").write_bytes(pdf)
        (HERE / f"{name}.evidence.json").write_bytes(evidence.encode())
    supervisor = made.issue("Supervisor")
    files = {
        f"{each}.der": getattr(every, each).der
        for each in ("root", "issuer", "good", "gone", "classic", "stamper")
    }
    files |= {"supervisor.der": supervisor.der, **answers}
    for each in ("issuer", "good", "classic", "stamper"):
        files[f"{each}.key"] = _info(getattr(every, each)).dump()
    files["list.xml"] = trusted_list(supervisor, every.issuer, every.now + 90 * DAY)
    for name, content in files.items():
        (HERE / name).write_bytes(content)
    expected = {"at": every.now.isoformat(), "passed": passed}
    (HERE / "expected.json").write_text(json.dumps(expected, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(make())
