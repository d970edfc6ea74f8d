"""Run pgteller from nothing: PostgreSQL, the schema, the web shell, a worker. Ctrl-C stops them.

python -m dev.run            two granian workers
python -m dev.run --reload   Flask's own server, started again whenever a file changes

What dies is started again.  `make stop` stops it all, and so does the end of make, however it
comes.  Where this process is killed, web server and worker stop; PostgreSQL is left running.
"""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psycopg

from dev.installation import PostgresError, server_user
from dev.load import SQL, database, function_files, is_loaded, load, web_url
from dev.postgres import Server, development_server
from dev.shell import Shell, die_with, unprivileged_shell
from dev.supervision import Program, Service, keep_running
from dev.urls import given_url
from web import create_app, settings, statement_pdf

HOST = settings.text("HOST", "127.0.0.1")
PORT = str(settings.whole("PORT", 8000, 1, 65535))
WORKER = ["-m", "flask", "--app", "web.wsgi", "worker"]


class Database(Service):
    """The embedded PostgreSQL, which outlives us where others use it."""

    def __init__(self, server: Server) -> None:
        super().__init__("PostgreSQL")
        self.server = server

    def start(self) -> int:
        """Start it unless it runs."""
        self.server.start()
        pid = self.server.postmaster()
        if pid is None:
            raise PostgresError("it has ended at once")
        return pid

    def clear_away(self) -> str:
        """Leave everything to the next start."""
        return "has ended"


def main(arguments: list[str]) -> int:
    """Start everything, say where it is, and wait for the end."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if os.environ.get("MAKELEVEL"):
        die_with(os.getppid())()  # which is make
    require_settings()
    require_free_port()
    shell = unprivileged_shell()
    with database() as admin_url, contextlib.ExitStack() as stack:
        services: list[Service] = []
        if given_url() is None:
            server = development_server()
            stack.enter_context(server.stoppable())
            services.append(Database(server))
        if is_loaded(admin_url):
            print("The database is up to date.")
        else:
            load(admin_url)
        programs = shell_programs(shell, web_url(admin_url), reload="--reload" in arguments)
        announce()
        run_until_told(services, programs)
    return 0


def require_settings() -> None:
    """End now if web server or worker cannot use a setting: they would be started for ever."""
    create_app("postgresql://")
    statement_pdf.require_font()


def require_free_port() -> None:
    """Say so now if we cannot have the port: granian would share it without a word."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            HOST, int(PORT), type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen()
        if server_user() is not None and int(PORT) < roots_ports():
            raise ValueError(f"the user {server_user()}, whom it runs as, may not")
    except (OSError, ValueError) as problem:
        reason = str(problem)
        if isinstance(problem, OSError):
            reason = problem.strerror or reason
            if problem.errno == errno.EADDRINUSE:
                reason = "another program listens there already"
        raise PostgresError(
            f"Cannot listen on {HOST}:{PORT}: {reason}. Try `make run PORT=8001`."
        ) from problem


def roots_ports() -> int:
    """The first port that is not for root alone."""
    try:
        return int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text())
    except OSError:
        return 1024


def announce() -> None:
    """Tell where everything is to be found."""
    host = f"[{HOST}]" if ":" in HOST else HOST
    print(f"\n  API   http://{host}:{PORT}/")
    print(f"  Docs  http://{host}:{PORT}/docs")
    print("  SQL   make psql   (in another terminal)")
    print("\nCtrl-C stops it.\n", flush=True)


def granian(host: str, port: str) -> list[str]:
    """What Python runs to serve the API; the numbers of workers and threads have been measured."""
    command = ["-m", "granian", "--interface", "wsgi", "--workers", "2", "--blocking-threads", "8"]
    command += ["--host", host, "--port", port, "--no-access-log", "--no-ws"]
    # Its only warning is about the number of threads.
    return [*command, "--log-level", "error", "--workers-kill-timeout", "10", "web.wsgi:app"]


def flask(shell: Shell, host: str, port: str) -> list[str]:
    """What Python runs to serve the API and start again whenever a file changes."""
    sql = shell.way(SQL)
    files = os.pathsep.join(str(sql / path.relative_to(SQL)) for path in function_files())
    command = ["-m", "flask", "--app", "web.wsgi", "run", "--debug"]
    return [*command, "-h", host, "-p", port, "--extra-files", files]


def shell_programs(shell: Shell, url: str, reload: bool) -> list[Program]:
    """Web server and worker."""
    server = flask(shell, HOST, PORT) if reload else granian(HOST, PORT)

    def serve() -> subprocess.Popen[bytes]:
        require_free_port()
        return shell.start(server, url)

    return [
        Program("The web server", serve),
        Program("The worker", lambda: shell.start(WORKER, url)),
    ]


def run_until_told(services: list[Service], programs: list[Program]) -> None:
    """Keep everything running until a signal tells us to stop, then stop the programs."""
    told, tell = os.pipe()
    for number in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:
        signal.signal(number, lambda *_: os.write(tell, b"."))
    try:
        keep_running([*services, *programs], told)
    finally:
        print("\nStopping ...", flush=True)
        for program in programs:
            program.stop()
        for program in programs:
            program.clear_away()


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
    except (PostgresError, psycopg.Error) as problem:
        sys.exit(str(problem))
