"""The web server: where it listens, and what Python runs to have it."""

from __future__ import annotations

import contextlib
import errno
import json
import logging
import os
import resource
import socket
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psycopg
from flask import Flask

from pgteller import __version__, settings
from pgteller.embedded.programs import PostgresError, server_user
from pgteller.pool import Pool, UnavailableError
from pgteller.shell import create_app, db, gate
from pgteller.statements import pdf as statement_pdf
from pgteller.urls import described

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Address:
    """Where to listen."""

    host: str
    port: int

    @classmethod
    def given(cls) -> Address:
        """As HOST and PORT say."""
        return cls(settings.text("HOST"), settings.whole("PORT"))

    @property
    def url(self) -> str:
        """As a browser has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http{'s' if certificate() else ''}://{host}:{self.port}"


def certificate() -> tuple[str, str] | None:
    """The files of the certificate and of its key, with which the server speaks TLS itself."""
    files = settings.text("TLS_CERTIFICATE"), settings.text("TLS_KEY")
    if any(files) and not all(files):
        settings.end("TLS_CERTIFICATE and TLS_KEY: set both or none.")
    return files if all(files) else None


def require_settings(address: Address) -> None:
    """End now if web server or worker cannot use a setting: they would be started for ever."""
    create_app("postgresql://")
    statement_pdf.require_font()
    try:
        if files := certificate():
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(*files)
    except (OSError, ValueError) as problem:
        settings.end(f"TLS_CERTIFICATE and TLS_KEY are no certificate and its key: {problem}")
    if not settings.keyed() and not gate.is_here(address.host):
        settings.end(
            f"Without keys this would let anybody who reaches {address.host} move money: set "
            "AUTH=keys (pgteller key make), or HOST=127.0.0.1."
        )


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
                reason = f"{holder(port)} listens there already"
        raise PostgresError(
            f"Cannot listen on {host}:{port}: {reason}. Try another one: PORT=8001."
        ) from problem


def announce(app: Flask, address: Address) -> None:
    """Log where the server will listen, whom it lets in, and which ledger it serves."""
    listens: dict[str, str | None] = {"url": address.url}
    listens["auth"] = "keys" if settings.keyed() else "none"
    log.info("starts", extra=listens | ledger_of(app))
    app.extensions["pool"].close()


def ledger_of(app: Flask) -> dict[str, str | None]:
    """Which ledger a process works on, as its first line in the log has it."""
    pool: Pool = app.extensions["pool"]
    found = {"functions": None, "postgresql": None}
    try:
        with app.app_context():
            found = json.loads(db.ready())
    except (psycopg.Error, UnavailableError) as problem:
        log.warning("database unavailable, waited for", extra={"reason": str(problem).strip()})
    return {
        "version": __version__,
        "database": described(pool.url),
        "ledger": pool.names.schema,
        "ledger_version": found["functions"],
        "postgresql": found["postgresql"],
    }


def holder(port: int) -> str:
    """Who listens on a port, as far as we may know."""
    listening = "0A"  # as Linux has it
    inodes = set()
    for table in "/proc/net/tcp", "/proc/net/tcp6":
        with contextlib.suppress(OSError):
            for line in Path(table).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == listening and int(fields[1].rpartition(":")[2], 16) == port:
                    inodes.add(f"socket:[{fields[9]}]")
    for opened in Path("/proc").glob("[0-9]*/fd/*"):
        with contextlib.suppress(OSError):
            if str(opened.readlink()) in inodes:
                pid = opened.parts[2]
                command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
                return f"process {pid} ({command.strip()[:100]})"
    return "another program"


def roots_ports() -> int:
    """The first port that is not for root alone."""
    try:
        return int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text())
    except OSError:
        return 1024


def connections() -> int:
    """How many clients a process may have at once: each costs some 2 kB, and an open file."""
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return max(100, min(8000, files - 200))


def open_many_files() -> None:
    """Have this process, and those that it starts, open as many files as they may."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 1 << 16), most))


def granian(address: Address, workers: int = 2) -> list[str]:
    """What Python runs to serve the API; the number of workers has been measured."""
    command = ["-m", "granian", "--interface", "rsgi", "--loop", "uvloop"]
    command += ["--workers", str(workers), "--no-access-log", "--no-ws"]
    command += ["--host", address.host, "--port", str(address.port)]
    # Where it speaks HTTP/2 too, granian keeps for ever who says nothing at all. A connection over
    # which no head of a request comes for 30 s is closed, be it new or kept alive.
    command += ["--http", "1", "--http1-header-read-timeout", "30000"]
    command += ["--http1-buffer-size", "65536", "--backlog", "4096"]
    command += ["--backpressure", str(connections())]
    # One that ends is started again; and one that does not end is not waited for.
    command += ["--respawn-failed-workers", "--respawn-interval", "1"]
    command += ["--log-level", "error", "--workers-kill-timeout", "10"]
    if files := certificate():
        command += ["--ssl-certificate", files[0], "--ssl-keyfile", files[1]]
    return [*command, "pgteller.shell.wsgi:front"]


def flask(address: Address, watched: Iterable[Path]) -> list[str]:
    """What Python runs to serve the API and start again whenever a file changes."""
    command = ["-m", "flask", "--app", "pgteller.shell.wsgi", "run", "--debug"]
    command += ["-h", address.host, "-p", str(address.port)]
    return [*command, "--extra-files", os.pathsep.join(map(str, watched))]
