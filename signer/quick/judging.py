"""A document judged on the short way, or not at all: it says yes only where the long way would say yes, too.

What is not found whole, plain and honest in every part ends here, and `signer.pades.judging` says what it
comes to. Both ways share the rules of belief (`signer.pades.court`, `signer.pades.belief`); the tests hold
them side by side on every vector.
"""

import asyncio
import logging
import struct
from datetime import datetime
from functools import cache, partial

from pki.errors import TrustError
from pki.query import Source
from pki.unreadable import UNREADABLE
from signer.errors import Malformed
from signer.pades.court import Court
from signer.pades.judged import File as Judgement
from signer.pades.judged import filled_in
from signer.pades.lexing import Bytes
from signer.pades.parsed import pooled
from signer.policy import Policy
from signer.quick import form, proof, signatures, whereabouts
from signer.quick.file import File
from signer.quick.trusting import Believing
from signer.quick.unusual import Unusual

logger = logging.getLogger(__name__)

_ODD: tuple[type[Exception], ...] = (
    *UNREADABLE,
    Unusual,
    Malformed,
    TrustError,
    LookupError,
    ArithmeticError,
    RecursionError,
    struct.error,
)
"""What reading a stranger's bytes as if they were plain may end in."""


async def judge(pdf: Bytes, policy: Policy, now: datetime, source: Source) -> Judgement | None:
    """Judge every signature of a file; None where the long way must be gone."""
    deadline = asyncio.get_running_loop().time() + policy.limits.seconds
    if len(pdf) > policy.limits.bytes:
        return None
    try:
        file = File(pdf)
        form.check_frame(file)
        read, fields = signatures.read(file, policy.limits.signatures), form.fields(file)
        texts, spots = form.filled(file, fields), whereabouts.spots(file, fields)
        unplaced = whereabouts.unplaced(file, fields, spots)
        first = whereabouts.first_page(file)
        answers = cache(partial(proof.answers, file))
        believing = Believing(policy, proof.stored(file), now, source, answers, pool=pooled(read.parsed))
        judged = await Court(believing, deadline, policy.at or now).all(read.parsed)
        filled = whereabouts.spots_of(file, fields, filled_in(judged))
    except _ODD as error:
        logger.debug("quick.unusual %s: %s", type(error).__name__, str(error)[:300])
        return None
    return Judgement(
        judged=tuple(judged),
        texts=texts,
        spots=spots,
        unplaced=unplaced,
        filled=filled,
        first_page=frozenset(called for called in texts if fields[called].number in first),
        sha256=read.sha256,
    )
