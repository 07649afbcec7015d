"""Inspecting a document before it is signed: what changes, runs, hides or comes from elsewhere, in words.

Reads hostile files: programs that serve many go through `signer.apart.inspecting`.
"""

from pki.words import Sentence
from signer.findings import Code, ContentPolicy, Finding, template
from signer.layout.covered import hidden_text
from signer.qpdf import content, door

DEFAULT = ContentPolicy()
"""Refuses whatever can change what is shown, or run something, after the signature; reports the rest."""


def inspect(pdf: bytes, policy: ContentPolicy = DEFAULT, *, covered: bool = True) -> tuple[Finding, ...]:
    """Return what a signer must know of the document as it is, the worst first.

    `covered`: also look for text under pictures and filled areas, which takes drawing pages. Raises `NotAPdf`
    and `NotSignable` for what cannot be read, or is encrypted or over the limits; for no finding.
    """
    with door.opened(pdf) as opened:
        found = content.findings(opened, policy)
    return found + (under(pdf, policy) if covered else ())


def under(pdf: bytes, policy: ContentPolicy) -> tuple[Finding, ...]:
    """Return the pages on which text is covered. Raises `NotAPdf`."""
    code = Code.COVERED_TEXT
    return tuple(
        Finding(
            code=code,
            severity=policy.severity(code),
            what=Sentence(template(code), {"what": said}),
            page=page,
        )
        for page, said in hidden_text(pdf)
    )
