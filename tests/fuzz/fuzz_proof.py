"""Proof that a stranger stores in a signed file (ISO 32000-2 §12.8.4.3): it proves what is true, or nothing.

The first byte chooses the document, the second the list in which these bytes are stored, the third which
honest proof is stored beside them.
"""

import dataclasses
import datetime as dt
import io
import random
from collections.abc import Iterator

import pikepdf

from pki.certificate_files import der
from tests.fuzz import held
from tests.fuzz.bending import Garble, bend_der
from tests.fuzz.fuzz_update import with_section
from tests.fuzz.held import HELD
from tests.fuzz.judging import Measure, nobody

NAMES = ("good-listed", "gone-listed", "good-stamped")
FILES = tuple((HELD / f"{name}.pdf").read_bytes() for name in NAMES)
LISTS = ("/Certs", "/OCSPs", "/CRLs")
BESIDE = ((HELD / "root.crl").read_bytes(), (HELD / "issuer.crl").read_bytes())
CERTIFICATES = tuple(map(der, (held.ROOT, held.ISSUER, held.GOOD, held.GONE)))
FREE = 200  # numbers of objects from here on
OFFLINE = Measure(dataclasses.replace(held.POLICY, offline=True, at=held.AT - dt.timedelta(days=1)), nobody)
"""Nobody is asked: a signer's status must be stored, and be of the moment that counts."""


def seeds() -> Iterator[bytes]:
    """Yield true proof of each kind, for each document, with what it needs beside it or without."""
    for place in range(len(NAMES)):
        for kind, every in enumerate((CERTIFICATES, held.ANSWERS, held.LISTS)):
            for beside in (1, 3) if kind else (0, 3):
                yield from (bytes([place, kind, beside]) + each for each in every)


def bend(data: bytes, chance: random.Random, garble: Garble) -> bytes:
    """Bend the proof, seldom where and beside what it is stored."""
    head = data[:3] if chance.randrange(8) else chance.randbytes(3)
    return head + bend_der(data[3:], (*CERTIFICATES, *held.KNOWN), chance, garble)


def one(data: bytes) -> None:
    """Store these bytes and judge the file."""
    if len(data) < 3:
        return
    place, kind, proof = data[0] % len(NAMES), data[1] % len(LISTS), data[3:]
    beside = [each for bit, each in enumerate(BESIDE) if data[2] >> bit & 1]
    report = OFFLINE.report(storing(FILES[place], kind, proof, beside), tolerating=frozenset())
    if report is not None and report.passed:
        held.check_passed(NAMES[place], [proof, *beside])


def storing(pdf: bytes, kind: int, proof: bytes, beside: list[bytes]) -> bytes:
    """The file with this proof stored."""
    stored = {"/Certs": CERTIFICATES[1:2], "/OCSPs": (), "/CRLs": tuple(beside)}
    stored[LISTS[kind]] = (*stored[LISTS[kind]], proof)
    number, body, store = FREE, b"", b""
    for name, every in stored.items():
        store += b"%b [" % name.encode()
        for each in every:
            body += b"%d 0 obj\n<< /Length %d >>\nstream\n%b\nendstream\nendobj\n" % (number, len(each), each)
            store += b"%d 0 R " % number
            number += 1
        store += b"] "
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        root = opened.Root.unparse(resolved=True).removesuffix(b">>")
        number = opened.Root.objgen[0]
    return with_section(pdf, b"%d 0 obj\n%b/DSS << %b>> >>\nendobj\n" % (number, root, store) + body)
