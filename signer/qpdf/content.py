"""The one inspection: every object of a file is asked every question, and what it is found by is its place.

A rule says what a dictionary is, not where it was found: what runs may hang on a page, a field, a bookmark, a
structure element, or on something that only a reader of tomorrow will look at.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import pikepdf

from pki.words import Sentence
from signer.findings import Code, ContentPolicy, Finding, template
from signer.form.names import LAYER_1, LAYER_2, TEXT_FIELDS
from signer.qpdf import actions, outside
from signer.qpdf.actions import Found
from signer.qpdf.form_tree import Field, fields_of
from signer.qpdf.layers import layers, rules
from signer.qpdf.looks import font_name, looks
from signer.qpdf.overlaps import overlaps
from signer.qpdf.whole import TRAILER, Held, Whole, listed, short

MAX_OF_A_CODE = 20
"""Findings of one code that are told; a thousand links are one thing to know."""

_FILLED_IN = frozenset({"/Tx", "/Ch", "/Btn"})
_OURS = TEXT_FIELDS | {LAYER_1, LAYER_2}
_CARRIERS = frozenset({"XRef", "ObjStm"})  # streams that hold the file's structure; nothing refers to them
_RULES = (
    (actions.KEYS, actions.actions),
    (outside.KEYS, outside.outside),
    (frozenset({"/Rect"}), looks),
    (frozenset({"/OCGs"}), rules),
)


class _At(NamedTuple):
    """What was found, in which object; `None` for what is true of the whole document."""

    code: Code
    facts: Mapping[str, object]
    number: int | None = None
    page: int | None = None


def findings(pdf: pikepdf.Pdf, policy: ContentPolicy, *, rewritten: bool = False) -> tuple[Finding, ...]:
    """Return what a signer must know of an opened file, the worst first.

    `rewritten`: the file will be written anew, without the objects that nothing refers to. Each object is
    read once; may raise anything on a hostile file, as `signer.qpdf.door` expects.
    """
    whole = Whole(pdf)
    form = list(fields_of(pdf))
    fields = {field.entries.objgen[0]: field for field in form if field.entries.is_indirect}
    found: list[_At] = []
    loose: list[Held] = []
    fonts: dict[str, None] = {}
    for held in whole.dictionaries():
        found += [_At(code, facts, held.number) for code, facts in _of(held, whole)]
        if (font := font_name(held, whole)) is not None:
            fonts[font] = None
        if _can_be_shown(held, whole):
            loose.append(held)
    reached = whole.reached()
    if rewritten:
        found = [each for each in found if each.number in reached]
    else:
        found += _dormant(loose, reached, whole)
    found += [_At(code, facts) for code, facts in _of_document(whole, form, fonts, pdf)]
    found += [_At(code, facts, None, page) for code, page, facts in overlaps(pdf, fields)]
    return _told(found, whole, fields, policy)


def _of(held: Held, whole: Whole) -> Iterator[Found]:
    for keys, rule in _RULES:
        if not keys.isdisjoint(held.entries):
            yield from rule(held, whole)


def _can_be_shown(held: Held, whole: Whole) -> bool:
    """Tell whether a dictionary could become a page, or part of one, when something refers to it."""
    kind = whole.word(held.entries.get("/Type"))
    return kind in ("Page", "Pages", "Catalog") or (held.is_stream and kind not in _CARRIERS)


def _dormant(loose: Iterable[Held], reached: set[int], whole: Whole) -> Iterator[_At]:
    """Yield the pages that no reader shows, and how much else nothing refers to."""
    count = 0
    for held in loose:
        is_page = whole.word(held.entries.get("/Type")) == "Page" and len(held.entries) > 1
        if is_page and held.number not in whole.pages:
            yield _At(Code.DORMANT_PAGE, {}, held.number)
        elif held.number not in reached and held.number != TRAILER:
            count += 1
    if count:
        yield _At(Code.DORMANT_OBJECT, {"count": count})


def _of_document(
    whole: Whole, form: Iterable[Field], fonts: Iterable[str], pdf: pikepdf.Pdf
) -> Iterator[Found]:
    yield from outside.of_catalog(whole)
    yield from layers(whole)
    open_ones = [
        field.name
        for field in form
        if field.kind in _FILLED_IN and "/Kids" not in field.entries and field.name not in _OURS
    ]
    if open_ones:
        yield Code.OPEN_FIELD, {"fields": listed(open_ones)}
    names = listed(fonts)
    if names:
        yield Code.FONT_NOT_EMBEDDED, {"fonts": names}
    faults = pdf.get_warnings()
    if faults:
        yield Code.REPAIRED, {"fault": short(str(faults[0]).rpartition(": ")[2])}


def _told(
    found: Iterable[_At], whole: Whole, fields: Mapping[int, Field], policy: ContentPolicy
) -> tuple[Finding, ...]:
    """Return each finding once, with its page and field, those of the worst codes first."""
    pages, seen, count = whole.nearest_pages(), set(), dict.fromkeys(Code, 0)
    told = []
    for code, facts, number, known in found:
        page = known if number is None else pages.get(number)
        owner = None if number is None else fields.get(number)
        field = short(owner.name) if owner is not None and owner.name else None
        key = code, page, field, *facts.values()
        if key in seen or count[code] >= MAX_OF_A_CODE:
            continue
        seen.add(key)
        count[code] += 1
        told.append(
            Finding(
                code=code,
                severity=policy.severity(code),
                what=Sentence(template(code), facts),
                page=page,
                object=number or None,
                field=field,
            )
        )
    order = list(Code)
    return tuple(sorted(told, key=lambda each: (order.index(each.code), each.page or 0, each.object or 0)))
