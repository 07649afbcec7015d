"""Signed files in which every time is chosen: claimed, of time-stamps, of certificates, of revocations."""

import datetime as dt
import io
from collections.abc import Sequence
from typing import Any

from asn1crypto import cms, crl, keys
from asn1crypto import pdf as pdf_types
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, PdfSigner, PdfTimeStamper, SimpleSigner
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.timestamps import DummyTimeStamper, TimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from pki.query import Asking, Query
from pki.reach import NotFetched
from pki.trust import Anchors
from signer import deciding
from signer.pades.door import apart
from signer.policy import Policy
from signer.report import Report
from tests.signer import path_samples as made
from tests.signer.path_samples import TSA, Who, issue, revocations
from tests.vectors.honest.pages import page


def at(year: int, month: int = 1, day: int = 1, hour: int = 0, minute: int = 0) -> dt.datetime:
    return dt.datetime(year, month, day, hour, minute, tzinfo=dt.UTC)


NOW, SOON = at(2026, 6), at(2027, 9)
SIGNED = at(2026, 5)
_LONG: dict[str, Any] = {"begin": at(2020), "end": at(2060)}
_KEYS = [rsa.generate_private_key(65537, 2048) for _ in range(2)]  # asked for by pyHanko's authority

ROOT = issue("Root", ca=True, **_LONG)
CA = issue("Issuing CA", ROOT, ca=True, **_LONG)
ANH = issue("Nguyễn Văn Ánh", CA, begin=at(2025), end=at(2028))
SEAL = issue("Ủy ban nhân dân tỉnh Thanh Sơn", CA, begin=at(2025), end=at(2028))
CLOCKS = issue("Time root", ca=True, **_LONG)
STAMPER, OTHER_STAMPER = (
    issue(f"Stamper {place}", CLOCKS, made.purposes(TSA), begin=at(2025), end=at(2055), key=key)
    for place, key in enumerate(_KEYS)
)

GOOD_ROOT = revocations(ROOT, at=SIGNED, until=SOON)
GOOD_CA = revocations(CA, at=at(2026, 5, 2), until=SOON)
GOOD_CLOCKS = revocations(CLOCKS, at=at(2026, 5, 2), until=SOON)
GOOD = (GOOD_ROOT, GOOD_CA, GOOD_CLOCKS)
PAGE = page()


def stamper(issuer: Who = CLOCKS, **options: Any) -> Who:
    """Another time-stamp authority."""
    chosen = {"begin": at(2025), "end": at(2055), **options}
    return issue("Odd stamper", issuer, made.purposes(TSA), key=_KEYS[1], **chosen)


def stamps(when: dt.datetime, who: Who = STAMPER) -> DummyTimeStamper:
    return DummyTimeStamper(who.loaded, _info(who), certs_to_embed=SimpleCertificateStore(), fixed_dt=when)


async def signed(
    who: Who = ANH, pdf: bytes = PAGE, *, field: str = "layer1", stamp: DummyTimeStamper | None = None,
    claimed: dt.datetime = SIGNED, embed: Sequence[Who] = (CA,), digest: str = "sha256",
    before: Sequence[TimeStamper] = (), along: Sequence[bytes] = (),
) -> bytes:  # fmt: skip
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    metadata = PdfSignatureMetadata(
        field_name=field, subfilter=SigSeedSubFilter.PADES, signer_key_usage=set(), md_algorithm=digest
    )
    known = SimpleCertificateStore()
    known.register_multiple([each.loaded for each in embed])
    signer = _Before(who.loaded, _info(who), cert_registry=known)
    signer.before, signer.along = before, along
    session = _At(metadata, signer, timestamper=stamp)
    session.claimed = claimed
    return bytes((await session.async_sign_pdf(writer)).getvalue())


class _Before(SimpleSigner):
    """A signer who signs time-stamps over the content (EN 319 122-1 §5.2.8), and revocation lists, too."""

    before: Sequence[TimeStamper] = ()
    along: Sequence[bytes] = ()

    async def signed_attrs(self, data_digest: bytes, digest_algorithm: str, *given: Any, **more: Any) -> Any:
        found = await super().signed_attrs(data_digest, digest_algorithm, *given, **more)
        tokens = [await each.async_timestamp(data_digest, digest_algorithm) for each in self.before]
        if tokens:
            found.append(cms.CMSAttribute({"type": "content_time_stamp", "values": tokens}))
        if self.along:
            held = pdf_types.RevocationInfoArchival({"crl": list(map(crl.CertificateList.load, self.along))})
            found.append(cms.CMSAttribute({"type": "adobe_revocation_info_archival", "values": [held]}))
        return cms.CMSAttributes(list(found))


class _At(PdfSigner):
    """A signer whose clock shows what is chosen."""

    claimed: dt.datetime

    def init_signing_session(self, *given: Any, **more: Any) -> Any:
        session = super().init_signing_session(*given, **more)
        session.system_time = self.claimed
        return session


async def archived(pdf: bytes, when: dt.datetime, who: Who = OTHER_STAMPER) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    output = await PdfTimeStamper(stamps(when, who)).async_timestamp_pdf(writer, "sha256")
    return bytes(output.getvalue())


def stored(
    pdf: bytes, *lists: bytes, ocsps: Sequence[bytes] = (), certificates: Sequence[bytes] = ()
) -> bytes:
    """The file with proof, which takes the place of what was stored before."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    entries: dict[Any, Any] = {pdf_name("/Type"): pdf_name("/DSS")}
    for key, values in (("/Certs", certificates), ("/CRLs", lists), ("/OCSPs", ocsps)):
        held = [writer.add_object(generic.StreamObject(stream_data=each)) for each in values]
        if held:
            entries[pdf_name(key)] = generic.ArrayObject(held)
    writer.root[pdf_name("/DSS")] = writer.add_object(generic.DictionaryObject(entries))
    writer.update_root()
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


async def judged(pdf: bytes, *, now: dt.datetime = NOW, source: Any = None, **chosen: Any) -> Report:
    """The report, which both ways must come to."""
    roots = tuple(each.der for each in chosen.pop("roots", (ROOT, CLOCKS)))
    chosen = {"require": "any", "offline": source is None, "same_agency": False, **chosen}
    policy, asked = Policy(anchors=Anchors(roots), **chosen), source or nobody

    async def at_length(_home: object) -> Report:
        file = await deciding._judged_at_length(pdf, policy, now, asked)
        return deciding._report(file, policy, policy.at or now)

    report = await deciding.decide(pdf, policy, now, asked)
    long = await apart(at_length)
    assert (report.verdict, report.notes) == (long.verdict, long.notes)
    assert [each.as_json() for each in report.signatures] == [each.as_json() for each in long.signatures]
    return report


async def nobody(query: Query, _asking: Asking) -> bytes:
    raise NotFetched("Nobody answers at {url}.", url=query.url)


def _info(who: Who) -> keys.PrivateKeyInfo:
    encoded = who.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return keys.PrivateKeyInfo.load(encoded)
