"""Both layers signed in each real PKCS#11 module, by each algorithm, at each level; and who accepts them."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_bytes

from pki.errors import TokenError
from pki.keys import open_key
from pki.practice.responder import serve_sandbox
from pki.practice.sandbox import Sandbox, make_sandbox
from pki.trust import Anchors
from signer.document import Draft
from signer.drafting import draft
from signer.level import Evidence, Level
from signer.numbering import number
from signer.policy import Policy
from signer.sealing import seal
from signer.signing import sign
from tests.pki.enrolling import agency, enrol, person, request_for
from tests.pki.token_modules import MODULES, TestToken
from tests.signer.stage_samples import NUMBER

ROOT = Path(__file__).parents[2]
WAYS = {
    "RSA-2048 v1.5": ("rsa-2048", "rsassa_pkcs1v15"),
    "RSA-3072 v1.5": ("rsa-3072", "rsassa_pkcs1v15"),
    "RSA-2048 PSS": ("rsa-2048", "rsassa_pss"),
    "RSA-3072 PSS": ("rsa-3072", "rsassa_pss"),
    "P-256": ("p-256", "ecdsa"),
    "P-384": ("p-384", "ecdsa"),
    "Ed25519": ("ed25519", "ed25519"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """A person's key and an agency's in one module, certified by the practice hierarchy."""

    place: TestToken
    person: str
    agency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What was said of one document: a person's and an agency's signature by one module, way and level.

    `verify` and `offline` are indications; offline is with every practice server stopped. `pdfsig` counts
    the signatures that Poppler finds valid. `refused` is why there is no document.
    """

    verify: str = ""
    pdfsig: int = 0
    offline: str = ""
    refused: str = ""


Matrix = dict[tuple[str, str, Level], Cell]


def accepted(level: Level, cell: Cell) -> bool:
    """Tell whether everybody says yes; offline only a document that stores its proof may be believed."""
    offline = "TOTAL_PASSED" if level.stored else "INDETERMINATE"
    return cell == Cell(verify="TOTAL_PASSED", pdfsig=2, offline=offline)


async def matrix(folder: Path, source: bytes) -> Matrix:
    """Make and judge every document that the modules of this machine can make."""
    sandbox = await make_sandbox(folder / "sandbox")
    async with modules(folder, sandbox) as places:
        keys, cells = await all_keys(places, sandbox)
        drafted = await asyncio.to_thread(draft, source)
        async with serve_sandbox(sandbox.directory):
            files: dict[tuple[str, str, Level], Path] = {}
            for (module, way), pair in keys.items():
                for level in Level:
                    path = folder / f"{len(files)}.pdf"
                    made = await two_layers(drafted, pair, sandbox, level)
                    if isinstance(made, TokenError):
                        cells[module, way, level] = Cell(refused=str(made))
                        continue
                    await asyncio.to_thread(path.write_bytes, made)
                    files[module, way, level] = path
            online = await verdicts(list(files.values()), sandbox)
    offline = await verdicts(list(files.values()), sandbox)
    for key, path in files.items():
        valid = await asyncio.to_thread(pdfsig, path)
        cells[key] = Cell(verify=online[path], pdfsig=valid, offline=offline[path])
    return cells


@asynccontextmanager
async def modules(folder: Path, sandbox: Sandbox) -> AsyncIterator[dict[str, TestToken]]:
    """Open a token of every module that is installed."""
    async with AsyncExitStack() as stack:
        places = {}
        for name, (opener, missing) in MODULES.items():
            if missing is None:
                own = folder / name.replace(" ", "-")
                own.mkdir()
                places[name] = await stack.enter_async_context(opener(own, sandbox))
        yield places


async def all_keys(
    places: dict[str, TestToken], sandbox: Sandbox
) -> tuple[dict[tuple[str, str], Keys], Matrix]:
    """Make the keys that the modules can make; the cells are of those that they cannot."""
    keys: dict[tuple[str, str], Keys] = {}
    cells: Matrix = {}
    for module, place in places.items():
        await place.store("issuer", token_bytes(8), (await enrol(sandbox)).issuer)
        for way, (kind, scheme) in WAYS.items():
            try:
                keys[module, way] = await pair_of(place, sandbox, kind, scheme)
            except TokenError as error:
                cells |= {(module, way, level): Cell(refused=f"no key: {error}") for level in Level}
    return keys, cells


async def pair_of(place: TestToken, sandbox: Sandbox, kind: str, scheme: str) -> Keys:
    """Make both keys on the token and put their certificates beside them."""
    made = [await place.bare_key(kind) for _ in range(2)]
    enrolled = await enrol(
        sandbox,
        request_for("signatory", person("Lê Thị Bàn"), made[0][1]),
        request_for("seal", agency(), made[1][1]),
    )
    for (identifier, _), certificate in zip(made, enrolled.certificates, strict=True):
        await place.store(identifier.hex(), identifier, certificate)  # NSS wants a label for each name
    first, second = (place.uri(identifier, f"&congvan-scheme={scheme}") for identifier, _ in made)
    return Keys(place=place, person=first, agency=second)


async def two_layers(drafted: Draft, keys: Keys, sandbox: Sandbox, level: Level) -> bytes | TokenError:
    """Sign and seal; or return why the token's key signs no documents."""
    anchors = Anchors.load(sandbox.trust)
    evidence, policy = Evidence(tsa_url=sandbox.tsa, anchors=anchors), Policy(anchors=anchors)
    environment = keys.place.environment
    try:
        async with open_key(keys.person, environment=environment) as token:
            signed = await sign(drafted, token, level=level, evidence=evidence, policy=policy)
        numbered = await asyncio.to_thread(number, signed, NUMBER)
        async with open_key(keys.agency, environment=environment) as token:
            return (await seal(numbered, token, level=level, evidence=evidence, policy=policy)).pdf
    except TokenError as error:
        return error


async def verdicts(paths: Sequence[Path], sandbox: Sandbox) -> dict[Path, str]:
    """Ask the command itself: `congvan verify --require two-layer`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, ROOT / "cli.py", "--json", "verify", *paths, "--trust", sandbox.trust,
        "--require", "two-layer", stdout=subprocess.PIPE,
        env={**os.environ, "CONGVAN_CACHE": ""},  # no answer is kept from while the servers ran
    )  # fmt: skip
    out, _ = await process.communicate()
    said = [json.loads(line) for line in out.splitlines()]
    return {Path(each["file"]): each["indication"] for each in said}


def pdfsig(path: Path) -> int:
    """Count the signatures that Poppler finds valid."""
    done = subprocess.run(["pdfsig", "-nocert", path], capture_output=True, check=False)
    return done.stdout.count(b"Signature is Valid.")
