import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pki.pkcs11.refusal import refusal_error
from pki.pkcs11.wire import LENGTH_BYTES, MAX_MESSAGE_BYTES, REASONS, pack, unpack, unpack_length

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text().filter(lambda key: key != "base64"), inner),
    max_leaves=10,
)


@given(message=st.dictionaries(st.text().filter(lambda key: key != "base64"), _VALUES))
def test_a_message_is_read_as_it_was_written(message: dict[str, object]) -> None:
    packed = pack(message)
    assert unpack_length(packed[:LENGTH_BYTES]) == len(packed) - LENGTH_BYTES
    assert unpack(packed[LENGTH_BYTES:]) == message


def test_a_length_beyond_the_limit_is_refused_before_anything_is_read() -> None:
    with pytest.raises(ValueError, match="too long"):
        unpack_length((MAX_MESSAGE_BYTES + 1).to_bytes(LENGTH_BYTES, "big"))


@pytest.mark.parametrize("body", [b"", b"[]", b"\x80\x04.", b'{"a": {"base64": "%"}}', b"\xff"])
def test_what_is_no_message_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        unpack(body)


def test_objects_do_not_go_over_the_wire() -> None:
    with pytest.raises(TypeError):
        pack({"a": object()})


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_every_reason_has_its_words(reason: str) -> None:
    facts = {
        "path": "/m.so", "fault": "Fault", "count": 2, "kind": "rsa", "tries": "last", "scheme": "rsassa_pss",
        "offered": "rsassa_pkcs1v15", "digest": "sha512", "length": 3, "expected": 256, "token": "seal",
    }  # fmt: skip
    error = refusal_error(reason, facts)
    assert "{" not in str(error)
    assert json.dumps(error.facts)
