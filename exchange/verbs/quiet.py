"""Whoever breaks a command off sees no traceback, also while its modules are loaded: import this first."""

import sys
from types import TracebackType


def _told(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    # Python then ends the process as SIGINT does, so that a shell's script stops, too.
    if not issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)


sys.excepthook = _told
