"""What the PKCS#11 modules of this machine offer and how fast they sign: `python -m bench.tokens [SECONDS]`.

Prints the table of docs/tokens.md. Each cell: digests whose signatures OpenSSL verified, then signatures a
second with one caller and with 32. `CONGVAN_TEST_TOKEN` adds a token (see tests/pki/token_modules.py).
"""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from pki.errors import TokenError
from pki.keys import open_key
from pki.practice.sandbox import Sandbox, make_sandbox
from pki.token import Token
from tests.pki.openssl_verify import openssl_verifies
from tests.pki.token_modules import MODULES, TestToken

DIGESTS = ("sha256", "sha384", "sha512")
WAYS = (
    ("rsa-2048", "rsassa_pkcs1v15", "RSA-2048 v1.5"),
    ("rsa-3072", "rsassa_pkcs1v15", "RSA-3072 v1.5"),
    ("rsa-2048", "rsassa_pss", "RSA-2048 PSS"),
    ("rsa-3072", "rsassa_pss", "RSA-3072 PSS"),
    ("p-256", "ecdsa", "P-256"),
    ("p-384", "ecdsa", "P-384"),
    ("ed25519", "ed25519", "Ed25519"),
)
CALLERS = 32


async def rate(token: Token, callers: int, seconds: float) -> float:
    """Return signatures a second."""
    end, count = time.monotonic() + seconds, 0

    async def one() -> None:
        nonlocal count
        while time.monotonic() < end:
            await token.sign(count.to_bytes(8, "big"), "sha256")
            count += 1

    begun = time.monotonic()
    await asyncio.gather(*(one() for _ in range(callers)))
    return count / (time.monotonic() - begun)


async def cell(place: TestToken, keys: dict[str, bytes], kind: str, scheme: str, seconds: float) -> str:
    try:
        if kind not in keys:
            keys[kind] = await place.new_key(kind)
        uri = place.uri(keys[kind], f"&congvan-scheme={scheme}")
        async with open_key(uri, environment=place.environment) as token:
            good = [
                digest[3:]
                for digest in DIGESTS
                if openssl_verifies(
                    token.certificate, scheme, digest, b"data", await token.sign(b"data", digest)
                )
            ]
            alone, together = await rate(token, 1, seconds), await rate(token, CALLERS, seconds)
    except TokenError as error:
        return f"no ({error.facts.get('fault', type(error).__name__)})"
    return f"{' '.join(good)}; {alone:.0f}, {together:.0f}"


async def row(name: str, folder: Path, sandbox: Sandbox, seconds: float) -> str:
    opener, missing = MODULES[name]
    if missing:
        return f"| {name} | {missing} |" + " |" * (len(WAYS) - 1)
    async with opener(folder, sandbox) as place:
        keys: dict[str, bytes] = {}
        cells = [await cell(place, keys, kind, scheme, seconds) for kind, scheme, _ in WAYS]
    return f"| {name} | {' | '.join(cells)} |"


async def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    print(f"| module | {' | '.join(title for _, _, title in WAYS)} |")
    print("|---" * (len(WAYS) + 1) + "|")
    with tempfile.TemporaryDirectory() as text:
        sandbox = await make_sandbox(Path(text) / "sandbox")
        for name in MODULES:
            folder = Path(text) / name.replace(" ", "-")
            folder.mkdir()
            print(await row(name, folder, sandbox, seconds))


if __name__ == "__main__":
    asyncio.run(main())
