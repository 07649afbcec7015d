"""Opening a key by its name: the one place where the adapter is chosen."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from pki.errors import UsageError
from pki.pin import AskPin
from pki.pkcs11 import open_pkcs11
from pki.pkcs12 import open_pkcs12
from pki.token import Token
from pki.uri import KeyUri

_SANDBOX_FILE = "sandbox.json"
_MAX_SANDBOX_BYTES = 64 << 10


@asynccontextmanager
async def open_key(
    uri: str,
    *,
    environment: Mapping[str, str] | None = None,
    ask_pin: AskPin | None = None,
) -> AsyncIterator[Token]:
    """Open the key that `uri` names (see `pki.uri`) and lend it as a `Token`.

    `environment` holds variables the module needs; `None` takes them from the practice hierarchy in whose
    folder the module-path lies, if it does. `ask_pin` asks a person, if the URI has no pin-source and the
    token wants a PIN. Raises `UsageError` for a bad URI or a missing PIN, and `TokenError`.
    """
    name = KeyUri.parse(uri)
    if name.path is not None:
        async with open_pkcs12(name.path, pin_source=name.pin_source, ask_pin=ask_pin) as token:
            yield token
        return
    assert name.module_path is not None
    if environment is None:
        environment = environment_beside(name.module_path)
    async with open_pkcs11(name, environment=environment, ask_pin=ask_pin) as token:
        yield token


def environment_beside(module_path: Path) -> dict[str, str]:
    """Return the `environment` of the practice hierarchy in whose folder a module lies; empty if in none.

    The module itself is code that its user chose to run, so its neighbour may say what variables it needs.
    """
    for folder in list(module_path.absolute().parents)[:2]:
        file = folder / _SANDBOX_FILE
        if file.is_file():
            return _environment_in(file)
    return {}


def _environment_in(file: Path) -> dict[str, str]:
    try:
        with file.open("rb") as stream:
            said = json.loads(stream.read(_MAX_SANDBOX_BYTES))["environment"]
        return {str(name): str(value) for name, value in said.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError("{path} is not the description of a practice hierarchy.", path=str(file)) from error
