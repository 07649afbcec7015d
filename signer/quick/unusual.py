"""What ends the short way."""

from typing import NoReturn


class Unusual(Exception):
    """Something is not as it is in a plain, honest document; the long way says what it comes to."""


def unusual(what: str) -> NoReturn:
    """Leave the short way; `what` is for whoever asks why."""
    raise Unusual(what)
