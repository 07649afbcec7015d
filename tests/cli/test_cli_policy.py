"""Policy files on the command line: shown, checked, held to, and alone."""

from pathlib import Path

import pytest

from exchange.believing import held_to
from exchange.settings import Settings
from pki.digest import Digest
from pki.practice.sandbox import Sandbox
from pki.trust import Anchors
from tests.conftest import Run
from tests.signer.stage_samples import dispatch_page


@pytest.fixture
def own(sandbox: Sandbox, tmp_path: Path) -> Path:
    """A policy that pins the practice root, for signatures that nobody has to answer for."""
    (root,) = Anchors.load(sandbox.trust).roots
    text = f"""
        version = 1
        name = "của cơ quan"
        revocation = "accept-missing"
        time_stamps_by = ["practice"]
        [[anchors]]
        role = "practice"
        files = ["{sandbox.trust}"]
        sha256 = ["{Digest.of(root).value.hex()}"]
    """
    (tmp_path / "own.toml").write_text(text)
    return tmp_path / "own.toml"


def test_a_policy_is_checked_by_what_is_here(run: Run, sandbox: Sandbox, own: Path) -> None:
    said = run("--json", "policy", "check", own)
    assert said.status == 0
    (anchor,) = said.json["anchors"]
    assert (anchor["role"], anchor["valid"], said.json["missing"]) == ("practice", True, [])
    own.write_text(own.read_text() + 'intermediates = ["nowhere.crt"]\n')
    assert run("policy", "check", own).status == 2  # the last table is not the place for it
    assert run("--sandbox", sandbox.directory, "policy", "check", "practice").status == 0
    assert "nowhere" not in run("policy", "check", "practice").out


def test_a_shipped_policy_is_a_start_for_ones_own(run: Run, tmp_path: Path) -> None:
    assert run("policy", "show", "vietnam-public-service", "-o", "mine.toml").status == 0
    said = run("--json", "policy", "check", "mine.toml")
    assert said.status == 1
    assert any("rootcag2.crt is not here" in each for each in said.json["missing"])
    assert (tmp_path / "mine.toml").read_text() in run("policy", "show", "vietnam-public-service").out


def test_sign_and_verify_are_held_to_a_policy(run: Run, sandbox: Sandbox, own: Path, tmp_path: Path) -> None:
    (tmp_path / "in.pdf").write_bytes(dispatch_page())
    assert run("draft", "in.pdf", "-o", "draft.pdf").status == 0
    signing = ("sign", "draft.pdf", "--key", sandbox.signatory, "-o", "signed.pdf", "--policy")
    refusing = own.with_name("refusing.toml")
    mark = f'[[issuers]]\nsha256 = "{"0" * 64}"\nmay = ["sign"]\n'
    refusing.write_text(own.read_text() + mark)
    assert "make no signatories" in run(*signing, refusing).err
    assert run(*signing, own).status == 0
    said = run("--json", "verify", "signed.pdf", "--policy", own, "--offline")
    assert (said.status, said.json["policy"].split(" sha256:")[0]) == (0, "của cơ quan")
    assert run("verify", "signed.pdf", "--policy", refusing, "--offline").status == 3


@pytest.mark.parametrize("other", [("--trust", "x.pem"), ("--revocation", "ignore")])
def test_a_policy_says_all_of_it(run: Run, own: Path, source: Path, other: tuple[str, str]) -> None:
    said = run("--json", "verify", source, "--policy", own, *other)
    assert (said.status, said.json["error"]) == (2, "usage")


def test_an_office_holds_what_comes_in_to_the_policy_of_its_settings(own: Path, tmp_path: Path) -> None:
    policy = held_to(tmp_path, Settings(policy=own.name, revocation="require"))
    assert policy.rules is not None
    assert (policy.rules.name, policy.revocation) == ("của cơ quan", "accept-missing")
