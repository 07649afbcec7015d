"""The proof a document stores (its DSS, ISO 32000-2 §12.8.4.3): read, and compared between revisions."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from signer.pades.lexing import Ref, Value
from signer.quick.asn1 import SEQUENCE, Element
from signer.quick.file import File
from signer.quick.strings import same
from signer.quick.unusual import unusual

_LISTS = frozenset({"Certs", "OCSPs", "CRLs"})
_LISTS_OF_ONE = frozenset({"Cert", "OCSP", "CRL"})
_OF_ONE = _LISTS_OF_ONE | {"Type", "TU", "TS"}
_HASH = re.compile(r"[A-F0-9]{40}")
_MOST = 4096  # streams


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What a document stores, DER."""

    certificates: tuple[bytes, ...] = ()
    ocsps: tuple[bytes, ...] = field(default=(), repr=False)
    lists: tuple[bytes, ...] = field(default=(), repr=False)


def store(file: File, view: int = 0) -> Mapping[str, Value]:
    """Return the store's dictionary in a view; empty where there is none."""
    root = file.dictionary(file.root, view)
    if "DSS" not in root:
        return {}
    found = file.dictionary(root["DSS"], view)
    # An entry that is null is none (ISO 32000-2 §7.3.7); pyHanko knows it, and has no value for it.
    return found if found and None not in found.values() else unusual("an odd store of proof")


def stored(file: File) -> Proof:
    """Return what the document stores now."""
    found = store(file)
    return Proof(
        certificates=_streams(file, found.get("Certs")),
        ocsps=_streams(file, found.get("OCSPs")),
        lists=_streams(file, found.get("CRLs")),
    )


def answers(file: File, revision: int) -> frozenset[bytes]:
    """Return the answers that the document stored in one of its revisions, which count from 0, DER."""
    view = len(file.chain) - 1 - revision
    found = store(file, view)
    return frozenset(each for key in ("OCSPs", "CRLs") for each in _streams(file, found.get(key), view))


def _streams(file: File, listed: Value, view: int = 0) -> tuple[bytes, ...]:
    references = file.followed(listed, view)
    if references is None:
        return ()
    if not isinstance(references, list) or len(references) > _MOST:
        unusual("an odd list of proof")
    return tuple(_der(file.data(_reference(each).number, view)) for each in references)


def _der(data: bytes) -> bytes:
    element = Element.of(data)
    if element.tag != SEQUENCE or element.end != len(data):
        unusual("stored proof that is no structure, or with something behind it")
    return data


def _reference(value: Value) -> Ref:
    return value if isinstance(value, Ref) else unusual("stored proof that is no stream of its own")


def holders(file: File, view: int) -> dict[int, str]:
    """Return the objects that make up the store besides its streams, each with what it is there."""
    found: dict[int, str] = {}
    where = file.dictionary(file.root, view).get("DSS")
    if isinstance(where, Ref):
        found[where.number] = "DSS"
    for key, value in store(file, view).items():
        if isinstance(value, Ref):
            found[value.number] = key
    return found


def of_one(file: File, view: int) -> frozenset[int]:
    """Return the objects that hold what is stored for one signature each (its VRI entry)."""
    found = file.followed(store(file, view).get("VRI"), view)
    values = found.values() if isinstance(found, dict) else ()
    return frozenset(each.number for each in values if isinstance(each, Ref))


def check_store(file: File, old: int, new: int) -> bool:
    """Tell whether a view stores something else than an older one; `Unusual` unless it stores more.

    Single answers may go when they are of no use any more, as PAdES allows; the parts of the store stay. What
    is stored for one signature may be written anew, as it is for every signature when a file is renewed.
    """
    before, after = store(file, old), store(file, new)
    if not (before.keys() <= after.keys() <= _LISTS | {"Type", "VRI"}):
        unusual("the store of proof is odd")
    for key in _LISTS & after.keys():
        _check_streams(file, after[key], new)
    _check_single(file, before.get("VRI"), after.get("VRI"), old, new)
    return not same(
        {key: file.followed(each, old) for key, each in before.items()},
        {key: file.followed(each, new) for key, each in after.items()},
    )


def _check_streams(file: File, value: Value, view: int) -> None:
    listed = file.followed(value, view)
    for each in listed if isinstance(listed, list) else unusual("the store of proof is odd"):
        if not file.is_stream(_reference(each), view):
            unusual("stored proof that is no stream")


def _check_single(file: File, before: Value, after: Value, old: int, new: int) -> None:
    if after is None:
        return
    had = {} if before is None else file.dictionary(before, old)
    has = file.dictionary(after, new)
    for key, value in has.items():
        if key in had and same(had[key], value) and not _is_written(file, value, old, new):
            continue
        entries = file.dictionary(value, new)
        if _HASH.fullmatch(key) is None or not entries.keys() <= _OF_ONE:
            unusual("what is stored for one signature is odd")
        for each in _LISTS_OF_ONE & entries.keys():
            _check_streams(file, entries[each], new)
        _check_time(file, entries, new)
    if not had.keys() <= has.keys():
        unusual("what is stored for one signature was taken away")


def _check_time(file: File, entries: Mapping[str, Value], view: int) -> None:
    """Check when an entry says that it was made (ETSI EN 319 142-1 §5.4.2.3): a string, and a token."""
    if not isinstance(entries.get("TU", b""), bytes):
        unusual("a time that is no string")
    if "TS" in entries and not file.is_stream(_reference(entries["TS"]), view):
        unusual("a time-stamp that is no stream")


def _is_written(file: File, value: Value, old: int, new: int) -> bool:
    """Tell whether the object that a value names is another one than before."""
    return isinstance(value, Ref) and file.place(value.number, old) != file.place(value.number, new)
