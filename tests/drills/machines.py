"""Primaries and standbys, each a server with data of its own on this machine."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql

from pgteller.embedded.database import create_database, create_web_role
from pgteller.embedded.programs import (
    as_user,
    digest,
    hand_over,
    preferred_bin_dir,
    runnable,
    server_user,
)
from pgteller.embedded.server import DATABASE, SHELL_LOGIN, Server, spare_server
from pgteller.install import load

__all__ = ["preferred_bin_dir", "server_user"]

PATIENCE = 60  # seconds
REPLICATOR = "replicator"  # may replicate, and read what pg_rewind reads
STANDBY = "standby"  # as the primary knows it
REWIND = (
    "pg_ls_dir(text, boolean, boolean)",
    "pg_stat_file(text, boolean)",
    "pg_read_binary_file(text)",
    "pg_read_binary_file(text, bigint, bigint, boolean)",
)


class Machine(Server):
    """A server whose socket is not among its data, where pg_rewind would stumble over it."""

    @property
    def socket_dir(self) -> Path:
        return Path("/tmp") / f"pgteller-{digest(self.data_dir)}"


@contextlib.contextmanager
def machine(bin_dir: Path, **settings: str) -> Iterator[Machine]:
    """One that is not started yet."""
    with spare_server(bin_dir) as server:
        found = Machine(server.bin_dir, server.data_dir, server.user, settings)
        try:
            yield found
        finally:
            found.kill()
            shutil.rmtree(found.socket_dir, ignore_errors=True)


@contextlib.contextmanager
def primary(**settings: str) -> Iterator[Server]:
    """A server with a ledger, a login for the web server and one for standbys."""
    with machine(preferred_bin_dir(), **settings) as server:
        server.start()
        url = create_database(server.url("postgres"), DATABASE)
        load(url)
        create_web_role(url)
        password = secrets.token_hex(16)
        with psycopg.connect(url, autocommit=True) as db:
            command = "CREATE ROLE {} LOGIN REPLICATION PASSWORD {}"
            db.execute(sql.SQL(command).format(sql.Identifier(REPLICATOR), password))
        with psycopg.connect(server.url("postgres"), autocommit=True) as db:
            # Else what pg_rewind goes back to may be gone once it has let the server recover.
            db.execute("ALTER SYSTEM SET wal_keep_size = '256MB'")
            db.execute("SELECT pg_reload_conf()")
            for function in REWIND:
                db.execute(f"GRANT EXECUTE ON FUNCTION pg_catalog.{function} TO {REPLICATOR}")
        with open(server.passfile, "a") as passwords:
            passwords.write(f"*:*:*:{REPLICATOR}:{password}\n")
        yield server


@contextlib.contextmanager
def standby(of: Server, **settings: str) -> Iterator[Server]:
    """A hot standby that follows, from a base backup."""
    with machine(of.bin_dir, **settings) as server:
        base_backup(of, server.data_dir)
        follow(server, of)
        server.start()
        wait_for(lambda: is_streaming(of), "the standby does not follow")
        yield server


def base_backup(source: Server, folder: Path) -> None:
    """A copy of all of its data, which a server may begin with."""
    program, place = runnable(source.bin_dir) / "pg_basebackup", ("-h", source.socket_dir)
    run(program, "-D", folder, *place, "-p", "5432", "-U", "postgres", "-c", "fast", "-X", "stream")
    tidy(folder)
    for path in [folder, *folder.rglob("*")]:
        hand_over(path, source.user, 0o700 if path.is_dir() else 0o600)


def run(*command: object, **options: Any) -> None:
    """Run one of PostgreSQL's programs, with nothing from our environment."""
    done = subprocess.run(
        [*map(str, command)], check=False, capture_output=True, text=True, cwd="/",
        env={"PATH": os.defpath, "LC_ALL": "C"}, **options,
    )  # fmt: skip
    assert done.returncode == 0, (command, done.stderr)


def tidy(folder: Path) -> None:
    """Remove what belongs to the server that the data comes from: its log."""
    (folder / "server.log").unlink(missing_ok=True)


def follow(server: Server, leader: Server) -> None:
    """Have a server that is stopped be a standby of the leader from its next start on."""
    shutil.copy(leader.passfile, server.passfile)
    hand_over(server.passfile, server.user, 0o600)
    configure(server, primary_conninfo=f"{replication(leader, server)} application_name={STANDBY}")
    mark(server, "standby.signal")


def replication(leader: Server, server: Server) -> str:
    """How the server reaches its leader, whose passwords it has."""
    place = f"host={leader.socket_dir} port=5432 user={REPLICATOR}"
    return f"{place} passfile={server.passfile} dbname=postgres"


def configure(server: Server, **settings: str) -> None:
    """Settings that stay with its data."""
    with open(server.data_dir / "postgresql.auto.conf", "a") as file:
        for name, value in settings.items():
            quoted = value.replace("'", "''")
            file.write(f"{name} = '{quoted}'\n")


def mark(server: Server, name: str) -> None:
    """Such as standby.signal."""
    path = server.data_dir / name
    path.touch()
    hand_over(path, server.user, 0o600)


def is_streaming(leader: Server) -> bool:
    """Whether a standby follows it."""
    with psycopg.connect(leader.url("postgres")) as db:
        found = db.execute("SELECT 1 FROM pg_stat_replication WHERE state = 'streaming'")
        return found.fetchone() is not None


def promote(server: Server) -> None:
    """Make a primary of a standby, and wait until it is one."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as db:
        assert db.execute("SELECT pg_promote(true, %s)", [PATIENCE]).fetchone() == (True,)


def rewind(server: Server, leader: Server) -> None:
    """Take back what a former primary has that its successor has not, and have it follow."""
    shutil.copy(leader.passfile, server.passfile)
    hand_over(server.passfile, server.user, 0o600)
    pid = (server.data_dir / "postmaster.pid").read_text().split()[0]
    wait_for(lambda: not Path(f"/proc/{pid}").exists(), "what was killed is not buried")
    program = runnable(server.bin_dir) / "pg_rewind"
    source = f"--source-server={replication(leader, server)}"
    run(program, "-D", server.data_dir, source, **as_user(server.user))
    tidy(server.data_dir)
    follow(server, leader)


def freeze(server: Server, number: signal.Signals = signal.SIGSTOP) -> None:
    """Have it stand still, as a machine does that hangs: it neither answers nor hangs up.

    SIGCONT has it go on.
    """
    pid = server.postmaster()
    assert pid is not None
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    for victim in (pid, *map(int, children)):
        os.kill(victim, number)


def wait_for_standby(leader: Server) -> None:
    """Have every commit on the leader wait until the standby has it on its disk."""
    with psycopg.connect(leader.url("postgres"), autocommit=True) as db:
        db.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{STANDBY}'")
        db.execute("SELECT pg_reload_conf()")
        query = "SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'"
        wait_for(lambda: db.execute(query).fetchone() is not None, "nobody is waited for")


def together(*servers: Server) -> str:
    """The URL of whichever takes writes, for the web server."""
    hosts = quote(",".join(str(server.socket_dir) for server in servers))
    ports = quote(",".join("5432" for _ in servers))
    login = f"user={SHELL_LOGIN}&passfile={quote(str(servers[0].passfile))}"
    return (
        f"postgresql:///{DATABASE}?host={hosts}&port={ports}&{login}"
        "&target_session_attrs=read-write&connect_timeout=2"
    )


LISTENING = "0A"  # as Linux has it in /proc


def wait_for_workers(pid: int, number: int = 2) -> None:
    """Until so many processes of a web server listen, as it answers once the first one does.

    One that is starting does not hear that it shall stop: granian waits for it, then kills it.
    """
    wait_for(lambda: len([*listening(pid)]) >= number, "not every process of the web server starts")


def listening(pid: int) -> Iterator[int]:
    """The processes below it that take connections over TCP."""
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    sockets = {f"socket:[{one[9]}]" for one in map(str.split, lines) if one[3] == LISTENING}
    for child in children(pid):
        with contextlib.suppress(FileNotFoundError):
            if sockets & {str(file.readlink()) for file in Path(f"/proc/{child}/fd").iterdir()}:
                yield child


def children(pid: int) -> Iterator[int]:
    """All processes below it."""
    with contextlib.suppress(FileNotFoundError):  # it has ended
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            yield int(child)
            yield from children(int(child))


def wait_for(holds: Callable[[], bool], complaint: str) -> None:
    """Return as soon as it does."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(complaint)
        time.sleep(0.02)
