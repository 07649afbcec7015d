"""Exit statuses, words and files of draft, sign, seal and verify: the command line's contract."""

from pathlib import Path
from typing import Any

import pytest

from pki.practice.sandbox import Sandbox

BAD = Path(__file__).parents[1] / "vectors" / "bad"


@pytest.fixture
def drafted(run: Any, source: Path, tmp_path: Path) -> Path:
    out = tmp_path / "drafted.pdf"
    assert run("draft", source, "-o", out).status == 0
    return out


@pytest.fixture
def signed(run: Any, drafted: Path, sandbox: Sandbox, tmp_path: Path) -> Path:
    out = tmp_path / "signed.pdf"
    assert run("sign", drafted, "--key", sandbox.signatory, "-o", out).status == 0
    return out


@pytest.fixture
def sealed(run: Any, signed: Path, sandbox: Sandbox, tmp_path: Path) -> Path:
    out = tmp_path / "sealed.pdf"
    words = ("--number", "15", "--symbol", "UBND-VP", "--date", "2026-11-22", "-o", out)
    assert run("seal", signed, "--key", sandbox.agency, *words).status == 0
    return out


def verify(run: Any, path: Path, sandbox: Sandbox, *words: str) -> Any:
    return run("--json", "verify", path, "--trust", sandbox.trust, "--revocation", "accept-missing", *words)


def test_a_sealed_document_is_valid_and_says_its_number(run: Any, sealed: Path, sandbox: Sandbox) -> None:
    said = verify(run, sealed, sandbox, "--require", "two-layer")
    assert said.status == 0
    assert said.json["indication"] == "TOTAL_PASSED"
    assert (said.json["number"], said.json["symbol"], said.json["date"]) == ("15", "UBND-VP", "2026-11-22")
    assert [each["layer"] for each in said.json["signatures"]] == [1, 2]


def test_verify_writes_reports_and_overwrites_none(
    run: Any, sealed: Path, sandbox: Sandbox, tmp_path: Path
) -> None:
    page, xml = tmp_path / "report.html", tmp_path / "report.xml"
    said = verify(run, sealed, sandbox, "--html", str(page), "--etsi-xml", str(xml))
    assert (said.status, said.json["html"], said.json["etsi_xml"]) == (0, str(page), str(xml))
    assert b"urn:etsi:019102:mainindication:total-passed" in xml.read_bytes()
    text = page.read_text(encoding="utf-8")
    assert "15/UBND-VP" in text
    assert "data:image/png;base64," in text
    again = verify(run, sealed, sandbox, "--html", str(page))
    assert (again.status, again.json["error"]) == (2, "usage")
    assert page.read_text(encoding="utf-8") == text


def test_a_status_nobody_answers_for_is_a_doubt_and_not_a_yes(
    run: Any, sealed: Path, sandbox: Sandbox
) -> None:
    said = run("--json", "verify", sealed, "--trust", sandbox.trust)
    assert (said.status, said.json["indication"]) == (3, "INDETERMINATE")


def test_a_changed_byte_is_a_no(run: Any, sealed: Path, sandbox: Sandbox) -> None:
    data = bytearray(sealed.read_bytes())
    data[len(data) // 3] ^= 1
    sealed.write_bytes(data)
    assert verify(run, sealed, sandbox).status == 1


def test_a_seal_before_layer_1_is_refused(run: Any, drafted: Path, sandbox: Sandbox, tmp_path: Path) -> None:
    out = tmp_path / "out.pdf"
    said = run("seal", drafted, "--key", sandbox.agency, "--number", "1", "--symbol", "UBND-VP", "-o", out)
    assert said.status == 1
    assert "not signed" in said.err
    assert not out.exists()


def test_a_seal_over_a_broken_layer_1_is_refused(
    run: Any, signed: Path, sandbox: Sandbox, tmp_path: Path
) -> None:
    data = signed.read_bytes()
    at = data.index(b"/Contents <") + 200
    signed.write_bytes(data[:at] + (b"0" if data[at : at + 1] != b"0" else b"1") + data[at + 1 :])
    out = tmp_path / "out.pdf"
    said = run("seal", signed, "--key", sandbox.agency, "--number", "1", "--symbol", "UBND-VP", "-o", out)
    assert said.status == 1
    assert not out.exists()


def test_a_sealed_document_is_not_numbered_again(
    run: Any, sealed: Path, sandbox: Sandbox, tmp_path: Path
) -> None:
    out = tmp_path / "out.pdf"
    said = run("seal", sealed, "--key", sandbox.agency, "--number", "16", "--symbol", "UBND-VP", "-o", out)
    assert said.status == 1
    assert "sealed already" in said.err
    assert not out.exists()


def test_a_wrong_pin_is_a_token_error_and_leaves_nothing(
    run: Any, drafted: Path, sandbox: Sandbox, tmp_path: Path
) -> None:
    pin = tmp_path / "wrong.pin"
    pin.write_text("not-the-pin")
    pin.chmod(0o600)
    uri = sandbox.signatory.split("pin-source=")[0] + f"pin-source=file:{pin}"
    said = run("--json", "sign", drafted, "--key", uri, "-o", tmp_path / "out.pdf")
    assert (said.status, said.json["error"]) == (4, "token.pin-refused")
    assert "not-the-pin" not in said.out + said.err
    assert not (tmp_path / "out.pdf").exists()


@pytest.mark.parametrize("name", sorted(path.name for path in BAD.glob("*.pdf")))
def test_a_file_that_cannot_be_signed_is_refused_in_both_languages(
    run: Any, name: str, tmp_path: Path
) -> None:
    out = tmp_path / "out.pdf"
    english, vietnamese = (run("draft", BAD / name, "-o", out, lang=lang) for lang in ("en", "vi"))
    assert english.status == vietnamese.status == 1
    assert english.err.startswith("congvan: error: ")
    assert vietnamese.err.startswith("congvan: lỗi: ")
    assert english.err.splitlines()[0] != vietnamese.err.splitlines()[0]
    assert not out.exists()


def test_an_input_is_never_overwritten(run: Any, source: Path) -> None:
    before = source.read_bytes()
    said = run("draft", source, "-o", source, "--force")
    assert said.status == 2
    assert source.read_bytes() == before


def test_an_existing_result_is_replaced_only_with_force(run: Any, source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.pdf"
    out.write_text("mine")
    assert run("draft", source, "-o", out).status == 2
    assert out.read_text() == "mine"
    assert run("draft", source, "-o", out, "--force").status == 0
    assert out.read_bytes().startswith(b"%PDF-")


def test_a_batch_goes_on_after_a_failure_and_ends_with_the_worst_status(
    run: Any, source: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    said = run("--json", "draft", BAD / "text.pdf", source, "-o", folder)
    assert said.status == 1
    assert '"error": "document.not-a-pdf"' in said.out.splitlines()[0]
    assert [path.name for path in folder.iterdir()] == ["in.pdf"]


def test_an_unknown_verb_is_a_usage_error_in_json_too(run: Any) -> None:
    said = run("--json", "stamp")
    assert (said.status, said.json["error"]) == (2, "usage")


def test_the_text_says_the_same_facts_as_the_json(run: Any, sealed: Path, sandbox: Sandbox) -> None:
    facts = verify(run, sealed, sandbox).json
    text = run("verify", sealed, "--trust", sandbox.trust, "--revocation", "accept-missing").out
    for each in facts["signatures"]:
        assert each["signer"] in text
        assert each["indication"] in text
    assert f"{facts['number']}/{facts['symbol']}" in text
