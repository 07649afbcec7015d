from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pki.errors import UsageError
from pki.uri import KeyUri

_TEXTS = st.text(
    st.characters(min_codepoint=32, exclude_characters="\x7f", exclude_categories=["Cs", "Cc"]),
    min_size=1,
    max_size=40,
)


def test_a_uri_gives_its_attributes_decoded() -> None:
    uri = KeyUri.parse(
        "pkcs11:token=%C4%90%E1%BA%A5u;object=seal;id=%01%ff?module-path=/lib/m.so&pin-source=file:/p"
    )
    assert uri == KeyUri(
        scheme="pkcs11",
        token="Đấu",
        object="seal",
        id=b"\x01\xff",
        module_path=Path("/lib/m.so"),
        pin_source="file:/p",
    )


_PKCS11 = st.builds(
    KeyUri,
    scheme=st.just("pkcs11"),
    token=st.none() | _TEXTS,
    serial=st.none() | _TEXTS,
    object=st.none() | _TEXTS,
    id=st.none() | st.binary(min_size=1, max_size=20),
    slot_id=st.none() | st.integers(0, 2**64 - 1),
    module_path=_TEXTS.map(Path),
    pin_source=st.none() | _TEXTS,
)


@given(uri=_PKCS11)
def test_what_is_written_is_read_again(uri: KeyUri) -> None:
    assert KeyUri.parse(str(uri)) == uri


@given(path=_TEXTS, pin=st.none() | _TEXTS)
def test_a_pkcs12_uri_is_read_again(path: str, pin: str | None) -> None:
    uri = KeyUri(scheme="pkcs12", path=Path(path), pin_source=pin)
    assert KeyUri.parse(str(uri)) == uri


def test_a_file_name_alone_names_a_pkcs12_key() -> None:
    assert KeyUri.parse("thử nghiệm.PFX") == KeyUri(scheme="pkcs12", path=Path("thử nghiệm.PFX"))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("pkcs11:token=a", "names no PKCS#11 module"),
        ("pkcs11:token=a;token=b?module-path=/m", "gives token twice"),
        ("pkcs11:tokn=a?module-path=/m", "'tokn'"),
        ("pkcs11:token?module-path=/m", "has no value"),
        ("pkcs11:token=?module-path=/m", "empty"),
        ("pkcs11:token=a b?module-path=/m", "' ' at place 2 of token"),
        ("pkcs11:token=a%2?module-path=/m", "'%' at place 2 of token"),
        ("pkcs11:token=%ff?module-path=/m", "not UTF-8"),
        ("pkcs11:token=a%00b?module-path=/m", "control character"),
        ("pkcs11:slot-id=-1?module-path=/m", "slot-id is a number"),
        ("pkcs11:type=public?module-path=/m", "type=public"),
        ("pkcs11:token=a?module-path=/m&module-name=b", "'module-name'"),
        ("pkcs12:?pin-source=fd:3", "names no PKCS#12 file"),
        ("https://example.vn/", "does not name a key"),
        ("pkcs11:token=" + "a" * 5000, "longer than"),
    ],
)
def test_a_bad_uri_is_refused_with_what_is_wrong_where(text: str, why: str) -> None:
    with pytest.raises(UsageError) as caught:
        KeyUri.parse(text)
    assert why in str(caught.value)


def test_a_pin_in_the_uri_is_refused_and_not_repeated() -> None:
    with pytest.raises(UsageError, match="pin-value") as caught:
        KeyUri.parse("pkcs11:token=a?module-path=/m&pin-value=493712")
    assert "493712" not in f"{caught.value!r}{caught.value.facts}{caught.value.hint}"


def test_the_name_shown_to_people_has_no_pin_source() -> None:
    uri = KeyUri.parse("pkcs11:token=agency;object=seal?module-path=/m&pin-source=file:/secret")
    assert uri.shown == "agency/seal"


_CSC = st.builds(
    KeyUri,
    scheme=st.just("csc"),
    service=st.sampled_from(
        ["https://ca.example.vn/csc/v2", "http://127.0.0.1:8080/csc/v2", "https://[::1]"]
    ),
    credential=st.none() | _TEXTS,
    token_source=st.none() | _TEXTS,
    pin_source=st.none() | _TEXTS,
    otp_source=st.none() | _TEXTS,
)


@given(uri=_CSC)
def test_a_key_at_a_signing_service_is_read_again(uri: KeyUri) -> None:
    assert KeyUri.parse(str(uri)) == uri


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("csc:", "not the address"),
        ("csc:ca.example.vn", "not the address"),
        ("csc:ftp://ca.example.vn", "not the address"),
        ("csc:https://ca.example.vn/a b", "not the address"),
        ("csc:https://ca.example.vn:x/", "not the address"),
        ("csc:https://ca.example.vn/#top", "not the address"),
        ("csc:http://ca.example.vn/csc/v2", "https: alone"),
        ("csc:http://127.0.0.1.example.vn/csc/v2", "https: alone"),
        ("csc:https://an:secret@ca.example.vn/csc/v2", "no user name"),
        ("csc:https://ca.example.vn/csc/v2?object=seal", "'object'"),
    ],
)
def test_a_bad_address_of_a_signing_service_is_refused(text: str, why: str) -> None:
    with pytest.raises(UsageError) as caught:
        KeyUri.parse(text)
    assert why in str(caught.value)


def test_a_key_at_a_signing_service_is_shown_without_its_secrets() -> None:
    uri = KeyUri.parse("csc:https://ca.example.vn/csc/v2?credential=GX01&token-source=file:/t")
    assert uri.shown == "GX01@ca.example.vn"
