"""Words that JSON shows as they are and people read in their language."""

from exchange.status import Status
from pki.words import N_, Sentence

_SAID = {
    # where a place on the page came from
    "text": N_("found by the page's own text"),
    "default": N_("the standard position of NĐ 30/2020; look whether it fits"),
    "given": N_("as given"),
    # a delivery
    "queued": N_("waiting to be delivered"),
    "leased": N_("being delivered"),
    "delivered": N_("delivered"),
    "undeliverable": N_("given up"),
    # what the recipient did
    **{each.word: each.said.template for each in Status},
    "not-admitted": N_("sent back by our office"),
    # how urgent a document is
    "khan": N_("urgent"),
    "thuong-khan": N_("very urgent"),
    "hoa-toc": N_("express"),
    # a number of the register
    "reserved": N_("reserved"),
    "released": N_("free again"),
    "confirmed": N_("used"),
    # tries left for a PIN
    "many": N_("all PIN tries are left"),
    "few": N_("few PIN tries are left"),
    "last": N_("only one PIN try is left"),
    "none": N_("the PIN is locked"),
    # whose a certificate is
    "person": N_("a person"),
    "organisation": N_("an organisation"),
    "unknown": N_("neither a person nor an organisation"),
}


def word(text: str) -> Sentence:
    """Return a machine's word as a sentence that can be said; an unknown one as it is."""
    return Sentence(_SAID.get(text, text.replace("{", "{{").replace("}", "}}")))
