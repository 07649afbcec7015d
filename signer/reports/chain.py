"""The path of certificates as a picture: from the root that is trusted down to the signer."""

from collections.abc import Sequence

from pki.words import N_
from signer.facts import Link
from signer.report import SignatureReport
from signer.reports.cards import is_stamp, part
from signer.reports.markup import Markup, element
from signer.reports.reader import Reader

_ROOT = N_("Trusted root")


def chains(signatures: Sequence[SignatureReport], reader: Reader) -> Markup | None:
    """Return the paths of all signatures, each path once; None where no certificate was read."""
    paths: dict[tuple[str, ...], list[int]] = {}
    for number, each in enumerate(signatures, 1):
        if each.links:
            paths.setdefault(tuple(link.sha256 for link in each.links), []).append(number)
    if not paths:
        return None
    shown = [_chain(numbers, signatures, reader) for numbers in paths.values()]
    return element("section", element("h2", reader.say(N_("Who vouches for whom"))), *shown)


def _chain(numbers: Sequence[int], signatures: Sequence[SignatureReport], reader: Reader) -> Markup:
    first = signatures[numbers[0] - 1]
    marks = [element("span", str(number), class_="mark") for number in numbers]
    boxes = [_box(link, role, reader) for link, role in zip(first.links, _roles(first), strict=True)]
    note = None if first.path else element("p", reader.say(_alone(first)), class_="note")
    heading = element("h3", *marks, " ", part(first, reader))
    return element("div", heading, element("ol", *boxes), note, class_="chain")


def _alone(each: SignatureReport) -> str:
    if each.intact:
        return N_("No path from this certificate to a trusted root was found good.")
    return N_("Nobody looked who vouches for this certificate: the signature is broken.")


def _roles(each: SignatureReport) -> list[str]:
    roles = [N_("Authority")] * len(each.links)
    if each.path:
        roles[0] = _ROOT
    roles[-1] = N_("Time-stamp authority") if is_stamp(each) else N_("Signer")
    return roles


def _box(link: Link, role: str, reader: Reader) -> Markup:
    validity = reader.say(
        N_("valid from {start} to {end}"), start=reader.day(link.not_before), end=reader.day(link.not_after)
    )
    name = element("bdi", element("strong", link.name))
    parts = (element("small", reader.say(role)), name, element("small", validity))
    return element("li", *parts, class_="root" if role == _ROOT else "link")
