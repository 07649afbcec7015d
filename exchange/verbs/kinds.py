"""What a file is that somebody wants to have verified, by what it begins with."""

from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["document", "report", "proof", "receipt"]


def is_document(head: bytes) -> bool:
    """Tell whether a file is a PDF: its header is in the first kilobyte (ISO 32000-2 §7.5.2, readers)."""
    return b"%PDF-" in head[:1024]


def kind_of(data: bytes) -> Kind | None:
    """Return what a file is; None for what is none of these."""
    if is_document(data):
        return "document"
    if data.startswith(b"c2sp.org/tlog-proof@"):
        return "proof"
    if data[:1] not in (b"{", b"<"):
        return None
    from signer.reports.verifier import is_report

    if is_report(data):
        return "report"
    return "receipt" if data[:1] == b"{" else None
