"""What a signature container says, as values: who signed, the time-stamps over it, what is wrong with it."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache

from pki.words import N_, Sentence
from signer.pades import cms, stamps
from signer.pades.door import Malformed, encoded, hostile
from signer.pades.parsed import Signer, Stamped
from signer.report import Verdict, failed, unknown

WRONG_KEY = failed(
    "SIG_CRYPTO_FAILURE", Sentence(N_("The signature was not made with the key of its certificate."))
)
"""The verdict on a signature value that does not verify."""

STRANGE = unknown(
    "SIG_CONSTRAINTS_FAILURE",
    Sentence(N_("The signature container holds something that nothing signed vouches for.")),
)
"""The verdict on a container that is `strange` (`signer.pades.cms.Container`)."""


def weak(used: str) -> Verdict:
    """Return the verdict on a signature by a digest, or in a way, that does not count."""
    sentence = Sentence(N_("The digest {digest} is too weak."), {"digest": used})
    if used not in cms.WEAK_DIGESTS:
        sentence = Sentence(N_("The signature was made in a way that does not count: {way}."), {"way": used})
    return unknown("CRYPTO_CONSTRAINTS_FAILURE", sentence)


def signer_of(container: cms.Container, *imprints: str) -> Signer:
    """Return who signed; `imprints` are the digests that the content relies on besides."""
    return Signer(
        encoded(container.signer),
        digests=(container.digest, *imprints),
        scheme=container.signer_info["signature_algorithm"].signature_algo,
        others=tuple(map(encoded, container.others)),
    )


def signature_stamps(container: cms.Container) -> Iterator[Stamped]:
    """Yield the time-stamps over the signature value; `Malformed` if one is not over it, or not whole."""
    value = container.signer_info["signature"].native
    for token in container.stamps():
        stamp = stamps.read(encoded(token))
        if not stamp.authentic_over(lambda algorithm: hashlib.new(algorithm, value).digest()):
            raise Malformed("The time-stamp on the signature does not belong to it.")
        if stamp.container.strange:
            raise Malformed("The time-stamp on the signature holds something that nothing vouches for.")
        yield Stamped(signer_of(stamp.container, stamp.digest), stamp.time, stamp.encoded)


def content_stamps(container: cms.Container, digest_of: Callable[[str], bytes]) -> Iterator[Stamped | None]:
    """Yield the time-stamps over the content that are signed (EN 319 122-1 §5.2.8); None for what is none."""
    imprint = cache(digest_of)
    for token in container.content_stamps():
        found = None
        with suppress(Malformed), hostile():
            stamp = stamps.read(encoded(token))
            if stamp.authentic_over(imprint) and not stamp.container.strange:
                found = Stamped(signer_of(stamp.container, stamp.digest), stamp.time, stamp.encoded)
        yield found
