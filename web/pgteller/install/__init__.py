"""Bring a database to what `sql/` says.

Migrations come first.  Then, in one transaction, schemas `bank` and `engine` are emptied and every
function made anew: either all of them are the new ones or, after any error, all are still the old
ones.
"""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

import psycopg
from psycopg.errors import LockNotAvailable
from tqdm import tqdm

from pgteller.install.migrations import (
    CONTEXT,
    DEFAULT,
    ROLES,
    SQL,
    InstallError,
    connect,
    migrate,
    migration_files,
    pending,
    run,
)
from pgteller.names import Names

PATIENCE_MS = 500
ATTEMPTS = 60

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


def source_texts() -> list[str]:
    """All SQL that is installed."""
    return [path.read_text() for path in (ROLES, *migration_files().values(), *function_files())]


def is_loaded(admin_url: str, names: Names = DEFAULT) -> bool:
    """Whether the database already has exactly this state of `sql/`."""
    query = "SELECT obj_description(oid) FROM pg_namespace WHERE nspname = %s"
    with psycopg.connect(admin_url) as connection:
        row = connection.execute(query, [names.schema]).fetchone()
    return row is not None and str(row[0]).endswith(f"(sql {source_digest()})")


def load(admin_url: str, names: Names = DEFAULT, cashback: tuple[int, int] | None = None) -> None:
    """Apply the migrations that are pending, then remake the functions.

    A new ledger begins with `cashback`: a rate in basis points, and a delay in ms.
    """
    migrate(admin_url, names=names)
    if cashback is not None:
        with connect(admin_url) as connection, connection.transaction():
            connection.execute(names.render(CONTEXT).encode())
            query = "UPDATE ledger.cashback_policies SET rate_bps = %s, delay_ms = %s"
            connection.execute(names.render(query).encode(), cashback)
    make_functions(admin_url, names)


def load_functions(admin_url: str, names: Names = DEFAULT) -> None:
    """Remake the functions, if the data is what they were written for."""
    if todo := pending(admin_url, names=names):
        told = ", ".join(map(str, todo))
        raise InstallError(f"Before the functions come the migrations ({told}): pgteller migrate.")
    make_functions(admin_url, names)


def make_functions(admin_url: str, names: Names = DEFAULT) -> None:
    """Make every function anew, or change nothing and raise.

    Whoever uses what is remade is waited for, and whoever comes meanwhile waits too; so that is not
    for long: it is given up and tried again.
    """
    begun = time.monotonic()
    # The roles first: that takes the lock of migrations, since two reloads at once would collide.
    files = [ROLES, *function_files()]
    with connect(admin_url) as connection:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with connection.transaction():
                    connection.execute(f"SET LOCAL lock_timeout = {PATIENCE_MS}")
                    for path in tqdm(
                        files, desc="Making the functions", unit="file", leave=False, disable=None
                    ):
                        run(connection, path, names)
                    remember = names.render(REMEMBER.format(digest=source_digest()))
                    connection.execute(remember.encode())
                break
            except InstallError as problem:
                if not isinstance(problem.__cause__, LockNotAvailable) or attempt == ATTEMPTS:
                    raise
            time.sleep(min(attempt, 10) * PATIENCE_MS / 1000)
    print(f"Made the functions: {len(files)} files, {time.monotonic() - begun:.1f} s.", flush=True)
