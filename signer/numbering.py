"""number(): a signed document gets its number; the page shows it once the seal is set."""

from pki.words import Sentence
from signer.apart.asking import ask
from signer.apart.requests import ReadForm
from signer.document import Numbered, Signed
from signer.errors import DocumentError, NotAPdf
from signer.number import DocumentNumber
from signer.pades.door import Malformed
from signer.pades.form import Form, form_of
from signer.policy import Limits


def number(signed: Signed, number: DocumentNumber) -> Numbered:
    """Give a signed document its number.

    Raises `DocumentError` when the page prints another number, symbol or date: số and ký hiệu are one
    (NĐ 30/2020/NĐ-CP, Đ15), and what is printed cannot be changed any more.
    """
    return _given(signed, number, _form(signed))


async def give_number(signed: Signed, number: DocumentNumber) -> Numbered:
    """Do what `number` does for a document that a stranger may have made: a process of its own reads it.

    Raises `Undetermined` too, when it takes more than `signer.policy.Limits` to read.
    """
    return _given(signed, number, await ask(ReadForm(signed.pdf), Form, Limits()))


async def symbol_of(signed: Signed) -> str | None:
    """Do what `printed_symbol` does for a document that a stranger may have made."""
    return (await ask(ReadForm(signed.pdf), Form, Limits())).symbol


def _given(signed: Signed, number: DocumentNumber, form: Form) -> Numbered:
    _check_number(form, number)
    _check_date(form, number)
    return Numbered(pdf=signed.pdf, number=number)


def _check_number(form: Form, number: DocumentNumber) -> None:
    if form.number is not None and form.number.lstrip("0") not in _spellings(number):
        raise DocumentError(
            "The page prints the number {printed}, but the document's number is {number}.",
            hint="Give the number that the page prints, or draft a document that leaves it blank.",
            printed=form.number,
            number=str(number),
        )
    if form.symbol not in (None, number.symbol):
        raise DocumentError(
            "The page prints the symbol {printed}, but the number is for {symbol}.",
            hint="Give the symbol that the page prints, or draft the document again.",
            printed=form.symbol,
            symbol=number.symbol,
        )


def _spellings(number: DocumentNumber) -> set[str]:
    plain = number.number.lstrip("0")
    return {plain, f"{plain}/{number.symbol}"}


def _check_date(form: Form, number: DocumentNumber) -> None:
    date = {"day": number.day, "month": number.month, "year": number.year}
    if any(printed.lstrip("0") != date[part].lstrip("0") for part, printed in form.date.items()):
        raise DocumentError(
            "The page prints the date {printed}, but the document's date is {date}.",
            hint="Give a date that fits what the page prints, or draft the document again.",
            printed="/".join(form.date.get(part, "…") for part in date),
            date="/".join(date.values()),
        )


def printed_symbol(signed: Signed) -> str | None:
    """Return the symbol that the page prints beside the number's place, or None. Raises `NotAPdf`."""
    return _form(signed).symbol


def _form(signed: Signed) -> Form:
    try:
        return form_of(signed.pdf)
    except Malformed as error:
        raise NotAPdf("The file cannot be read: {why}", why=Sentence.of(error)) from error


def filled(number: DocumentNumber, fields: frozenset[str], *, symbol_printed: bool) -> dict[str, str]:
    """Return the text for each field the layout has (NĐ 30/2020/NĐ-CP, Phụ lục I, II.3 and II.4)."""
    values = {
        "number": number.printed_number if symbol_printed else str(number),
        "day": number.day,
        "month": number.month,
        "year": number.year,
        "date": f"ngày {number.day} tháng {number.month} năm {number.year}",
    }
    return {name: text for name, text in values.items() if name in fields}
