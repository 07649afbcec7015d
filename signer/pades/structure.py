"""What a signature covers, read from the file's own bytes: nothing here believes a parser.

ISO 32000-2 §12.8.1 lets a verifier choose; EN 319 142-1 §5.3 wants the whole revision but /Contents. The gap
must hold the signature container in hexadecimal and nothing else, or bytes could hide there (signature
wrapping).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from signer.errors import Malformed
from signer.pades import der
from signer.pades.lexing import Bytes

_END = re.compile(rb"%%EOF[\r\n\t ]*")
_TAIL = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """The bytes one signature covers: all up to `end`, but for the container from `start` to `stop`."""

    start: int
    stop: int
    end: int
    container: bytes = field(repr=False)
    whole_file: bool

    def digested(self, pdf: Bytes) -> tuple[memoryview, memoryview]:
        """Return the two covered stretches of the file."""
        view = memoryview(pdf)
        return view[: self.start], view[self.stop : self.end]


def coverage(pdf: Bytes, byte_range: Sequence[int], contents: bytes, *, streamed: bool = False) -> Coverage:
    """Check the /ByteRange against the file; `contents` is what the parser took for /Contents.

    `streamed`: the container may leave its lengths open, and is then given as the DER that it means.

    Raises `Malformed` for anything but two ranges from the first byte on with exactly the container between.
    """
    if len(byte_range) != 4 or not all(isinstance(each, int) for each in byte_range):
        raise Malformed("The signature's byte range is not made of four numbers.")
    begin, start, stop, length = (int(each) for each in byte_range)
    if begin != 0 or not 0 < start < stop <= stop + length <= len(pdf):
        raise Malformed("The signature's byte range does not lie in the file from its first byte on.")
    held = _in_hexadecimal(pdf[start:stop])
    if held != contents:
        raise Malformed("The signature in the gap is not the one the document shows.")
    return Coverage(
        start=start,
        stop=stop,
        end=stop + length,
        container=_unpadded(held, streamed=streamed),
        whole_file=stop + length == len(pdf),
    )


def _in_hexadecimal(gap: bytes) -> bytes:
    """Return what a gap holds; its digits are written in one case, and nothing stands between them."""
    try:
        held = bytes.fromhex(gap[1:-1].decode("ascii"))  # would pass over white space
    except ValueError:
        held = b""
    digits = b"<%b>" % held.hex().encode("ascii")
    if gap not in (digits, digits.upper()):
        raise Malformed("The gap in the signed bytes holds something else than the signature.")
    return held


def _unpadded(held: bytes, *, streamed: bool) -> bytes:
    encoded, length = der.streamed(held) if streamed else (b"", der.check(held))
    if held[length:].strip(b"\0"):
        raise Malformed("Something stands behind the signature in its container.")
    return encoded or held[:length]


def ends_cleanly(pdf: Bytes) -> bool:
    """Tell whether nothing but line ends stands behind the last end-of-file mark."""
    tail = pdf[-_TAIL:]
    mark = tail.rfind(b"%%EOF")
    return mark >= 0 and _END.fullmatch(tail, mark) is not None
