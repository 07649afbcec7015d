"""What makes readers see different pages in the same signed bytes is told, and changes no verdict."""

from collections.abc import Mapping

import pytest

from tests.signer.by_letter import appended
from tests.signer.prepared_samples import BASE, Signers, with_

LAYER = b"<< /Type /OCG /Name (a) /Usage << /Print << /PrintState /OFF >> >> >>"
SEEN = "The document has layers: what is seen depends on which of them the reader shows."
BY_CHANCE = "Layers are off, or switch by themselves: paper, or another reader, may show something else."
ACTS = "An action starts by itself when the document is read, printed or touched."
PORTFOLIO = "The file is a portfolio: readers show an embedded file instead of its pages."
XFA = "An XFA form is drawn by the reader's program, not by the pages that are signed."
ANEW = "Each reader draws the form in its own way."


def catalogue(entries: bytes) -> Mapping[int, bytes]:
    return {1: with_(1, b"/Perms", entries + b" /Perms"), 13: LAYER}


def form(entries: bytes) -> Mapping[int, bytes]:
    return {4: with_(4, b"/SigFlags", entries + b" /SigFlags")}


def layers(used: bytes, *, beside: bytes = b"") -> Mapping[int, bytes]:
    return catalogue(b"/OCProperties << /OCGs [13 0 R] /D << %s >> %s >>" % (used, beside))


CASES: dict[str, tuple[Mapping[int, bytes], tuple[str, ...]]] = {
    "a layer": (layers(b"/ON [13 0 R]"), (SEEN,)),
    "a layer that is off": (layers(b"/OFF [13 0 R]"), (SEEN, BY_CHANCE)),
    "a layer that is off at first": (layers(b"/BaseState /OFF"), (SEEN, BY_CHANCE)),
    "a layer by events": (
        layers(b"/AS [<< /Event /Print /Category [/Print] /OCGs [13 0 R] >>]"), (SEEN, BY_CHANCE),
    ),
    "other configurations": (layers(b"", beside=b"/Configs [<< /OFF [13 0 R] >>]"), (SEEN, BY_CHANCE)),
    "a portfolio": (catalogue(b"/Collection << /View /D >>"), (PORTFOLIO,)),
    "a script": (catalogue(b"/Names << /JavaScript << /Names [] >> >>"), (ACTS,)),
    "an action on printing": (catalogue(b"/AA << /WP << /S /JavaScript /JS (1) >> >>"), (ACTS,)),
    "an action on opening": (catalogue(b"/OpenAction << /S /Hide /T (number) >>"), (ACTS,)),
    "an action behind another": (
        catalogue(b"/OpenAction << /S /GoTo /D [3 0 R /Fit] /Next [<< /S /Launch >>] >>"), (ACTS,),
    ),
    "an XFA form": (form(b"/XFA (x)"), (XFA,)),
    "a form that is drawn anew": (form(b"/NeedAppearances true"), (ANEW,)),
}  # fmt: skip
QUIET = {
    "a place on opening": catalogue(b"/OpenAction [3 0 R /Fit]"),
    "an action that goes there": catalogue(b"/OpenAction << /S /GoTo /D [3 0 R /Fit] >>"),
    "names of places": catalogue(b"/Names << /Dests << /Names [] >> >>"),
    "a form that is drawn": form(b"/NeedAppearances false"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_seen_otherwise_elsewhere_is_told(signers: Signers, case: str) -> None:
    objects, words = CASES[case]
    sealed = signers.sealed(objects)
    report = signers.judged(sealed)
    assert report.passed
    assert tuple(str(each) for each in report.notes)[1:] == words
    assert signers.person.quick(sealed) is None


@pytest.mark.parametrize("case", QUIET)
def test_of_what_all_see_alike_nothing_is_told_the_short_way(signers: Signers, case: str) -> None:
    sealed = signers.sealed(QUIET[case])
    quick = signers.person.quick(sealed)
    assert quick is not None
    assert quick == signers.person.slow(sealed)
    assert not quick.notes


@pytest.mark.parametrize("case", CASES)
def test_what_came_to_be_so_after_the_signature_is_refused(signers: Signers, case: str) -> None:
    objects, _ = CASES[case]
    update = {number: text for number, text in objects.items() if number in BASE}
    sealed = signers.sealed({13: LAYER})
    assert signers.judged(sealed).passed
    assert not signers.judged(appended(sealed, update)).passed
