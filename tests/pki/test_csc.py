"""Keys at a signing service: a real one on loopback, with the faults that real ones have."""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from pki.csc import open_csc
from pki.csc_http import Limits
from pki.digest import Digest
from pki.errors import PinRefused, TokenError, TokenLost, TokenNotFound, UsageError
from pki.keys import check_key, open_key
from pki.practice.sandbox import Sandbox
from pki.public_key import PublicKey
from pki.uri import KeyUri
from tests.pki.csc_server import BEARER, CREDENTIAL, OTP, PIN, CscServer, hang, key_uri, serve
from tests.pki.desk_keys import DeskKey, desk_key

QUICK = Limits(answer_seconds=0.5, busy_seconds=1, agreement_seconds=0.3, ask_again_seconds=0)


@pytest.fixture(scope="session")
def desk(sandbox: Sandbox) -> DeskKey:
    return asyncio.run(desk_key(sandbox, rsa.generate_private_key(65537, 2048)))


@pytest.fixture
async def service(desk: DeskKey) -> AsyncIterator[CscServer]:
    async with serve(CscServer(desk)) as server:
        yield server


async def test_a_signature_is_made_for_exactly_the_digest_that_was_authorised(
    service: CscServer, tmp_path: Path
) -> None:
    async with open_key(key_uri(service, tmp_path)) as token:
        value = await token.sign(b"data", "sha256")
    assert PublicKey.of(token.certificate).verifies(value, Digest.of(b"data"))
    (authorised,), (signed,) = service.asked("credentials/authorize"), service.asked("signatures/signHash")
    assert authorised["hashes"] == signed["hashes"]
    assert authorised["numSignatures"] == 1


async def test_a_key_is_checked_as_any_other(service: CscServer, tmp_path: Path) -> None:
    checked = await check_key(key_uri(service, tmp_path))
    assert (checked.identity.name, checked.bits, checked.issuers_on_token) == ("Lê Thị Bàn", 2048, 1)


async def test_the_only_key_of_a_user_needs_no_name(service: CscServer, tmp_path: Path) -> None:
    uri = key_uri(service, tmp_path).replace(f"credential={CREDENTIAL}&", "")
    async with open_key(uri) as token:
        await token.sign(b"data", "sha512")
    service.credentials = ("A", "B")
    with pytest.raises(TokenNotFound, match="2 keys for this user: A, B"):
        async with open_key(uri):
            pass


async def test_many_digests_share_an_authorisation(service: CscServer, tmp_path: Path) -> None:
    service.at_once = 5
    digests = [Digest.of(bytes([each])) for each in range(12)]
    async with open_csc(KeyUri.parse(key_uri(service, tmp_path)), ask_pin=None) as token:
        values = await token.sign_digests(digests)
        key = PublicKey.of(token.certificate)
    assert all(key.verifies(value, digest) for value, digest in zip(values, digests, strict=True))
    assert [each["numSignatures"] for each in service.asked("credentials/authorize")] == [5, 5, 2]


@pytest.mark.parametrize("side_by_side", [False, True])
async def test_an_elliptic_value_is_der_however_it_came(
    sandbox: Sandbox, tmp_path: Path, side_by_side: bool
) -> None:
    desk = await desk_key(sandbox, ec.generate_private_key(ec.SECP256R1()))
    server = CscServer(desk, algorithms=("1.2.840.10045.4.3.2",), side_by_side=side_by_side)
    async with serve(server), open_key(key_uri(server, tmp_path)) as token:
        value = await token.sign(b"data", "sha256")
        with pytest.raises(TokenError, match="no signature with sha384"):
            await token.sign(b"data", "sha384")
    assert PublicKey.of(desk.certificate).verifies(value, Digest.of(b"data"))


async def test_pin_and_one_time_password_are_asked_of_a_person(service: CscServer, tmp_path: Path) -> None:
    service.with_otp = True
    asked: list[str] = []

    def ask(what: str) -> str:
        asked.append(what)
        return OTP if what.endswith("OTP") else PIN

    uri = key_uri(service, tmp_path).partition("&pin-source")[0]
    async with open_key(uri, ask_pin=ask) as token:
        await token.sign(b"one", "sha256")
        await token.sign(b"two", "sha256")
    at = service.url.split("/")[2]
    assert asked == [f"{CREDENTIAL}@{at}", f"{CREDENTIAL}@{at} OTP", f"{CREDENTIAL}@{at} OTP"]


async def test_a_person_may_agree_later_on_a_telephone(service: CscServer, tmp_path: Path) -> None:
    service.pending = 3
    async with open_csc(KeyUri.parse(key_uri(service, tmp_path)), ask_pin=None, limits=QUICK) as token:
        await token.sign(b"data", "sha256")
    assert len(service.asked("credentials/authorizeCheck")) == 3


async def test_nobody_agrees_for_ever(service: CscServer, tmp_path: Path) -> None:
    service.pending = 1 << 30
    async with open_csc(KeyUri.parse(key_uri(service, tmp_path)), ask_pin=None, limits=QUICK) as token:
        with pytest.raises(TokenLost, match="Nobody agreed"):
            await token.sign(b"data", "sha256")


async def test_a_refused_pin_is_not_sent_again(
    service: CscServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    uri = key_uri(service, tmp_path, pin="wrong-pin-1")
    for _ in range(2):
        async with open_key(uri) as token:
            for _ in range(2):
                with pytest.raises(PinRefused) as caught:
                    await token.sign(b"data", "sha256")
                assert "wrong-pin-1" not in f"{caught.value}{caught.value.facts}{caught.value.__cause__}"
    assert len(service.asked("credentials/authorize")) == 1
    assert "wrong-pin-1" not in caplog.text
    assert BEARER not in caplog.text


async def test_an_authorisation_that_expired_is_renewed_once(service: CscServer, tmp_path: Path) -> None:
    service.expired = 1
    async with open_key(key_uri(service, tmp_path)) as token:
        await token.sign(b"data", "sha256")
        service.expired = 2
        with pytest.raises(TokenError, match="SAD expired"):
            await token.sign(b"data", "sha256")
    assert len(service.asked("credentials/authorize")) == 4


async def test_a_wrong_signature_value_is_noticed(service: CscServer, tmp_path: Path) -> None:
    service.wrong_value = True
    async with open_key(key_uri(service, tmp_path)) as token:
        with pytest.raises(TokenError, match="does not fit its certificate"):
            await token.sign(b"data", "sha256")


@pytest.mark.parametrize("method", ["info", "credentials/authorize", "signatures/signHash"])
async def test_a_busy_service_is_asked_again_when_it_says(
    service: CscServer, tmp_path: Path, method: str
) -> None:
    service.busy = {method: ["0", "0"]}
    async with open_key(key_uri(service, tmp_path)) as token:
        await token.sign(b"data", "sha256")
    assert len(service.asked(method)) == 3


@pytest.mark.parametrize("waits", [["0", "0", "0"], ["3600"], ["Fri, 31 Dec 2027 23:59:59 GMT"]])
async def test_a_service_that_stays_busy_is_left_alone(
    service: CscServer, tmp_path: Path, waits: list[str]
) -> None:
    service.busy = {"signatures/signHash": list(waits)}
    async with open_key(key_uri(service, tmp_path)) as token:
        with pytest.raises(TokenLost, match="is busy"):
            await token.sign(b"data", "sha256")
    assert len(service.asked("signatures/signHash")) == len(waits)


async def test_a_service_that_hangs_is_given_up(service: CscServer, tmp_path: Path) -> None:
    service.answers = {"signatures/signHash": hang}
    async with open_csc(KeyUri.parse(key_uri(service, tmp_path)), ask_pin=None, limits=QUICK) as token:
        with pytest.raises(TokenLost, match=r"did not answer within 0\.5 seconds"):
            await token.sign(b"data", "sha256")


async def test_a_redirect_is_not_followed(service: CscServer, tmp_path: Path) -> None:
    async def away() -> web.Response:
        return web.Response(status=307, headers={"Location": service.url.replace("/v2", "/v2/elsewhere")})

    service.answers = {"info": away}
    with pytest.raises(TokenError, match="does not answer as a signing service"):
        async with open_key(key_uri(service, tmp_path)):
            pass
    assert [method for method, _ in service.calls] == ["info"]


async def test_an_endless_answer_is_cut_off(service: CscServer, tmp_path: Path) -> None:
    async def endless() -> web.Response:
        return web.Response(body=bytes(2 << 20))

    service.answers = {"credentials/info": endless}
    with pytest.raises(TokenError, match="more than 1048576 bytes"):
        async with open_key(key_uri(service, tmp_path)):
            pass


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"key": {"status": "disabled", "algo": []}}, "disabled"),
        ({"key": []}, "no key"),
        ({"cert": {"status": "revoked"}}, "revoked"),
        ({"cert": {"certificates": []}}, "no certificate"),
        ({"cert": {"certificates": ["!"]}}, "certificates"),
        ({"cert": {"certificates": ["AAAA"]}}, "cannot be used"),
        ({"cert": {"certificates": ["AAAA"] * 99}}, "certificates"),
        ({"auth": {"mode": "implicit"}}, "not known here: 'implicit'"),
        (
            {"auth": {"mode": "explicit", "objects": [{"type": "ChallengeResponse", "id": "Q"}]}},
            "PIN and OTP",
        ),
        ({"auth": {"mode": "explicit", "expression": "PIN OR OTP", "objects": []}}, "PIN and OTP"),
    ],
)
async def test_a_credential_that_cannot_be_used_is_said(
    service: CscServer, tmp_path: Path, change: dict[str, Any], why: str
) -> None:
    async def changed() -> web.Response:
        return web.json_response({**service.credential_info(), **change})

    service.answers = {"credentials/info": changed}
    with pytest.raises(TokenError) as caught:
        async with open_key(key_uri(service, tmp_path)):
            pass
    assert why in str(caught.value)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"\xff", b'{"signatures": 1}', b'{"signatures": []}', b"[" * 9999]
)
async def test_an_answer_of_another_shape_is_an_error_and_no_traceback(
    service: CscServer, tmp_path: Path, body: bytes
) -> None:
    async def junk() -> web.Response:
        return web.Response(body=body, content_type="application/json")

    service.answers = {"signatures/signHash": junk}
    async with open_key(key_uri(service, tmp_path)) as token:
        with pytest.raises(TokenError):
            await token.sign(b"data", "sha256")


async def test_a_token_that_is_refused_or_missing_is_said(service: CscServer, tmp_path: Path) -> None:
    with pytest.raises(TokenError, match="refuses the access token"):
        async with open_key(key_uri(service, tmp_path, bearer="stale")):
            pass
    with pytest.raises(TokenError, match="characters that no token has"):
        async with open_key(key_uri(service, tmp_path, bearer="two words")):
            pass
    uri = key_uri(service, tmp_path)
    (tmp_path / "token").unlink()
    with pytest.raises(UsageError, match="no access token"):
        async with open_key(uri):
            pass


async def test_an_older_service_and_one_that_is_gone_are_said(service: CscServer, tmp_path: Path) -> None:
    service.specs = "1.0.4.0"
    with pytest.raises(TokenError, match=r"version '1\.0\.4\.0'"):
        async with open_key(key_uri(service, tmp_path)):
            pass
    service.url = "http://127.0.0.1:9/csc/v2"
    with pytest.raises(TokenLost, match="cannot be reached"):
        async with open_key(key_uri(service, tmp_path)):
            pass


async def test_a_key_authorised_by_its_access_token_sends_no_authorisation(
    service: CscServer, tmp_path: Path
) -> None:
    service.mode, service.bound = "oauth2code", False
    async with open_key(key_uri(service, tmp_path)) as token:
        await token.sign(b"data", "sha256")
    assert service.asked("credentials/authorize") == []
    service.bound = True
    async with open_key(key_uri(service, tmp_path)) as token:
        with pytest.raises(TokenError, match="authorised in a browser"):
            await token.sign(b"data", "sha256")
