"""What a signature container says, as values: who signed, the time-stamps over it, what is wrong with it."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from itertools import islice

from asn1crypto import core, pdf

from pki.words import N_, Sentence
from signer.pades import cms, stamps
from signer.pades.door import Malformed, encoded, hostile
from signer.pades.parsed import Carried, Signer, Stamped
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


def carried(container: cms.Container) -> Carried:
    """Return the answers that were signed along (ISO 32000-2 §12.8.3.3.2): so Acrobat and iText embed them.

    Whoever made them signed them, too: they are believed as those that a document stores, or not at all.
    """
    for kind, value in container.signed_values():
        if kind == _ARCHIVAL:
            with suppress(Malformed), hostile():
                found = pdf.RevocationInfoArchival.load(value)
                return Carried(_each(found["ocsp"]), _each(found["crl"]))
    return Carried()


def _each(answers: core.Asn1Value) -> tuple[bytes, ...]:
    return () if isinstance(answers, core.Void) else tuple(map(encoded, islice(answers, _MOST_CARRIED)))


def said(container: cms.Container) -> Iterator[Sentence]:
    """Yield what a signature says of itself that a reader must know, and that nothing here is held to.

    A signature policy (EN 319 122-1 §5.2.9), and what the signer commits himself to (§5.2.3): a proof of
    receipt approves of nothing. What is not as the standard has it says nothing, and is passed over.
    """
    for kind, value in container.signed_values():
        with suppress(Malformed), hostile():
            name = core.Sequence.load(value)[0].native
            if kind == _POLICY:
                yield Sentence(_BY_A_POLICY, {"policy": name})
            elif kind == _COMMITMENT and name not in _APPROVING:
                words = _COMMITMENTS.get(name)
                said = Sentence(words) if words else name
                yield Sentence(_COMMITTED, {"commitment": said})


_ARCHIVAL, _MOST_CARRIED = "1.2.840.113583.1.1.8", 16
_POLICY, _COMMITMENT = "1.2.840.113549.1.9.16.2.15", "1.2.840.113549.1.9.16.2.16"
_BY_A_POLICY = N_("The signature names a signature policy, {policy}, and was not examined by it.")
_COMMITTED = N_("The signature says that it stands for: {commitment}. That is no approval of the content.")
_KINDS = "1.2.840.113549.1.9.16.6."
_APPROVING = frozenset({f"{_KINDS}1", f"{_KINDS}5"})  # of origin, and of approval
_COMMITMENTS = {
    f"{_KINDS}2": N_("proof of receipt"),
    f"{_KINDS}3": N_("proof of delivery"),
    f"{_KINDS}4": N_("proof of sending"),
    f"{_KINDS}6": N_("proof of creation"),
}


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
