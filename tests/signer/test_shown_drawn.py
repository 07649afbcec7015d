"""Fields whose appearance draws more than the text that a program reads there."""

from typing import Any

import pytest

from pki.token import Token
from signer.policy import Policy
from signer.verifying import examine
from tests.signer.stage_samples import Stages
from tests.signer.test_shown import LINE, Line, another, sealed_showing

STROKES = b"0 G 1 w 2 2 m 2 12 l 8 2 m 8 12 l S"


def covered(chosen: Any, size: float, text: str, frame: Any, quadding: int) -> bytes:
    """The value in black, paper over it, and strokes that are another one."""
    over = b" q 1 g 0 0 %d %d re f %s Q" % (frame.width, frame.height, STROKES)
    return LINE(chosen, size, text, frame, quadding) + (over if text == "05" else b"")


def beside(chosen: Any, size: float, text: str, frame: Any, quadding: int) -> bytes:
    """A figure more than the value has, in strokes, before the value."""
    return (b"q %s Q " % STROKES if text == "05" else b"") + LINE(chosen, size, text, frame, quadding)


def spoken(chosen: Any, size: float, text: str, frame: Any, quadding: int) -> bytes:
    """Another value, which says to programs that it is this one."""
    said = another(chosen, size, text, frame, quadding)
    return b"/Span << /ActualText (%s) >> BDC %s EMC" % (text.encode(), said)


def clipped(chosen: Any, size: float, text: str, frame: Any, quadding: int) -> bytes:
    """The value outside of what is seen, and strokes."""
    clip = b"q 0 0 1 1 re W n %s Q %s" % (LINE(chosen, size, text, frame, quadding), STROKES)
    return clip if text == "05" else LINE(chosen, size, text, frame, quadding)


@pytest.mark.parametrize("line", [covered, beside, spoken, clipped])
async def test_what_is_no_text_alone_is_told(
    stages: Stages, agency: Token, policy: Policy, line: Line
) -> None:
    report = await examine(await sealed_showing(line, stages, agency, policy), policy)
    assert "The field number holds “05”; what the page shows there could not be read as text." in map(
        str, report.notes
    )
