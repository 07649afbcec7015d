"""verify, for receipts and proofs that are not as they should be: an answer in words, whatever is in them."""

import dataclasses
import datetime as dt
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

import exchange.verbs
from exchange import jws
from exchange.envelope import new_id
from exchange.node import Node, make_node
from exchange.peers import Peer
from exchange.receipt import KIND, Because, Event, Reason, Receipt
from exchange.settings import AgencyCode
from pki.digest import Digest
from tests.conftest import ROOT

NOW = dt.datetime(2026, 11, 22, 5, 15, tzinfo=dt.UTC)


@pytest.fixture
def node(tmp_path: Path) -> Node:
    folder = tmp_path / "node"
    folder.mkdir()
    return make_node(folder, AgencyCode("H99.01"), "Sở A", "log.invalid", NOW)


@pytest.fixture
def card(node: Node, tmp_path: Path) -> Path:
    peer = Peer(
        code="H99.01", name="Sở A", url="https://a.vn", certificate=node.certificate,
        log_key=str(node.log_key.verifier),
    )  # fmt: skip
    path = tmp_path / "card.json"
    path.write_text(json.dumps(peer.as_json()), encoding="utf-8")
    return path


def stated(node: Node) -> Receipt:
    return Receipt(
        evidence_id=new_id(NOW), event=Event.HANDOVER, time=NOW, issuer="H99.01",
        issuer_certificate=node.certificate, sender="H01", message_id=new_id(NOW),
        envelope_digest=Digest.of(b"e"), parts=(Digest.of(b"a"),), reasons=(),
    )  # fmt: skip


def test_a_receipt_is_believed_only_where_it_names_the_office_on_the_card(
    run: Any, node: Node, card: Path, tmp_path: Path
) -> None:
    ours, others = tmp_path / "ours.json", tmp_path / "others.json"
    ours.write_bytes(node.sign(KIND, stated(node).as_json()).text)
    other = dataclasses.replace(stated(node), issuer="H77")
    others.write_bytes(node.sign(KIND, other.as_json()).text)
    assert run("verify", ours, "--card", card).status == 0
    said = run("--json", "verify", others, "--card", card)
    assert (said.status, said.json["indication"]) == (1, "TOTAL_FAILED")
    assert said.json["reasons"] == ["The receipt names another issuer than H99.01."]


def test_a_receipt_with_no_certificate_in_it_is_not_believed_and_others_go_on(
    run: Any, node: Node, tmp_path: Path
) -> None:
    key, claimed = ec.generate_private_key(ec.SECP256R1()), b"no certificate"
    odd, sound = tmp_path / "odd.json", tmp_path / "sound.json"
    said = dataclasses.replace(stated(node), issuer_certificate=claimed).as_json()
    signed = jws.sign(KIND, said, claimed, lambda data: key.sign(data, ec.ECDSA(hashes.SHA256())))
    odd.write_bytes(signed.text)
    sound.write_bytes(node.sign(KIND, stated(node).as_json()).text)
    judged = run("--json", "verify", odd, sound)
    found = [json.loads(each)["indication"] for each in judged.out.splitlines()]
    assert (judged.status, found) == (1, ["TOTAL_FAILED", "INDETERMINATE"])


def held_by_schema(said: dict[str, Any]) -> dict[str, Any]:
    """Fail for an answer that breaks its schema, or has a key that the schema does not tell of; return it."""
    name = said["schema"].removeprefix("congvan-").removesuffix("/1")
    schema = json.loads(Path(exchange.verbs.__file__).with_name(f"{name}.schema.json").read_text("utf-8"))
    assert schema["properties"]["schema"]["const"] == said["schema"]
    jsonschema.Draft202012Validator(schema).validate(said)
    assert said.keys() <= schema["properties"].keys()
    return said


def test_what_is_said_of_receipts_keeps_its_schema(run: Any, node: Node, card: Path, tmp_path: Path) -> None:
    sound, refused, changed = (tmp_path / f"{name}.json" for name in ("sound", "refused", "changed"))
    sound.write_bytes(node.sign(KIND, stated(node).as_json()).text)
    because = Because(Reason.POLICY, "Tài liệu không có con dấu")
    refusal = dataclasses.replace(stated(node), event=Event.CONSIGNMENT_FAILED, reasons=(because,))
    refused.write_bytes(node.sign(KIND, refusal.as_json()).text)
    changed.write_bytes(sound.read_bytes().replace(b'"payload":"e', b'"payload":"f'))
    answers = [run("--json", "verify", each, "--card", card) for each in (sound, refused, changed)]
    assert [each.status for each in answers] == [0, 0, 1]
    passed, told, failed = (held_by_schema(each.json) for each in answers)
    assert (passed["event"], passed["refusal"]) == ("ContentHandover", [])
    assert told["refusal"] == [{"code": "PolicyViolation", "detail": because.detail}]
    assert failed.keys() == {"schema", "file", "indication", "reasons"}
    unknown = run("--json", "verify", sound)
    assert (unknown.status, held_by_schema(unknown.json)["indication"]) == (3, "INDETERMINATE")


def test_what_is_said_of_proofs_keeps_its_schema(run: Any, tmp_path: Path) -> None:
    vectors = ROOT / "tests" / "vectors" / "tlog"
    key = json.loads((vectors / "keys.json").read_bytes())["log vkey"]
    changed = tmp_path / "changed.tlog-proof"
    changed.write_bytes((vectors / "entry.tlog-proof").read_bytes().replace(b"index 5", b"index 6"))
    sound = run("--json", "verify", vectors / "entry.tlog-proof", "--log-key", key)
    assert (sound.status, held_by_schema(sound.json)["index"]) == (0, 5)
    failed = run("--json", "verify", changed, "--log-key", key)
    assert (failed.status, held_by_schema(failed.json)["indication"]) == (1, "TOTAL_FAILED")


def test_the_formats_tell_of_every_key_that_is_said() -> None:
    for name in ("receipt", "proof"):
        schema = Path(exchange.verbs.__file__).with_name(f"{name}.schema.json").read_text("utf-8")
        document = (ROOT / "docs" / "formats" / f"{name}.md").read_text("utf-8").partition("--json`")[2]
        assert [key for key in json.loads(schema)["properties"] if f"`{key}`" not in document] == []


@pytest.mark.parametrize("key", ["x" * 300, "x" * 100_000, "x/" * 3000])
def test_a_key_too_long_for_a_files_name_is_no_key_and_others_go_on(
    run: Any, node: Node, tmp_path: Path, key: str
) -> None:
    proof, sound = tmp_path / "a.tlog-proof", tmp_path / "sound.json"
    proof.write_text("c2sp.org/tlog-proof@v1\nindex 0\n\nx\n")
    sound.write_bytes(node.sign(KIND, stated(node).as_json()).text)
    said = run("verify", proof, "--log-key", key)
    assert (said.status, "is no public key of a log" in said.err) == (2, True), said
    judged = run("--json", "verify", proof, sound, "--log-key", key)
    assert [json.loads(each)["file"] for each in judged.out.splitlines()] == [str(proof), str(sound)]
