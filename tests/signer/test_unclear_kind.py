"""A certificate that leaves open whose it is: the reason says which entry of a policy file settles it."""

from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from pki.digest import Digest
from pki.identity import identify
from signer.report import Indication, Report
from signer.rules import Act, Holder, Mark, Rooted, Rules
from tests.signer.moments import ANH, CA, CLOCKS, GOOD, ROOT, SIGNED, at, judged, signed, stamps, stored
from tests.signer.path_samples import issue

NAME = [
    x509.NameAttribute(NameOID.COMMON_NAME, "Trần Văn Bình"),
    x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Ủy ban nhân dân xã Suối Mơ"),
    x509.NameAttribute(NameOID.USER_ID, "MST:0100109106"),
]
EITHER = issue(x509.Name(NAME), CA, begin=at(2025), end=at(2028))
DIGEST, NUMBER = Digest.of(EITHER.der).value.hex(), "MST:0100109106"


def rules(*holders: Holder) -> Rules:
    roots = tuple(Rooted(sha256=Digest.of(each.der).value.hex(), role="practice") for each in (ROOT, CLOCKS))
    return Rules(name="xã", sha256="0" * 64, roots=roots, stamping=("practice",), holders=holders)


async def report(**chosen: Any) -> Report:
    first = await signed(ANH, stamp=stamps(SIGNED))
    pdf = await signed(EITHER, first, field="layer2", stamp=stamps(SIGNED))
    return await judged(stored(pdf, *GOOD), require="two-layer", **chosen)


async def test_the_reason_says_which_entry_of_a_policy_mends_it() -> None:
    """A number of 10 digits may be the employer's (EN 319 412-1 §5.1.4), who must not come to seal by it."""
    assert identify(EITHER.der).kind == "unknown"
    found = await report()
    assert found.verdict.indication is Indication.INDETERMINATE
    assert found.verdict.sub_indication == "SIG_CONSTRAINTS_FAILURE"
    said = " ".join(map(str, found.verdict.reasons))
    assert f"[[holders]]: sha256 = “{DIGEST}”, may = “seal” or “sign”" in said


@pytest.mark.parametrize("mark", [Mark(sha256=DIGEST), Mark(sha256=DIGEST, organisation_id=NUMBER)])
async def test_that_entry_mends_it(mark: Mark) -> None:
    assert (await report(rules=rules(Holder(mark=mark, may="seal")))).passed
    found = await report(rules=rules(Holder(mark=mark, may="sign")))
    assert not found.passed
    assert "not sealed by an organisation" in str(found.verdict.reasons[0])


async def test_a_policy_with_others_in_it_says_so_too() -> None:
    found = await report(rules=rules(Holder(mark=Mark(sha256="0" * 64), may="seal")))
    said = " ".join(map(str, found.signatures[1].verdict.reasons))
    assert found.signatures[1].verdict.sub_indication == "SIG_CONSTRAINTS_FAILURE"
    assert f"under [[holders]]: sha256 = “{DIGEST}”" in said


@pytest.mark.parametrize("may", ["seal", "sign"])
async def test_an_entry_for_the_employers_number_says_nothing_of_the_employee(may: Act) -> None:
    """It lists the agency's seals: who is employed there has that number in the certificate, and no seal."""
    found = await report(rules=rules(Holder(mark=Mark(organisation_id=NUMBER), may=may)))
    assert found.signatures[1].signer_kind == "unknown"
    said = " ".join(map(str, found.signatures[1].verdict.reasons))
    assert found.verdict.indication is Indication.INDETERMINATE
    assert f"under [[holders]]: sha256 = “{DIGEST}”" in said
