"""Bring a database to what `sql/` says.

    python -m dev.load            migrate, then remake the functions
    python -m dev.load functions  remake the functions alone
    python -m dev.load plan       say which migrations are pending, and do nothing

Migrations come first (`dev/migrations.py`).  Then, in one transaction, schemas `bank` and `engine`
are emptied and every function made anew: either all of them are the new ones or, after any error,
all are still the old ones.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
from psycopg import sql
from tqdm import tqdm

from dev.installation import PROJECT, PostgresError
from dev.migrations import ROLES, migrate, migration_files, pending
from dev.postgres import DATABASE, SHELL_LOGIN, development_server
from dev.urls import client_bin_dir, described, environment, given_url, kept_password, with_parts
from web import settings

SQL = PROJECT / "sql"

# Kept as the tail of the schema's comment, so it changes and vanishes with what it describes.
REMEMBER = """
DO $do$
BEGIN
    EXECUTE format('COMMENT ON SCHEMA bank IS %L', concat(
        regexp_replace(obj_description('bank'::regnamespace), ' *[(]sql [0-9a-f]+[)]$', ''),
        ' (sql {digest})'));
END;
$do$
"""


def function_files() -> list[Path]:
    """What a reload runs, in order: the clearing, the rooms, core first, the comments."""
    rooms = sorted((SQL / "functions").iterdir(), key=lambda room: (room.name != "core", room.name))
    abouts = [room / "room.sql" for room in rooms]
    rest = [path for room in rooms for path in sorted(room.glob("*.sql")) if path not in abouts]
    return [SQL / "reload.sql", *abouts, *rest, SQL / "finish.sql"]


def source_digest() -> str:
    """A name for exactly this state of `sql/`."""
    digest = hashlib.sha256()
    for path in ROLES, *migration_files().values(), *function_files():
        digest.update(f"{path.relative_to(SQL)}\0{path.read_text()}\0".encode())
    return digest.hexdigest()[:16]


def is_loaded(admin_url: str) -> bool:
    """Whether the database already has exactly this state of `sql/`."""
    query = "SELECT obj_description(oid) FROM pg_namespace WHERE nspname = 'bank'"
    with psycopg.connect(admin_url) as connection:
        row = connection.execute(query).fetchone()
    return row is not None and str(row[0]).endswith(f"(sql {source_digest()})")


def load(admin_url: str) -> None:
    """Apply the migrations that are pending, then remake the functions."""
    migrate(admin_url)
    make_functions(admin_url)


def load_functions(admin_url: str) -> None:
    """Remake the functions, if the data is what they were written for."""
    if todo := pending(admin_url):
        names = ", ".join(map(str, todo))
        raise PostgresError(f"Before the functions come the migrations ({names}): `make db`.")
    make_functions(admin_url)


def make_functions(admin_url: str) -> None:
    """Make every function anew, or change nothing and raise."""
    remember = REMEMBER.format(digest=source_digest())
    # The roles first: that takes the lock of migrations, since two reloads at once would collide.
    run_files(admin_url, "Making the functions", [ROLES, *function_files()], remember)


def run_files(url: str, title: str, files: list[Path], last: str = "") -> None:
    """Run the files, and a last statement, through psql in one transaction, with a progress bar."""
    steps = [part for path in files for part in ("-f", path, "-c", r"\echo")]
    command = ["psql", "-X", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-o", os.devnull, *steps]
    if last:
        command += ["-c", last]
    options = r"-c client_min_messages=warning -c default_transaction_isolation=read\ committed"
    variables = environment(url, client_bin_dir())
    variables["PGOPTIONS"] = f"{variables.get('PGOPTIONS', '')} {options}"
    begun = time.monotonic()
    bar = tqdm(total=len(files), desc=title, unit="file", leave=False, disable=None)
    with bar, subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, text=True) as psql:
        for _ in psql.stdout or ():
            bar.update()
    if psql.returncode:
        raise PostgresError(f"{title} failed (see above); nothing of it was kept.")
    print(f"{title}: {len(files)} file(s), {time.monotonic() - begun:.1f} s.", flush=True)


def create_database(admin_url: str, name: str) -> str:
    """Make the database where it is missing and tell its URL, for the same user."""
    with psycopg.connect(admin_url, autocommit=True) as connection:
        query = "SELECT 1 FROM pg_database WHERE datname = %s"
        if not connection.execute(query, [name]).fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return with_parts(admin_url, dbname=name)


def create_web_role(admin_url: str, name: str = SHELL_LOGIN, password: str | None = None) -> str:
    """Make the login the web shell uses, an operator and no more; tell the URL to log in with.

    Where no password is given it is the one that a server of ours keeps in its passfile.
    """
    secret = {} if password is None else {"password": password}
    url = with_parts(admin_url, user=name, **secret)
    password = password or kept_password(admin_url, name)
    role, known = sql.Identifier(name), "SELECT 1 FROM pg_roles WHERE rolname = %s"
    with psycopg.connect(admin_url, autocommit=True) as connection:
        if not connection.execute(known, [name]).fetchone():
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(role))
        if password and not logs_in(url):
            # Hashed here, so that it stands in no statement, and thus in no log.
            scram = connection.pgconn.encrypt_password(
                password.encode(), name.encode(), b"scram-sha-256"
            )
            command = sql.SQL("ALTER ROLE {} PASSWORD {}").format(role, scram.decode())
            connection.execute(command)
        if connection.execute(known, ["bank_operator"]).fetchone():
            connection.execute(sql.SQL("GRANT bank_operator TO {}").format(role))
    return url


def logs_in(url: str) -> bool:
    """Whether the login of `url` has its password already."""
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


@contextlib.contextmanager
def database() -> Iterator[str]:
    """The admin URL of the database in use; the embedded server runs while the block does."""
    if url := given_url():
        print(f"Using {described(url)}.", flush=True)
        yield url
        return
    print("Starting PostgreSQL ...", flush=True)
    with development_server().in_use() as server:
        yield create_database(server.url("postgres"), DATABASE)


def web_url(admin_url: str) -> str:
    """The URL the web shell connects with: DATABASE_URL itself, else the embedded web login."""
    return settings.address("DATABASE_URL") or create_web_role(admin_url)


def main(arguments: list[str]) -> None:
    """The command line."""
    if arguments not in ([], ["functions"], ["plan"]):
        print(__doc__)
        sys.exit(2)
    with database() as admin_url:
        if arguments == ["plan"]:
            names = [str(migration) for migration in pending(admin_url)]
            print(*names or ["Nothing is pending."], sep="\n")
            return
        if arguments == ["functions"]:
            load_functions(admin_url)
        else:
            load(admin_url)
        web_url(admin_url)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (PostgresError, psycopg.Error) as problem:
        sys.exit(str(problem))
