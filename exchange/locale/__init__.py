"""The languages the edge speaks: English templates, said in Vietnamese or English through gettext."""

import gettext
from collections.abc import Mapping
from pathlib import Path

from pki.words import Translate

LANGUAGES = ("vi", "en")
FOLDER = Path(__file__).parent
"""Where the catalogues are."""


def language_of(environment: Mapping[str, str]) -> str:
    """Return "vi" or "en" as the locale variables ask (POSIX order: LC_ALL, LC_MESSAGES, LANG)."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environment.get(name):
            return "vi" if value.lower().startswith("vi") else "en"
    return "en"


def translator(language: str) -> Translate:
    """Return the function that says an English template in `language`; English is said as written."""
    if language == "en":
        return gettext.NullTranslations().gettext
    return gettext.translation("congvan", FOLDER, [language]).gettext
