"""The web server as `make run` starts it, for as long as it is measured."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator

from bench.load import BenchError
from pgteller.embedded.database import create_web_role
from pgteller.serving import Address, granian


@contextlib.contextmanager
def web_server(admin_url: str) -> Iterator[str]:
    """Run it on a free port; its base URL."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    variables = os.environ | {"DATABASE_URL": create_web_role(admin_url)}
    base = f"http://127.0.0.1:{port}"
    with subprocess.Popen(
        [sys.executable, *granian(Address("127.0.0.1", port))], env=variables
    ) as server:
        try:
            _wait_for(f"{base}/health/ready", server)
            yield base
        finally:
            server.terminate()


def _wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    """Return as soon as the server answers."""
    deadline = time.monotonic() + 20
    while server.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5):
            return
        time.sleep(0.1)
    raise BenchError("The web server does not start.")
