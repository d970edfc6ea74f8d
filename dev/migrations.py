"""Bring schema `ledger` to the newest of `sql/migrations`: each in one transaction, each once.

`sql/roles.sql` goes before each of them. It makes the roles and schemas that they need, and takes
the lock that lets one run after the other.
"""

from __future__ import annotations

import hashlib
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from dev.installation import PROJECT, PostgresError

ROLES = PROJECT / "sql" / "roles.sql"
FOLDER = PROJECT / "sql" / "migrations"
BREAKING = "--! breaking"  # the first line of those after which older code must not run

CONTEXT = "SET LOCAL ROLE bank_owner; SET LOCAL search_path = pg_catalog, pg_temp"
RECORD = """
INSERT INTO ledger.migrations (id, name, checksum, applied_at, breaking)
VALUES (%s, %s, %s, floor(extract(EPOCH FROM clock_timestamp()) * 1000), %s)
"""

Connection = psycopg.Connection[tuple[Any, ...]]


@dataclass(frozen=True)
class Migration:
    """A file of sql/migrations, or a row of ledger.migrations: the same where all is well."""

    id: int
    name: str
    checksum: str

    def __str__(self) -> str:
        """Its file's name, without the ending."""
        return f"{self.id:03}_{self.name}"


def migration_files(folder: Path = FOLDER) -> dict[Migration, Path]:
    """Every migration of this code, in order."""
    found: dict[Migration, Path] = {}
    for path in sorted(folder.glob("*.sql")):
        named = re.fullmatch(r"(\d{3})_([a-z0-9_]+)", path.stem)
        if named is None:
            raise PostgresError(f"{path.name} is not named like 002_what_it_does.sql.")
        twin = next((other for other in found if other.id == int(named[1])), None)
        if twin is not None:
            raise PostgresError(f"{twin} and {path.stem} have one number; renumber the newer one.")
        found[Migration(int(named[1]), named[2], checksum(path))] = path
    return found


def checksum(path: Path) -> str:
    """The file's SHA-256, whatever line ends a checkout gave it."""
    return hashlib.sha256(path.read_text(encoding="utf-8").encode()).hexdigest()


def migrate(admin_url: str, folder: Path = FOLDER) -> None:
    """Apply what is pending; after an error, what came before it stays applied."""
    files = migration_files(folder)
    with connect(admin_url) as connection:
        while True:
            begun = time.monotonic()
            with connection.transaction():
                todo = prepare(connection, files)
                if not todo:
                    return
                apply(connection, todo[0], files[todo[0]])
            print(f"Applied {todo[0]}, {time.monotonic() - begun:.1f} s.", flush=True)


def pending(admin_url: str, folder: Path = FOLDER) -> list[Migration]:
    """What `migrate` would apply; nothing is changed."""
    with connect(admin_url) as connection, connection.transaction(force_rollback=True):
        return prepare(connection, migration_files(folder))


def connect(admin_url: str) -> Connection:
    """A connection that prepares no statement, as a file has many, and sees what it waited for."""
    connection = psycopg.connect(admin_url, autocommit=True, prepare_threshold=None)
    connection.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
    return connection


def prepare(connection: Connection, files: dict[Migration, Path]) -> list[Migration]:
    """Take the lock, and tell which of the files are not applied, unless something is amiss."""
    run(connection, ROLES)
    connection.execute(CONTEXT)
    return unapplied(list(files), applied(connection))


def applied(connection: Connection) -> list[Migration]:
    """What the database has, in order."""
    is_recorded = connection.execute("SELECT to_regclass('ledger.migrations') IS NOT NULL")
    if is_recorded.fetchone() == (True,):
        query = "SELECT id, name, checksum FROM ledger.migrations ORDER BY id"
        return [Migration(*row) for row in connection.execute(query)]
    tables = connection.execute(
        "SELECT FROM pg_class WHERE relnamespace = 'ledger'::regnamespace LIMIT 1"
    )
    if tables.rowcount:
        raise PostgresError(
            "Schema ledger has tables but no ledger.migrations: they are those of pgteller 0.1.0, "
            "from which there is no path to this version. Use a new database."
        )
    return []


def unapplied(files: list[Migration], rows: list[Migration]) -> list[Migration]:
    """The files that are no rows yet, unless the two do not belong together."""
    numbered = {file.id: file for file in files}
    for row in rows:
        file = numbered.get(row.id)
        if file is None and row.id > max(numbered, default=0):
            raise PostgresError(
                f"The database is newer than this code: it has migration {row}, which is not in "
                "sql/migrations. Use the version of pgteller that brought it, or a later one."
            )
        if file is None:
            raise PostgresError(
                f"The database has migration {row}, whose file is missing from sql/migrations. "
                "Put it back."
            )
        if file != row:
            raise PostgresError(
                f"The database has migration {row}, but {file} is another now. What has been "
                "applied never changes: put the file back, and change things by a new migration."
            )
    for number, file in enumerate(files, start=1):
        if file.id != number:
            raise PostgresError(f"{file} follows number {number - 1:03}: {number:03} is missing.")
    return files[len(rows) :]


def apply(connection: Connection, migration: Migration, path: Path) -> None:
    """Run the file as bank_owner, and record it, in the transaction that is open."""
    run(connection, path)
    connection.execute(CONTEXT)  # the file may have set another
    first_line = path.read_text(encoding="utf-8").partition("\n")[0]
    values = [migration.id, migration.name, migration.checksum, first_line.rstrip() == BREAKING]
    connection.execute(RECORD, values)


def run(connection: Connection, path: Path) -> None:
    """Run a whole file."""
    try:
        connection.execute(path.read_bytes())
    except psycopg.Error as error:
        raise PostgresError(f"{path.name}: {error}\nNothing of it was kept.") from error
