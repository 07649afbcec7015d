"""Layers (optional content, ISO 32000-2 §8.11): what is shown depends on the reader, not on the file."""

from collections.abc import Iterator, Mapping
from typing import Any

from signer.findings import Code
from signer.qpdf.actions import Found
from signer.qpdf.whole import Held, Whole, listed

_STATES = {"Print": "/PrintState", "View": "/ViewState", "Export": "/ExportState"}


def rules(held: Held, whole: Whole) -> Iterator[Found]:
    """Yield a rule by which something is shown when a layer is off (§8.11.2.2)."""
    entries = held.entries
    if "/OCGs" in entries and "/D" not in entries:
        inverse = whole.word(entries.get("/P")) in ("AllOff", "AnyOff")
        if inverse or whole.array(entries.get("/VE")):
            yield Code.LAYER_RULE, {}


def layers(whole: Whole) -> Iterator[Found]:
    """Yield the layers that are off, that depend on who looks, and the others."""
    properties = whole.dictionary(whole.root.get("/OCProperties"))
    groups = whole.array(properties.get("/OCGs"))
    used = whole.dictionary(properties.get("/D"))
    known = {str(each) for each in groups}
    off = {str(each) for each in whole.array(used.get("/OFF"))}
    on = {str(each) for each in whole.array(used.get("/ON"))}
    if whole.word(used.get("/BaseState")) == "OFF":
        off |= known - on
    changing = set(_changing(used, off, whole))
    if whole.array(properties.get("/Configs")):  # readers may offer others
        changing |= known
    for code, found in (
        (Code.LAYER_OFF, off),
        (Code.LAYER_BY_EVENT, changing),
        (Code.LAYERS, known - off - changing),
    ):
        if found:
            names = (whole.word(whole.dictionary(each).get("/Name")) or "" for each in sorted(found))
            yield code, {"layers": listed(names)}


def _changing(used: Mapping[str, Any], off: set[str], whole: Whole) -> Iterator[str]:
    """Yield the layers that an event switches: printing, exporting, enlarging, another user (§8.11.4.4)."""
    for application in map(whole.dictionary, whole.array(used.get("/AS"))):
        categories = [whole.word(each) or "" for each in whole.array(application.get("/Category"))]
        for group in whole.array(application.get("/OCGs")):
            usage = whole.dictionary(whole.dictionary(group).get("/Usage"))
            for category in categories:
                wanted = whole.dictionary(usage.get(f"/{category}"))
                state = whole.word(wanted.get(_STATES.get(category, "")))
                shown = str(group) not in off
                if wanted and (state is None or (state != "OFF") != shown):
                    yield str(group)
