"""Trusted lists: only what a pinned signer signed as a whole is believed, and only what is granted now."""

import base64
import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, SignatureMethod
from signxml.signer import XMLSigner

from pki.certificate_files import der
from pki.digest import Digest
from pki.errors import TrustError
from pki.trusted_list import Service, granted
from signer.policies.supplying import load

NOW = dt.datetime.now(dt.UTC)
FILE = Path("vn.xml")
SPACE = "http://uri.etsi.org/02231/v2#"
TYPES = "http://uri.etsi.org/TrstSvc/Svctype/"
GRANTED = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted"
WITHDRAWN = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/withdrawn"


def named(name: str) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(NOW - dt.timedelta(days=1))
    return builder.not_valid_after(NOW + dt.timedelta(days=9)).sign(key, hashes.SHA256()), key


SUPERVISOR, KEY = named("Supervisor")
STRANGER, STRANGERS_KEY = named("Stranger")
AUTHORITY, STAMPS, GONE = (named(name)[0] for name in ("Authority", "Stamps", "Gone"))
PINNED = {Digest.of(der(SUPERVISOR)).value.hex()}


def service(kind: str, status: str, certificate: x509.Certificate) -> str:
    encoded = base64.b64encode(der(certificate)).decode()
    return f"""<TSPService><ServiceInformation>
      <ServiceTypeIdentifier>{TYPES}{kind}</ServiceTypeIdentifier>
      <ServiceDigitalIdentity><DigitalId><X509Certificate>{encoded}</X509Certificate></DigitalId>
      </ServiceDigitalIdentity><ServiceStatus>{status}</ServiceStatus></ServiceInformation></TSPService>"""


SERVICES = (
    service("CA/QC", GRANTED, AUTHORITY)
    + service("TSA/QTST", GRANTED, STAMPS)
    + service("CA/QC", WITHDRAWN, GONE)
    + service("CA/PKC", GRANTED, GONE)
)


def unsigned(services: str = SERVICES, until: dt.datetime = NOW + dt.timedelta(days=90)) -> str:
    return f"""<TrustServiceStatusList xmlns="{SPACE}" Id="tsl"><SchemeInformation Id="scheme">
      <NextUpdate><dateTime>{until.strftime("%Y-%m-%dT%H:%M:%SZ")}</dateTime></NextUpdate></SchemeInformation>
      <TrustServiceProviderList><TrustServiceProvider><TSPServices>{services}</TSPServices>
      </TrustServiceProvider></TrustServiceProviderList></TrustServiceStatusList>"""


def signed(
    text: str,
    key: ec.EllipticCurvePrivateKey = KEY,
    certificate: x509.Certificate = SUPERVISOR,
    covering: tuple[str, ...] = (),
) -> bytes:
    c14n = CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0
    one = XMLSigner(signature_algorithm=SignatureMethod.ECDSA_SHA256, c14n_algorithm=c14n)
    whole = one.sign(
        etree.fromstring(text), key=key, cert=[certificate], reference_uri=list(covering) or None
    )
    return bytes(etree.tostring(whole))


@pytest.mark.parametrize("covering", [(), ("#tsl",), ("#tsl", "#scheme"), ("#scheme", "#tsl")], ids=str)
def test_granted_services_are_read_and_no_others(covering: tuple[str, ...]) -> None:
    found = granted(signed(unsigned(), covering=covering), PINNED, FILE, NOW)
    assert found == (Service("ca", der(AUTHORITY)), Service("tsa", der(STAMPS)))


def test_a_signature_over_a_part_of_the_list_is_none() -> None:
    with pytest.raises(TrustError, match="no trusted list"):
        granted(signed(unsigned(), covering=("#scheme",)), PINNED, FILE, NOW)


def another_status(whole: bytes) -> bytes:
    return whole.replace(WITHDRAWN.encode(), GRANTED.encode())


def more_beside(whole: bytes) -> bytes:
    """A list around the signed one: a reader that takes the outer one takes what nobody signed."""
    outer = unsigned(service("CA/QC", GRANTED, STRANGER)).encode()
    return outer.replace(b"</TrustServiceStatusList>", whole + b"</TrustServiceStatusList>")


def two_signatures(whole: bytes) -> bytes:
    root = etree.fromstring(whole)
    root.append(etree.fromstring(etree.tostring(root[-1])))
    return bytes(etree.tostring(root))


def without_signature(whole: bytes) -> bytes:
    root = etree.fromstring(whole)
    root.remove(root[-1])
    return bytes(etree.tostring(root))


def with_entity(whole: bytes) -> bytes:
    return b'<!DOCTYPE x [<!ENTITY e "granted">]>' + whole


@pytest.mark.parametrize(
    "attack", [another_status, more_beside, two_signatures, without_signature, with_entity, lambda _: b"<a/>"]
)
def test_what_the_pinned_signer_did_not_sign_as_a_whole_is_refused(attack: Callable[[bytes], bytes]) -> None:
    with pytest.raises(TrustError, match=r"vn\.xml is (not signed|no trusted list)"):
        granted(attack(signed(unsigned())), PINNED, FILE, NOW)


WHOLE = signed(unsigned())


@settings(deadline=None)
@given(st.integers(0, len(WHOLE) - 1), st.binary(max_size=3))
def test_a_damaged_list_is_refused_or_says_the_same(place: int, bytes_: bytes) -> None:
    try:
        found = granted(WHOLE[:place] + bytes_ + WHOLE[place + 1 :], PINNED, FILE, NOW)
    except TrustError:
        return
    assert found == (Service("ca", der(AUTHORITY)), Service("tsa", der(STAMPS)))


def test_a_strangers_list_is_refused_whosever_certificate_it_carries() -> None:
    for certificate in (STRANGER, SUPERVISOR):
        with pytest.raises(TrustError, match="not signed by any of the signers"):
            granted(signed(unsigned(), STRANGERS_KEY, certificate), PINNED, FILE, NOW)


def test_a_list_after_its_next_update_is_refused() -> None:
    with pytest.raises(TrustError, match="is out of date"):
        granted(signed(unsigned(until=NOW - dt.timedelta(hours=1))), PINNED, FILE, NOW)


def test_a_policy_takes_its_anchors_from_a_list(tmp_path: Path) -> None:
    (tmp_path / "vn.xml").write_bytes(signed(unsigned()))
    (pin,) = PINNED
    text = f'version = 1\nname = "x"\n[[lists]]\nrole = "public"\nfile = "vn.xml"\nsigners = ["{pin}"]\n'
    (tmp_path / "policy.toml").write_text(text)
    policy = load(tmp_path / "policy.toml", tmp_path).policy
    assert policy.rules is not None
    assert policy.rules.anchors_for(policy.anchors, "sign").roots == (der(AUTHORITY),)
    assert policy.rules.anchors_for(policy.anchors, "stamp").roots == (der(STAMPS),)
