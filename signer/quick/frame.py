"""What a revision may write anew around the fields: the catalogue, the form, the proof, the metadata."""

from collections.abc import Mapping

from signer.pades.lexing import Name, Ref, Value
from signer.quick import form, proof
from signer.quick.revision import Revision
from signer.quick.strings import differing, name, same
from signer.quick.unusual import unusual

_METADATA = frozenset({"Type", "Subtype", "Length", "Filter", "DecodeParms"})

_EXTENSION = frozenset({"Type", "BaseVersion", "ExtensionLevel", "ExtensionRevision", "URL"})
_SEVERAL = 64  # extensions of one developer
_SAID = (int, bytes, Name)
_CATALOGUE_USES = frozenset({("Root",), ("Reference", "Data")})
"""Where the catalogue may be named: in cross-reference streams, and by a signature over all fields."""


def check_catalogue(revision: Revision) -> None:
    """Check that nobody uses the catalogue as something else, such as a page's resources.

    What is added to it, or replaced below it, would be drawn.
    """
    for each in revision.uses(revision.file.root.number):
        if each.keys not in _CATALOGUE_USES:
            unusual("the catalogue is used as something else, too")


def check_frame(revision: Revision) -> None:
    """Check the catalogue and the form: nothing but fields and proof may be added to them."""
    root = revision.file.root.number
    if root in revision.replaced:
        changed = revision.differing(root)
        if not changed <= {"DSS", "AcroForm", "Extensions"}:
            unusual("the catalogue was changed")
        if "Extensions" in changed:
            _check_extensions(revision)
        revision.explained.add(root)
    _check_form(revision)


def _check_form(revision: Revision) -> None:
    """Check that a form stayed where it is, and got nothing but fields."""
    was, now = (form.form(revision.file, view) for view in (revision.view + 1, revision.view))
    if differing(was, now) - {"Fields"}:
        unusual("the form was changed")
    where = [
        revision.file.dictionary(revision.file.root, view).get("AcroForm")
        for view in (revision.view + 1, revision.view)
    ]
    if isinstance(where[0], Ref) or isinstance(where[1], Ref):
        if where[0] != where[1]:
            unusual("the form moved")
        assert isinstance(where[0], Ref)
        if where[0].number in revision.replaced:
            revision.differing(where[0].number)
            revision.check_uses(where[0].number, frozenset({("AcroForm",)}))
            revision.explained.add(where[0].number)
    had, has = (
        revision.file.followed(each.get("Fields"), view)
        for each, view in ((was, revision.view + 1), (now, revision.view))
    )
    if not isinstance(had, list) or not isinstance(has, list) or not same(has[: len(had)], had):
        unusual("the list of fields was changed")


def _check_extensions(revision: Revision) -> None:
    """Check extensions (ISO 32000-2 §7.12), which programs write that store proof, to be nothing else.

    iText raises a level; DSS writes a second extension of one developer as an object of its own.
    """
    had, has = (
        revision.file.dictionary(revision.file.root, view).get("Extensions", {})
        for view in (revision.view + 1, revision.view)
    )
    if not isinstance(had, dict) or not isinstance(has, dict) or not had.keys() <= has.keys():
        unusual("odd extensions")
    called = has.get("Type")
    if called is not None and (not isinstance(called, Name) or not same(had.get("Type", called), called)):
        unusual("odd extensions")
    for key in has.keys() - {"Type"}:
        if key not in had or not same(had[key], has[key]):
            after = [_extension(revision, each) for each in _several(has[key])]
            before = [
                revision.file.dictionary(each, revision.view + 1) for each in _several(had.get(key, []))
            ]
            if not all(any(_covers(now, was) for now in after) for was in before):
                unusual("an extension was changed")


def _extension(revision: Revision, value: Value) -> Mapping[str, Value]:
    """Return one developer's extension, which says nothing but what such do."""
    if isinstance(value, Ref):
        if value.number not in revision.fresh or revision.is_stream(value.number):
            unusual("an extension that was something else before")
        revision.explain(value)
    entries = revision.file.dictionary(value, revision.view)
    if not entries.keys() <= _EXTENSION or any(type(each) not in _SAID for each in entries.values()):
        unusual("an extension that is none")
    return entries


def _several(value: Value) -> list[Value]:
    """Return the extensions of one developer: a dictionary, or several in a list."""
    found: list[Value] = value if isinstance(value, list) else [value]
    return found if len(found) <= _SEVERAL else unusual("too many extensions of one developer")


def _covers(now: Mapping[str, Value], was: Mapping[str, Value]) -> bool:
    """Tell whether an extension is still declared, or one of a higher level in its place."""
    changed = differing(was, now)
    levels = [each.get("ExtensionLevel") for each in (was, now)]
    raised = [level for level in levels if type(level) is int]
    return not changed or (changed == {"ExtensionLevel"} and len(raised) == 2 and raised[0] < raised[1])


def explain_store(revision: Revision) -> None:
    """Explain what was written of the store of proof, which nobody uses as something else."""
    proof.check_store(revision.file, revision.view + 1, revision.view)
    holders = proof.holders(revision.file, revision.view + 1)
    for number in revision.replaced & holders.keys():
        if revision.is_stream(number):
            unusual("a stream was replaced")
        revision.check_uses(number, frozenset({(holders[number],)}))
        if not _is_of_store(revision, number, frozenset(holders)):
            unusual("a part of the store of proof is used as something else, too")
        revision.explained.add(number)
    for number in revision.replaced & proof.of_one(revision.file, revision.view + 1):
        revision.differing(number)
        if not _is_of_store(revision, number, frozenset(holders)):
            unusual("what is stored for one signature is used as something else, too")
        revision.explained.add(number)
        revision.explain(revision.file.value(number, revision.view))
    store = proof.store(revision.file, revision.view)
    revision.explain(revision.file.dictionary(revision.file.root, revision.view).get("DSS"), dict(store))
    revision.explain(*(revision.file.followed(each, revision.view) for each in store.values()))


def _is_of_store(revision: Revision, number: int, holders: frozenset[int]) -> bool:
    """Tell whether only the store of proof, which these objects make up, names an object."""
    return all(
        each.keys[:1] == ("DSS",)
        if each.holder == revision.file.root.number
        else each.holder in holders and _is_of_store(revision, each.holder, holders - {each.holder})
        for each in revision.uses(number)
    )


def check_metadata(revision: Revision, number: int) -> None:
    """Check that the XMP metadata, which the catalogue alone names, say what they said before."""
    from signer.quick.xmp import said  # loads a reader of XML, which most documents do not need

    for view in (revision.view + 1, revision.view):
        entries = revision.file.dictionary(Ref(number, 0), view)
        if not entries.keys() <= _METADATA or name(entries.get("Subtype")) != "XML":
            unusual("odd XMP metadata")
    if any(each.holder != revision.file.root.number for each in revision.uses(number)):
        unusual("XMP metadata that are used as something else, too")
    revision.check_uses(number, frozenset({("Metadata",)}))
    was, now = (said(revision.file.data(number, view)) for view in (revision.view + 1, revision.view))
    if was != now:
        unusual("the XMP metadata were changed")
