"""Number, seal and file a signed document with the office's register: steps that succeed or fail as one.

    reserve → number → seal → file (confirms the number)

A number is held by its reservation while the token works. Whatever fails gives it back, and a clerk who is
killed in between leaves a lease that runs out: the number goes to the next document, and the book has no
hole.
"""

import asyncio
from dataclasses import dataclass
from datetime import date

from exchange.errors import OfficeError
from exchange.extending import Wanted
from exchange.office import Office
from exchange.register import DEFAULT_SERIES, Reservation
from exchange.sending import Filed
from pki.digest import Digest
from pki.errors import UsageError
from pki.token import Token
from pki.words import Translate
from signer.document import Sealed, Signed, Verified
from signer.findings import ContentPolicy
from signer.level import Evidence, Level
from signer.number import DocumentNumber
from signer.numbering import give_number, symbol_of
from signer.policy import Policy
from signer.sealing import seal


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """With which key, picture and proof an office seals, and what it must believe before it does."""

    token: Token
    policy: Policy
    image: bytes | None = None
    level: Level = Level.B_B
    evidence: Evidence | None = None
    content: ContentPolicy | None = None

    async def set_on(self, signed: Signed, given: DocumentNumber) -> Sealed:
        """Give one document this number and the seal; see `signer.sealing.seal`."""
        numbered = await give_number(signed, given)
        return await seal(
            numbered,
            self.token,
            image=self.image,
            level=self.level,
            evidence=self.evidence,
            policy=self.policy,
            content=self.content,
        )


async def issue(
    office: Office,
    signed: Signed,
    with_seal: Seal,
    *,
    symbol: str | None = None,
    day: date | None = None,
    series: str = DEFAULT_SERIES,
) -> tuple[Sealed, Filed]:
    """Give a signed document the register's next number, seal it and file it.

    `symbol` defaults to what the page prints, `day` to today in Viet Nam. Whatever is raised, the number has
    been given back: errors of `seal`, `OfficeError` (for a file that was sealed before, too), `UsageError`
    where no symbol is known or the day is before that of the number before.
    """
    chosen = symbol or await symbol_of(signed)
    if chosen is None:
        raise UsageError("The page prints no symbol.", hint="Give one with --symbol, for instance UBND-VP.")
    made_of = await asyncio.to_thread(Digest.of, signed.pdf)
    reservation = await office.reserve_for(chosen, made_of, series)
    try:
        given = await _number(office, reservation, chosen, day)
        sealed = await with_seal.set_on(signed, given)
        wanted = _wanted(with_seal, sealed, office.identity.says)
        return sealed, await office.file_outgoing(
            sealed.pdf, given, reservation.id, wanted=wanted, made_of=made_of
        )
    except BaseException:
        # Cancelled or failed, the number goes back; shielded, or a second Ctrl-C would leave it to its lease.
        await asyncio.shield(_give_back(office, reservation))
        raise


async def file_believed(office: Office, document: Verified) -> Filed:
    """File a document that was believed, under the number it carries; filed already, it stays as it is.

    `OfficeError` if it carries none, or if another document of ours bears the same.
    """
    said = document.report.as_json()
    number, symbol, day = (said[name] for name in ("number", "symbol", "date"))
    if not (isinstance(number, str) and isinstance(symbol, str) and isinstance(day, str)):
        raise OfficeError("The document carries no number, symbol and date.", hint="Seal it: congvan seal.")
    carried = DocumentNumber(number=number, symbol=symbol, date=date.fromisoformat(day))
    return await office.file_outgoing(document.pdf, carried, None)


def check_level(office: Office, document: Verified) -> None:
    """Raise `OfficeError` if a signature has a lower level than this office sends (`send_level`)."""
    order, least = [each.said for each in Level], office.settings.send_level.upper()
    said = document.report.as_json()["signatures"]
    for each in said if isinstance(said, list) else []:
        if each["level"] not in order[order.index(least) :]:
            raise OfficeError(
                "{signer} signed at level {level}; this office sends documents from {least} on.",
                hint="Extend it: congvan extend. To send it as it is: --as-it-is.",
                signer=each["signer"], level=each["level"], least=least,
            )  # fmt: skip


def _wanted(with_seal: Seal, sealed: Sealed, translate: Translate) -> Wanted | None:
    short, evidence = sealed.short, with_seal.evidence or Evidence()
    if short is None:
        return None
    return Wanted(
        asked=short.asked, reached=short.reached, why=short.why.said(translate),
        authorities=evidence.authorities, budget=evidence.tsa_budget,
    )  # fmt: skip


async def _number(office: Office, reservation: Reservation, symbol: str, day: date | None) -> DocumentNumber:
    if day is not None and day.year != reservation.year:
        raise UsageError(
            "The register of {year} cannot number a document of {day}.",
            year=reservation.year,
            day=day,
        )
    before = None if day is None else await office.day_before(reservation)
    if day is not None and before is not None and day < before:
        raise UsageError(
            "No. {number} cannot be of {day}: the number before it is of {before}.",
            number=reservation.printed,
            day=day,
            before=before,
        )
    return DocumentNumber(number=reservation.printed, symbol=symbol, date=day or reservation.date)


async def _give_back(office: Office, reservation: Reservation) -> None:
    try:
        await office.release(reservation.id)
    except OfficeError:
        return  # filed after all, or the lease ran out and another clerk holds it: nothing to give back
