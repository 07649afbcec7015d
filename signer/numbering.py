"""number(): a signed document gets its number; the page shows it once the seal is set."""

from signer.document import DocumentNumber, Numbered, Signed
from signer.errors import DocumentError
from signer.pades.door import Malformed
from signer.pades.form import symbols


def number(signed: Signed, number: DocumentNumber) -> Numbered:
    """Give a signed document its number.

    Raises `DocumentError` when the page prints another symbol than the number's: số and ký hiệu are one
    (NĐ 30/2020/NĐ-CP, Đ15), and the printed half cannot be changed any more.
    """
    try:
        printed = symbols(signed.pdf)
    except Malformed as error:
        raise DocumentError(error.template, **error.facts) from error
    if printed is not None and printed != number.symbol:
        raise DocumentError(
            "The page prints the symbol {printed}, but the number is for {symbol}.",
            hint="Give the symbol that the page prints, or draft the document again.",
            printed=printed,
            symbol=number.symbol,
        )
    return Numbered(pdf=signed.pdf, number=number)


def filled(number: DocumentNumber, fields: frozenset[str], *, symbol_printed: bool) -> dict[str, str]:
    """Return the text for each field the layout has, as NĐ 30/2020/NĐ-CP, Phụ lục I, II.3 and II.4 print it."""
    values = {
        "number": number.printed_number if symbol_printed else str(number),
        "day": number.day,
        "month": number.month,
        "year": number.year,
        "date": f"ngày {number.day} tháng {number.month} năm {number.year}",
    }
    return {name: text for name, text in values.items() if name in fields}
