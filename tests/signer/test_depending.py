"""What makes readers see different pages in the same signed bytes is told, and changes no verdict."""

from collections.abc import Mapping

import pytest

from tests.signer.by_letter import FIELD, PLAIN, SIGNATURE, appended, written
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


INHERITS = "Some readers take size, turn or fonts of a page from another place than others."
LEAF = b"<< /Type /Page /Parent %d 0 R /Resources << >> >>"
BRANCH = b"<< /Type /Pages /Parent 2 0 R /Count 1 /Kids [50 0 R] /MediaBox [0 0 99 99] >>"
TREE = with_(2, b"/Count 1 /Kids [3 0 R]", b"/Count 2 /Kids [3 0 R 50 0 R]")
ODD_BRANCH = with_(2, b"/Count 1 /Kids [3 0 R]", b"/Count 1 /Kids [3 0 R 51 0 R]")
STRANGE: dict[str, Mapping[int, bytes]] = {
    "another branch": {2: TREE, 50: LEAF % 51, 51: BRANCH},
    "no node": {2: TREE, 50: LEAF % 9},
    "nothing": {2: TREE, 50: LEAF.replace(b"/Parent %d 0 R", b"")},
    "nothing, while another names two": {
        2: TREE.replace(b"50 0 R", b"50 0 R 52 0 R").replace(b"/Count 2", b"/Count 3"),
        50: LEAF.replace(b"/Parent %d 0 R", b""),
        52: (LEAF % 2).replace(b"/Resources << >>", b"/Resources << /X << /Parent 2 0 R >> >>"),
    },
    "one that is named within it": {
        2: TREE,
        50: (LEAF % 51).replace(b"/Resources << >>", b"/Resources << /X << /Parent 2 0 R >> >>"),
        51: BRANCH,
    },
    "the root, below a branch": {2: ODD_BRANCH, 50: LEAF % 2, 51: BRANCH},
    "a branch that names another": {
        2: ODD_BRANCH, 50: LEAF % 51, 51: BRANCH.replace(b"/Parent 2 0 R", b"/Parent 9 0 R"),
    },
    "a branch that counts as a page": {2: ODD_BRANCH.replace(b"1 /K", b"2 /K"), 50: LEAF % 2, 51: BRANCH},
    "number 5 for 50": {
        2: with_(2, b"/Count 1 /Kids [3 0 R]", b"/Count 2 /Kids [3 0 R 53 0 R]"),
        53: b"<< /Type /Pages /Parent 2 0 R /Count 1 /Kids [50 0 R] >>",
        50: LEAF % 5,
    },
}  # fmt: skip
PLAIN_TREES: dict[str, Mapping[int, bytes]] = {
    "two pages": {2: TREE, 50: LEAF % 2},
    "a branch": {2: ODD_BRANCH.replace(b"/Count 1", b"/Count 2"), 50: LEAF % 51, 51: BRANCH},
    "a branch that counts otherwise": {2: ODD_BRANCH, 50: LEAF % 51, 51: BRANCH},
    "spelled otherwise": {2: TREE, 50: LEAF.replace(b"%d 0 R", b"2\n0 R")},
}


@pytest.mark.parametrize("case", STRANGE)
def test_a_page_that_names_another_node_than_the_one_that_lists_it_is_told(
    signers: Signers, case: str
) -> None:
    """Poppler takes size, turn and fonts from the one, MuPDF and pdfium from the other."""
    sealed = signers.sealed(STRANGE[case])
    report = signers.judged(sealed)
    assert report.passed
    assert INHERITS in map(str, report.notes)
    assert signers.person.quick(sealed) is None


@pytest.mark.parametrize("case", PLAIN_TREES)
def test_of_a_tree_that_is_one_both_ways_nothing_is_told(signers: Signers, case: str) -> None:
    sealed = signers.sealed(PLAIN_TREES[case])
    slow = signers.person.slow(sealed)
    assert slow is not None
    assert INHERITS not in map(str, slow.notes)
    assert signers.person.quick(sealed) == slow


def test_a_page_that_gets_a_field_names_its_node_still(signers: Signers) -> None:
    """The page of an update is looked at, too: it is written again."""
    objects = {**STRANGE["another branch"]}
    objects[50] = objects[50].replace(b"/Parent", b"/Annots [] /Parent")
    signed = signers.person.sign(written({**BASE, 1: PLAIN[1], 7: PLAIN[7], 8: SIGNATURE, **objects}))
    assert signers.person.quick(signed) is not None  # nothing follows it
    listed = objects[50].replace(b"[]", b"[60 0 R]")
    field = FIELD + b"/Sig /T (other) /V 61 0 R /Rect [9 9 20 20] >>"
    fields = BASE[4].replace(b"7 0 R]", b"7 0 R 60 0 R]")
    both = signers.person.sign(appended(signed, {50: listed, 4: fields, 60: field, 61: SIGNATURE}))
    assert signers.person.quick(both) is None
    assert INHERITS in map(str, signers.judged(both, "any").notes)
