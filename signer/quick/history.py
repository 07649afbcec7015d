"""What the revisions after a signature come to, and whether that signature allows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pki.words import Sentence
from signer.pades import told
from signer.pades.lexing import Ref, Value
from signer.pades.objects import Plain
from signer.pades.parsed import Change
from signer.pades.revisions import History
from signer.pades.sections import Section
from signer.quick import form, proof
from signer.quick.file import File
from signer.quick.form import Field
from signer.quick.mentions import TRAILER, Mention, Searched, note
from signer.quick.pages import check_parents
from signer.quick.revision import Revision
from signer.quick.steps import Step, step
from signer.quick.strings import name, text
from signer.quick.unusual import Unusual, unusual
from signer.report import Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class Locks:
    """What a signature forbids: changes at all (`permission` 1, ISO 32000-2 table 257), or to some fields."""

    permission: int | None
    action: str | None
    fields: tuple[str, ...] = ()

    @classmethod
    def of(cls, file: File, field: Field, signature: Mapping[str, Value]) -> "Locks":
        """Read the locks that a signature dictionary sets, and those of its field."""
        permission, action, fields = None, None, tuple[str, ...]()
        references = [file.dictionary(each) for each in _listed(file, signature.get("Reference"))]
        methods = [name(each.get("TransformMethod")) for each in references]
        if len(set(methods)) != len(methods):
            unusual("two transforms of one kind")
        for method, reference in zip(methods, references, strict=True):
            parameters = file.dictionary(reference.get("TransformParams"))
            match method:
                case "DocMDP":
                    permission = _permission(parameters.get("P", 2))
                case "FieldMDP":
                    action = name(parameters.get("Action"))
                    fields = tuple(text(one) for one in _listed(file, parameters.get("Fields")))
                    if any(min(each, default=" ") < " " for each in fields):
                        unusual("a lock of a field whose name has more than letters in it")
                    if action != "All" and (
                        action not in ("Include", "Exclude") or "Fields" not in parameters
                    ):
                        unusual("an odd lock")
                case _:
                    unusual("an unusual transform of a signature")
        lock = file.followed(field.entries.get("Lock"))
        if permission is None and isinstance(lock, dict) and "P" in lock:
            permission = _permission(lock["P"])
        return cls(permission=permission, action=action, fields=fields)

    def locks(self, field: str) -> bool:
        """Tell whether a field must stay as it is (ISO 32000-2 table 256)."""
        named = any(field == each or field.startswith(f"{each}.") for each in self.fields)
        match self.action:
            case None:
                return False
            case "All":
                return True
            case "Include":
                return named
            case "Exclude":
                return not named
        raise Unusual("an odd lock")


def _listed(file: File, value: Value) -> Sequence[Value]:
    found = file.followed(value)
    if found is None:
        return ()
    return found if isinstance(found, list) else unusual("an odd list")


def _permission(value: Value) -> int:
    if type(value) is not int or value not in (1, 2):  # 3 allows annotations, which are not looked at here
        unusual("an unusual permission")
    return 1 if value == 1 else 2


class Steps:
    """The steps of the revisions after the first signature, each found out once."""

    def __init__(self, file: File, views: Sequence[int], first_end: int) -> None:
        self._file = file
        self._steps: list[Step] = []
        if file.chain[views[0]] is file.chain[0]:
            return
        sections = History(file.pdf, file.read).check(first_end, {})
        if [each.start for each in sections] != [part.start for part in file.chain[: views[0]]]:
            unusual("two readings of the sections")
        _check_packs(file, views[0])
        mentions = _mentions(file, views[0], first_end, sections)
        self._steps = [step(Revision(file, view, section, mentions)) for view, section in enumerate(sections)]

    def since(self, view: int, locks: Locks) -> Change:
        """Return what changed since the revision of a view; raises `Unusual` if that is not allowed."""
        done = self._steps[:view]
        if not done:
            return Change()
        fields = frozenset[str]().union(*(each.filled | each.signed for each in done))
        new = frozenset[str]().union(*(each.new for each in done))
        seen = frozenset[str]().union(*(each.seen for each in done))
        then = form.fields(self._file, view)
        waiting = (each for each in then.values() if "V" not in each.entries and each.kind == "Sig")
        locked = locks.permission == 1 or locks.action == "All"
        if any(map(locks.locks, fields)) or (locks.permission == 1 and fields):
            unusual("a locked field was changed")
        if seen and (locks.permission is not None or locked):
            unusual("a field was added, and is seen")
        if seen and any(form.locks_all(self._file, each, view) for each in waiting):
            unusual("a field was added, and is seen")
        if locked and new:
            unusual("a field was added to a locked document")
        return Change(
            changes=Changes.ALLOWED,
            words=tuple(self._told(view, fields, done)) or (told.NOTHING,),
            fields=fields,
            texts=form.texts(then),
            only_proof=not fields,
        )

    def _told(self, view: int, fields: frozenset[str], done: Sequence[Step]) -> list[Sentence]:
        now = form.fields(self._file)
        words = []
        for called in sorted(fields, key=lambda each: (now[each].kind != "Tx", each)):
            if now[called].kind == "Tx":
                words.append(told.filled(called, text(self._file.followed(now[called].entries["V"]))))
            else:
                words.append(told.signed(called))
        stored = proof.store(self._file, view) != proof.store(self._file)
        return [*words, told.STORED] if stored or any(each.stamped for each in done) else words


def _check_packs(file: File, base: int) -> None:
    """Check that the streams in which signed objects are packed are there, and were never written again.

    A stream that comes later, be it the look of a field, would bring objects along that no section lists.
    """
    packs = frozenset[int]().union(*(part.packs() for part in file.chain[base:]))
    for number in packs:
        if not isinstance(file.place(number, base), Plain) or file.place(number) != file.place(number, base):
            unusual("a stream of signed objects that is missing, or was written again")


def _mentions(file: File, base: int, end: int, sections: Sequence[Section]) -> dict[int, list[Mention]]:
    """Return who names the objects that were written after the base, the looks of fields, and their lists."""
    wanted = {number for each in sections for number in (*each.entries, each.number) if number is not None}
    named = file.dictionary(file.root, base).get("AcroForm")
    wanted |= {file.root.number} | ({named.number} if isinstance(named, Ref) else set())
    looks = (each.entries.get("AP") for each in form.fields(file, base).values())
    wanted |= {each.number for each in looks if isinstance(each, Ref)}
    wanted = wanted.union(*(proof.holders(file, view) for view in range(base + 1)))
    searched = Searched(file, base, end)
    found = searched.of(wanted)
    for view, part in enumerate(file.chain):
        note(found, TRAILER, dict(part.trailer), view)
    above = searched.above
    for view, section in enumerate(sections):
        check_parents(file, filter(above.__contains__, section.entries), above)
        for number in section.entries:
            note(found, number, file.value(number, view), view)
    lists = {each.holder for mentions in found.values() for each in mentions if isinstance(each.value, list)}
    return found | searched.of(lists - found.keys())
