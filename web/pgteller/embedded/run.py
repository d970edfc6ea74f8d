"""What `pgteller run` does: PostgreSQL, the schema, the web shell, a worker. Ctrl-C stops them.

What dies is started again.  `pgteller embedded stop` stops it all.  Where this process is killed,
web server and worker stop; PostgreSQL is left running.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess

from pgteller import serving, settings
from pgteller.embedded.database import database, web_url
from pgteller.embedded.programs import PostgresError
from pgteller.embedded.server import Server, development_server
from pgteller.embedded.supervision import Program, Service, keep_running
from pgteller.embedded.unprivileged import Shell, die_with, unprivileged_shell
from pgteller.install import is_loaded, load
from pgteller.install.migrations import SQL, connect
from pgteller.install.release import function_files
from pgteller.names import Names
from pgteller.serving import Address
from pgteller.urls import given_url

WORKER = ["-m", "pgteller", "worker"]


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


def run(address: Address, reload: bool = False) -> None:
    """Start everything, say where it is, and wait for the end."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if os.environ.get("MAKELEVEL"):
        die_with(os.getppid())()  # which is make
    serving.require_settings(address)
    given = given_url()
    serving.require_free(address)
    shell = unprivileged_shell()
    with database(make=True) as admin_url, contextlib.ExitStack() as stack:
        services: list[Service] = []
        if given is None:
            server = development_server()
            stack.enter_context(server.stoppable())
            services.append(Database(server))
        names = settings.names()
        if is_loaded(admin_url, names):
            print("The database is up to date.")
        else:
            load(admin_url, names)
            if given is None:
                allow_receivers_here(admin_url, names)
        programs = shell_programs(shell, web_url(admin_url, names), address, reload)
        print(f"\n  API   {address.url}/")
        print(f"  Docs  {address.url}/docs")
        print("  SQL   pgteller psql   (in another terminal)")
        print("\nCtrl-C stops it.\n", flush=True)
        run_until_told(services, programs)


def allow_receivers_here(admin_url: str, names: Names) -> None:
    """Let webhooks be tried on this machine; a bank that is not ours says itself what it allows."""
    command = (
        "UPDATE ledger.settings SET webhook_http = true, "
        "webhook_networks = '{127.0.0.0/8,::1/128}' WHERE webhook_networks = '{}'"
    )
    with connect(admin_url) as connection:
        connection.execute(names.render(command).encode())


def shell_programs(shell: Shell, url: str, address: Address, reload: bool) -> list[Program]:
    """Web server and worker."""
    if reload:
        sql = shell.way(SQL)
        server = serving.flask(address, [sql / path.relative_to(SQL) for path in function_files()])
    else:
        serving.open_many_files()
        server = serving.granian(address)

    def serve() -> subprocess.Popen[bytes]:
        serving.require_free(address)
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
