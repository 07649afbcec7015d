"""Two layers by this program, with a practice hierarchy whose services answer while the files are made."""

import asyncio
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pikepdf

from pki.keys import open_key
from pki.practice.responder import serve_sandbox
from pki.practice.sandbox import Sandbox, make_sandbox
from pki.trust import Anchors
from signer.document import Draft, Numbered
from signer.drafting import draft
from signer.level import Evidence, Level
from signer.numbering import number
from signer.policy import Policy
from signer.renewing import renew
from signer.sealing import seal
from signer.signing import sign
from tests.signer.stage_samples import NUMBER, dispatch_page


@dataclass(frozen=True)
class Office:
    """The hierarchy, and how to prove and believe with it."""

    sandbox: Sandbox
    evidence: Evidence
    policy: Policy


async def files(folder: Path) -> AsyncIterator[tuple[str, str, bytes]]:
    """Make a hierarchy in the folder; yield name, feature and bytes of each file."""
    sandbox = await make_sandbox(folder)
    anchors = Anchors.load(sandbox.trust)
    async with serve_sandbox(folder):
        office = Office(sandbox, Evidence(tsa_url=sandbox.tsa, anchors=anchors), Policy(anchors=anchors))
        for level in Level:
            yield f"two-layers-{level.value}", f"two layers, both {level.said}", await _sealed(office, level)
        yield "two-layers-b-b-b-lta", "layer 1 B-B, seal B-LTA", await _sealed(office, Level.B_B, Level.B_LTA)
        yield "two-persons", "two persons, then the seal, B-LT", await _two_persons(office)
        pdf = await _sealed(office, Level.B_LTA)
        for times in ("once", "twice"):
            await asyncio.sleep(1.1)  # a status is made for a second
            renewed = await renew(pdf, evidence=office.evidence, policy=office.policy)
            pdf = renewed.pdf
            yield f"renewed-{times}", f"two layers B-LTA, renewed {times}", pdf


async def _sealed(office: Office, level: Level, above: Level | None = None) -> bytes:
    async with open_key(office.sandbox.signatory) as person:
        signed = await sign(draft(dispatch_page()), person, level=level, evidence=office.evidence)
    return await _with_seal(office, number(signed, NUMBER), above or level)


async def _with_seal(office: Office, numbered: Numbered, level: Level) -> bytes:
    lenient = Policy(anchors=office.policy.anchors, revocation="accept-missing")
    async with open_key(office.sandbox.agency) as agency:
        sealed = await seal(numbered, agency, level=level, evidence=office.evidence, policy=lenient)
    return sealed.pdf


async def _two_persons(office: Office) -> bytes:
    with pikepdf.open(io.BytesIO(draft(dispatch_page()).pdf)) as pdf:
        first = next(each for each in pdf.Root.AcroForm.Fields if each.T == "layer1")
        second = pdf.make_indirect(pikepdf.Dictionary(first))
        second.T, second.Rect = pikepdf.String("layer1b"), pikepdf.Array([60, 200, 180, 260])
        pdf.Root.AcroForm.Fields.append(second)
        pdf.pages[0].Annots.append(second)
        output = io.BytesIO()
        pdf.save(output)
    how = {"level": Level.B_LT, "evidence": office.evidence}
    async with open_key(office.sandbox.signatory) as person:
        once = await sign(Draft(pdf=output.getvalue()), person, **how)
        twice = await sign(Draft(pdf=once.pdf), person, field="layer1b", **how)
    return await _with_seal(office, Numbered(pdf=twice.pdf, number=NUMBER), Level.B_LT)
