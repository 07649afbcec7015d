"""Whom to believe, on the short way: paths by `pki.path`, statuses as on the long way."""

import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate

from pki.certificate import read
from pki.clock import CLOCKS_DIFFER
from pki.path import Ground, NoPath, subject
from pki.query import Source
from pki.remembering import LONGEST, remembered
from signer.entitlement import issued_well
from signer.pades.belief import Means, believed
from signer.pades.inquiry import Inquiry
from signer.pades.judged import Trust
from signer.pades.parsed import Signer
from signer.pades.standing import Stored
from signer.pades.uses import Use
from signer.policy import Policy
from signer.quick.asn1 import Element
from signer.quick.proof import Proof
from signer.quick.unusual import unusual
from signer.report import PASSED, Verdict
from signer.rules import Freshness, Purpose, Rules
from signer.suites import of_path, of_signature, relied_on

_LETTERS = {0x0C: "utf-8", 0x13: "ascii", 0x14: "ascii", 0x16: "ascii", 0x1C: "utf-32-be", 0x1E: "utf-16-be"}
"""Types of the texts in a name: those of RFC 5280 §4.1.2.4, and IA5String for addresses (appendix A.1).

Readers differ on what stands in a TeletexString beyond ASCII, and in a BMPString beyond the first plane.
"""

_NO_LETTERS = frozenset({"Cc", "Cf", "Cn", "Co", "Cs"})
_RIGHT_TO_LEFT = frozenset({"R", "AL"})
_UNICODE = unicodedata.ucd_3_2_0
"""RFC 4518 §2.2: names are prepared for comparison by this version, to which later letters are none."""

_BMP, _LAST_OF_BMP = 0x1E, "\uffff"

_REMEMBERED = 256  # certificates
_REMEMBERED_LETTERS = 1024

_MOST_NAMESAKES = 64  # certificates of one subject: each is tried as the issuer of each
_MOST_CERTIFICATES = 256


class Believing:
    """Judges the signers of one document, which stores this proof.

    `answers` returns what it stored in one of its revisions, `pool` are the certificates of all containers.
    """

    def __init__(
        self,
        policy: Policy,
        proof: Proof,
        now: datetime,
        source: Source,
        answers: Callable[[int], frozenset[bytes]],
        *,
        pool: tuple[bytes, ...] = (),
    ) -> None:
        self._answers = answers
        self._now, self._clock = policy.at or now, now
        self._anchors = frozenset((*policy.anchors.roots, *policy.anchors.intermediates))
        self._policy = policy
        self._known = dict.fromkeys((*policy.anchors.intermediates, *proof.certificates))
        self._all = tuple(dict.fromkeys((*policy.anchors.roots, *self._known, *pool)))
        self._grounds: dict[tuple[Purpose | None, tuple[bytes, ...]], Ground] = {}
        # Anybody may store certificates: the long way looks at all of them when it seeks a path.
        if not all(map(self._ground(None).issuers, map(_read, proof.certificates))):
            unusual("a stored certificate that nobody here signed")
        # A document's certificates are a stranger's until they lead to an anchor: no issuers are fetched.
        seconds, private = policy.limits.fetch_seconds, policy.allow_private_addresses
        self._means = Means(
            stored=Stored(proof.ocsps, proof.lists),
            revocation=policy.revocation,
            inquiry=None
            if policy.offline
            else Inquiry(seconds, private=private, issuers=False, source=source),
        )

    async def trust(
        self, signer: Signer, purpose: Purpose, proven: datetime | None, claimed: datetime | None = None
    ) -> Trust:
        """Judge a signer's certificate; raises `Unusual` where no path is found."""
        moment, rules = proven or self._now, self._policy.rules
        ground = self._ground(purpose, signer.others)
        try:
            certificate = _read(signer.certificate)
            found = ground.path(certificate, moment, _wanted(rules, purpose))
            if ground.dated(certificate, moment) > 1 or ground.has_twin(found, moment, self._all):
                unusual("several paths")  # the long way looks for the one that holds
        except NoPath as error:
            unusual(str(error))
        self._check_suited(signer, found, proven)
        if rules is not None and rules.issuers and purpose == "sign":
            chain = [each.public_bytes(Encoding.DER) for each in found]
            if not issued_well(rules, chain, moment).passed:
                unusual("an issuer that the policy does not list")  # the long way looks for another
        fresh = Freshness() if rules is None else rules.freshness
        claimed = claimed if proven is None else None
        use = Use(moment=moment, now=self._now, claimed=claimed, fresh=fresh, clock=self._clock)
        return await believed(found, purpose, use, self._means)

    def _check_suited(self, signer: Signer, found: Sequence[Certificate], proven: datetime | None) -> None:
        """Check the algorithms of a signature and of its path by those that the policy relies on."""
        rules = self._policy.rules
        if rules is None or not rules.suites:
            return
        signing = [of_signature(each, signer.scheme, found[-1]) for each in signer.digests]
        if not relied_on(rules.suites, (*signing, *of_path(found)), proven, self._now).passed:
            unusual("an algorithm that the policy does not rely on")

    def carried(self, certificates: Sequence[bytes]) -> Verdict:
        """Pass certificates that are trusted, or signed by an issuer who is here; else it is unusual."""
        ground = self._ground(None, certificates)
        for each in certificates:
            if each not in self._anchors and not ground.issuers(_read(each)):
                unusual("a certificate that nobody here signed")
        return PASSED

    def keeps(self, trust: Trust, revision: int) -> bool:
        """Tell whether a revision stored an answer on each certificate of a path."""
        return self._means.stored.tells_of(trust.links, self._answers(revision))

    def _ground(self, purpose: Purpose | None, certificates: Sequence[bytes] = ()) -> Ground:
        """Return what paths for a purpose are made of, these certificates included: most are stored, too."""
        more = tuple(each for each in certificates if each not in self._known)
        rules, anchors = self._policy.rules, self._policy.anchors
        purpose = None if rules is None else purpose
        if (purpose, more) not in self._grounds:
            roots = anchors if rules is None or purpose is None else rules.anchors_for(anchors, purpose)
            if len(self._known) + len(more) > _MOST_CERTIFICATES + len(anchors.intermediates):
                unusual("hundreds of certificates")
            others = tuple(map(_read, (*self._known, *more)))
            if len(others) > _MOST_NAMESAKES < max(Counter(map(subject, others)).values()):
                unusual("a crowd of certificates of one name")
            self._grounds[purpose, more] = Ground(
                roots=tuple(map(read, roots.roots)),
                others=others,
                tolerance=CLOCKS_DIFFER,
            )
        return self._grounds[purpose, more]


def _wanted(rules: Rules | None, purpose: Purpose) -> Sequence[str]:
    """Return the certificate policies that a signer's path must be valid for (RFC 5280 §6.1.1)."""
    return () if rules is None or purpose != "sign" else rules.certificate_policies


def _read(encoded: bytes) -> Certificate:
    """Return a certificate (DER); unusual if its names are of letters that the long way cannot read.

    What is longer than any that is known would be remembered, too.
    """
    if len(encoded) > LONGEST:
        unusual("a long certificate")
    return read(encoded) if _is_lettered(encoded) else unusual("a name of odd letters")


@remembered(_REMEMBERED)
def _is_lettered(certificate: bytes) -> bool:
    _, _, _, issuer, _, subject, *_ = Element.of(certificate).first
    return _is_name(issuer.encoded) and _is_name(subject.encoded)


@remembered(_REMEMBERED)
def _is_name(name: bytes) -> bool:
    return all(_is_text(value) for part in Element.of(name) for each in part for _, value in [each])


def _is_text(value: Element) -> bool:
    if value.tag not in _LETTERS:
        return False
    text = value.content.decode(_LETTERS[value.tag])  # a `ValueError` is as odd
    if value.tag == _BMP and any(each > _LAST_OF_BMP for each in text):
        return False
    return text.isascii() or all(map(_is_letter, text + unicodedata.normalize("NFKC", text)))


@lru_cache(_REMEMBERED_LETTERS)
def _is_letter(letter: str) -> bool:
    """Tell whether a name may hold it as it stands (RFC 4518 §2.4, §2.5), whatever stands around it."""
    return (
        _UNICODE.category(letter) not in _NO_LETTERS
        and _UNICODE.bidirectional(letter) not in _RIGHT_TO_LEFT
        and letter != "\N{REPLACEMENT CHARACTER}"
    )
