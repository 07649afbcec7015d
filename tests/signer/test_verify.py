"""What is not to be believed, and what is said of it."""

import dataclasses
import io
import logging
import random
import re

import pikepdf
import pytest

from pki.errors import Undetermined
from signer.errors import NotBelieved
from signer.policy import Limits, Policy
from signer.report import Indication
from signer.verifying import accept, examine
from tests.signer.forging import refilled
from tests.signer.reports_held import page_of
from tests.signer.stage_samples import Stages

KEYS = {"field", "layer", "indication", "sub_indication", "signer", "level", "signing_time"}
KEYS |= {"best_signature_time", "intact", "changes", "change_list", "reasons"}


def containers(pdf: bytes) -> list[tuple[int, int]]:
    """Where the hexadecimal of each signature container stands."""
    return [match.span(1) for match in re.finditer(rb"/Contents <([0-9A-F]{1000,})>", pdf)]


async def test_the_report_has_the_keys_of_the_contract(stages: Stages, policy: Policy) -> None:
    said = (await examine(stages.sealed.pdf, policy)).as_json()
    assert {"indication", "sub_indication", "two_layer", "number", "symbol", "date"} <= said.keys()
    assert all(each.keys() >= KEYS for each in said["signatures"])


async def test_the_report_is_said_in_the_readers_language(stages: Stages, policy: Policy) -> None:
    report = await examine(stages.sealed.pdf, policy)
    lines = list(report.lines(lambda template: "Hợp lệ." if "is valid" in template else template))
    assert lines[0] == "Hợp lệ."
    assert "number was filled in: “05”" in " ".join(lines)


async def test_nothing_is_said_twice_of_one_signature(stages: Stages, policy: Policy) -> None:
    report = await examine(refilled(stages.sealed.pdf, "number", "06"), policy)
    lines = list(report.lines())
    about_the_seal = lines[next(place for place, line in enumerate(lines) if "layer2:" in line) :]
    assert "      The field number was changed although it is locked." in about_the_seal
    assert len(about_the_seal) == len(set(about_the_seal))


async def test_a_number_changed_after_the_seal_is_seen(stages: Stages, policy: Policy) -> None:
    report = await examine(refilled(stages.sealed.pdf, "number", "06"), policy)
    assert report.indication is Indication.TOTAL_FAILED
    assert report.layer(2).changes.value == "forbidden"
    assert not report.two_layer


async def test_a_number_filled_without_a_seal_leaves_layer_1_valid(stages: Stages, policy: Policy) -> None:
    alone = dataclasses.replace(policy, require="any")
    report = await examine(refilled(stages.signed.pdf, "number", "05"), alone)
    assert report.passed
    assert report.layer(1).changes.value == "allowed"


async def test_bytes_after_the_seal_are_seen(stages: Stages, policy: Policy) -> None:
    for tail in (b"\n", b"\x00", b"9 0 obj\n<< /Type /Page >>\nendobj\n%%EOF\n"):
        report = await examine(stages.sealed.pdf + tail, policy)
        assert report.indication is Indication.TOTAL_FAILED, tail


async def test_a_signed_document_is_not_two_layered(stages: Stages, policy: Policy) -> None:
    report = await examine(stages.signed.pdf, policy)
    assert report.indication is Indication.TOTAL_FAILED
    assert "not sealed" in str(report.verdict.reasons[-1])


@pytest.mark.parametrize("hidden", ["/ByteRange", "/Contents", "/SubFilter"])
async def test_one_malformed_signature_does_not_hide_the_other(
    stages: Stages, policy: Policy, hidden: str
) -> None:
    start, _ = containers(stages.sealed.pdf)[0]
    place = stages.sealed.pdf.index(hidden.encode(), start - 300)
    spoilt = stages.sealed.pdf[:place] + hidden.upper().encode() + stages.sealed.pdf[place + len(hidden) :]
    report = await examine(spoilt, policy)
    assert report.indication is Indication.TOTAL_FAILED
    assert [each.field for each in report.signatures if each.signer][-1:] == ["layer2"]


async def test_not_one_changed_byte_passes(stages: Stages, policy: Policy) -> None:
    pdf, chance = stages.sealed.pdf, random.Random(20260203)
    start, stop = containers(pdf)[-1]
    container = range(start - 1, start + len(pdf[start:stop].rstrip(b"0")))
    passed = []
    for place in [*chance.sample(container, 100), *chance.sample(range(len(pdf)), 50)]:
        digits = b"0123456789ABCDEF".replace(pdf[place : place + 1], b"")
        byte = chance.choice(digits) if place in container else pdf[place] ^ 1 << chance.randrange(8)
        report = await examine(pdf[:place] + bytes([byte]) + pdf[place + 1 :], policy)
        passed += [place] if report.passed else []
    assert passed == []


async def test_neither_case_nor_padding_of_a_container_may_change(stages: Stages, policy: Policy) -> None:
    start, stop = containers(stages.sealed.pdf)[-1]
    digits = stages.sealed.pdf[start:stop]
    letter = next(place for place, digit in enumerate(digits) if digit in b"ABCDEF")
    lowered = digits[:letter] + digits[letter : letter + 1].lower() + digits[letter + 1 :]
    for changed in (lowered, digits[:-1] + b"1", digits[:-2] + b"  "):
        report = await examine(stages.sealed.pdf[:start] + changed + stages.sealed.pdf[stop:], policy)
        assert report.indication is Indication.TOTAL_FAILED


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (b"hello", "not a PDF"),
        (b"", "not a PDF"),
        (b"%PDF-1.7\nhello", "ends too early"),
    ],
)
async def test_what_is_no_pdf_is_a_report_not_an_error(file: bytes, reason: str, policy: Policy) -> None:
    report = await examine(file, policy)
    assert (report.indication, report.verdict.sub_indication) == (Indication.TOTAL_FAILED, "FORMAT_FAILURE")
    assert reason in str(report.verdict.reasons[0])


async def test_a_policy_that_ignores_revocation_is_told_as_one(stages: Stages, policy: Policy) -> None:
    said = "Whether certificates were revoked was not looked at, as the policy says."
    for revocation, told in (("ignore", True), ("accept-missing", False), ("require", False)):
        report = await examine(stages.sealed.pdf, dataclasses.replace(policy, revocation=revocation))
        assert (f"  {said}" in report.lines()) is told
        assert (said in report.as_json()["reasons"]) is told
        assert (said in page_of(report, policy)) is told
    assert said not in (await examine(stages.draft.pdf, policy)).as_json()["reasons"]  # nobody signed it


async def test_truncated_files_are_reports_not_errors(stages: Stages, policy: Policy) -> None:
    for length in range(0, len(stages.sealed.pdf) - 1, len(stages.sealed.pdf) // 12):
        assert not (await examine(stages.sealed.pdf[:length], policy)).passed


@pytest.mark.parametrize("left", [1000, -3, -20])
async def test_a_file_that_was_cut_off_is_told_so(stages: Stages, policy: Policy, left: int) -> None:
    report = await examine(stages.draft.pdf[:left], policy)
    (why,) = report.verdict.reasons
    assert str(why) == "The file ends too early: it seems not to have been received whole."


async def test_an_encrypted_file_is_a_report_not_an_error(page: bytes, policy: Policy) -> None:
    output = io.BytesIO()
    with pikepdf.open(io.BytesIO(page)) as pdf:
        pdf.save(output, encryption=pikepdf.Encryption(user="a", owner="b"))
    report = await examine(output.getvalue(), policy)
    assert "encrypted" in str(report.verdict.reasons[0])


async def test_a_file_without_signatures_says_so(page: bytes, policy: Policy) -> None:
    report = await examine(page, policy)
    assert str(report.verdict.reasons[0]) == "The document carries no signature."


async def test_unknown_roots_leave_the_answer_open(stages: Stages, policy: Policy) -> None:
    nobody = dataclasses.replace(policy.anchors, roots=(), intermediates=())
    report = await examine(stages.sealed.pdf, dataclasses.replace(policy, anchors=nobody))
    assert report.indication is Indication.INDETERMINATE
    assert report.verdict.sub_indication == "NO_CERTIFICATE_CHAIN_FOUND"


async def test_a_spent_time_budget_leaves_the_answer_open(stages: Stages, policy: Policy) -> None:
    hurried = dataclasses.replace(policy, limits=Limits(seconds=0.0))
    report = await examine(stages.sealed.pdf, hurried)
    assert (report.indication, report.verdict.sub_indication) == (Indication.INDETERMINATE, "TRY_LATER")


async def test_accept_makes_a_verified_document_or_raises(stages: Stages, policy: Policy) -> None:
    assert (await accept(stages.sealed.pdf, policy)).pdf == stages.sealed.pdf
    with pytest.raises(NotBelieved) as refused:
        await accept(stages.signed.pdf, policy)
    assert not refused.value.report.passed
    with pytest.raises(Undetermined):
        await accept(stages.sealed.pdf, dataclasses.replace(policy, revocation="require"))


async def test_missing_status_is_accepted_only_when_the_policy_says_so(
    stages: Stages, policy: Policy
) -> None:
    lenient = dataclasses.replace(policy, revocation="accept-missing")
    report = await examine(stages.sealed.pdf, lenient)
    assert report.passed
    assert {each.revocation for each in report.signatures} == {"unknown"}
    assert any("not known" in str(note) for each in report.signatures for note in each.notes)


async def test_what_pyhanko_warns_of_reaches_no_terminal(stages: Stages, policy: Policy) -> None:
    """The root logger is where a terminal listens."""
    terminal, door = logging.StreamHandler(io.StringIO()), logging.getLogger("signer.apart.asking")
    terminal.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))
    logging.getLogger().addHandler(terminal)
    door.setLevel(logging.DEBUG)
    try:
        assert not (await examine(refilled(stages.sealed.pdf, "number", "06"), policy)).passed
    finally:
        logging.getLogger().removeHandler(terminal)
        door.setLevel(logging.NOTSET)
    said = terminal.stream.getvalue().splitlines()
    assert said
    assert {line.split()[0] for line in said} == {"DEBUG"}
    assert not any("Traceback" in line for line in said)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (b"Da\nnhan \x85 \xe2", "Da⏎nhan – â"),
        (b"\xfe\xff\x1e\xa4\x00", "Ấ�"),
        (b"\xef\xbb\xbf\xe1\xba\xa4\xff", "Ấ�"),
    ],
)
async def test_a_value_in_a_broken_encoding_is_told_as_far_as_it_can_be_read(
    stages: Stages, policy: Policy, value: bytes, said: str
) -> None:
    report = await examine(refilled(stages.signed.pdf, "number", value), policy)
    assert f"The number was filled in: “{said}”." in "\n".join(report.lines())


async def test_a_field_name_in_a_broken_encoding_is_told_as_far_as_it_can_be_read(
    stages: Stages, policy: Policy
) -> None:
    named = stages.sealed.pdf.replace(b"(layer2)", b"(layer\n)")
    report = await examine(named, policy)
    assert [each.field for each in report.signatures] == ["layer1", "layer\n"]
