from pathlib import Path

import pytest

from pki.errors import UsageError
from pki.keys import open_key
from pki.pkcs11.manner import Manner
from pki.uri import KeyUri


def test_what_we_are_told_is_parted_from_what_names_the_key() -> None:
    rest, manner = Manner.parted(
        "pkcs11:token=seal?congvan-scheme=rsassa_pss&module-path=/m.so&congvan-certificate=/c%20d.pem"
        "&congvan-init=configdir='sql:/x'&congvan-sessions=4&congvan-deadline=2.5&congvan-last-try=yes"
    )
    assert KeyUri.parse(rest) == KeyUri(scheme="pkcs11", token="seal", module_path=Path("/m.so"))
    assert manner == Manner(
        scheme="rsassa_pss",
        certificate=Path("/c d.pem"),
        parameters="configdir='sql:/x'",
        sessions=4,
        deadline=2.5,
        last_try=True,
    )


@pytest.mark.parametrize(
    "uri", ["pkcs11:token=a?module-path=/m.so&pin-source=file:/p", "/home/an/try.p12", "x?"]
)
def test_a_name_without_them_stays_as_it_is(uri: str) -> None:
    assert Manner.parted(uri) == (uri.removesuffix("?"), Manner())


@pytest.mark.parametrize(
    ("attribute", "why"),
    [
        ("congvan-colour=red", "'congvan-colour', which is not known"),
        ("congvan-scheme=md5", "congvan-scheme of the key URI cannot be 'md5'"),
        ("congvan-scheme", "cannot be ''"),
        ("congvan-sessions=0", "cannot be '0'"),
        ("congvan-sessions=65", "cannot be '65'"),
        ("congvan-deadline=nan", "cannot be 'nan'"),
        ("congvan-deadline=601", "cannot be '601'"),
        ("congvan-last-try=no", "cannot be 'no'"),
        ("congvan-certificate=%0a", "cannot be"),
        ("congvan-sessions=1&congvan-sessions=2", "gives congvan-sessions twice"),
    ],
)
def test_what_makes_no_sense_is_said(attribute: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        Manner.parted(f"pkcs11:token=a?module-path=/m.so&{attribute}")


async def test_a_key_in_a_file_does_not_ignore_what_it_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="PKCS#11 tokens alone"):
        async with open_key(f"pkcs12:{tmp_path}/try.p12?congvan-scheme=rsassa_pss"):
            pass
