"""The web server: where it listens, and what Python runs to have it."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pgteller import settings
from pgteller.embedded.programs import PostgresError, server_user
from pgteller.shell import create_app
from pgteller.statements import pdf as statement_pdf


@dataclass(frozen=True)
class Address:
    """Where to listen."""

    host: str
    port: int

    @classmethod
    def given(cls) -> Address:
        """As HOST and PORT say."""
        return cls(settings.text("HOST", "127.0.0.1"), settings.whole("PORT", 8000, 1, 65535))

    @property
    def url(self) -> str:
        """As a browser has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


def require_settings() -> None:
    """End now if web server or worker cannot use a setting: they would be started for ever."""
    create_app("postgresql://")
    statement_pdf.require_font()


def require_free(address: Address) -> None:
    """Say so now if we cannot have the port: granian would share it without a word."""
    host, port = address.host, address.port
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place)
            probe.listen()
        if server_user() is not None and port < roots_ports():
            raise ValueError(f"the user {server_user()}, whom it runs as, may not")
    except (OSError, ValueError) as problem:
        reason = str(problem)
        if isinstance(problem, OSError):
            reason = problem.strerror or reason
            if problem.errno == errno.EADDRINUSE:
                reason = "another program listens there already"
        raise PostgresError(
            f"Cannot listen on {host}:{port}: {reason}. Try another one: PORT=8001."
        ) from problem


def roots_ports() -> int:
    """The first port that is not for root alone."""
    try:
        return int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text())
    except OSError:
        return 1024


def granian(address: Address) -> list[str]:
    """What Python runs to serve the API; the numbers of workers and threads have been measured."""
    command = ["-m", "granian", "--interface", "wsgi", "--workers", "2", "--blocking-threads", "8"]
    command += ["--host", address.host, "--port", str(address.port), "--no-access-log", "--no-ws"]
    # Its only warning is about the number of threads.
    command += ["--log-level", "error", "--workers-kill-timeout", "10"]
    return [*command, "pgteller.shell.wsgi:app"]


def flask(address: Address, watched: Iterable[Path]) -> list[str]:
    """What Python runs to serve the API and start again whenever a file changes."""
    command = ["-m", "flask", "--app", "pgteller.shell.wsgi", "run", "--debug"]
    command += ["-h", address.host, "-p", str(address.port)]
    return [*command, "--extra-files", os.pathsep.join(map(str, watched))]
