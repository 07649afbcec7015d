import asyncio
import os
import signal
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

from pki.digest import Digest
from pki.errors import PinRefused, TokenError, TokenLost, TokenNotFound, UsageError
from pki.keys import check_key, list_tokens, open_key
from pki.pin import Secret, read_pin
from pki.pkcs11.adapter import _pin
from pki.pkcs11.described import TokenInfo
from pki.pkcs11.process import Worker, shared_worker
from pki.pkcs11.wire import MAX_MESSAGE_BYTES
from pki.practice.sandbox import Sandbox, make_sandbox
from pki.public_key import PublicKey
from pki.uri import KeyUri


def module_of(sandbox: Sandbox) -> Path:
    path = KeyUri.parse(sandbox.agency).module_path
    assert path is not None
    return path


def without_pin(uri: str) -> str:
    return uri.partition("&pin-source=")[0]


async def right_pin(uri: str) -> str:
    source = KeyUri.parse(uri).pin_source
    assert source is not None
    return (await read_pin(source)).reveal()


async def process_of(sandbox: Sandbox) -> int:
    """Return the worker process that an open key of the sandbox uses."""
    async with shared_worker(module_of(sandbox), sandbox.environment) as worker:
        assert worker.process_id is not None
        return worker.process_id


async def test_a_uri_alone_is_enough_where_the_module_lies_in_the_sandbox(sandbox: Sandbox) -> None:
    async with open_key(sandbox.agency) as token:
        signature = await token.sign(b"data", "sha256")
    assert PublicKey.of(token.certificate).verifies(signature, Digest.of(b"data"))


async def test_openssl_verifies_a_signature(sandbox: Sandbox, tmp_path: Path) -> None:
    async with open_key(sandbox.signatory) as token:
        files = {
            "leaf.der": token.certificate,
            "data": b"data",
            "signature": await token.sign(b"data", "sha256"),
        }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    script = (
        "openssl x509 -in leaf.der -pubkey -noout > key.pem && "
        "openssl dgst -sha256 -verify key.pem -signature signature data"
    )
    run = await asyncio.to_thread(
        subprocess.run, script, shell=True, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert run.stdout == "Verified OK\n"


async def test_two_keys_of_one_module_share_a_worker_that_ends_with_the_last(sandbox: Sandbox) -> None:
    async with open_key(sandbox.signatory):
        first = await process_of(sandbox)
        async with open_key(sandbox.agency):
            assert await process_of(sandbox) == first
        assert await process_of(sandbox) == first
    with pytest.raises(ProcessLookupError):
        os.kill(first, 0)


async def test_a_signature_survives_the_worker_it_was_asked_of(sandbox: Sandbox) -> None:
    async with open_key(sandbox.signatory) as token:
        process = await process_of(sandbox)
        os.kill(process, signal.SIGSTOP)  # holds it in the middle of the request
        signing = asyncio.create_task(token.sign(b"asked twice", "sha256"))
        await asyncio.sleep(0.05)
        os.kill(process, signal.SIGKILL)
        signature = await signing
        assert await process_of(sandbox) != process
    assert PublicKey.of(token.certificate).verifies(signature, Digest.of(b"asked twice"))


async def test_a_worker_killed_while_idle_is_replaced(sandbox: Sandbox) -> None:
    async with open_key(sandbox.signatory) as first, open_key(sandbox.agency) as second:
        os.kill(await process_of(sandbox), signal.SIGKILL)
        for token in (first, second) * 5:
            signature = await token.sign(b"again", "sha256")
            assert PublicKey.of(token.certificate).verifies(signature, Digest.of(b"again"))


async def test_a_worker_that_hangs_is_killed_at_its_deadline(sandbox: Sandbox) -> None:
    worker = Worker(module_of(sandbox), sandbox.environment)
    await worker.call("tokens")
    process = worker.process_id
    assert process is not None
    os.kill(process, signal.SIGSTOP)
    with pytest.raises(TokenLost, match="did not answer within"):
        await worker.call("tokens", deadline=0.5)
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
    await worker.aclose()


async def test_a_cancelled_caller_leaves_no_answer_for_the_next(sandbox: Sandbox) -> None:
    async with open_key(sandbox.signatory) as token:
        key = PublicKey.of(token.certificate)
        for number in range(20):
            cancelled = asyncio.create_task(token.sign(b"cancelled", "sha256"))
            for _ in range(number % 5):
                await asyncio.sleep(0)
            cancelled.cancel()
            await asyncio.wait([cancelled])
            text = f"wanted {number}".encode()
            assert key.verifies(await token.sign(text, "sha256"), Digest.of(text))


async def test_a_wrong_pin_is_refused_and_never_sent_twice(elliptic_sandbox: Sandbox) -> None:
    uri = without_pin(elliptic_sandbox.signatory)
    with pytest.raises(PinRefused, match="few tries are left") as caught:
        async with open_key(uri, ask_pin=lambda _: "00000001"):
            pass
    assert "00000001" not in f"{caught.value!r}{caught.value.facts}{caught.value.__cause__!r}"
    with pytest.raises(PinRefused, match="refused this PIN before"):
        async with open_key(uri, ask_pin=lambda _: "00000001"):
            pass


async def test_the_right_pin_works_after_a_wrong_one(elliptic_sandbox: Sandbox) -> None:
    with pytest.raises(PinRefused):
        async with open_key(without_pin(elliptic_sandbox.agency), ask_pin=lambda _: "00000002"):
            pass
    async with open_key(elliptic_sandbox.agency) as token:
        await token.sign(b"data", "sha256")
    tokens = (await list_tokens(module_of(elliptic_sandbox))).tokens
    assert {token.tries for token in tokens if token.label == "agency"} == {"many"}


async def test_a_wrong_pin_beside_an_open_key_does_not_reach_the_token(elliptic_sandbox: Sandbox) -> None:
    async with open_key(elliptic_sandbox.agency) as token:
        with pytest.raises(PinRefused):
            async with open_key(without_pin(elliptic_sandbox.agency), ask_pin=lambda _: "00000003"):
                pass
        await token.sign(b"data", "sha256")
    tokens = (await list_tokens(module_of(elliptic_sandbox))).tokens
    assert {token.tries for token in tokens if token.label == "agency"} == {"many"}


async def test_a_person_is_asked_for_the_tokens_pin(elliptic_sandbox: Sandbox) -> None:
    asked: list[str] = []
    pin = await right_pin(elliptic_sandbox.signatory)

    def ask(name: str) -> str:
        asked.append(name)
        return pin

    async with open_key(without_pin(elliptic_sandbox.signatory), ask_pin=ask) as token:
        await token.sign(b"data", "sha256")
    assert asked == ["signatory"]


async def test_no_pin_at_all_is_a_usage_error(elliptic_sandbox: Sandbox) -> None:
    with pytest.raises(UsageError, match="nobody can be asked"):
        async with open_key(without_pin(elliptic_sandbox.signatory)):
            pass


async def test_the_pin_is_in_no_argument_and_no_environment(sandbox: Sandbox) -> None:
    async with open_key(sandbox.signatory):
        process = Path(f"/proc/{await process_of(sandbox)}")
        seen = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
    assert (await right_pin(sandbox.signatory)).encode() not in seen


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("token=extra", "token=nobody", "No token of that name"),
        ("object=revoked", "object=nothing", "no such signing key"),
        ("token=extra;object=revoked", "token=extra", "3 keys on the token match"),
        ("token=extra;", "", "4 tokens match"),
        ("libsofthsm2.so", "nowhere.so", "no PKCS#11 module"),
    ],
)
async def test_what_is_not_there_or_not_alone_is_said(
    elliptic_sandbox: Sandbox, old: str, new: str, why: str
) -> None:
    with pytest.raises(TokenNotFound, match=why):
        async with open_key(elliptic_sandbox.extra["revoked"].replace(old, new)):
            pass


async def test_a_file_that_is_no_module_is_said(tmp_path: Path) -> None:
    broken = tmp_path / "broken.so"
    broken.write_bytes(b"this is no library")
    with pytest.raises(TokenError, match=r"broken\.so cannot be loaded"):
        await list_tokens(broken)


async def test_a_key_is_found_by_its_identifier(elliptic_sandbox: Sandbox) -> None:
    uri = elliptic_sandbox.extra["expired"].replace("object=expired", "id=expired")
    async with open_key(uri) as by_id, open_key(elliptic_sandbox.extra["expired"]) as by_label:
        assert by_id.certificate == by_label.certificate


async def test_a_key_is_found_by_its_certificate(elliptic_sandbox: Sandbox, tmp_path: Path) -> None:
    name = elliptic_sandbox.extra["expired"]
    async with open_key(name) as by_label:
        (tmp_path / "expired.der").write_bytes(by_label.certificate)
    uri = name.replace(";object=expired", "") + f"&congvan-certificate={tmp_path}/expired.der"
    async with open_key(uri) as token:
        assert token.certificate == by_label.certificate
        await token.sign(b"data", "sha256")


async def test_a_certificate_file_of_another_key_is_said(sandbox: Sandbox, tmp_path: Path) -> None:
    async with open_key(sandbox.signatory) as another:
        (tmp_path / "another.der").write_bytes(another.certificate)
    with pytest.raises(TokenNotFound, match="no such signing key"):
        async with open_key(f"{sandbox.agency}&congvan-certificate={tmp_path}/another.der"):
            pass


async def test_the_tokens_of_a_module_are_listed(elliptic_sandbox: Sandbox) -> None:
    tokens = (await list_tokens(module_of(elliptic_sandbox))).tokens
    assert {token.label for token in tokens} == {"services", "signatory", "agency", "extra"}
    assert all(token.serial and token.asks_pin for token in tokens)


def with_settings(sandbox: Sandbox, folder: Path, *lines: str) -> dict[str, str]:
    """Return an environment in which SoftHSM has the sandbox's tokens and other settings."""
    settings = Path(sandbox.environment["SOFTHSM2_CONF"]).read_text()
    (folder / "softhsm2.conf").write_text("\n".join((settings, *lines, "")))
    return {"SOFTHSM2_CONF": str(folder / "softhsm2.conf")}


async def test_a_token_that_insists_on_hashing_itself_may(sandbox: Sandbox, tmp_path: Path) -> None:
    environment = with_settings(
        sandbox, tmp_path, "slots.mechanisms = CKM_SHA256_RSA_PKCS,CKM_SHA384_RSA_PKCS,CKM_SHA512_RSA_PKCS"
    )
    async with open_key(sandbox.signatory, environment=environment) as token:
        for algorithm in ("sha256", "sha384", "sha512"):
            signature = await token.sign(b"data", algorithm)
            assert PublicKey.of(token.certificate).verifies(signature, Digest.of(b"data", algorithm))
    checked = await check_key(sandbox.signatory, environment=environment)
    assert checked.mechanism == "CKM_SHA256_RSA_PKCS"


async def test_a_token_that_cannot_sign_as_we_need_is_said(elliptic_sandbox: Sandbox, tmp_path: Path) -> None:
    environment = with_settings(elliptic_sandbox, tmp_path, "slots.mechanisms = CKM_SHA256")
    with pytest.raises(TokenError, match=r"kind \(ec\)"):
        async with open_key(elliptic_sandbox.agency, environment=environment):
            pass


async def test_a_key_is_tried_and_described(sandbox: Sandbox) -> None:
    checked = await check_key(sandbox.agency)
    assert (checked.kind, checked.bits, checked.mechanism) == ("rsa", 2048, "CKM_RSA_PKCS")
    assert (checked.identity.kind, checked.issuers_on_token) == ("organisation", 1)
    assert checked.days_left(checked.not_after - timedelta(days=30)) == 30
    assert checked.days_left(checked.not_after + timedelta(days=2)) == -2


async def test_a_key_that_wants_the_pin_each_time_gets_it(tmp_path: Path) -> None:
    made = await make_sandbox(tmp_path / "strict", keys="p-256", extra=("expired",))
    pin = await right_pin(made.extra["expired"])
    async with shared_worker(module_of(made), made.environment) as worker:
        key = await worker.call(
            "generate", wanted={"token": "extra"}, pin=pin, label="strict", id=b"strict", kind="p-256",
            **{"always-authenticate": True},
        )  # fmt: skip
        public = PublicKey(cast("ec.EllipticCurvePublicKey", load_der_public_key(key["public_key"])))
        for text in (b"one", b"two"):
            digest = Digest.of(text)
            answer = await worker.call(
                "sign", handle=key["handle"], digest_algorithm="sha256", digest=digest.value, message=None
            )
            assert public.verifies(answer["signature"], digest)


def a_token(tries: str) -> TokenInfo:
    return TokenInfo(
        label="seal", serial="1", manufacturer="", model="", slot_id=0, asks_pin=True, tries=tries
    )


@pytest.mark.parametrize(("tries", "why"), [("last", "One try is left"), ("none", "is locked")])
async def test_nobody_is_asked_for_a_pin_that_would_not_be_sent(tries: str, why: str) -> None:
    uri = KeyUri(scheme="pkcs11", module_path=Path("/m.so"))
    with pytest.raises(PinRefused, match=why):
        await _pin(uri, a_token(tries), lambda _: pytest.fail("asked"), last_try=False)


async def test_the_last_try_is_taken_when_we_are_told_to() -> None:
    uri = KeyUri(scheme="pkcs11", module_path=Path("/m.so"))
    assert await _pin(uri, a_token("last"), lambda _: "1234", last_try=True) == Secret("1234")


async def test_more_than_a_token_can_take_is_a_token_error(sandbox: Sandbox) -> None:
    async with shared_worker(module_of(sandbox), sandbox.environment) as worker:
        with pytest.raises(TokenError, match="too long"):
            await worker.call("sign", message=bytes(MAX_MESSAGE_BYTES))
