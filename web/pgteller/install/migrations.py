"""Bring schema `ledger` to the newest of `sql/migrations`: each in one transaction, each once.

`sql/roles.sql` goes before each of them. It makes the roles and schemas that they need, and takes
the lock that lets one run after the other.

Most migrations add, and come before the functions are remade: the older functions run on. One whose
first line is `--! post` comes after them, as it takes away what only the older ones needed. With
`--! breaking` (or `--! post breaking`) it is one that an older web server or worker must not run
with.
"""

from __future__ import annotations

import hashlib
import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from psycopg.errors import LockNotAvailable

from pgteller.install import trust
from pgteller.names import Names

# In the wheel it is part of the package; in the project it stands beside it.
_PACKAGE = Path(__file__).parent.parent
SQL = _PACKAGE / "sql" if (_PACKAGE / "sql").is_dir() else _PACKAGE.parent.parent / "sql"
ROLES = SQL / "roles.sql"
FOLDER = SQL / "migrations"
DEFAULT = Names()
POST, BREAKING = "post", "breaking"
_FLAGS = re.compile(r"--! ([a-z ]+)")

PATIENCE_MS = 500
ATTEMPTS = 60

PLAIN = """
SET search_path = pg_catalog, pg_temp;
SET standard_conforming_strings = on;
SET quote_all_identifiers = off;
"""
CONTEXT = "SET LOCAL ROLE bank_owner; SET LOCAL search_path = pg_catalog, pg_temp"
RECORD = """
INSERT INTO ledger.migrations (id, name, checksum, applied_at, breaking)
VALUES (%s, %s, %s, floor(extract(EPOCH FROM clock_timestamp()) * 1000), %s)
"""

Connection = psycopg.Connection[tuple[Any, ...]]
Result = TypeVar("Result")


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


def flags(path: Path) -> set[str]:
    """What a migration's first line says of it."""
    first_line = path.read_text(encoding="utf-8").partition("\n")[0].rstrip()
    found = _FLAGS.fullmatch(first_line)
    said = set(found[1].split()) if found else set()
    if not said <= {POST, BREAKING} or (first_line.startswith("--!") and not said):
        raise InstallError(f"{path.name} begins with {first_line!r}, which says nothing known.")
    return said


def before_functions(files: dict[Migration, Path]) -> dict[Migration, Path]:
    """Those of the files that come before the functions are remade."""
    return {one: path for one, path in files.items() if POST not in flags(path)}


def after_functions(files: dict[Migration, Path]) -> dict[Migration, Path]:
    """Those that come after."""
    return {one: path for one, path in files.items() if POST in flags(path)}


def migrate(  # noqa: PLR0913
    admin_url: str,
    folder: Path = FOLDER,
    names: Names = DEFAULT,
    *,
    post: bool = False,
    last: int | None = None,
    after: Callable[[Connection, Migration], None] | None = None,
) -> int:
    """Apply what is pending before the functions, or after them: `post`; up to number `last`.

    After an error, what came before it stays applied. `after` is done in the transaction of each.
    Returns how many were applied.
    """
    files = migration_files(folder)
    chosen = {
        one
        for one in (after_functions if post else before_functions)(files)
        if last is None or one.id <= last
    }

    def apply_next(connection: Connection) -> Migration | None:
        todo = [one for one in prepare(connection, files, names) if one in chosen]
        if todo:
            apply(connection, todo[0], files[todo[0]], names)
            if after:
                after(connection, todo[0])
        return todo[0] if todo else None

    number = 0
    if not chosen:
        return number
    with connect(admin_url) as connection:
        begun = time.monotonic()
        while applied_now := patiently(connection, apply_next):
            number += 1
            print(f"Applied {applied_now}, {time.monotonic() - begun:.1f} s.", flush=True)
            begun = time.monotonic()
    return number


def migrate_to(admin_url: str, last: int, folder: Path = FOLDER, names: Names = DEFAULT) -> int:
    """Apply what is pending up to number `last`, ahead of the functions, which stay as they are."""
    files = migration_files(folder)
    late = [one for one in after_functions(files) if one.id <= last]
    if blocked := [str(one) for one in pending(admin_url, folder, names) if one in late]:
        raise InstallError(f"{blocked[0]} comes after the functions: leave --to out.")
    return migrate(admin_url, folder, names, last=last)


def patiently(connection: Connection, work: Callable[[Connection], Result]) -> Result:
    """Do it in a transaction that waits for no lock for long, as others would queue behind it.

    Instead it is given up, and tried again.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with connection.transaction():
                connection.execute(f"SET LOCAL lock_timeout = {PATIENCE_MS}")
                return work(connection)
        except InstallError as problem:
            if not isinstance(problem.__cause__, LockNotAvailable) or attempt == ATTEMPTS:
                raise
            print(f"Others are in the way, trying again: {problem}", file=sys.stderr, flush=True)
        time.sleep(min(attempt, 10) * PATIENCE_MS / 1000)
    raise AssertionError("unreachable")


def planned(todo: list[Migration], last: int | None, folder: Path = FOLDER) -> list[str]:
    """What there is to do, a line each."""
    late = after_functions(migration_files(folder))
    chosen = [one for one in todo if last is None or one.id <= last]
    return [str(one) for one in chosen if one not in late] + [
        f"{one}, after the functions" for one in chosen if one in late
    ]


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
    """A connection that prepares no statement, as a file has many, and sees what it waited for.

    Whatever its login or database has set, names and texts mean there what they mean here.
    """
    connection = psycopg.connect(
        admin_url, autocommit=True, prepare_threshold=None, client_encoding="UTF8"
    )
    connection.add_notice_handler(_warn)
    connection.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
    connection.execute(PLAIN)
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
    begin(connection, names)
    connection.execute(names.render(CONTEXT).encode())
    return unapplied(list(files), applied(connection, names))


def begin(connection: Connection, names: Names = DEFAULT) -> None:
    """Have roles and schemas, none of them somebody else's, and take the lock of migrations."""
    require_trust(connection, names)
    run(connection, ROLES, names)


def require_trust(connection: Connection, names: Names) -> None:
    """Refuse to run anything of a ledger that may be somebody else's."""
    if problem := trust.problem_of(connection, names):
        raise InstallError(f"Nothing is run here: {problem}.")


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
                f"The database is newer than this program, which does not know migration {row}. "
                "Use the version of pgteller that brought it, or a later one."
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
    return [file for file in files if file not in rows]


def apply(connection: Connection, migration: Migration, path: Path, names: Names = DEFAULT) -> None:
    """Run the file as the owner, and record it, in the transaction that is open."""
    run(connection, path, names)
    connection.execute(names.render(CONTEXT).encode())  # the file may have set another
    values = [migration.id, migration.name, migration.checksum, BREAKING in flags(path)]
    connection.execute(names.render(RECORD).encode(), values)


def run(connection: Connection, path: Path, names: Names = DEFAULT) -> None:
    """Run a whole file."""
    try:
        connection.execute(names.render(path.read_text(encoding="utf-8")).encode())
    except psycopg.errors.RaiseException as error:  # which is ours, and says all there is to say
        told = error.diag.message_primary, error.diag.message_detail, error.diag.message_hint
        said = ". ".join(part.rstrip(".") for part in told if part)
        raise InstallError(f"{said}.") from error
    except psycopg.Error as error:
        raise InstallError(f"{path.name}: {error}\nNothing of it was kept.") from error
