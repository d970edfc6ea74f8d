"""A pgbouncer in transaction mode before a database, for tests: Debian's package, not installed."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from dev.debian import NotAvailableError, unpacked
from pgteller.embedded.programs import PostgresError, as_user, hand_over, server_user

PATIENCE = 10  # seconds until one that does not come up is given up

# What it is linked with and a small system may lack: the library, and the packages it may be in.
LIBRARIES = {
    "libcares.so.2": ("libc-ares2",),
    "libevent-2.1.so.7": ("libevent-2.1-7", "libevent-2.1-7t64"),
}

UNDERSTOOD = ("host", "port", "dbname", "user", "password")  # of what a URL may say

# Few server connections, so that clients do share them. It asks for no password: its socket is in
# a folder that only its user, and root, can enter.
SETTINGS = """\
[databases]
{database} = {target}

[pgbouncer]
pool_mode = transaction
default_pool_size = 4
max_client_conn = 200
auth_type = any
listen_addr =
listen_port = 6432
unix_socket_dir = {folder}
unix_socket_mode = 0777
logfile = {folder}/pgbouncer.log
pidfile = {folder}/pgbouncer.pid
"""


@contextlib.contextmanager
def pgbouncer(url: str) -> Iterator[str]:
    """Run one while the block does; tell the URL by which it leads to the database of `url`."""
    given = conninfo_to_dict(url)
    with psycopg.connect(url) as connection:
        if password := connection.info.password:  # which may be in a passfile
            given["password"] = password
    parts = {name: str(given[name]) for name in UNDERSTOOD if name in given}
    database, user = parts["dbname"], server_user()
    # Not under the project, whose path may be too long for a socket or closed to the user.
    with tempfile.TemporaryDirectory(prefix="pgteller-", dir="/tmp") as name:
        folder = Path(name)
        program, libraries = _program(folder)
        settings = folder / "pgbouncer.ini"
        target = make_conninfo("", **parts)
        settings.write_text(SETTINGS.format(database=database, target=target, folder=folder))
        hand_over(settings, user, 0o600)
        hand_over(folder, user, 0o700)
        command = [str(program), "-q", str(settings)]
        variables = {"PATH": os.defpath, "LD_LIBRARY_PATH": libraries}
        with subprocess.Popen(command, cwd=folder, env=variables, **as_user(user)) as process:
            try:
                _wait(process, folder)
                yield f"postgresql:///{database}?host={folder}&port=6432&user={parts['user']}"
            finally:
                process.terminate()


def _wait(process: subprocess.Popen[bytes], folder: Path) -> None:
    """Until it listens."""
    deadline = time.monotonic() + PATIENCE
    while not (folder / ".s.PGSQL.6432").exists():
        if process.poll() is not None or time.monotonic() > deadline:
            log = folder / "pgbouncer.log"
            said = log.read_text() if log.exists() else ""
            raise PostgresError(f"pgbouncer does not start: {said}")
        time.sleep(0.01)


def _program(folder: Path) -> tuple[Path, str]:
    """The program where its user can run it, and where to look for its libraries."""
    installed = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if installed:
        return Path(installed), ""
    program = folder / "pgbouncer"
    shutil.copy(unpacked("pgbouncer") / "usr/sbin/pgbouncer", program)
    for library in _missing(str(unpacked("pgbouncer") / "usr/sbin/pgbouncer")):
        shutil.copy(_library(library), folder / library)
    return program, str(folder)


@cache
def _missing(program: str) -> tuple[str, ...]:
    """The libraries that the system lacks."""
    output = subprocess.run(["ldd", program], capture_output=True, text=True, check=False).stdout
    return tuple(re.findall(r"(\S+) => not found", output))


def _library(name: str) -> Path:
    """A library's file, from whichever package has it."""
    for package in LIBRARIES.get(name, ()):
        with contextlib.suppress(NotAvailableError):
            found = next(unpacked(package).rglob(name), None)
            if found:
                return found
    raise NotAvailableError(f"pgbouncer needs {name}: please install pgbouncer, then retry.")
