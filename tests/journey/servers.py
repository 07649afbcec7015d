"""Commands of ours that serve, as processes, for as long as a block lasts."""

import contextlib
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

CLI = Path(__file__).parents[2] / "cli.py"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def server(*words: object) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, str(CLI), *map(str, words)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        yield process
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
