"""The ledger of the demo bank: made with a mark by which it is known, and thrown away whole.

The mark is the comment of its owner, which whoever may make roles writes in the transaction that
makes it.  It names the database, since roles belong to the whole server.  A ledger without it is
never filled and never removed, whatever it is called.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

import psycopg
from psycopg import sql
from psycopg.errors import DependentObjectsStillExist, LockNotAvailable

from pgteller.demo.fill import Report, fill
from pgteller.demo.story import Demo
from pgteller.install import is_loaded_in, load
from pgteller.install.ledgers import missing_roles
from pgteller.install.migrations import (
    Connection,
    InstallError,
    begin,
    connect,
    patiently,
    require_trust,
)
from pgteller.names import ROLES, Names

MARK = "pgteller: owns what the demo has made in database {}, which is {}."
_MARK = re.compile(MARK.format("([0-9]+)", "(begun|filled)").replace(".", "[.]"))
BEGUN, FILLED = "begun", "filled"
SCHEMAS = "SELECT n.nspname::text FROM pg_catalog.pg_namespace AS n WHERE n.nspname = ANY(%s)"
MARKED = """
SELECT pg_catalog.shobj_description(r.oid, 'pg_authid'::pg_catalog.name),
    (SELECT d.oid::text FROM pg_catalog.pg_database AS d WHERE d.datname = current_database())
FROM pg_catalog.pg_roles AS r
WHERE r.rolname = %s
"""


def have(admin_url: str, names: Names, login: str, demo: Demo, report: Report) -> bool:
    """Have it there, filled, for the login of that URL; whether it was not.

    What was begun and not finished is thrown away: it has nobody's postings but our own.
    """
    with connect(admin_url) as connection, alone(connection, names):
        found = mark_of(connection, names)
        if found == BEGUN:
            _drop(connection, names)
        if found != FILLED:
            _make(connection, names)
        if not is_loaded_in(connection, names):
            load(admin_url, names)
        _let_in(connection, names, login)
        if found != FILLED:
            fill(login, names, demo.steps(), report)
            with connection.transaction():
                _mark(connection, names, FILLED)
    return found != FILLED


def remove(admin_url: str, names: Names) -> bool:
    """Throw it away, with its roles; whether there was one."""
    with connect(admin_url) as connection, alone(connection, names):
        if mark_of(connection, names) is None:
            return False
        _drop(connection, names)
    return True


def mark_of(connection: Connection, names: Names) -> str | None:
    """How far it is; None where there is nothing.  What is not ours is refused."""
    comment, database = connection.execute(MARKED, [names.role("owner")]).fetchone() or ("", "")
    found = _MARK.fullmatch(comment or "")
    if found and found[1] == database:
        require_trust(connection, names)
        return found[2]
    there = [name for (name,) in connection.execute(SCHEMAS, [_schemas(names)])]
    missing = missing_roles(connection, names)
    if there or len(missing) < len(ROLES):
        what = f"The ledger {names.schema}" if there else f"The roles {names.roles}_..."
        raise InstallError(
            f"{what} {'was' if there else 'were'} not made by `pgteller demo`, which leaves alone "
            "what is not its own: pgteller demo --schema NAME."
        )
    return None


@contextlib.contextmanager
def alone(connection: Connection, names: Names) -> Iterator[None]:
    """Wait for whoever else is at it."""
    lock = [f"pgteller demo {names.schema}"]
    connection.execute("SELECT pg_advisory_lock(pg_catalog.hashtextextended(%s, 0))", lock)
    try:
        yield
    finally:
        if not connection.closed:
            query = "SELECT pg_advisory_unlock(pg_catalog.hashtextextended(%s, 0))"
            connection.execute(query, lock)


def _make(connection: Connection, names: Names) -> None:
    """Roles and schemas, marked in the same transaction."""

    def make(connection: Connection) -> None:
        begin(connection, names)
        connection.execute("SET LOCAL ROLE NONE")
        _mark(connection, names, BEGUN)

    patiently(connection, make)


def _mark(connection: Connection, names: Names, state: str) -> None:
    (database,) = connection.execute(
        "SELECT d.oid::text FROM pg_catalog.pg_database AS d WHERE d.datname = current_database()"
    ).fetchone() or ("",)
    command = sql.SQL("COMMENT ON ROLE {} IS {}")
    owner = sql.Identifier(names.role("owner"))
    connection.execute(command.format(owner, MARK.format(database, state)))


def _drop(connection: Connection, names: Names) -> None:
    """All of it, or nothing."""

    def drop(connection: Connection) -> None:
        owner = sql.Identifier(names.role("owner"))
        schemas = sql.SQL(", ").join(map(sql.Identifier, _schemas(names)))
        roles = sql.SQL(", ").join(sql.Identifier(names.role(role)) for role in ROLES)
        try:
            connection.execute(sql.SQL("SET LOCAL ROLE {}").format(owner))
            connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(schemas))
            connection.execute("SET LOCAL ROLE NONE")
            connection.execute(sql.SQL("DROP ROLE {}").format(roles))
        except (DependentObjectsStillExist, LockNotAvailable) as problem:
            detail = f": {problem.diag.message_detail}" if problem.diag.message_detail else ""
            raise InstallError(f"{problem.diag.message_primary}{detail}") from problem

    patiently(connection, drop)


def _let_in(connection: Connection, names: Names, login: str) -> None:
    """Have the login be an operator and an auditor of it, unless it may do so already."""
    with psycopg.connect(login) as other:
        who = other.execute("SELECT session_user::text").fetchone()
    assert who is not None
    for role in "operator", "auditor":
        query = "SELECT pg_catalog.pg_has_role(%s::name, %s::name, 'USAGE')"
        if connection.execute(query, [who[0], names.role(role)]).fetchone() != (True,):
            command = sql.SQL("GRANT {} TO {}")
            wanted = sql.Identifier(names.role(role))
            connection.execute(command.format(wanted, sql.Identifier(who[0])))


def _schemas(names: Names) -> list[str]:
    return [names.schema, names.engine, names.data]
