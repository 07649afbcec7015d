"""One spelling for each value: base64 and decimal numbers as the C2SP texts write them.

Python's own readers are tolerant (`int(" +1_0 ")`, base64 with loose bits at the end); a text that can be
spelt in two ways can be changed without anybody noticing, so whatever is read here is written again and
compared. `what` names the value in errors, and is marked with `N_`.
"""

import base64

from exchange.errors import LogError
from pki.words import Sentence

MAX_NUMBER = 2**63 - 1
"""The largest tree size, index or POSIX time: what a signed 64-bit integer holds."""

_MAX_DIGITS = len(str(MAX_NUMBER))


def to_base64(value: bytes) -> str:
    """Write bytes in standard, padded base64 (RFC 4648 §4)."""
    return base64.b64encode(value).decode("ascii")


def from_base64(text: str, what: str) -> bytes:
    """Read standard, padded base64; `LogError` unless it is spelt as `to_base64` would.

    RFC 4648 §3.5: the unused bits at the end must be zero, which Python's reader does not check.
    """
    try:
        value = base64.b64decode(text, validate=True)
    except ValueError as error:  # binascii.Error, and text that is not ASCII
        raise LogError("The {what} is not base64.", what=Sentence(what)) from error
    if to_base64(value) != text:
        raise LogError("The {what} is not base64 in its one spelling.", what=Sentence(what))
    return value


def from_decimal(text: str, what: str) -> int:
    """Read a number from 0 to `MAX_NUMBER`; `LogError` unless it is plain ASCII decimal.

    No sign, no space, no leading zero (c2sp.org/tlog-checkpoint, "Note text").
    """
    if len(text) > _MAX_DIGITS or not (text.isascii() and text.isdigit()):
        raise LogError("The {what} is not a decimal number.", what=Sentence(what))
    number = int(text)
    if str(number) != text or number > MAX_NUMBER:
        raise LogError("The {what} is not a decimal number in its one spelling.", what=Sentence(what))
    return number
