"""Write every attack as a file: `python -m tests.vectors.attacks.make FOLDER [--expect]`.

Keys are made anew each time, so the files are not kept. `--expect` also judges each and writes down in
expected.json what is then held by tests/signer/test_attack_files.py: the verdict, and whether Poppler and
MuPDF show the file otherwise than the one it began with.
"""

import argparse
import asyncio
import json
from pathlib import Path

from pki.keys import open_key
from pki.practice.sandbox import make_sandbox
from pki.trust import Anchors
from signer.drafting import draft
from signer.numbering import number
from signer.policy import Policy
from signer.sealing import seal
from signer.signing import sign
from signer.verifying import examine
from tests.signer.stage_samples import NUMBER, SEAL_PNG, SIGNATURE_PNG, dispatch_page
from tests.vectors.attacks import catalogue, showing
from tests.vectors.attacks.bases import Bases, bases

EXPECTED = Path(__file__).parent / "expected.json"


async def make(folder: Path) -> tuple[Bases, Policy]:
    """Write bases, attacks and roots into the folder."""
    sandbox = await make_sandbox(folder / "keys")
    policy = Policy(anchors=Anchors.load(sandbox.trust), revocation="ignore", offline=True)
    async with open_key(sandbox.signatory) as person, open_key(sandbox.agency) as agency:
        signed = await sign(draft(dispatch_page()), person, image=SIGNATURE_PNG)
        sealed = await seal(number(signed, NUMBER), agency, image=SEAL_PNG, policy=policy)
    honest = await bases(signed.pdf, sealed.pdf)
    anchors = Anchors((*policy.anchors.roots, honest.root.certificate.dump()), policy.anchors.intermediates)
    for name in ("signed", "sealed", "prepared"):
        (folder / f"base-{name}.pdf").write_bytes(getattr(honest, name))
    for name, pdf in (await catalogue.every(honest)).items():
        (folder / f"{name}.pdf").write_bytes(pdf)
    return honest, Policy(anchors=anchors, require="any", revocation="ignore", offline=True)


async def expected(folder: Path, policy: Policy) -> dict[str, object]:
    """Judge and show every attack in the folder."""
    found: dict[str, object] = {}
    for name, attack in (catalogue.ATTACKS | {"spoof-name": catalogue.SPOOFED}).items():
        file = folder / f"{name}.pdf"
        report = await examine(file.read_bytes(), policy)
        found[name] = {
            "class": attack.kind,
            "from": attack.stage,
            "indication": report.indication.value,
            "sub_indication": report.verdict.sub_indication,
            "shows_otherwise": showing.differing(file, folder / f"base-{attack.stage}.pdf"),
        }
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--expect", action="store_true")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)

    async def run() -> None:
        _, policy = await make(arguments.folder)
        if arguments.expect:
            found = await expected(arguments.folder, policy)
            EXPECTED.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

    asyncio.run(run())


if __name__ == "__main__":
    main()
