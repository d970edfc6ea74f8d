"""The only module of the shell that runs queries: one statement per request.

It calls one function of the bank, see `calls`; PostgreSQL makes the JSON, and its bytes go out as
they are.
"""

from __future__ import annotations

import contextlib
import json
import re
import time
from collections.abc import Iterator
from functools import lru_cache, partial
from typing import Any

import psycopg
from flask import Flask, current_app, g
from psycopg.errors import (
    DatatypeMismatch,
    DeadlockDetected,
    FeatureNotSupported,
    InternalError_,
    InvalidSchemaName,
    ReadOnlySqlTransaction,
    SerializationFailure,
    UndefinedFunction,
    UndefinedObject,
    UndefinedTable,
)

from pgteller import __version__, calls, settings
from pgteller.contract import NEWEST_MIGRATION
from pgteller.install.ledgers import ledger
from pgteller.install.migrations import InstallError, require_trust
from pgteller.install.release import noted, order
from pgteller.names import Names
from pgteller.pool import Connection, Pool, UnavailableError
from pgteller.sending import Caller

Arguments = dict[str, object]

ATTEMPTS = 3
PATIENT = Caller()
PROBING = 5.0  # seconds, after which a database is not ready
PROBER = Caller.within(PROBING)
# What a session may meet with once where the functions were made anew since its last call, of which
# it has kept plans and types; or where its server takes no writes any more, as another one does at
# the same address now. All of it is rolled back.
STALE = (
    UndefinedObject,
    UndefinedFunction,
    UndefinedTable,
    InvalidSchemaName,
    DatatypeMismatch,
    FeatureNotSupported,
    InternalError_,
    ReadOnlySqlTransaction,
)

PLAINLY = "SET LOCAL search_path = pg_catalog, pg_temp"

_CALLED = re.compile(r"\bbank\.\w+(?=\()")


class UnfitError(UnavailableError):
    """The database is none to work with; the message is for who runs this."""


class MismatchError(UnfitError):
    """The functions there are of another version; whoever asks for health is told."""


def install(app: Flask) -> None:
    """Use no database that is not fit to be; note it when an old request is answered again."""
    pool: Pool = app.extensions["pool"]
    pool.check = partial(_refuse_unfit, pool, app.extensions["keyed"])
    pool.on_notice = _notice


def require_fit(app: Flask) -> None:
    """End this process if its database is not fit; one that is away is waited for."""
    try:
        with app.extensions["pool"].connection():
            pass
    except UnfitError as problem:
        settings.end(str(problem))
    except (psycopg.Error, UnavailableError):
        return  # whoever asks something will be told


def _require_roles(names: Names, connection: Connection) -> None:
    """Refuse a login that cannot take the role of a key."""
    query = (
        "SELECT r.role FROM pg_catalog.unnest(%s::pg_catalog.text[]) AS r (role) "
        "WHERE NOT pg_catalog.pg_has_role(r.role::pg_catalog.name, CASE WHEN "
        "pg_catalog.current_setting('server_version_num')::integer < 160000 "
        "THEN 'MEMBER' ELSE 'SET' END)"
    )
    roles = [names.role(role) for role in ("teller", "operator", "auditor")]
    with plainly(connection):
        missing = connection.execute(query, [roles]).fetchone()
    if missing:
        raise UnfitError(
            f"{connection.info.user} cannot take the role of a key: GRANT {missing[0]} TO it."
        )


def _refuse_unfit(pool: Pool, keyed: bool, connection: Connection) -> None:
    """Refuse functions of another version, and what would give numbers twice."""
    pool.names = names = require_known(pool.names, connection)  # now with the ledger's own roles
    query = "SELECT s.sequence, s.drawn, s.in_use FROM bank.lagging_sequences() AS s"
    try:
        with plainly(connection):
            lagging = connection.execute(names.render(query).encode()).fetchall()
    except psycopg.errors.InsufficientPrivilege as error:
        raise UnfitError(
            f"{connection.info.user} may not call the functions of the ledger {names.schema}: "
            f"GRANT {names.role('operator')} (or _teller) TO it."
        ) from error
    if keyed:
        _require_roles(names, connection)
    if lagging:
        told = "; ".join(f"{name} is at {drawn}, {used} is in use" for name, drawn, used in lagging)
        raise UnfitError(
            f"This database would give numbers twice ({told}), as after a restore or "
            f"replication. Run SELECT * FROM {names.schema}.advance_sequences() and "
            "verify_ledger() first."
        )


def caller() -> Caller:
    """Whose request it is; else who this process is to itself, where its commands are patient."""
    asking: Caller | None = g.get("caller")
    return asking or current_app.extensions.get("caller", PATIENT)


def row(function: str, arguments: Arguments) -> bytes:
    """What a function that returns one row answers."""
    return fetch(calls.row(function, tuple(arguments)), arguments)


def listed(function: str, arguments: Arguments) -> bytes:
    """All that a function lists, as an array."""
    return fetch(calls.listed(function, tuple(arguments)), arguments)


def require_known(names: Names, connection: Connection) -> Names:
    """The ledger, with the roles that it has; refuse functions that this code may not work with.

    It may be older than they are, so that the database is upgraded first, unless a migration is
    `breaking`; it may not be newer.
    """
    try:
        with plainly(connection):
            if there := ledger(connection, names.schema):
                require_trust(connection, there)
            found = noted(connection, names)
    except InstallError as error:
        raise MismatchError(str(error)) from error
    if there is None or found is None:
        raise MismatchError(_nothing(names))
    if order(found.version) < order(__version__):
        cure = "upgrade it first: pgteller migrate."
    elif found.breaking > NEWEST_MIGRATION:
        cure = "which this may not work with: upgrade web server and worker."
    else:
        return there
    raise MismatchError(
        f"The ledger {names.schema} is of pgteller {found.version}, this is {__version__}: {cure}"
    )


@contextlib.contextmanager
def plainly(connection: Connection) -> Iterator[None]:
    """A transaction in which nothing is looked for but in pg_catalog, whatever is on the path."""
    with connection.transaction():
        connection.execute(PLAINLY)
        yield


def ready() -> bytes:
    """That the bank's functions are in reach and fit, and which versions answer."""
    pool: Pool = current_app.extensions["pool"]
    with pool.connection() as connection, connection.within(PROBING):
        pool.names = names = require_known(pool.names, connection)
        if current_app.extensions["keyed"]:
            _require_roles(names, connection)
    g.caller = PROBER
    return fetch(
        "SELECT pg_catalog.json_build_object('status', 'ok', "
        "'version', %(version)s::pg_catalog.text, "
        "'functions', substring(pg_catalog.obj_description('bank'::pg_catalog.regnamespace, "
        "'pg_namespace'::pg_catalog.name) FROM '[(]pgteller ([0-9.]+)'), "
        "'postgresql', pg_catalog.current_setting('server_version')) "
        "FROM (SELECT 'bank.get_account(text)'::pg_catalog.regprocedure) AS f",
        {"version": __version__},
    )


LOAD = (
    "SELECT pg_catalog.json_build_object("
    "'posted', pg_catalog.count(*) FILTER (WHERE r.status OPERATOR(pg_catalog.=) 'posted'), "
    "'replayed', pg_catalog.count(*) FILTER (WHERE r.status OPERATOR(pg_catalog.=) 'replayed'), "
    "'refusals', coalesce(pg_catalog.json_agg(pg_catalog.json_build_object("
    "'item', r.item, 'code', r.code, 'detail', r.detail)) "
    "FILTER (WHERE r.status OPERATOR(pg_catalog.=) 'refused'), "
    "'[]')) FROM bank.batch_at(%(operations)s) AS r"
)


def load_batch(pool: Pool, operations: str) -> dict[str, Any]:
    """Run a batch over one of the pool's connections: how many were posted, and the refusals."""
    result: dict[str, Any] = json.loads(_try(pool, PATIENT, LOAD, {"operations": operations}))
    return result


def fetch(statement: str, arguments: Arguments, undone: bool = False) -> bytes:
    """The statement's one value. Only what PostgreSQL has rolled back by itself is tried again.

    `undone`: what it does is rolled back in any case.
    """
    begun = time.perf_counter()
    extensions = current_app.extensions
    try:
        with extensions["tracing"].call(_called(statement)):
            return _try(extensions["pool"], caller(), statement, arguments, undone)
    finally:
        if seen := g.get("seen"):
            seen.database += time.perf_counter() - begun


@lru_cache(maxsize=1024)
def _called(statement: str) -> str:
    """The function that a statement calls."""
    found = _CALLED.search(statement)
    return found[0] if found else "bank"


def _try(
    pool: Pool, caller: Caller, statement: str, arguments: Arguments, undone: bool = False
) -> bytes:
    """The same over connections of that pool."""
    for attempt in range(ATTEMPTS):
        try:
            return sent(pool, caller, statement, arguments, undone)
        except (SerializationFailure, DeadlockDetected, *STALE) as error:
            if attempt + 1 < ATTEMPTS:
                continue
            if _is_gone(error):
                raise MismatchError(_nothing(pool.names)) from error
            raise
    raise AssertionError("unreachable")


def _is_gone(error: psycopg.Error) -> bool:
    """Whether what the shell itself calls is not there any more: no function was reached."""
    gone = isinstance(error, InvalidSchemaName | UndefinedFunction)
    return gone and not error.diag.context


def _nothing(names: Names) -> str:
    return f"There is no ledger {names.schema} in this database: pgteller init."


def sent(
    pool: Pool, caller: Caller, statement: str, arguments: Arguments, undone: bool = False
) -> bytes:
    """The statement's one value, over a connection of a pool; one that is stale is given up."""
    with pool.connection() as connection:
        try:
            value = connection.sender.value(caller, pool.names.render(statement), arguments, undone)
        except STALE:
            connection.close()
            raise
    assert value is not None, statement
    return value


def _notice(diagnostic: psycopg.errors.Diagnostic) -> None:
    """Called while the statement runs, in the thread of the request."""
    if diagnostic.message_primary == "idempotent_replayed":
        g.replayed = True
