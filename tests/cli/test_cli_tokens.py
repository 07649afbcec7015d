from datetime import datetime

from pki.practice.sandbox import Sandbox
from tests.conftest import Run


def test_the_tokens_of_a_hierarchy_are_told_with_their_certificates(run: Run, sandbox: Sandbox) -> None:
    said = run("--sandbox", sandbox.directory, "token", "list")
    assert said.status == 0
    assert "operations at once: 8" in said.out
    assert "  agency (SoftHSM project SoftHSM v2, serial " in said.out
    assert "signs by RSA PKCS#1 v1.5, RSA-PSS, ECDSA" in said.out
    assert "certificate of Ủy ban nhân dân tỉnh Thanh Sơn: expires in " in said.out


def test_machines_are_told_the_same(run: Run, sandbox: Sandbox) -> None:
    facts = run("--json", "--sandbox", sandbox.directory, "token", "list").json
    assert (facts["locking"], facts["parallel"], facts["count"]) == (True, 8, 3)
    (agency,) = [token for token in facts["tokens"] if token["label"] == "agency"]
    assert agency["tries"] == "many"
    assert "rsassa_pss" in agency["schemes"]
    assert agency["certificates"][-1]["days_left"] > 0


def test_a_module_that_fails_is_told_and_the_others_go_on(run: Run, sandbox: Sandbox) -> None:
    module = sandbox.directory / "softhsm" / "libsofthsm2.so"
    said = run("token", "list", "--module", "/nowhere.so", "--module", module)
    assert said.status == 4
    assert "There is no PKCS#11 module /nowhere.so." in said.out + said.err
    assert "3 tokens" in said.out


def test_a_key_is_tried_in_the_scheme_that_was_asked_for(run: Run, sandbox: Sandbox) -> None:
    said = run("token", "check", f"{sandbox.agency}&congvan-scheme=rsassa_pss")
    assert said.status == 0
    assert "agency/agency signs: rsa 2048 bits, RSA-PSS (CKM_RSA_PKCS_PSS)." in said.out
    assert "The token offers for this key: RSA PKCS#1 v1.5, RSA-PSS." in said.out
    assert "It expires in " in said.out


def test_machines_are_told_what_a_key_is(run: Run, sandbox: Sandbox) -> None:
    run(
        "token", "check", sandbox.signatory
    )  # whatever wrong PIN another test sent is forgotten by a good one
    facts = run("--json", "token", "check", sandbox.signatory).json
    assert (facts["scheme"], facts["offered"]) == ("rsassa_pkcs1v15", ["rsassa_pkcs1v15", "rsassa_pss"])
    assert (facts["token"]["label"], facts["token"]["tries"]) == ("signatory", "many")
    assert datetime.fromisoformat(facts["not_after"]).tzinfo is not None


def test_a_way_of_signing_that_is_unknown_is_a_usage_error(run: Run, sandbox: Sandbox) -> None:
    said = run("token", "check", f"{sandbox.agency}&congvan-scheme=dsa")
    assert said.status == 2
    assert "congvan-scheme of the key URI cannot be 'dsa'" in said.err
