"""Which release a ledger's functions are of.

Every reload notes it as the tail of the comment of the code schema, where whoever connects may read
it.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import psycopg

from pgteller import __version__
from pgteller.install.migrations import BREAKING, ROLES, SQL, flags, migration_files
from pgteller.names import Names

NOTE = SQL / "note.sql"
REMEMBER = """
DO $do$
BEGIN
    EXECUTE format('COMMENT ON SCHEMA bank IS %L', concat(
        regexp_replace(obj_description('bank'::regnamespace, 'pg_namespace'), ' *[(].*$', ''),
        ' ({}', current_setting('server_version_num')::integer / 10000, ')'));
END;
$do$;
"""
_NOTED = re.compile(
    r"\(pgteller (\d+\.\d+\.\d+), breaking (\d+), sql ([0-9a-f]+), on PostgreSQL (\d+)\)$"
)


@dataclass(frozen=True)
class Release:
    """A state of `sql/`, as a version of PostgreSQL has it, which prints some of it its own way."""

    version: str
    breaking: int  # the newest migration that older code must not run with, 0 if there is none
    digest: str
    major: int  # of PostgreSQL

    def __str__(self) -> str:
        """As it is noted."""
        return f"{_stem(self.version, self.breaking, self.digest)}{self.major}"


def order(version: str) -> tuple[int, ...]:
    """To compare versions by."""
    return tuple(map(int, version.split(".")))


def function_files() -> list[Path]:
    """What a reload runs, in order: the clearing, the rooms, core first, the comments."""
    rooms = sorted((SQL / "functions").iterdir(), key=lambda room: (room.name != "core", room.name))
    abouts = [room / "room.sql" for room in rooms]
    rest = [path for room in rooms for path in sorted(room.glob("*.sql")) if path not in abouts]
    return [SQL / "reload.sql", *abouts, *rest, SQL / "finish.sql"]


def source_files() -> list[Path]:
    """All SQL that is installed."""
    return [ROLES, *migration_files().values(), *function_files(), NOTE]


def this_release(major: int) -> Release:
    """That of this code on a version of PostgreSQL."""
    return Release(*_this(), major)


def this_stem() -> str:
    """How it is noted, up to the version of PostgreSQL."""
    return _stem(*_this())


@cache
def _this() -> tuple[str, int, str]:
    digest = hashlib.sha256()
    for path in source_files():
        digest.update(f"{path.relative_to(SQL)}\0{path.read_text()}\0".encode())
    breaking = [one.id for one, path in migration_files().items() if BREAKING in flags(path)]
    return __version__, max(breaking, default=0), digest.hexdigest()[:16]


def _stem(version: str, breaking: int, digest: str) -> str:
    return f"pgteller {version}, breaking {breaking}, sql {digest}, on PostgreSQL "


def note_script() -> str:
    """SQL that notes this release, and how all of it stands."""
    return NOTE.read_text() + REMEMBER.format(this_stem())


def noted(connection: psycopg.Connection[Any], names: Names) -> Release | None:
    """That of the ledger in a database, if there is one."""
    query = (
        "SELECT pg_catalog.obj_description(n.oid, 'pg_namespace'::pg_catalog.name) "
        "FROM pg_catalog.pg_namespace AS n WHERE n.nspname = %s"
    )
    row = connection.execute(query, [names.schema]).fetchone()
    found = _NOTED.search(row[0] or "") if row else None
    return Release(found[1], int(found[2]), found[3], int(found[4])) if found else None


def difference(found: Release | None, names: Names, major: int) -> str:
    """Why the functions that were found are not those of this code; empty if they are."""
    mine, cure = this_release(major), f"{names.program} migrate"
    if found == mine:
        return ""
    if found is None:
        return f"not there: {cure}"
    if order(found.version) > order(mine.version):
        return f"of pgteller {found.version}, newer than this program: upgrade it"
    if found.major != major:
        return f"as made on PostgreSQL {found.major}: {cure}"
    return f"of another version: {cure}"
