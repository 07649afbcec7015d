"""The documents' examples are the vectors, to the letter."""

from pathlib import Path

import pytest

from exchange.audit import entry, note, proof

ROOT = Path(__file__).parents[2]
VECTORS = ROOT / "tests/vectors/tlog"


def example(name: str) -> str:
    text = (ROOT / f"docs/formats/{name}.md").read_text(encoding="utf-8")
    return text.split("## Example")[1].split("```\n")[1]


def test_the_example_of_an_entry_is_the_vector() -> None:
    assert example("audit-entry").replace("\n", "") == (VECTORS / "entry.json").read_text(encoding="utf-8")


def test_the_example_of_a_checkpoint_is_the_vector() -> None:
    assert example("checkpoint") == (VECTORS / "checkpoint.note").read_text(encoding="utf-8")


def test_the_example_of_a_proof_is_the_vector_but_for_the_entry() -> None:
    shown, whole = example("proof").split("\n"), (VECTORS / "entry.tlog-proof").read_text("utf-8").split("\n")
    assert whole[1].startswith(shown[1].removesuffix("…"))
    assert [*shown[:1], *shown[2:]] == [*whole[:1], *whole[2:]]


@pytest.mark.parametrize("word", sorted(entry.EVENTS))
def test_the_document_names_every_event(word: str) -> None:
    text = (ROOT / "docs/formats/audit-entry.md").read_text(encoding="utf-8")
    assert word in text.split("Events:")[1].split(". A further")[0].replace("`", " ").split()


def test_the_documents_state_the_limits_of_the_program() -> None:
    texts = (path.read_text(encoding="utf-8") for path in (ROOT / "docs/formats").glob("*.md"))
    words = " ".join(" ".join(texts).split())
    for limit in (entry.MAX_ENTRY, note.MAX_NOTE, proof.MAX_PROOF):
        assert f"at most {limit} bytes" in words
