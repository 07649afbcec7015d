"""Files in TOML: what they hold, or in words where they are none."""

import re
import tomllib
from typing import Any

from pki.words import N_, Sentence

_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)$")


class NotToml(Exception):
    """A file is no TOML; `why` says where, in words that can be said."""

    def __init__(self, why: Sentence) -> None:
        super().__init__(str(why))
        self.why = why


def parse_toml(content: bytes) -> dict[str, Any]:
    """Return what a file holds; `NotToml` if it is none."""
    try:
        return tomllib.loads(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise NotToml(Sentence(N_("line {line} is not UTF-8"), {"line": line})) from error
    except RecursionError as error:
        raise NotToml(Sentence(N_("it is nested too deeply"))) from error
    except ValueError as error:
        # What was expected the library says in English alone; where it was is understood in any language.
        detail = str(error).partition(" (at ")[0]
        if (found := _PLACE.search(str(error))) is None:
            raise NotToml(
                Sentence(N_("it is no TOML, it ends too early ({detail})"), {"detail": detail})
            ) from error
        place = {"line": int(found[1]), "column": int(found[2]), "detail": detail}
        raise NotToml(
            Sentence(N_("it is no TOML, at line {line}, column {column} ({detail})"), place)
        ) from error
