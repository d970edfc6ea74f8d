"""What `pgteller run` does: PostgreSQL, the schema, the web shell, a worker. Ctrl-C stops them.

What dies is started again.  `pgteller embedded stop` stops it all.  Where this process is killed,
web server and worker stop; PostgreSQL is left running.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace

from pgteller import serving, settings
from pgteller.demo import NAME as DEMO
from pgteller.embedded.database import database, web_url
from pgteller.embedded.desk import Desk, desk
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


@dataclass(frozen=True)
class Ground:
    """What stands before anything is served: a database, and as whom to serve."""

    admin_url: str
    shell: Shell
    services: list[Service]


@contextlib.contextmanager
def ground(address: Address) -> Iterator[Ground]:
    """A database that runs while the block does, and a port that is free, or the reason why not."""
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
        yield Ground(admin_url, shell, services)


def run(address: Address, reload: bool = False) -> None:
    """Start everything, say where it is, and wait for the end."""
    with ground(address) as found:
        names = settings.names()
        if is_loaded(found.admin_url, names):
            print("The database is up to date.")
        else:
            load(found.admin_url, names)
            if given_url() is None:
                allow_receivers_here(found.admin_url, names)
        url = web_url(found.admin_url, names)
        if settings.keyed():  # whoever comes in may not be who runs this
            serve(found, url, address, reload)
            return

        def serve_demo(other: Address) -> list[Program]:
            own = {"PGTELLER_SCHEMA": DEMO, "ROOT_PATH": "", "PROMETHEUS_MULTIPROC_DIR": ""}
            return shell_programs(with_variables(found.shell, **own), url, other)

        with desk(found.shell.user, address.host, serve_demo) as (ear, variables):
            knowing = replace(found, shell=with_variables(found.shell, **variables))
            serve(knowing, url, address, reload, ear)


def serve(  # noqa: PLR0913, PLR0917
    found: Ground,
    url: str,
    address: Address,
    reload: bool = False,
    ear: Desk | None = None,
    beside: list[str] | None = None,
) -> None:
    """Web server and worker, until a signal tells us to stop; and what Python runs beside them."""
    programs = shell_programs(found.shell, url, address, reload)
    if beside:
        programs.append(Program("What lives", lambda: found.shell.start(beside, url)))
    psql = f"{settings.names().program} psql"
    print(f"\n  Console  {address.url}/")
    print(f"  API      {address.url}/docs")
    print(f"  SQL      {psql}   (in another terminal)")
    print("\nCtrl-C stops it.\n", flush=True)
    run_until_told([*found.services, *programs], ear)


def with_variables(shell: Shell, **variables: str) -> Shell:
    """The same, with more in its environment."""
    return replace(shell, variables=shell.variables | variables)


def allow_receivers_here(admin_url: str, names: Names) -> None:
    """Let webhooks be tried on this machine; a bank that is not ours says itself what it allows."""
    command = (
        "UPDATE ledger.settings SET webhook_http = true, "
        "webhook_networks = '{127.0.0.0/8,::1/128}' WHERE webhook_networks = '{}'"
    )
    with connect(admin_url) as connection:
        connection.execute(names.render(command).encode())


def shell_programs(shell: Shell, url: str, address: Address, reload: bool = False) -> list[Program]:
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


def run_until_told(services: list[Service], ear: Desk | None = None) -> None:
    """Keep everything running until a signal tells us to stop, then stop the programs."""
    told, tell = os.pipe()
    for number in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:
        signal.signal(number, lambda *_: os.write(tell, b"."))
    if ear:
        ear.running = services
    try:
        keep_running(services, told, ear)
    finally:
        print("\nStopping ...", flush=True)
        programs = [one for one in services if isinstance(one, Program)]
        for program in programs:
            program.stop()
        for program in programs:
            program.clear_away()
