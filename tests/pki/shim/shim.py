"""A token whose driver misbehaves on order: SoftHSM behind `shim.c`."""

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pki.practice.sandbox import Sandbox
from pki.uri import KeyUri

SOURCE = Path(__file__).with_name("shim.c")


def compiler() -> str | None:
    """Return a C compiler, if there is one."""
    return shutil.which("cc") or shutil.which("gcc")


def compiled(folder: Path) -> Path:
    """Compile the shim into a folder."""
    module = folder / "shim.so"
    command = [compiler() or "cc", "-shared", "-fPIC", "-Wall", "-Werror", "-o", module, SOURCE, "-ldl"]
    subprocess.run(command, check=True)
    return module


@dataclass(frozen=True, slots=True)
class Shim:
    """The shim before a practice hierarchy's tokens."""

    module: Path
    sandbox: Sandbox
    folder: Path

    @property
    def order(self) -> Path:
        return self.folder / "order"

    @property
    def logins(self) -> int:
        """How often C_Login was called."""
        log = self.folder / "logins"
        return len(log.read_text().splitlines()) if log.exists() else 0

    def uri(self, more: str = "", *, key: str | None = None) -> str:
        """Return the name of the seal's key behind the shim, with more attributes at its end."""
        real = KeyUri.parse(key or self.sandbox.agency).module_path
        return (key or self.sandbox.agency).replace(str(real), str(self.module)) + more

    def environment(self, **settings: object) -> Mapping[str, str]:
        """Return what the worker is started with."""
        real = KeyUri.parse(self.sandbox.agency).module_path
        return {
            **self.sandbox.environment,
            "SHIM_MODULE": str(real),
            "SHIM_ORDER": str(self.order),
            "SHIM_LOGINS": str(self.folder / "logins"),
            **{f"SHIM_{name}": str(value) for name, value in settings.items()},
        }

    def now(self, what: str) -> None:
        """Misbehave from now on; `once …` one time."""
        beside = self.order.with_suffix(".new")
        beside.write_text(what)
        beside.replace(self.order)

    def heal(self) -> None:
        """Behave again."""
        self.order.unlink(missing_ok=True)
