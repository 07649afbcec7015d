"""What several real modules can do, judged by OpenSSL."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pki.errors import TokenError, TokenLost
from pki.keys import check_key, list_tokens, open_key
from pki.pkcs11.manner import Manner
from pki.practice.sandbox import Sandbox
from pki.token import scheme_of
from tests.pki.openssl_verify import openssl_verifies
from tests.pki.token_modules import MODULES, TestToken, p11_kit_client, p11_kit_server


@pytest.fixture(params=MODULES)
async def module(
    request: pytest.FixtureRequest, sandbox: Sandbox, tmp_path: Path
) -> AsyncIterator[TestToken]:
    opener, missing = MODULES[request.param]
    if missing:
        pytest.skip(missing)
    async with opener(tmp_path, sandbox) as token:
        yield token


@pytest.mark.parametrize("kind", ["rsa-2048", "rsa-3072"])
async def test_rsa_keys_sign_in_both_schemes_with_every_digest(module: TestToken, kind: str) -> None:
    identifier = await module.new_key(kind)
    for scheme in ("rsassa_pkcs1v15", "rsassa_pss"):
        uri = module.uri(identifier, f"&congvan-scheme={scheme}")
        async with open_key(uri, environment=module.environment) as token:
            assert scheme_of(token) == scheme
            for algorithm in ("sha256", "sha384", "sha512"):
                signature = await token.sign(b"data", algorithm)
                assert openssl_verifies(token.certificate, scheme, algorithm, b"data", signature)


@pytest.mark.parametrize(("kind", "scheme"), [("p-256", "ecdsa"), ("p-384", "ecdsa"), ("ed25519", "ed25519")])
async def test_keys_on_curves_sign_where_the_token_makes_them(
    module: TestToken, kind: str, scheme: str
) -> None:
    seen = await list_tokens(module.module, module.environment, Manner(parameters=module.parameters))
    (offered,) = [token.schemes for token in seen.tokens if token.label == module.label]
    if scheme not in offered:
        with pytest.raises(TokenError):
            await module.new_key(kind)
        return
    async with open_key(module.uri(await module.new_key(kind)), environment=module.environment) as token:
        assert scheme_of(token) == scheme
        for algorithm in ("sha256", "sha384", "sha512"):
            signature = await token.sign(b"data", algorithm)
            assert openssl_verifies(token.certificate, scheme, algorithm, b"data", signature)


async def test_many_signatures_at_once_are_each_their_own(module: TestToken) -> None:
    uri = module.uri(await module.new_key("rsa-2048"))
    async with open_key(uri, environment=module.environment) as token:
        signatures = await asyncio.gather(*(token.sign(bytes([n]), "sha256") for n in range(64)))
    assert len(set(signatures)) == 64  # `sign` has verified each with the certificate and its own data


async def test_a_scheme_that_the_key_has_not_is_said(module: TestToken) -> None:
    uri = module.uri(await module.new_key("rsa-2048"), "&congvan-scheme=ecdsa")
    with pytest.raises(TokenError, match="does not sign by ecdsa with this key; it offers: rsassa_pkcs1v15"):
        async with open_key(uri, environment=module.environment):
            pass


async def test_what_a_key_can_is_told(module: TestToken) -> None:
    uri = module.uri(await module.new_key("rsa-2048"), "&congvan-scheme=rsassa_pss")
    checked = await check_key(uri, environment=module.environment)
    assert (checked.kind, checked.bits, checked.scheme) == ("rsa", 2048, "rsassa_pss")
    assert checked.offered == ("rsassa_pkcs1v15", "rsassa_pss")


@pytest.mark.skipif(bool(MODULES["p11-kit remoting"][1]), reason=str(MODULES["p11-kit remoting"][1]))
async def test_a_token_behind_a_socket_comes_back_with_its_server(sandbox: Sandbox, tmp_path: Path) -> None:
    socket = tmp_path / "socket"
    module = await p11_kit_client(socket, sandbox)
    async with p11_kit_server(socket, sandbox) as process:
        uri = module.uri(await module.new_key("p-256"))
        async with open_key(uri, environment=module.environment) as token:
            await token.sign(b"before", "sha256")
            os.killpg(process, signal.SIGKILL)
            socket.unlink()
            with pytest.raises(TokenLost):
                await token.sign(b"while it is away", "sha256")
            async with p11_kit_server(socket, sandbox):
                await token.sign(b"after", "sha256")
