"""number(): a signed document gets its number; the page shows it once the seal is set."""

from pki.words import Sentence
from signer.document import DocumentNumber, Numbered, Signed
from signer.errors import DocumentError, NotAPdf
from signer.pades.door import Malformed
from signer.pades.form import Form, form_of


def number(signed: Signed, number: DocumentNumber) -> Numbered:
    """Give a signed document its number.

    Raises `DocumentError` when the page prints another symbol than the number's: số and ký hiệu are one
    (NĐ 30/2020/NĐ-CP, Đ15), and the printed half cannot be changed any more.
    """
    form = _form(signed)
    if form.symbol not in (None, number.symbol):
        raise DocumentError(
            "The page prints the symbol {printed}, but the number is for {symbol}.",
            hint="Give the symbol that the page prints, or draft the document again.",
            printed=form.symbol,
            symbol=number.symbol,
        )
    if form.year not in (None, number.year):
        raise DocumentError(
            "The page prints the year {printed}, but the date is in {year}.",
            printed=form.year,
            year=number.year,
        )
    return Numbered(pdf=signed.pdf, number=number)


def printed_symbol(signed: Signed) -> str | None:
    """Return the symbol that the page prints beside the number's place, or None. Raises `NotAPdf`."""
    return _form(signed).symbol


def _form(signed: Signed) -> Form:
    try:
        return form_of(signed.pdf)
    except Malformed as error:
        raise NotAPdf("The file cannot be read: {why}", why=Sentence(error.template, error.facts)) from error


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
