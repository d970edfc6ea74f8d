"""Bring schema `ledger` to the newest of `sql/migrations`: each in one transaction, each once.

`sql/roles.sql` goes before each of them. It makes the roles and schemas that they need, and takes
the lock that lets one run after the other.
"""

from __future__ import annotations

import hashlib
import re
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from pgteller.names import Names

# In the wheel it is part of the package; in the project it stands beside it.
_PACKAGE = Path(__file__).parent.parent
SQL = _PACKAGE / "sql" if (_PACKAGE / "sql").is_dir() else _PACKAGE.parent.parent / "sql"
ROLES = SQL / "roles.sql"
FOLDER = SQL / "migrations"
DEFAULT = Names()
BREAKING = "--! breaking"  # the first line of those after which older code must not run

CONTEXT = "SET LOCAL ROLE bank_owner; SET LOCAL search_path = pg_catalog, pg_temp"
RECORD = """
INSERT INTO ledger.migrations (id, name, checksum, applied_at, breaking)
VALUES (%s, %s, %s, floor(extract(EPOCH FROM clock_timestamp()) * 1000), %s)
"""

Connection = psycopg.Connection[tuple[Any, ...]]


class InstallError(Exception):
    """The database cannot be brought to what this version needs; the message is for people."""


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
            raise InstallError(f"{path.name} is not named like 002_what_it_does.sql.")
        twin = next((other for other in found if other.id == int(named[1])), None)
        if twin is not None:
            raise InstallError(f"{twin} and {path.stem} have one number; renumber the newer one.")
        found[Migration(int(named[1]), named[2], checksum(path))] = path
    return found


def checksum(path: Path) -> str:
    """The file's SHA-256, whatever line ends a checkout gave it."""
    return hashlib.sha256(path.read_text(encoding="utf-8").encode()).hexdigest()


def migrate(admin_url: str, folder: Path = FOLDER, names: Names = DEFAULT) -> None:
    """Apply what is pending; after an error, what came before it stays applied."""
    files = migration_files(folder)
    with connect(admin_url) as connection:
        while True:
            begun = time.monotonic()
            with connection.transaction():
                todo = prepare(connection, files, names)
                if not todo:
                    return
                apply(connection, todo[0], files[todo[0]], names)
            print(f"Applied {todo[0]}, {time.monotonic() - begun:.1f} s.", flush=True)


def pending(admin_url: str, folder: Path = FOLDER, names: Names = DEFAULT) -> list[Migration]:
    """What `migrate` would apply; nothing is changed."""
    with connect(admin_url) as connection, connection.transaction(force_rollback=True):
        return prepare(connection, migration_files(folder), names)


def pending_in(connection: Connection, names: Names) -> list[Migration]:
    """The same over a connection; nothing is made, and no lock is taken."""
    with connection.transaction(force_rollback=True):
        connection.execute(names.render(CONTEXT).encode())
        return unapplied(list(migration_files()), applied(connection, names))


def connect(admin_url: str) -> Connection:
    """A connection that prepares no statement, as a file has many, and sees what it waited for."""
    connection = psycopg.connect(admin_url, autocommit=True, prepare_threshold=None)
    connection.add_notice_handler(_warn)
    connection.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
    return connection


def _warn(diagnostic: psycopg.errors.Diagnostic) -> None:
    """Pass on what somebody should know."""
    if diagnostic.severity_nonlocalized == "WARNING":
        hint = f" {diagnostic.message_hint}" if diagnostic.message_hint else ""
        print(f"WARNING: {diagnostic.message_primary}.{hint}", file=sys.stderr, flush=True)


def prepare(
    connection: Connection, files: dict[Migration, Path], names: Names = DEFAULT
) -> list[Migration]:
    """Take the lock, and tell which of the files are not applied, unless something is amiss."""
    run(connection, ROLES, names)
    connection.execute(names.render(CONTEXT).encode())
    return unapplied(list(files), applied(connection, names))


def applied(connection: Connection, names: Names = DEFAULT) -> list[Migration]:
    """What the database has, in order."""

    def execute(query: str) -> psycopg.Cursor[tuple[Any, ...]]:
        return connection.execute(names.render(query).encode())

    is_recorded = execute("SELECT to_regclass('ledger.migrations') IS NOT NULL")
    if is_recorded.fetchone() == (True,):
        query = "SELECT id, name, checksum FROM ledger.migrations ORDER BY id"
        return [Migration(*row) for row in execute(query)]
    tables = execute("SELECT FROM pg_class WHERE relnamespace = 'ledger'::regnamespace LIMIT 1")
    if tables.rowcount:
        raise InstallError(
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
            raise InstallError(
                f"The database is newer than this code: it has migration {row}, which is not in "
                "sql/migrations. Use the version of pgteller that brought it, or a later one."
            )
        if file is None:
            raise InstallError(
                f"The database has migration {row}, whose file is missing from sql/migrations. "
                "Put it back."
            )
        if file != row:
            raise InstallError(
                f"The database has migration {row}, but {file} is another now. What has been "
                "applied never changes: put the file back, and change things by a new migration."
            )
    for number, file in enumerate(files, start=1):
        if file.id != number:
            raise InstallError(f"{file} follows number {number - 1:03}: {number:03} is missing.")
    return files[len(rows) :]


def apply(connection: Connection, migration: Migration, path: Path, names: Names = DEFAULT) -> None:
    """Run the file as the owner, and record it, in the transaction that is open."""
    run(connection, path, names)
    connection.execute(names.render(CONTEXT).encode())  # the file may have set another
    first_line = path.read_text(encoding="utf-8").partition("\n")[0]
    values = [migration.id, migration.name, migration.checksum, first_line.rstrip() == BREAKING]
    connection.execute(names.render(RECORD).encode(), values)


def run(connection: Connection, path: Path, names: Names = DEFAULT) -> None:
    """Run a whole file."""
    try:
        connection.execute(names.render(path.read_text(encoding="utf-8")).encode())
    except psycopg.Error as error:
        raise InstallError(f"{path.name}: {error}\nNothing of it was kept.") from error
