"""A key that signs by RSASSA-PSS: the document names the scheme, and strangers' programs agree."""

import asyncio
import subprocess
from pathlib import Path

from pki.keys import open_key
from pki.practice.sandbox import Sandbox
from pki.trust import Anchors
from signer.drafting import draft
from signer.policy import Policy
from signer.signing import sign
from signer.verifying import examine
from tests.signer.test_quick import both


async def test_a_layer_signed_by_pss_is_believed_here_and_elsewhere(
    sandbox: Sandbox, document: bytes, tmp_path: Path
) -> None:
    async with open_key(sandbox.signatory + "&congvan-scheme=rsassa_pss") as token:
        signed = await sign(draft(document), token)
    policy = Policy(anchors=Anchors.load(sandbox.trust), require="any", revocation="ignore")
    report = await examine(signed.pdf, policy)
    assert report.passed
    assert "pss" in str(report.signatures[0].algorithm)
    quick, slow = await both(signed.pdf, policy)
    assert quick == slow
    path = tmp_path / "signed.pdf"
    path.write_bytes(signed.pdf)
    judged = await asyncio.to_thread(subprocess.run, ["pdfsig", "-nocert", path], capture_output=True)
    assert b"Signature is Valid" in judged.stdout


async def test_what_the_parameters_name_must_be_what_was_used(sandbox: Sandbox, document: bytes) -> None:
    async with open_key(sandbox.signatory + "&congvan-scheme=rsassa_pss") as token:
        signed = await sign(draft(document), token)
    policy = Policy(anchors=Anchors.load(sandbox.trust), require="any", revocation="ignore", offline=True)
    sha256, sha384 = b"608648016503040201", b"608648016503040202"
    at = signed.pdf.lower().index(b"06092a864886f70d01010a")
    for place in range(2):  # of the digest, and of the one in MGF1
        at = signed.pdf.lower().index(sha256, at + 1)
        altered = signed.pdf[:at] + sha384 + signed.pdf[at + len(sha384) :]
        assert (await both(altered, policy))[0] is None, place
