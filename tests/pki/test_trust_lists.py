"""National lists of authorities: certificates in JSON, from a file that may be an enemy's."""

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pki.certificate_files import MAX_CERTIFICATES, der, parsed
from pki.errors import TrustError
from pki.trust import Anchors
from tests.pki.test_trust import ISSUING, ROOT

LIST = Path("gca.ctl")
IN_BASE64 = [base64.b64encode(der(each)).decode() for each in (ROOT, ISSUING)]


def listed(certificates: object = IN_BASE64, **members: object) -> bytes:
    said = {"Version": 1, "ListIdentifier": "GCA", "SequenceNumber": 7, "Certificates": certificates}
    return json.dumps({**said, **members}).encode()


@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf", b"\r\n "], ids=["plain", "BOM", "white space"])
def test_a_national_list_gives_roots_and_others(tmp_path: Path, before: bytes) -> None:
    (tmp_path / "gca.ctl").write_bytes(before + listed(ThisUpdate="2026-01-01T00:00:00Z"))
    assert Anchors.load(tmp_path) == Anchors((der(ROOT),), (der(ISSUING),))


@pytest.mark.parametrize(
    "content",
    [
        listed([]),
        listed(IN_BASE64[0]),
        listed([7]),
        listed([IN_BASE64[0] + "!"]),
        listed([IN_BASE64[0][:-8]]),
        listed(IN_BASE64[:1] * (MAX_CERTIFICATES + 1)),
        listed()[:-1] + b', "Certificates": ["' + IN_BASE64[0].encode() + b'"]}',
        b"{",
        b'{"Certificates": ' + b"[" * 100_000,
        b'{"Version": ' + b"9" * 10_000 + b"}",
        b"\xff{}",
    ],
    ids=[
        "none", "no list", "a number", "no base64", "cut", "too many", "twice", "open", "deep", "long number",
        "no UTF-8",
    ],
)  # fmt: skip
def test_what_is_no_list_is_refused(content: bytes) -> None:
    with pytest.raises(TrustError, match=r"gca\.ctl holds no certificate"):
        parsed(content, LIST)


@given(st.integers(0, len(listed()) - 1), st.binary(max_size=2))
def test_a_damaged_list_is_refused_or_holds_other_certificates(place: int, bytes_: bytes) -> None:
    whole = listed()
    damaged = whole[:place] + bytes_ + whole[place + 1 :]
    try:
        found = parsed(damaged, LIST)
    except TrustError:
        return
    assert 1 <= len(found) <= 2
