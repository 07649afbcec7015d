"""Constraints on names of forms that are not compared here: held to by refusing such names below (RFC 5280).

§4.2.1.10: where a critical constraint is on a form of name that an application does not process, and a
certificate below has a name of that form, it is refused; where none has, the constraint changes nothing.
pyHanko holds to that for simple forms, and stumbles over those that are structures.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress

from asn1crypto import core, x509

from signer.pades.door import Malformed, encoded, hostile

_STRUCTURES = frozenset({"other_name", "x400_address", "edi_party_name"})


def comparable(certificate: x509.Certificate) -> x509.Certificate:
    """Return a certificate for pyHanko, without what it says of forms that are never compared."""
    with suppress(Malformed), hostile():  # what cannot be read is told where it lies on a path
        return _Comparable.load(encoded(certificate)) if _forms(certificate) else certificate
    return certificate


def is_crossed(path: Sequence[x509.Certificate]) -> bool:
    """Tell whether one of a path, the highest first, has a name of a form that another above it constrains.

    An authority that issued itself a certificate is not asked (§6.1.3 b), unless it is the last.
    """
    constrained: set[str] = set()
    for certificate in path:
        asked = certificate is path[-1] or not certificate.self_issued
        if asked and constrained and not constrained.isdisjoint(_names(certificate)):
            return True
        constrained |= _forms(certificate)
    return False


def _names(certificate: x509.Certificate) -> Iterator[str]:
    return (each.name for each in certificate.subject_alt_name_value or ())


def _forms(certificate: x509.Certificate) -> set[str]:
    """Return the forms that a certificate constrains and that are structures."""
    if isinstance(certificate, _Comparable):
        certificate = x509.Certificate.load(encoded(certificate))
    said = certificate.name_constraints_value
    return set() if said is None else {each["base"].name for _, each in _subtrees(said)} & _STRUCTURES


def _subtrees(said: x509.NameConstraints) -> Iterator[tuple[str, x509.GeneralSubtree]]:
    for kind in ("permitted_subtrees", "excluded_subtrees"):
        if not isinstance(said[kind], core.Void):
            yield from ((kind, each) for each in said[kind])


class _Comparable(x509.Certificate):  # type: ignore[misc]  # asn1crypto has no types
    """A certificate whose constraints are those alone that can be compared."""

    @property
    def name_constraints_value(self) -> x509.NameConstraints:
        kept: dict[str, list[x509.GeneralSubtree]] = {}
        for kind, each in _subtrees(super().name_constraints_value):
            if each["base"].name not in _STRUCTURES:
                kept.setdefault(kind, []).append(each)
        return x509.NameConstraints(kept)
