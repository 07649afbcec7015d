"""Signed with pyHanko in every way that it knows."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from pyhanko.sign.fields import FieldMDPAction, FieldMDPSpec, MDPPerm, SigSeedSubFilter

from tests.vectors.honest.pages import page
from tests.vectors.honest.people import Desk
from tests.vectors.honest.signing import renewed, signed
from tests.vectors.honest.updates import filled

Made = Callable[[Desk], Awaitable[bytes]]


def _one(field: str = "approval", **options: Any) -> Made:
    async def make(desk: Desk) -> bytes:
        return await signed(desk, page(), desk.anh, field, **options)

    return make


def _lock(action: FieldMDPAction, *fields: str) -> FieldMDPSpec:
    return FieldMDPSpec(action, fields=list(fields) or None)


async def _three(desk: Desk) -> bytes:
    pdf = page()
    for field, who in (("a", desk.anh), ("b", desk.binh), ("c", desk.chi)):
        pdf = await signed(desk, pdf, who, field)
    return pdf


async def _three_visible(desk: Desk) -> bytes:
    pdf = page()
    for place, (field, who) in enumerate((("a", desk.anh), ("b", desk.binh), ("c", desk.chi))):
        pdf = await signed(desk, pdf, who, field, box=(60 + place * 160, 100, 200 + place * 160, 160))
    return pdf


async def _two_with_proof(desk: Desk) -> bytes:
    pdf = await signed(desk, page(), desk.anh, "a", stored=True, archived=True)
    return await signed(desk, pdf, desk.seal, "b", stored=True, archived=True)


def _renewed(times: int, **options: Any) -> Made:
    async def make(desk: Desk) -> bytes:
        pdf = await signed(desk, page(), desk.anh, "a", stored=True, archived=True, **options)
        for _ in range(times):
            pdf = await renewed(desk, pdf)
        return pdf

    return make


async def _certified_then_approved(desk: Desk) -> bytes:
    pdf = page(signature_field=True)
    pdf = await signed(desk, pdf, desk.anh, "first", certify=True, docmdp_permissions=MDPPerm.FILL_FORMS)
    return await signed(desk, pdf, desk.seal, "waiting")


def _filled_after(**options: Any) -> Made:
    async def make(desk: Desk) -> bytes:
        return filled(await signed(desk, page(), desk.anh, "a", **options), "Da nhan")

    return make


async def _packed(desk: Desk) -> bytes:
    pdf = await signed(desk, page(packed=True), desk.anh, "a", stored=True, archived=True)
    return await renewed(desk, pdf)


async def _direct(desk: Desk) -> bytes:
    pdf = await signed(desk, page(direct=True), desk.anh, "a")
    return await signed(desk, pdf, desk.binh, "b")


async def _before_and_after(desk: Desk) -> bytes:
    pdf = filled(await signed(desk, page(), desk.anh, "a"), "Lan mot")
    pdf = filled(await signed(desk, pdf, desk.binh, "b"), "Lan hai")
    return await signed(desk, pdf, desk.chi, "c")


async def _curve(desk: Desk) -> bytes:
    return await signed(desk, page(), desk.chi, "a", stamped=True)


async def _proof_of_three(desk: Desk) -> bytes:
    pdf = await _three(desk)
    return await signed(desk, pdf, desk.seal, "d", stored=True, archived=True)


def files() -> Iterator[tuple[str, str, Made]]:
    """Yield name, feature and maker of each file."""
    certified = {"certify": True}
    yield "b-b", "B-B", _one()
    yield "pkcs7", "adbe.pkcs7.detached", _one(kind=SigSeedSubFilter.ADOBE_PKCS7_DETACHED)
    yield (
        "pkcs7-stamped",
        "adbe.pkcs7.detached with a time-stamp",
        _one(kind=SigSeedSubFilter.ADOBE_PKCS7_DETACHED, stamped=True),
    )
    yield "b-t", "B-T", _one(stamped=True)
    yield "b-lt", "B-LT", _one(stamped=True, stored=True)
    yield "b-lta", "B-LTA", _one(stored=True, archived=True)
    yield "renewed-once", "B-LTA renewed", _renewed(1)
    yield "renewed-twice", "B-LTA renewed twice", _renewed(2)
    yield "pss", "RSA-PSS", _one(prefer_pss=True)
    yield "ecdsa", "ECDSA, B-T", _curve
    yield "sha384", "SHA-384", _one(md_algorithm="sha384")
    yield "sha512", "SHA-512", _one(md_algorithm="sha512")
    yield "words", "name, reason, place, contact", _one(name="Ánh", reason="Duyệt", location="Huế")
    for permission in MDPPerm:
        yield (
            f"certified-{permission.value}",
            f"DocMDP P={permission.value}",
            _one(docmdp_permissions=permission, **certified),
        )
        yield (
            f"certified-{permission.value}-renewed",
            f"DocMDP P={permission.value}, B-LTA renewed",
            _renewed(1, docmdp_permissions=permission, **certified),
        )
    yield "certified-then-approved", "DocMDP P=2, then an approval", _certified_then_approved
    yield (
        "certified-then-filled",
        "DocMDP P=2, then a field filled",
        _filled_after(docmdp_permissions=MDPPerm.FILL_FORMS, certify=True),
    )
    yield "filled", "a field filled after an approval", _filled_after()
    yield "lock-include", "FieldMDP Include", _one(lock=_lock(FieldMDPAction.INCLUDE, "note"))
    yield "lock-all", "FieldMDP All", _one(lock=_lock(FieldMDPAction.ALL))
    yield (
        "lock-exclude-filled",
        "FieldMDP Exclude, then that field filled",
        _filled_after(lock=_lock(FieldMDPAction.EXCLUDE, "note")),
    )
    yield (
        "lock-other-filled",
        "FieldMDP Include of another field, then a field filled",
        _filled_after(lock=_lock(FieldMDPAction.INCLUDE, "other")),
    )
    yield "visible", "a signature that shows", _one(box=(300, 100, 480, 160))
    yield "three", "three signatures", _three
    yield "three-visible", "three signatures that show", _three_visible
    yield "two-with-proof", "two signatures, each B-LTA", _two_with_proof
    yield "three-then-proof", "three signatures B-B, a fourth B-LTA", _proof_of_three
    yield "packed", "cross-reference streams, B-LTA renewed", _packed
    yield "direct", "form and annotations direct, two signatures", _direct
    yield "filled-between", "filled between and after signatures", _before_and_after
