import asyncio
import base64
import socket
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import aiohttp
import pytest
from asn1crypto import core, ocsp, tsp
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from pki.errors import UsageError
from pki.keys import open_key
from pki.practice.responder import MAX_BODY_BYTES, serve_sandbox
from pki.practice.sandbox import Sandbox, make_sandbox
from pki.practice.state import load_revoked, load_services, revoke


@pytest.fixture(scope="session")
def spoilt_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    """A hierarchy whose certificates the tests take back."""
    return asyncio.run(make_sandbox(tmp_path_factory.mktemp("spoilt"), keys="p-256"))


@pytest.fixture(params=["rsa", "p-256"])
async def served(
    request: pytest.FixtureRequest, sandbox: Sandbox, elliptic_sandbox: Sandbox
) -> AsyncIterator[Sandbox]:
    chosen = sandbox if request.param == "rsa" else elliptic_sandbox
    async with serve_sandbox(chosen.directory):
        yield chosen


async def run(folder: Path, *command: str) -> str:
    """Run a program in `folder`; return everything it says."""
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    output, _ = await process.communicate()
    return output.decode()


async def lay_out(sandbox: Sandbox, uri: str, folder: Path) -> x509.Certificate:
    """Write leaf.pem, issuing.pem and trust.pem for openssl; return the leaf."""
    async with open_key(uri) as token:
        certificates = [x509.load_der_x509_certificate(der) for der in (token.certificate, *token.chain)]
    for name, certificate in zip(("leaf", "issuing"), certificates, strict=True):
        (folder / f"{name}.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (folder / "trust.pem").write_bytes(sandbox.trust.read_bytes())
    return certificates[0]


async def post(url: str, body: bytes, kind: str) -> bytes:
    async with (
        aiohttp.ClientSession(raise_for_status=True) as session,
        session.post(url, data=body, headers={"Content-Type": kind}) as answer,
    ):
        return await answer.read()


async def get(url: str) -> bytes:
    async with aiohttp.ClientSession(raise_for_status=True) as session, session.get(url) as answer:
        return await answer.read()


def rejection(answer: bytes) -> dict[str, object]:
    """Read the status of a time-stamp answer that has no time-stamp."""
    status = core.Sequence.load(answer)[0]
    said: dict[str, object] = tsp.PKIStatusInfo.load(status.dump()).native
    return said


async def stamp(url: str, query: bytes) -> bytes:
    return await post(url, query, "application/timestamp-query")


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
async def test_openssl_believes_a_time_stamp(served: Sandbox, tmp_path: Path, digest: str) -> None:
    (tmp_path / "data").write_bytes(b"data")
    await run(tmp_path, *f"openssl ts -query -data data -{digest} -cert -out query".split())
    (tmp_path / "answer").write_bytes(await stamp(served.tsa, (tmp_path / "query").read_bytes()))
    verify = "openssl ts -verify -queryfile query -in answer -CAfile trust.pem"
    await lay_out(served, served.agency, tmp_path)
    output = await run(tmp_path, *verify.split())
    assert "Verification: OK" in output


async def test_certificates_come_with_a_time_stamp_only_if_asked_for(served: Sandbox) -> None:
    imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": bytes(32)}
    for wanted in (True, False):
        query = tsp.TimeStampReq({"version": "v1", "message_imprint": imprint, "cert_req": wanted})
        answer = tsp.TimeStampResp.load(await stamp(served.tsa, query.dump()))
        certificates = answer["time_stamp_token"]["content"]["certificates"].native
        assert bool(certificates) is wanted


@pytest.mark.parametrize(
    ("changes", "failure"),
    [
        (
            {"message_imprint": {"hash_algorithm": {"algorithm": "sha1"}, "hashed_message": bytes(20)}},
            "bad_alg",
        ),
        (
            {"message_imprint": {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": bytes(20)}},
            "bad_data_format",
        ),
        ({"req_policy": "1.2.3"}, "unaccepted_policy"),
    ],
)
async def test_a_time_stamp_that_cannot_be_given_is_rejected_with_its_fault(
    served: Sandbox, changes: dict[str, object], failure: str
) -> None:
    imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": bytes(32)}
    query = tsp.TimeStampReq({"version": "v1", "message_imprint": imprint} | changes)
    status = rejection(await stamp(served.tsa, query.dump()))
    assert (status["status"], status["fail_info"]) == ("rejection", {failure})


@pytest.mark.parametrize("garbage", [b"", b"\x30\x03\x02\x01", b"GET / HTTP/1.1", bytes(500)])
async def test_garbage_is_answered_in_the_protocols_own_words(served: Sandbox, garbage: bytes) -> None:
    assert rejection(await stamp(served.tsa, garbage))["fail_info"] == {"bad_data_format"}
    status = await post(served.ocsp, garbage, "application/ocsp-request")
    assert ocsp.OCSPResponse.load(status)["response_status"].native == "malformed_request"


async def test_a_body_over_the_limit_or_of_another_kind_is_refused(served: Sandbox) -> None:
    with pytest.raises(aiohttp.ClientResponseError, match="413"):
        await stamp(served.tsa, bytes(MAX_BODY_BYTES + 1))
    with pytest.raises(aiohttp.ClientResponseError, match="415"):
        await post(served.ocsp, b"", "text/plain")


async def test_openssl_hears_that_a_certificate_is_good(served: Sandbox, tmp_path: Path) -> None:
    await lay_out(served, served.signatory, tmp_path)
    command = f"openssl ocsp -issuer issuing.pem -cert leaf.pem -url {served.ocsp} -CAfile trust.pem"
    output = await run(tmp_path, *command.split())
    assert "Response verify OK" in output
    assert "leaf.pem: good" in output
    assert "Nonce" not in output  # openssl says so when the nonce is not echoed


async def test_a_status_request_may_stand_in_the_url(served: Sandbox, tmp_path: Path) -> None:
    await lay_out(served, served.agency, tmp_path)
    command = "openssl ocsp -issuer issuing.pem -cert leaf.pem -reqout request"
    await run(tmp_path, *command.split())
    asked = quote(base64.b64encode((tmp_path / "request").read_bytes()), safe="")
    answer = ocsp.OCSPResponse.load(await get(f"{served.ocsp}/{asked}"))
    (status,) = answer.response_data["responses"].native
    assert status["cert_status"] == "good"


async def test_a_certificate_nobody_issued_is_unknown(served: Sandbox, tmp_path: Path) -> None:
    await lay_out(served, served.agency, tmp_path)
    command = f"openssl ocsp -issuer issuing.pem -serial 42 -url {served.ocsp} -CAfile trust.pem"
    assert "42: unknown" in await run(tmp_path, *command.split())


async def test_openssl_believes_both_lists(served: Sandbox, tmp_path: Path) -> None:
    await lay_out(served, served.agency, tmp_path)
    for authority, issuer in (("root", "trust.pem"), ("issuing", "issuing.pem")):
        url = served.crl.replace("issuing", authority)
        (tmp_path / "list").write_bytes(await get(url))
        command = f"openssl crl -inform DER -in list -CAfile {issuer} -noout"
        assert await run(tmp_path, *command.split()) == "verify OK\n"


async def test_the_issuers_certificates_are_given_out(served: Sandbox) -> None:
    base = served.crl.removesuffix("issuing.crl")
    root = x509.load_der_x509_certificate(await get(f"{base}root.crt"))
    issuing = x509.load_der_x509_certificate(await get(f"{base}issuing.crt"))
    issuing.verify_directly_issued_by(root)
    assert root == x509.load_pem_x509_certificate(served.trust.read_bytes())


async def test_what_is_revoked_is_said_by_list_and_status_from_then_on(
    spoilt_sandbox: Sandbox, tmp_path: Path
) -> None:
    async with serve_sandbox(spoilt_sandbox.directory):
        leaf = await lay_out(spoilt_sandbox, spoilt_sandbox.signatory, tmp_path)
        before = x509.load_der_x509_crl(await get(spoilt_sandbox.crl))
        await asyncio.to_thread(revoke, spoilt_sandbox.directory, leaf.serial_number)
        after = x509.load_der_x509_crl(await get(spoilt_sandbox.crl))
        command = (
            f"openssl ocsp -issuer issuing.pem -cert leaf.pem -url {spoilt_sandbox.ocsp} -CAfile trust.pem"
        )
        output = await run(tmp_path, *command.split())
    assert before.get_revoked_certificate_by_serial_number(leaf.serial_number) is None
    assert after.get_revoked_certificate_by_serial_number(leaf.serial_number) is not None
    assert "leaf.pem: revoked" in output
    assert "Reason: keyCompromise" in output


async def test_a_revoked_issuing_authority_is_on_the_roots_list_alone(spoilt_sandbox: Sandbox) -> None:
    async with serve_sandbox(spoilt_sandbox.directory):
        async with open_key(load_services(spoilt_sandbox.directory).keys["issuing"]) as token:
            serial = x509.load_der_x509_certificate(token.certificate).serial_number
        await asyncio.to_thread(revoke, spoilt_sandbox.directory, serial, reason="ca_compromise")
        lists = [
            x509.load_der_x509_crl(await get(spoilt_sandbox.crl.replace("issuing", authority)))
            for authority in ("root", "issuing")
        ]
    found = [item.get_revoked_certificate_by_serial_number(serial) is not None for item in lists]
    assert found == [True, False]
    assert load_revoked(spoilt_sandbox.directory)[serial].reason == "ca_compromise"


async def test_a_taken_port_is_said(elliptic_sandbox: Sandbox) -> None:
    port = load_services(elliptic_sandbox.directory).port
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        with pytest.raises(UsageError, match=f"port {port} is taken"):
            async with serve_sandbox(elliptic_sandbox.directory):
                pass
