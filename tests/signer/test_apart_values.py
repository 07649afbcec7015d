"""Values go over the wire by their types, and nothing else comes back."""

from datetime import UTC, datetime
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.locale.gather import gathered
from pki.trust import Anchors
from pki.words import Sentence
from signer.apart.values import Reading, Writing
from signer.apart.wire import HEADER, Lengths, parsed, written
from signer.policy import Limits, Policy
from signer.report import Changes, Report, SignatureReport, failed

MOMENT = datetime(2026, 2, 3, tzinfo=UTC)
REPORT = Report(
    verdict=failed(
        "FORMAT_FAILURE",
        Sentence("{count} of {inner}", {"count": 3, "inner": Sentence("{at}", {"at": MOMENT})}),
    ),
    signatures=(
        SignatureReport(
            field="layer1", verdict=failed("REVOKED"), certificate=b"\x30\x00", changes=Changes.ALLOWED
        ),
    ),
    validation_time=MOMENT,
)


def over_the_wire(value: object) -> object:
    writing = Writing()
    message = b"".join(written(writing.of(value), writing.area))
    lengths = Lengths.read(message[: HEADER.size], most=1 << 20)
    body = message[HEADER.size :][: lengths.json]
    return Reading(message[HEADER.size + lengths.json :]).of(type(value), parsed(body))


@pytest.mark.parametrize(
    "value", [REPORT, Policy(anchors=Anchors((b"a", b"bc"), (b"",)), at=datetime(2026, 1, 1, tzinfo=UTC))]
)
def test_what_is_sent_is_what_comes(value: object) -> None:
    assert over_the_wire(value) == value


@pytest.mark.parametrize(
    "template",
    [
        "{fact.__class__}",
        "{fact!r}",
        "{fact:999999999}",
        "{other}",
        "{fact:{fact}}",
        "{0}",
        "{",
        "{fact[0]}",
        "{fact:d}",
    ],
)
def test_a_sentence_names_its_facts_and_does_nothing_else(template: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Reading().of(Sentence, {"template": template, "facts": {"fact": "x"}})


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Limits, {}),
        (Limits, {**Writing().of(Limits()), "more": 1}),
        (Limits, {**Writing().of(Limits()), "signatures": True}),
        (Limits, {**Writing().of(Limits()), "seconds": "60"}),
        (Limits, None),
        (bytes, [0, 4]),
        (bytes, [-1, 1]),
        (bytes, [True, 1]),
        (Changes, "some"),
        (datetime, "2026-01-01T00:00:00"),
        (Sentence, {"template": "x", "facts": {"fact": [1]}}),
        (Sentence, {"template": 1, "facts": {}}),
        (Sentence, {"template": "{at}", "facts": {"at": {"moment": "2026-01-01T00:00:00"}}}),
        (Sentence, {"template": "{at}", "facts": {"at": {"moment": 1}}}),
        (Sentence, {"template": "{at:d}", "facts": {"at": {"moment": "2026-01-01T00:00:00Z"}}}),
    ],
)
def test_what_was_not_asked_for_is_refused(kind: type, value: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        Reading(b"abc").of(kind, value)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(_JSON, st.sampled_from([Report, Policy, Limits, Sentence]))
def test_whatever_else_comes_is_no_value(value: object, kind: type) -> None:
    with pytest.raises(ValueError, match=r"."):
        Reading(b"abc").of(kind, value)


@pytest.mark.parametrize("body", [b"NaN", b"[" * 200_000, b"", b"\xff", b"{} {}"])
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        parsed(body)


def test_a_message_that_is_too_long_is_not_waited_for() -> None:
    with pytest.raises(ValueError, match="too long"):
        Lengths.read(HEADER.pack(1, 11), most=10)
    with pytest.raises(ValueError, match="too long"):
        Lengths.read(HEADER.pack(1 << 31, 0), most=10)


def test_every_sentence_of_ours_gets_through() -> None:
    for message in gathered():
        names = [name for _, name, _, _ in Formatter().parse(str(message.id)) if name] if message.id else []
        numbers: dict[str, object] = dict.fromkeys(names, 1)
        texts: dict[str, object] = dict.fromkeys(names, "x")
        for facts in (numbers, texts):
            said = {"template": message.id, "facts": facts}
            if _can_be_said(str(message.id), facts):
                assert Reading().of(Sentence, said) == Sentence(str(message.id), facts)


def _can_be_said(template: str, facts: dict[str, object]) -> bool:
    try:
        template.format(**facts)
    except ValueError:  # a text where a number belongs, or the other way round
        return False
    return True
