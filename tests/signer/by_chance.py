"""Files and updates written by the letter, then made odd token by token, always so that their tables fit."""

import random
import re
from collections.abc import Mapping

from tests.signer.by_letter import FIELD, PLAIN, SIGNATURE, Signing, appended, stream, written

Objects = Mapping[int, bytes]

_TOKEN = re.compile(
    rb"\d{1,7} \d R|/[A-Za-z.0-9]+|\((?:[^()\\]|\\.)*\)|<[0-9a-f]{0,64}>|<<|>>|\[|\]|[-+.\d]+|[A-Za-z]+"
)
_ODD = tuple(
    rb"null|true|false|0|1|2|-1|3.0|+4|007|()|(x)|(\101)|<>|<78>|<feff0035>|/Sig|/Tx|/Page|/Pages|/All|[]"
    rb"|<< >>|[0 0 0 0]|[5 0 R]|[7 0 R]|/Type|/#41|/A#20b|<< /Action /All /P 1 >>|/DocTimeStamp".split(b"|")
)
_KEYS = tuple(
    b"V T FT Kids Parent AP N D F Ff DA DR Q Rect P Annots Type Subtype Contents Resources MediaBox CropBox"
    b" Rotate UserUnit Lock SV TM TU MK AA A DSS VRI Certs CRLs OCSPs SigFlags Fields NeedAppearances XFA"
    b" OpenAction Names Perms Metadata Version Extensions Count Reason Name M Reference Location"
    b" Prop_Build Root Info Cert Producer Title ModDate Length Filter DecodeParms Pages AcroForm"
    b" TransformMethod".split()
)

LOOK = PLAIN[11]
_REFERENCE = b"/Reference [<< /TransformMethod /%s /TransformParams << %s >> >>] /M "
RICH: tuple[Objects, ...] = (
    {},
    {5: PLAIN[5].replace(b"/V (5)", b"")},
    {2: PLAIN[2].replace(b"/Count 1 /Kids [3 0 R]", b"/Count 2 /Kids [3 0 R 13 0 R]"),
     13: b"<< /Type /Page /Parent 2 0 R /Annots 14 0 R >>", 14: b"[7 0 R]",
     3: PLAIN[3].replace(b" 7 0 R", b""), 7: PLAIN[7].replace(b"/P 3", b"/P 13")},
    {8: SIGNATURE.replace(b"/M ", _REFERENCE % (b"FieldMDP", b"/Action /Include /Fields [(number)]"))},
    {8: SIGNATURE.replace(b"/M ", _REFERENCE % (b"FieldMDP", b"/Action /All"))},
    {8: SIGNATURE.replace(b"/M ", _REFERENCE % (b"DocMDP", b"/P 2"))},
    {8: SIGNATURE.replace(b"/M ", _REFERENCE % (b"DocMDP", b"/P 1"))},
    {7: PLAIN[7].replace(b"/Rect", b"/Lock << /Type /SigFieldLock /Action /All /P 1 >> /Rect")},
    {4: PLAIN[4].replace(b"[5 0 R 6 0 R 7 0 R]", b"13 0 R"), 13: b"[5 0 R 6 0 R 7 0 R]"},
    {1: PLAIN[1].replace(b">>", b"/DSS 13 0 R >>"), 13: b"<< /Type /DSS /Certs 14 0 R >>", 14: b"[]"},
    {5: PLAIN[5].replace(b"/T", b"/TM (x) /Q 1 /T"), 12: b"<< /Producer (a) /Title 13 0 R >>", 13: b"(b)"},
)  # fmt: skip
"""Honest beginnings."""

_FILLED = {5: PLAIN[5].replace(b"(5)", b"(6)").replace(b"11 0 R", b"30 0 R"), 30: LOOK}
_SEALED = {7: PLAIN[7].replace(b"/Rect", b"/V 31 0 R /AP << /N 32 0 R >> /Rect"), 31: SIGNATURE, 32: LOOK}
_STORED = {
    1: PLAIN[1].replace(b">>", b"/DSS 33 0 R >>"),
    33: b"<< /CRLs [34 0 R] /VRI << /%s << /CRL [34 0 R] >> >> >>" % (b"A" * 40),
    34: stream(b"0\0"),
}
_ADDED = {
    4: PLAIN[4].replace(b"7 0 R]", b"7 0 R 35 0 R]"),
    3: PLAIN[3].replace(b"7 0 R]", b"7 0 R 35 0 R]"),
    35: FIELD + b"/Sig /T (more) /Rect [300 300 350 350] /V 31 0 R >>",
    31: SIGNATURE,
}
_INVISIBLE = {4: _ADDED[4], 35: FIELD + b"/Sig /T (more) /Rect [0 0 0 0] /V 31 0 R >>", 31: SIGNATURE}
_RENEWED = {12: b"<< /Producer (other) /ModDate (D:20260101000000Z) >>"}
DONE: tuple[Objects, ...] = (_FILLED, _SEALED, {**_FILLED, **_SEALED}, _STORED, _ADDED, _INVISIBLE, _RENEWED)
"""Honest updates."""


def odd(text: bytes, chance: random.Random, numbers: tuple[int, ...]) -> bytes:
    """The text with one token changed, left out, doubled or added."""
    places = list(_TOKEN.finditer(text))
    if not places:
        return text + _value(chance, numbers)
    match = chance.choice(places)
    token = match[0]
    if token.endswith(b" R") and chance.random() < 0.6:
        new = b"%d %d R" % (chance.choice(numbers), chance.choice((0, 0, 0, 1)))
    elif token.startswith(b"/") and chance.random() < 0.5:
        new = b"/" + chance.choice(_KEYS)
    elif token == b">>" and chance.random() < 0.8:
        new = b"/%s %s >>" % (chance.choice(_KEYS), _value(chance, numbers))
    else:
        new = chance.choice((b"", token + b" " + token, _value(chance, numbers), token[:-1], token + b"%c\n"))
    return text[: match.start()] + new + text[match.end() :]


def _value(chance: random.Random, numbers: tuple[int, ...]) -> bytes:
    if chance.random() < 0.4:
        return b"%d 0 R" % chance.choice(numbers)
    return chance.choice(_ODD)


def some_odd(objects: Objects, chance: random.Random, most: int) -> Objects:
    """The objects, of which a few were made odd, left out or taken for another."""
    found = dict(objects)
    numbers = (*PLAIN, 13, 14, *range(30, 37), 99)
    for _ in range(chance.randint(0, most)):
        number = chance.choice(list(found))
        text = found[number]
        match chance.randint(0, 9):
            case 0:
                found[chance.choice(numbers)] = text
            case 1 if text is not SIGNATURE:
                found[chance.choice(numbers)] = odd(text, chance, numbers)
            case _ if b"stream\n" in text:
                head, rest = text.split(b"stream\n", 1)
                found[number] = odd(head, chance, numbers) + b"stream\n" + rest
            case _ if b"<000" in text:
                before, after = text.split(b"/Contents", 1)
                found[number] = odd(before + b">>", chance, numbers)[:-2] + b"/Contents" + after
            case _:
                found[number] = odd(text, chance, numbers)
    return found


def file(chance: random.Random, signing: Signing) -> bytes:
    """A signed file, made odd before it was signed or after, with up to two updates."""
    base = {**PLAIN, **chance.choice(RICH)}
    pdf = signing.sign(written(some_odd(base, chance, chance.choice((0, 0, 1, 2)))))
    for _ in range(chance.choice((0, 1, 1, 1, 2))):
        pdf = appended(pdf, update(chance, base), free=chance.random() < 0.2)
        pdf = signing.sign(pdf)
    return pdf


def update(chance: random.Random, base: Objects) -> Objects:
    """An update of a file: an honest one, objects of the file written again, or odd ones of both."""
    found: dict[int, bytes] = {}
    if chance.random() < 0.8:
        found |= chance.choice(DONE)
    for number in chance.sample(list(base), chance.choice((0, 0, 0, 1, 1, 2))):
        if number != 8 and number not in found:
            found[number] = base[number]
    return some_odd(found, chance, 2) if found else found
