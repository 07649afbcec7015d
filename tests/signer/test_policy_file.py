"""What a policy file may say, and that documents and keys are held to every rule of it."""

import base64
import dataclasses
import datetime as dt
import json
import re
import unicodedata
from pathlib import Path
from typing import Literal, cast

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from pki.clock import SystemClock
from pki.digest import Digest
from pki.errors import TrustError, UsageError
from pki.identity import identify
from pki.practice.sandbox import Sandbox
from pki.token import Token
from pki.trust import Anchors
from signer.apart.values import Reading, Writing
from signer.entitlement import act_of, entitled, known_as
from signer.level import Evidence, Level
from signer.policies import SHIPPED
from signer.policies.reading import PolicyFile, read_policy
from signer.policies.supplying import load, supply
from signer.policy import Policy
from signer.report import Indication, Report
from signer.rules import Holder, Mark, Rules, key_sha256
from signer.sealing import seal
from signer.signing import sign
from signer.verifying import examine
from tests.pki.test_identity import certificate
from tests.signer.certificates import issued
from tests.signer.path_samples import issue
from tests.signer.stage_samples import Stages
from tests.signer.test_credentials import Unused

TOP = 'version = 1\nname = "thử"\nrevocation = "ignore"\ntime_stamps_by = ["practice"]\n'
FILE = Path("policy.toml")
NOW = SystemClock().now()

_ISSUED_BY = """
[[anchors]]
role = "practice"
files = ["a.crt"]
[[issuers]]
subject = "{subject}"
may = ["sign"]
"""

WHOLE = """
version = 1
name = "whole"
description = "mọi thứ"
revocation = "accept-missing"
same_agency = false
time_stamps_by = ["time-stamp", "public"]
unlisted = "refuse"
intermediates = ["a.crt"]
certificate_policies = ["1.2.3"]
[document]
header = "require-match"
[freshness]
signer_hours = 24
authority_hours = 200
[[anchors]]
role = "public"
files = ["root.crt"]
sha256 = ["0000000000000000000000000000000000000000000000000000000000000000"]
[[issuers]]
subject = "CN=Authority"
may = ["sign", "seal"]
[[holders]]
person_id = "CCCD:001"
may = "sign"
name = "Nguyễn Văn Ánh"
title = "Chủ tịch"
agency = "UBND tỉnh Thanh Sơn"
agency_id = "GOVVN-H99"
from = 2026-01-01
until = 2030-12-31T17:00:00+07:00
[[algorithms]]
name = "sha256"
until = 2029-12-31
[[algorithms]]
name = "ecdsa"
min_bits = 256
curves = ["secp256r1"]
"""


def written(sandbox: Sandbox, rest: str = "", *, top: str = "", role: str = "practice") -> str:
    (root,) = Anchors.load(sandbox.trust).roots
    pin = Digest.of(root).value.hex()
    anchor = f'[[anchors]]\nrole = "{role}"\nfiles = ["{sandbox.trust}"]\nsha256 = ["{pin}"]\n'
    return f"{TOP}{top}\n{anchor}{rest}"


def policy_of(text: str, tmp_path: Path) -> Policy:
    file = tmp_path / "policy.toml"
    file.write_text(text)
    return dataclasses.replace(load(file, tmp_path).policy, offline=True)


async def judged(pdf: bytes, policy: Policy) -> tuple[str, str | None, str]:
    report = await examine(pdf, policy)
    first = next(iter(report.verdict.reasons), "")
    return report.indication.value, report.verdict.sub_indication, str(first)


def issuing(token: Token) -> x509.Certificate:
    return x509.load_der_x509_certificate(token.chain[0])


def holder(token: Token, may: str, rest: str = "") -> str:
    return f'[[holders]]\nsha256 = "{Digest.of(token.certificate).value.hex()}"\nmay = "{may}"\n{rest}\n'


# ------------------------------------------------------------------------------------- the file itself


def test_everything_a_policy_may_say_is_read_and_goes_over_the_wire() -> None:
    read = read_policy(WHOLE.encode(), FILE)
    (person,) = read.rules.holders
    assert person.since is not None
    assert person.since.isoformat() == "2026-01-01T00:00:00+07:00"
    assert read.rules.freshness.signer == 24 * 3600
    assert read.rules.header == "require-match"
    writing = Writing()
    there = writing.of(read.rules)
    assert Reading(b"".join(writing.area)).of(type(read.rules), there) == read.rules


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("same_agency", "same_agencies", "same_agencies is not known"),
        ('header = "require-match"', 'header = "match"', r"document\.header must be one of: refuse-mismatch"),
        ("header =", "heading =", r"document\.heading is not known"),
        ("signer_hours", "signer_days", r"freshness\.signer_days is not known"),
        ('person_id = "CCCD:001"', 'person = "CCCD:001"', r"holders\[1\]\.sha256 must be there"),
        ("version = 1", "version = 2", "version must be the number 1"),
        ("version = 1", "version = true", "version must be the number 1"),
        ('unlisted = "refuse"', "", "unlisted must be one of: accept, refuse"),
        ('unlisted = "refuse"', 'unlistd = "refuse"', "unlistd is not known"),
        ('role = "public"', 'roll = "public"', r"anchors\[1\]\.roll is not known"),
        ('role = "public"', 'role = "any"', r"anchors\[1\]\.role must be one of: public-service"),
        ('["1.2.3"]', '["1.2.x"]', "certificate_policies must be a list of object identifiers"),
        ("sha256 = [", "pins = [", r"anchors\[1\]\.sha256 must be there: only practice"),
        ("0000000000", "000000000", r"anchors\[1\]\.sha256 must be a list of: a SHA-256"),
        ('may = "sign"\n', 'may = "stamp"\n', r"holders\[1\]\.may must be one of: sign, seal"),
        ('may = ["sign", "seal"]', "may = []", r"issuers\[1\]\.may must be a list of some of: sign"),
        ("until = 2029-12-31", "until = 2029-12-31T00:00:00", r"algorithms\[1\]\.until must be a date"),
        ("from = 2026-01-01", "from = 2031-01-01", r"holders\[1\]\.until must be after “from”"),
        ('name = "ecdsa"', 'name = "dsa"', r"algorithms\[2\]\.name must be one of: sha256"),
        ('name = "ecdsa"', 'name = "sha384"', r"algorithms\[2\]\.name must be a signature scheme"),
        ("min_bits = 256", "min_bits = -1", r"algorithms\[2\]\.min_bits must be a whole number"),
        (
            "CN=Authority",
            "CN=Authority, C=VN",
            r"issuers\[1\]\.subject must be a name as certificates have it",
        ),
        ("CN=Authority", "Authority", r"issuers\[1\]\.subject must be a name"),
        ("CCCD:001", "001", r"holders\[1\]\.person_id must be a person's number"),
        ("CCCD:001", "MST:001", r"holders\[1\]\.person_id must be a person's number"),
        ('"secp256r1"', '"P-256"', r"algorithms\[2\]\.curves must be a list of some of: secp256r1"),
        ('name = "ecdsa"', 'name = "rsa-pss"', r"algorithms\[2\]\.curves must be left out: keys for rsa-pss"),
        ('name = "ecdsa"', 'name = "ed25519"', r"algorithms\[2\]\.min_bits must be left out"),
        ("same_agency = false", 'same_agency = "no"', "same_agency must be true or false"),
        ("[freshness]", "[[freshness]]", "freshness must be a table"),
        ("[[issuers]]", "[issuers]", "issuers must be a list of tables"),
        ('name = "whole"', 'name = "two\\nlines"', "name must be a text of one line"),
        ('name = "whole"', f'name = "{"x" * 501}"', "name must be a text of one line"),
        (
            "version = 1",
            "version = 1\nversion = 1",
            r"policy\.toml is no policy file: it is no TOML, at line .*Cannot overwrite",
        ),
        ("version = 1", "a = " + "[" * 5000, "is no policy file"),
    ],
)
def test_what_is_wrong_in_a_policy_is_refused_and_said_where(old: str, new: str, said: str) -> None:
    assert WHOLE.count(old)
    with pytest.raises(UsageError, match=said):
        read_policy(WHOLE.replace(old, new, 1).encode(), FILE)


def told(read: PolicyFile) -> PolicyFile:
    """A policy without the digest of its file."""
    return dataclasses.replace(read, rules=dataclasses.replace(read.rules, sha256=""))


LINES = WHOLE.encode().splitlines(keepends=True)


@given(st.integers(0, len(LINES)), st.sampled_from([b"\n", b"# nothing\n", b" \t\n", b"#[[anchors]]\n"]))
def test_what_is_no_rule_changes_no_policy(place: int, noise: bytes) -> None:
    read = read_policy(b"".join([*LINES[:place], noise, *LINES[place:]]), FILE)
    assert told(read) == told(read_policy(WHOLE.encode(), FILE))


KEYS = sorted({found[1] for found in re.finditer(r"^(\w+) = ", WHOLE, re.MULTILINE)})


@given(st.sampled_from(KEYS), st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1))
def test_a_key_of_another_name_is_never_passed_over(key: str, other: str) -> None:
    text = re.sub(rf"^{key} = ", f"{key}_{other} = ", WHOLE, count=1, flags=re.MULTILINE)
    with pytest.raises(UsageError):
        read_policy(text.encode(), FILE)


@given(st.integers(0, len(WHOLE.encode()) - 1), st.binary(max_size=3))
def test_a_damaged_policy_is_refused_or_is_another_policy(place: int, bytes_: bytes) -> None:
    whole = WHOLE.encode()
    damaged = whole[:place] + bytes_ + whole[place + 1 :]
    try:
        read = read_policy(damaged, FILE)
    except UsageError:
        return
    assert (read.rules.sha256 == read_policy(whole, FILE).rules.sha256) is (damaged == whole)


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_policies_are_read_and_say_what_is_missing(name: str, tmp_path: Path) -> None:
    supplied = load(name, tmp_path)
    assert supplied.missing
    with pytest.raises(TrustError, match="No anchor of the policy"):
        supplied.policy  # noqa: B018 - it is asked for


def test_the_documented_example_is_a_policy() -> None:
    page = (Path(__file__).parents[2] / "docs/formats/policy.md").read_text()
    (example,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    assert len(read_policy(example.encode(), FILE).rules.holders) == 2


# -------------------------------------------------------------------------------------- pins and files


def pem(der: bytes) -> bytes:
    return x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM)


def pinned(pin: str, tmp_path: Path, name: str = "root.pem") -> PolicyFile:
    anchor = f'[[anchors]]\nrole = "public"\nfiles = ["{name}"]\nsha256 = ["{pin}"]\n'
    return read_policy((TOP + anchor).encode(), tmp_path / "policy.toml")


def test_a_swapped_root_is_refused(tmp_path: Path) -> None:
    genuine, other = (issued("Gốc").certificate.dump() for _ in range(2))
    (tmp_path / "root.pem").write_bytes(pem(other))
    with pytest.raises(TrustError, match=r"root\.pem holds no anchor that the policy pins"):
        supply(pinned(Digest.of(genuine).value.hex(), tmp_path), tmp_path)


def test_only_the_pinned_certificate_of_a_file_is_an_anchor(tmp_path: Path) -> None:
    genuine, other = (issued(name).certificate.dump() for name in ("Gốc", "Kẻ lạ"))
    (tmp_path / "root.pem").write_bytes(pem(other) + pem(genuine))
    policy = supply(pinned(Digest.of(genuine).value.hex(), tmp_path), tmp_path).policy
    assert policy.anchors == Anchors((genuine,))


def test_a_pin_may_be_of_the_whole_file(tmp_path: Path) -> None:
    genuine = issued("Gốc").certificate.dump()
    (tmp_path / "root.pem").write_bytes(pem(genuine))
    pin = Digest.of(pem(genuine)).value.hex()
    assert supply(pinned(pin, tmp_path), tmp_path).policy.anchors.roots == (genuine,)
    assert supply(pinned(pin, tmp_path, "."), tmp_path).policy.anchors.roots == (genuine,)


def test_a_pin_that_nothing_was_supplied_for_is_told(tmp_path: Path) -> None:
    (tmp_path / "other.pem").write_bytes(pem(issued("Kẻ lạ").certificate.dump()))
    supplied = supply(pinned("0" * 64, tmp_path, "."), tmp_path)
    assert [str(each) for each in supplied.missing] == [f"Nothing is here for the pin {'0' * 64} (public)."]


def test_a_place_that_cannot_be_looked_at_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        supply(pinned("0" * 64, tmp_path, "x" * 400), tmp_path)


# ------------------------------------------------------------------------------ documents are held to it


async def test_a_policy_of_anchors_alone_judges_as_its_anchors_do(
    stages: Stages, sandbox: Sandbox, policy: Policy, tmp_path: Path
) -> None:
    by_file = await examine(stages.sealed.pdf, policy_of(written(sandbox), tmp_path))
    by_trust = await examine(stages.sealed.pdf, policy)
    assert by_file.policy is not None
    assert by_file.policy.startswith("thử sha256:")

    def plain(report: Report) -> Report:
        return dataclasses.replace(report, policy=None, validation_time=None)

    assert plain(by_file) == plain(by_trust)
    assert by_file.passed


async def test_a_root_for_time_stamps_makes_no_signatories(
    stages: Stages, sandbox: Sandbox, tmp_path: Path, signatory: Token
) -> None:
    policy = policy_of(written(sandbox, role="time-stamp"), tmp_path)
    indication, sub, why = await judged(stages.sealed.pdf, policy)
    assert (indication, sub) == ("INDETERMINATE", "CHAIN_CONSTRAINTS_FAILURE")
    assert "trusted by the policy, but not for this purpose" in why
    with pytest.raises(TrustError, match="not for this purpose"):
        await sign(stages.draft, Unused(signatory), policy=policy)


async def test_a_root_for_signatures_makes_no_time_stamps(
    stages: Stages, services: Sandbox, signatory: Token, tmp_path: Path, anchors: Anchors
) -> None:
    text = written(services).replace('time_stamps_by = ["practice"]', 'time_stamps_by = ["time-stamp"]')
    strict = policy_of(text, tmp_path)
    evidence = Evidence(tsa_url=services.tsa, anchors=anchors, rules=strict.rules)
    with pytest.raises(TrustError, match=r"is not trusted: The root .* not for this purpose"):
        await sign(stages.draft, signatory, level=Level.B_T, evidence=evidence)
    evidence = dataclasses.replace(evidence, rules=None)
    stamped = await sign(stages.draft, signatory, level=Level.B_T, evidence=evidence)
    (signature,) = (await examine(stamped.pdf, dataclasses.replace(strict, require="any"))).signatures
    assert signature.best_signature_time is None
    assert any("not for this purpose" in str(note) for note in signature.notes)


@pytest.mark.parametrize(
    ("sealing", "said"), [("sign", "make no seals"), ("seal", "make no signatories")], ids=str
)
async def test_an_issuer_makes_only_what_the_policy_lets_it(
    *, stages: Stages, sandbox: Sandbox, agency: Token, tmp_path: Path, sealing: str, said: str
) -> None:
    issuer = issuing(agency)
    rule = f'[[issuers]]\nkey_sha256 = "{key_sha256(issuer)}"\nmay = ["{sealing}"]\n'
    answer = await judged(stages.sealed.pdf, policy_of(written(sandbox, rule), tmp_path))
    assert answer[:2] == ("INDETERMINATE", "CHAIN_CONSTRAINTS_FAILURE")
    assert said in answer[2]


async def test_an_issuer_is_known_by_certificate_key_or_name(
    stages: Stages, sandbox: Sandbox, agency: Token, tmp_path: Path
) -> None:
    issuer = issuing(agency)
    marks = {
        "sha256": Digest.of(agency.chain[0]).value.hex(),
        "key_sha256": key_sha256(issuer),
        "subject": issuer.subject.rfc4514_string(),
    }
    lines = "".join(f'{name} = "{mark}"\n' for name, mark in marks.items())
    both = f'[[issuers]]\n{lines}may = ["sign", "seal"]\n'
    assert (await examine(stages.sealed.pdf, policy_of(written(sandbox, both), tmp_path))).passed
    other = both.replace(str(marks["sha256"]), "0" * 64)
    assert not (await examine(stages.sealed.pdf, policy_of(written(sandbox, other), tmp_path))).passed


@pytest.mark.parametrize("written", ["NFC", "NFD"])
def test_an_issuer_is_known_by_its_name_however_accents_are_encoded(written: Literal["NFC", "NFD"]) -> None:
    """A policy file is read composed; certificates have names as somebody typed them (RFC 4518 §2.3)."""
    name = unicodedata.normalize(written, "CA cơ quan nhà nước")
    authority = issue(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]), ca=True)
    read = read_policy((TOP + _ISSUED_BY.format(subject=f"CN={name}")).encode(), FILE)
    (rule,) = read.rules.issuers
    assert rule.mark.fits(authority.issued)
    assert Mark(subject=f"CN={name}").fits(authority.issued)
    assert not Mark(subject="CN=CA co quan nha nuoc").fits(authority.issued)


async def test_who_is_not_listed_is_not_entitled(
    stages: Stages, sandbox: Sandbox, signatory: Token, agency: Token, tmp_path: Path
) -> None:
    listed = holder(signatory, "sign")
    only = policy_of(written(sandbox, listed, top='unlisted = "refuse"'), tmp_path)
    indication, sub, why = await judged(stages.sealed.pdf, only)
    assert (indication, sub) == ("INDETERMINATE", "SIG_CONSTRAINTS_FAILURE")
    assert "Ủy ban nhân dân tỉnh Thanh Sơn is none of those" in why
    assert not (await examine(stages.sealed.pdf, only)).two_layer
    with pytest.raises(TrustError, match="is none of those that the policy"):
        await seal(stages.numbered, Unused(agency), policy=only)
    others = policy_of(written(sandbox, listed, top='unlisted = "accept"'), tmp_path)
    assert (await examine(stages.sealed.pdf, others)).passed


async def test_a_seal_listed_as_a_signatory_does_not_seal(
    stages: Stages, sandbox: Sandbox, agency: Token, tmp_path: Path
) -> None:
    rest = holder(agency, "sign")
    policy = policy_of(written(sandbox, rest, top='unlisted = "accept"'), tmp_path)
    answer = await judged(stages.sealed.pdf, policy)
    assert answer[1] == "SIG_CONSTRAINTS_FAILURE"
    assert "signs layer 1, and does not seal" in answer[2]


@pytest.mark.parametrize(
    ("period", "entitled"),
    [("until = 2020-01-01", False), ("from = 2020-01-01", True), ("from = 2099-01-01", False)],
)
async def test_a_holder_is_entitled_for_a_time(
    *, stages: Stages, sandbox: Sandbox, signatory: Token, tmp_path: Path, period: str, entitled: bool
) -> None:
    rest = holder(signatory, "sign", period)
    policy = policy_of(written(sandbox, rest, top='unlisted = "accept"'), tmp_path)
    report = await examine(stages.sealed.pdf, policy)
    assert report.passed is entitled
    assert entitled or report.verdict.sub_indication == "SIG_CONSTRAINTS_FAILURE"
    if not entitled:
        with pytest.raises(TrustError, match="was not entitled at"):
            await sign(stages.draft, Unused(signatory), policy=policy)


async def test_the_policy_says_which_person_of_which_agency_signed(
    stages: Stages, sandbox: Sandbox, signatory: Token, tmp_path: Path
) -> None:
    said = 'name = "Nguyễn Văn Ánh (B)"\ntitle = "Phó Chủ tịch"\nagency = "Sở Nội vụ"\n'
    elsewhere = holder(signatory, "sign", said)
    top = 'unlisted = "accept"'
    report = await examine(stages.sealed.pdf, policy_of(written(sandbox, elsewhere, top=top), tmp_path))
    person = report.layer(1)
    assert person is not None
    assert (person.signer, person.title) == ("Nguyễn Văn Ánh (B)", "Phó Chủ tịch")
    assert "is of “Sở Nội vụ”" in str(report.verdict.reasons[0])
    here = holder(signatory, "sign", 'agency_id = "GOVVN-H99"\n')
    both = policy_of(written(sandbox, elsewhere + here, top=top), tmp_path)
    assert (await examine(stages.sealed.pdf, both)).passed


@pytest.mark.parametrize("order", [1, -1])
def test_one_certificate_is_not_a_persons_and_an_organisations_by_the_order_of_entries(order: int) -> None:
    open_to_both = certificate([(NameOID.COMMON_NAME, "device-7")])
    mark = Mark(sha256=Digest.of(open_to_both).value.hex())
    entries = (Holder(mark=mark, may="sign", agency="A"), Holder(mark=mark, may="seal", agency="A"))[::order]
    rules = Rules(name="thử", sha256="0" * 64, holders=entries, unlisted="refuse")
    (who,) = known_as(rules, open_to_both, identify(open_to_both), NOW)
    assert who.kind == "unknown"
    verdict = entitled(rules, [open_to_both], who, act_of(who), NOW)
    assert verdict.sub_indication == "SIG_CONSTRAINTS_FAILURE"
    assert "a person's and an organisation's at once" in str(verdict.reasons[0])
    (alone,) = known_as(
        dataclasses.replace(rules, holders=entries[:1]), open_to_both, identify(open_to_both), NOW
    )
    assert alone.kind == ("person" if order == 1 else "organisation")


async def test_a_holder_is_known_by_the_number_in_the_certificate(
    stages: Stages, sandbox: Sandbox, signatory: Token, agency: Token, tmp_path: Path
) -> None:
    assert identify(agency.certificate).organisation_id == "GOVVN-H99"
    sealing = '[[holders]]\norganisation_id = "govvn-h99"\nmay = "seal"\n'
    text = written(sandbox, holder(signatory, "sign") + sealing, top='unlisted = "refuse"')
    assert (await examine(stages.sealed.pdf, policy_of(text, tmp_path))).passed
    other = policy_of(text.replace("govvn-h99", "govvn-h98"), tmp_path)
    assert (await examine(stages.sealed.pdf, other)).verdict.sub_indication == "SIG_CONSTRAINTS_FAILURE"


async def test_a_certificate_policy_that_is_asked_for_must_be_there(
    stages: Stages, sandbox: Sandbox, tmp_path: Path
) -> None:
    policy = policy_of(written(sandbox, top='certificate_policies = ["1.2.3.4"]'), tmp_path)
    answer = await judged(stages.sealed.pdf, policy)
    assert answer[1] == "CHAIN_CONSTRAINTS_FAILURE"
    assert "any certificate policy that is asked for" in answer[2]


class Alone:
    """A token that knows its own certificate and none of the issuers'."""

    def __init__(self, token: Token) -> None:
        self._token = token
        self.chain = ()

    def __getattr__(self, name: str) -> object:
        return getattr(self._token, name)


async def test_the_policy_brings_the_authorities_that_a_signature_leaves_out(
    stages: Stages, sandbox: Sandbox, signatory: Token, tmp_path: Path
) -> None:
    signed = await sign(stages.draft, cast("Token", Alone(signatory)))
    bare = dataclasses.replace(policy_of(written(sandbox), tmp_path), require="any")
    assert (await examine(signed.pdf, bare)).verdict.sub_indication == "NO_CERTIFICATE_CHAIN_FOUND"
    listed = {"Certificates": [base64.b64encode(signatory.chain[0]).decode()]}
    (tmp_path / "gca.ctl").write_text(json.dumps(listed))
    helped = policy_of(written(sandbox, top='intermediates = ["gca.ctl"]'), tmp_path)
    assert (await examine(signed.pdf, dataclasses.replace(helped, require="any"))).passed


# ------------------------------------------------------------------------------------------ algorithms

RSA = '[[algorithms]]\nname = "rsa-pkcs1"\nmin_bits = 2048\n'
ENDING = '[[algorithms]]\nname = "sha256"\nuntil = {}\n'


@pytest.mark.parametrize(
    ("suites", "sub"),
    [
        (RSA + '[[algorithms]]\nname = "sha256"\n', None),
        (RSA + '[[algorithms]]\nname = "sha384"\n', "CRYPTO_CONSTRAINTS_FAILURE"),
        (RSA.replace("2048", "3072") + '[[algorithms]]\nname = "sha256"\n', "CRYPTO_CONSTRAINTS_FAILURE"),
        (RSA + ENDING.format("2020-01-01"), "CRYPTO_CONSTRAINTS_FAILURE"),
        (RSA + ENDING.format("2020-01-01") + ENDING.format("2099-01-01"), None),
    ],
    ids=["relied on", "another digest", "a key too short", "used after its end", "the longest counts"],
)
async def test_algorithms_are_those_of_the_policy(
    stages: Stages, sandbox: Sandbox, tmp_path: Path, suites: str, sub: str | None
) -> None:
    report = await examine(stages.sealed.pdf, policy_of(written(sandbox, suites), tmp_path))
    assert report.verdict.sub_indication == sub


async def test_an_algorithm_that_ended_counts_only_with_proof_of_an_earlier_time(
    stages: Stages, services: Sandbox, signatory: Token, anchors: Anchors, tmp_path: Path
) -> None:
    evidence = Evidence(tsa_url=services.tsa, anchors=anchors)
    archived = await sign(stages.draft, signatory, level=Level.B_LTA, evidence=evidence)
    now = SystemClock().now()
    suites = RSA + ENDING.format((now + dt.timedelta(hours=1)).isoformat())
    later = dataclasses.replace(
        policy_of(written(services, suites), tmp_path), require="any", at=now + dt.timedelta(hours=2)
    )
    report = await examine(stages.signed.pdf, later)
    assert report.verdict.sub_indication == "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"
    report = await examine(archived.pdf, later)
    (stamp,) = report.timestamps
    assert stamp.verdict.sub_indication == "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"
    before = dataclasses.replace(later, at=now + dt.timedelta(minutes=30))
    assert (await examine(archived.pdf, before)).indication is Indication.TOTAL_PASSED


async def test_a_key_too_short_for_the_policy_does_not_sign(
    stages: Stages, sandbox: Sandbox, signatory: Token, tmp_path: Path
) -> None:
    text = written(sandbox, RSA.replace("2048", "3072") + '[[algorithms]]\nname = "sha256"\n')
    with pytest.raises(TrustError, match="The policy does not rely on sha256 rsa-pkcs1 2048 bit"):
        await sign(stages.draft, Unused(signatory), policy=policy_of(text, tmp_path))


# ------------------------------------------------------------------------------------------- freshness


async def test_a_status_older_than_the_policy_allows_is_none(
    stages: Stages, services: Sandbox, tmp_path: Path
) -> None:
    text = written(services).replace('"ignore"', '"require"')
    later = SystemClock().now() + dt.timedelta(minutes=10)

    async def by(freshness: str) -> str | None:
        policy = policy_of(f"{text}\n[freshness]\n{freshness}\n", tmp_path)
        report = await examine(stages.sealed.pdf, dataclasses.replace(policy, at=later, offline=False))
        return report.verdict.sub_indication

    assert await by("signer_hours = 1\nauthority_hours = 1") is None
    assert await by("signer_hours = 0") == "TRY_LATER"
    assert await by("authority_hours = 0") == "TRY_LATER"


# ----------------------------------------------------------------------------- anchors prove no bytes


@pytest.mark.parametrize(
    "word", [b"/Subtype", b"/Contents", b"/ByteRange", b"/Pages", b"/T (number)"], ids=str
)
async def test_an_anchor_more_never_mends_changed_bytes(
    *, stages: Stages, sandbox: Sandbox, signatory: Token, agency: Token, tmp_path: Path, word: bytes
) -> None:
    changed = stages.sealed.pdf.replace(word, word[:-1] + b"x", 1)
    assert changed != stages.sealed.pdf
    by_file = policy_of(written(sandbox), tmp_path)
    signers = (*by_file.anchors.roots, signatory.certificate, agency.certificate)
    everyone = Policy(anchors=Anchors(signers), revocation="ignore", offline=True)
    nobody = dataclasses.replace(everyone, anchors=Anchors(()))
    assert (await examine(stages.sealed.pdf, everyone)).passed
    for policy in (nobody, by_file, everyone):
        assert (await examine(changed, policy)).indication is Indication.TOTAL_FAILED
