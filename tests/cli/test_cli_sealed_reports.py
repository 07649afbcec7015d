"""verify --report-key: reports with a seal beside each, and verify again, which says whose they are."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_der_x509_certificate

from pki.practice.sandbox import Sandbox
from tests.pki.shim.shim import Shim, compiled, compiler
from tests.signer.certificates import issued

ROOT = Path(__file__).parents[2]
NOBODY = "http://127.0.0.1:9/tsa"
AGENCY = "Ủy ban nhân dân tỉnh Thanh Sơn"


@pytest.fixture
def answering(sandbox_directory: Path, sandbox: Sandbox) -> Iterator[Sandbox]:
    """The practice services in a process of their own: the commands are other processes."""
    command = [sys.executable, str(ROOT / "cli.py"), "pki", "serve", str(sandbox_directory)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        yield sandbox
        process.terminate()


@pytest.fixture
def signed(run: Any, source: Path, sandbox: Sandbox, tmp_path: Path) -> Path:
    drafted, out = tmp_path / "drafted.pdf", tmp_path / "signed.pdf"
    assert run("draft", source, "-o", drafted).status == 0
    assert run("sign", drafted, "--key", sandbox.signatory, "-o", out).status == 0
    return out


def strangers_root(folder: Path) -> Path:
    path, root = folder / "stranger.pem", issued("Nobody").certificate
    path.write_bytes(load_der_x509_certificate(root.dump()).public_bytes(Encoding.PEM))
    return path


def files(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}


def test_each_report_gets_a_seal_that_verify_and_openssl_believe(
    run: Any, signed: Path, answering: Sandbox, tmp_path: Path
) -> None:
    trust = ("--trust", answering.trust)
    written = ("--html", "r.html", "--etsi-xml", "r.xml", "--json-report", "r.json")
    key = ("--report-key", answering.agency, "--report-tsa", answering.tsa)
    said = run("--json", "verify", signed, *trust, *written, "--save-evidence", "r.evidence", *key)
    assert (said.status, said.json["indication"]) == (0, "TOTAL_PASSED"), said
    reports = ["r.json", "r.html", "r.xml", "r.evidence"]
    assert said.json["seals"] == [f"{each}.p7s" for each in reports]
    assert said.json["verifier"]["name"] == AGENCY
    for each in reports:
        sealed = run("--json", "verify", each, *trust)
        assert (sealed.status, sealed.json["schema"], sealed.json["level"]) == (0, "congvan-seal/1", "B-T")
        assert (sealed.json["signer"], sealed.json["seal"]) == (AGENCY, f"{each}.p7s")
        assert sealed.json["certificates"][-1]["sha256"] == said.json["verifier"]["sha256"]
        words = f"cms -verify -cades -binary -inform DER -in {each}.p7s -content {each} -purpose any -CAfile"
        done = subprocess.run(
            ["openssl", *words.split(), answering.trust, "-out", "verified"],
            cwd=tmp_path, capture_output=True, check=False, timeout=30,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert report == {name: each for name, each in said.json.items() if name in report}
    assert report["sha256"]
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert f"{AGENCY} seals this page" in page
    again = run("--json", "verify", signed, *trust, "--evidence", "r.evidence")
    assert (again.status, again.json["signatures"]) == (0, report["signatures"])


ENGLISH = """\
r.html:
The seal holds: the report is whole.
  ✓ Ủy ban nhân dân tỉnh Thanh Sơn · B-T · TOTAL_PASSED
  time-stamped TIME
  What the report says of its document was not examined again.
"""
VIETNAMESE = """\
r.html:
Chữ ký xác nhận hợp lệ: báo cáo còn nguyên vẹn.
  ✓ Ủy ban nhân dân tỉnh Thanh Sơn · B-T · TOTAL_PASSED
  có dấu thời gian TIME
  Điều báo cáo nói về văn bản thì không kiểm tra lại.
"""
CHANGED = """\
r.html:
The seal of the report does not hold.
  ✗ Ủy ban nhân dân tỉnh Thanh Sơn · TOTAL_FAILED/HASH_FAILURE
  claims to be signed TIME
  The file was changed after it was sealed, or the seal is of another file.
"""
ELSEWHERE = """\
r.html:
Whether the seal of the report holds could not be found out.
  ? Ủy ban nhân dân tỉnh Thanh Sơn · B-B · INDETERMINATE/NO_CERTIFICATE_CHAIN_FOUND
  claims to be signed TIME
  The certificate leads to none of the trusted roots.
  A certificate in the signature belongs to no known chain.
  The time-stamp on the signature is not trusted.
"""


def timeless(text: str) -> str:
    return re.sub(r"(20\d\d-\d\d-\d\d|\d\d/\d\d/20\d\d) [0-9:]{8} \([^)]+\)", "TIME", text)


def test_verify_says_who_sealed_when_and_why_not(
    run: Any, signed: Path, answering: Sandbox, tmp_path: Path
) -> None:
    trust = ("--trust", answering.trust)
    key = ("--report-key", answering.agency, "--report-tsa", answering.tsa)
    said = run("verify", signed, *trust, "--html", "r.html", *key)
    assert (said.status, said.out.splitlines()[-2:]) == (0, ["Written: r.html", "Sealed: r.html.p7s"])
    for path, lang, words in (
        ("r.html", "en", ENGLISH),
        ("r.html.p7s", "en", ENGLISH),
        ("r.html", "vi", VIETNAMESE),
    ):
        said = run("verify", path, *trust, lang=lang)
        assert (said.status, timeless(said.out)) == (0, words)
    assert run("verify", "r.html", "--seal", "r.html.p7s", *trust).status == 0
    stranger = strangers_root(tmp_path)
    said = run("verify", "r.html", "--trust", stranger)
    assert (said.status, timeless(said.out)) == (3, ELSEWHERE)
    page = tmp_path / "r.html"
    page.write_bytes(page.read_bytes().replace(b"</main>", b"</main> "))
    said = run("verify", "r.html", *trust)
    assert (said.status, timeless(said.out)) == (1, CHANGED)


def test_a_report_without_its_seal_or_with_anothers_is_not_believed(
    run: Any, signed: Path, answering: Sandbox, tmp_path: Path
) -> None:
    trust = ("--trust", answering.trust)
    ours, theirs = ("--report-key", answering.agency), ("--report-key", answering.signatory)
    assert run("verify", signed, *trust, "--json-report", "a.json", *ours).status == 0
    assert run("verify", signed, *trust, "--json-report", "b.json", *theirs).status == 0
    said = run("--json", "verify", "a.json", *trust, "--seal", "b.json.p7s")
    assert (said.status, said.json["sub_indication"]) == (1, "HASH_FAILURE")
    (tmp_path / "a.json.p7s").unlink()
    said = run("verify", "a.json", *trust)
    assert (said.status, said.out) == (1, "a.json: Nobody seals this report: a.json.p7s is not here.\n")
    (tmp_path / "b.json").unlink()
    said = run("verify", "b.json.p7s", *trust)
    assert (said.status, "the file that it seals is not beside it" in said.err) == (2, True)


def test_a_seal_beside_makes_no_report_of_a_document_or_a_receipt(
    run: Any, signed: Path, answering: Sandbox, tmp_path: Path
) -> None:
    trust = ("--trust", answering.trust)
    assert run("verify", signed, *trust, "--html", "r.html", "--report-key", answering.agency).status == 0
    receipt = tmp_path / "x.receipt.json"
    receipt.write_text('{"payload":"","protected":"","signature":""}')
    for each, schema in ((signed, "congvan-report/1"), (receipt, "congvan-receipt/1")):
        shutil.copy(tmp_path / "r.html.p7s", f"{each}.p7s")
        said = run("--json", "verify", each, *trust)
        assert said.json["schema"] == schema
    assert said.status == 1  # the receipt is none, whatever stands beside it


def test_a_seal_that_is_named_makes_no_report_of_a_document_a_receipt_or_a_proof(
    run: Any, signed: Path, sandbox: Sandbox, tmp_path: Path
) -> None:
    receipt, proof = tmp_path / "x.receipt.json", tmp_path / "x.tlog-proof"
    receipt.write_text('{"payload":"","protected":"","signature":""}')
    proof.write_text("c2sp.org/tlog-proof@v1\n")
    for each in (signed, receipt, proof):
        seal = Path(f"{each}.p7s")
        seal.write_bytes(b"of whatever: it is not looked at")
        for words in ((seal,), (each, "--seal", seal)):
            said = run("--json", "verify", *words, "--trust", sandbox.trust)
            assert (said.status, "is no report" in said.json["message"]) == (2, True), said


def test_a_batch_is_sealed_one_by_one_into_a_folder_with_one_opening_of_the_key(
    run: Any, signed: Path, source: Path, answering: Sandbox, tmp_path: Path
) -> None:
    out, note = tmp_path / "out", tmp_path / "note.txt"
    out.mkdir()
    note.write_text("no document")
    words = ("--html", out, "--json-report", out, "--report-key", answering.agency)
    said = run("--json", "verify", signed, source, note, "--trust", answering.trust, *words)
    found = [json.loads(each) for each in said.out.splitlines()]
    assert [each["indication"] for each in found] == ["TOTAL_PASSED", "TOTAL_FAILED", "TOTAL_FAILED"]
    assert said.status == 1
    # Whatever was found, it says of which bytes.
    digests = [hashlib.sha256(each.read_bytes()).hexdigest() for each in (signed, source, note)]
    assert [each["sha256"] for each in found] == digests
    assert json.loads((out / "note.json").read_bytes())["sha256"] == digests[-1]
    made = {f"{name}{end}" for name in ("signed", "in", "note") for end in (".html", ".json")}
    assert files(out) == made | {f"{each}.p7s" for each in made}
    judged = run("--json", "verify", *(out / each for each in sorted(made)), "--trust", answering.trust)
    assert judged.status == 0, judged
    assert len(judged.out.splitlines()) == 6
    again = run("verify", signed, source, "--trust", answering.trust, *words)
    assert (again.status, "exists already" in again.err) == (2, True)


def test_what_cannot_be_sealed_is_said_before_anything_is_examined(
    run: Any, signed: Path, sandbox: Sandbox, tmp_path: Path
) -> None:
    (tmp_path / "taken.html.p7s").write_text("mine")
    key = ("--report-key", sandbox.agency)
    before = files(tmp_path)
    for words, why in (
        (key, "no report to be sealed"),
        (("--html", "r.html", "--report-tsa", NOBODY), "--report-tsa stamps the seal"),
        (("--html", "taken.html", *key), "taken.html.p7s exists already"),
        (("--html", "r", "--etsi-xml", "r", *key), "Two results would be written to r"),
        (("--html", "r", "--etsi-xml", "r.p7s", *key), "Two results would be written to r.p7s"),
    ):
        said = run("--json", "verify", signed, "--trust", sandbox.trust, *words)
        assert (said.status, why in said.json["message"]) == (2, True), said
    said = run("--json", "verify", signed, signed, "--seal", "x.p7s")
    assert (said.status, said.json["message"]) == (2, "A seal is of one report.")
    assert files(tmp_path) == before
    assert (tmp_path / "taken.html.p7s").read_text() == "mine"


def test_a_key_that_may_not_seal_ends_with_the_tokens_status_and_no_verdict(
    run: Any, signed: Path, sandbox: Sandbox, tmp_path: Path
) -> None:
    words = ("--trust", sandbox.trust, "--html", "r.html")
    pin = tmp_path / "wrong.pin"
    pin.write_text("not-the-pin")
    pin.chmod(0o600)
    wrong = sandbox.agency.split("pin-source=")[0] + f"pin-source=file:{pin}"
    offline = ("--offline", "--revocation", "ignore")
    said = run("--json", "verify", signed, *words, *offline, "--report-key", wrong)
    assert (said.status, said.json["error"]) == (4, "token.pin-refused")
    stranger = strangers_root(tmp_path)
    key = ("--report-key", sandbox.agency)
    said = run("--json", "verify", signed, "--trust", stranger, "--html", "r.html", *offline, *key)
    assert (said.status, said.json["error"]) == (4, "token")
    assert said.json["message"].startswith("The key cannot seal reports. The certificate of ")
    # Nobody answers for the certificate: it is not found out, and never a no about the document.
    said = run("--json", "verify", signed, *words, *key)
    assert (said.status, said.json["error"]) == (3, "undetermined")
    said = run("--json", "verify", signed, *words, *offline, *key, "--report-tsa", NOBODY)
    assert (said.status, said.json["error"]) == (3, "undetermined")
    assert said.json["message"].startswith("The report is not sealed. There is no time-stamp")
    assert not [each for each in files(tmp_path) if each.startswith("r.html")]


@pytest.mark.skipif(compiler() is None, reason="no C compiler for the shim")
def test_a_token_that_fails_after_the_verdict_leaves_neither_report_nor_seal(
    run: Any, signed: Path, sandbox: Sandbox, tmp_path: Path
) -> None:
    folder = tmp_path / "token"
    folder.mkdir()
    shim = Shim(compiled(folder), sandbox, folder)
    (folder / "sandbox.json").write_text(json.dumps({"environment": dict(shim.environment())}))
    words = ("--trust", sandbox.trust, "--offline", "--revocation", "ignore", "--report-key", shim.uri())
    before = files(tmp_path)
    shim.now("spent")
    said = run("--json", "verify", signed, *words, "--html", "r.html", "--json-report", "r.json")
    assert (said.status, said.json["error"].split(".")[0]) == (4, "token"), said
    assert files(tmp_path) == before
    shim.heal()
    assert run("verify", signed, *words, "--html", "r.html", "--json-report", "r.json").status == 0
    assert files(tmp_path) - before == {"r.html", "r.html.p7s", "r.json", "r.json.p7s"}


def test_verifying_a_document_loads_nothing_of_this(signed: Path) -> None:
    code = (
        "import json, sys, cli\n"
        f"cli.main(['verify', {str(signed)!r}, '--offline', '--revocation', 'ignore'])\n"
        "print(json.dumps(list(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    loaded = set(json.loads(done.stderr.splitlines()[-1]))
    assert not loaded & {
        "signer.attesting", "signer.pades.detached", "signer.reports.verifier", "exchange.verbs.attesting",
        "exchange.verbs.attested", "pki.keys", "pyhanko",
    }  # fmt: skip
