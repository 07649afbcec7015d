"""A path from a certificate to a root, found and validated (RFC 5280 §6.1): small, strict, and remembered.

It fails closed. Constraints on names and policies, critical extensions that are not known here, old versions
and weak keys lead to no path: whoever needs those asks a larger validator. Dates are compared each time; that
one certificate signed another is remembered, for it stays true.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID

from pki.certificate import KNOWN, read, said
from pki.chain import MAX_CHAIN_LENGTH, is_issued_by
from pki.clock import moved
from pki.errors import TrustError
from pki.public_key import is_long_enough
from pki.remembering import remembered_of
from pki.unreadable import UNREADABLE

_DIGESTS = frozenset({"sha256", "sha384", "sha512", "sha3-256", "sha3-384", "sha3-512"})
_MOST_TRIALS = 200  # certificates looked at for one path

_CONSTRAINTS = frozenset({
    ExtensionOID.NAME_CONSTRAINTS, ExtensionOID.POLICY_CONSTRAINTS, ExtensionOID.POLICY_MAPPINGS,
    ExtensionOID.INHIBIT_ANY_POLICY,
})  # fmt: skip
"""Extensions that constrain a path, critical or not, in ways that are not looked into here."""

_ANY_POLICY = "2.5.29.32.0"  # §4.2.1.4

_REMEMBERED = 256  # certificates


class NoPath(TrustError):
    """No path to a root was found that this validator believes."""

    code = "trust.no-path"


@remembered_of(_REMEMBERED)
def _names(certificate: x509.Certificate) -> tuple[bytes, bytes]:
    """Return the names of the subject and of the issuer, DER."""
    return certificate.subject.public_bytes(), certificate.issuer.public_bytes()


@remembered_of(_REMEMBERED)
def _mark(certificate: x509.Certificate) -> bytes:
    """Return bytes that stand in every certificate of this key, however its point is written."""
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return key.public_numbers().n.to_bytes((key.key_size + 7) // 8, "big")
    if isinstance(key, ec.EllipticCurvePublicKey):
        point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return point[1 : 1 + len(point) // 2]
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def subject(certificate: x509.Certificate) -> bytes:
    """Return the name of a certificate's subject, DER."""
    return _names(certificate)[0]


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What paths are made of: roots that are believed, and others that may lie on the way.

    `tolerance` is how far a clock may be off. A root's own dates count, too.
    """

    roots: tuple[x509.Certificate, ...]
    others: tuple[x509.Certificate, ...] = field(default=(), repr=False)
    tolerance: timedelta = timedelta(0)
    # By a certificate's place, beside itself, which keeps it there: to hash all of its bytes takes longer.
    _issuers: dict[int, tuple[x509.Certificate, Sequence[x509.Certificate]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _found: dict[int, tuple[x509.Certificate, Sequence[tuple[x509.Certificate, ...]]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def dated(self, certificate: x509.Certificate, moment: datetime) -> int:
        """Return how many chains of signatures from a root are valid by their dates at a moment."""
        chains = self._paths(certificate)
        return sum(all(self._is_valid(one, moment) for one in each) for each in chains)

    def path(
        self, certificate: x509.Certificate, moment: datetime, policies: Sequence[str] = ()
    ) -> tuple[x509.Certificate, ...]:
        """Return a path that is valid at that moment, the root first; raises `NoPath`.

        Where certificate policies (OIDs) are asked for, it is valid under one of them.
        """
        try:
            for each in self._paths(certificate):
                valid = all(self._is_valid(one, moment) for one in each) and _is_constrained_well(*each)
                if valid and (not policies or _is_issued_under(policies, each)):
                    return each
        except UNREADABLE as error:
            raise NoPath("A certificate on the way to a root cannot be read.") from error
        raise NoPath("The certificate leads to none of the trusted roots.")

    def has_twin(self, path: Sequence[x509.Certificate], moment: datetime, known: Sequence[bytes]) -> bool:
        """Tell whether an issuer on a path has another certificate, valid at that moment, among those known.

        Any other path leads over one: it has the key, whatever its name. Names are compared here by their
        bytes, and are the same in several spellings (§7.1). `known` are DER, the path's among them.
        """
        for issuer in path[:-1]:
            key = _mark(issuer)
            holding = [each for each in known if key in each]
            twins = [each for each in map(read, holding) if each not in path] if len(holding) > 1 else []
            if any(self._is_valid(each, moment) for each in twins):
                return True
        return False

    def _is_valid(self, certificate: x509.Certificate, moment: datetime) -> bool:
        begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        return moved(begin, -self.tolerance) <= moment <= moved(end, self.tolerance)

    def _paths(self, certificate: x509.Certificate) -> Sequence[tuple[x509.Certificate, ...]]:
        """Return every chain of signatures from a root to the certificate, the shortest first."""
        held = self._found.get(id(certificate))
        if held is None:
            held = self._found[id(certificate)] = certificate, tuple(self._chains(certificate))
        return held[1]

    def _chains(self, certificate: x509.Certificate) -> Iterator[tuple[x509.Certificate, ...]]:
        begun: list[tuple[x509.Certificate, ...]] = [(certificate,)]
        for _ in range(_MOST_TRIALS):
            if not begun:
                return
            chain = begun.pop(0)
            if chain[0] in self.roots:
                yield chain
                continue
            if len(chain) < MAX_CHAIN_LENGTH:
                begun += [(issuer, *chain) for issuer in self.issuers(chain[0]) if issuer not in chain]

    def issuers(self, certificate: x509.Certificate) -> Sequence[x509.Certificate]:
        """Return who signed a certificate, of those that are here."""
        held = self._issuers.get(id(certificate))
        if held is None:
            _, issuer = _names(certificate)
            found = [each for each in self._named.get(issuer, ()) if is_issued_by(certificate, each)]
            held = self._issuers[id(certificate)] = certificate, found
        return held[1]

    @cached_property
    def _named(self) -> Mapping[bytes, list[x509.Certificate]]:
        named: dict[bytes, list[x509.Certificate]] = {}
        # `read` makes one object of the same bytes; where it does not, one more leads to several paths.
        for each in {id(each): each for each in (*self.roots, *self.others)}.values():
            named.setdefault(_names(each)[0], []).append(each)
        return named


@remembered_of(_REMEMBERED)
def _is_constrained_well(*path: x509.Certificate) -> bool:
    """Check what the certificates of a path, the root first, say of each other (§6.1.4, §6.1.5)."""
    for place, certificate in enumerate(path):
        if not _is_sound(certificate):
            return False
        below = path[place + 1 :]
        if below and not _may_issue(certificate, below):
            return False
    return True


@remembered_of(_REMEMBERED)
def _is_sound(certificate: x509.Certificate) -> bool:
    """Tell whether a certificate is of version 3, strong, and asks nothing that is not known here."""
    digest = certificate.signature_hash_algorithm
    if not is_long_enough(certificate.public_key()) or digest is None or digest.name not in _DIGESTS:
        return False
    if certificate.version is not x509.Version.v3:
        return False
    return all(
        each.oid not in _CONSTRAINTS and (each.oid in KNOWN or not each.critical)
        for each in certificate.extensions
    )


def _may_issue(certificate: x509.Certificate, below: Sequence[x509.Certificate]) -> bool:
    """Tell whether an authority may issue what stands below it (§6.1.4 k to n)."""
    basic, usage = said(certificate, x509.BasicConstraints), said(certificate, x509.KeyUsage)
    if basic is None or not basic.ca or (usage is not None and not usage.key_cert_sign):
        return False
    between = sum(
        each.subject != each.issuer for each in below[:-1]
    )  # §4.2.1.9: self-issued ones do not count
    if basic.path_length is not None and between > basic.path_length:
        return False
    # Not in RFC 5280, but what browsers and authorities mean: its purposes bound those below it.
    purposes = said(certificate, x509.ExtendedKeyUsage)
    if purposes is None or ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE in purposes:
        return True
    wanted = said(below[-1], x509.ExtendedKeyUsage)
    return wanted is not None and set(wanted) <= set(purposes)


def _is_issued_under(policies: Sequence[str], path: Sequence[x509.Certificate]) -> bool:
    """Tell whether one policy is asserted all the way below the root (§6.1.3 d, where nothing is mapped)."""
    valid = set(policies)
    for each in path[1:]:
        extension = said(each, x509.CertificatePolicies)
        asserted = {one.policy_identifier.dotted_string for one in extension or ()}
        if _ANY_POLICY not in asserted:
            valid &= asserted
    return bool(valid)
