"""The only module of the shell that runs queries: one statement per request.

It calls one function of the bank, see `calls`; PostgreSQL makes the JSON, and its bytes go out as
they are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import partial
from typing import Any

import psycopg
from flask import Flask, current_app, g
from psycopg.errors import DeadlockDetected, SerializationFailure

from pgteller import calls, settings
from pgteller.names import Names
from pgteller.pool import Connection, Pool, UnavailableError

Arguments = dict[str, object]

ATTEMPTS = 3

_PROGRESS = re.compile(r"verify_ledger (\d+)/(\d+)")


class LaggingSequencesError(UnavailableError):
    """The database would give numbers that are taken, to payments for example."""


def install(app: Flask) -> None:
    """Use no database that gives numbers twice; note it when an old request is answered again."""
    pool: Pool = app.extensions["pool"]
    pool.check = partial(_refuse_lagging_sequences, pool.names)
    pool.on_notice = _notice


def require_sound(app: Flask) -> None:
    """End this process if its database gives numbers twice; one that is away is waited for."""
    try:
        with app.extensions["pool"].connection():
            pass
    except LaggingSequencesError as problem:
        settings.end(str(problem))
    except (psycopg.Error, UnavailableError):
        return  # whoever asks something will be told


def _refuse_lagging_sequences(names: Names, connection: Connection) -> None:
    query = "SELECT s.sequence, s.drawn, s.in_use FROM bank.lagging_sequences() AS s"
    try:
        lagging = connection.execute(names.render(query).encode()).fetchall()
    except psycopg.OperationalError as error:
        raise UnavailableError(str(error)) from error
    if lagging:
        told = "; ".join(f"{name} is at {drawn}, {used} is in use" for name, drawn, used in lagging)
        raise LaggingSequencesError(
            f"This database would give numbers twice ({told}), as after a restore or "
            f"replication. Run SELECT * FROM {names.schema}.advance_sequences() and "
            "verify_ledger() first."
        )


def row(function: str, arguments: Arguments) -> bytes:
    """What a function that returns one row answers."""
    return fetch(calls.row(function, tuple(arguments)), arguments)


def listed(function: str, arguments: Arguments) -> bytes:
    """All that a function lists, as an array."""
    return fetch(calls.listed(function, tuple(arguments)), arguments)


def health(version: str) -> bytes:
    """That the bank's functions are in reach, and which versions answer."""
    return fetch(
        "SELECT json_build_object('status', 'ok', 'version', %(version)s::text, "
        "'postgresql', current_setting('server_version')) "
        "FROM (SELECT 'bank.get_account(text)'::regprocedure) AS f",
        {"version": version},
    )


LOAD = (
    "SELECT json_build_object('posted', count(*) FILTER (WHERE r.status = 'posted'), "
    "'replayed', count(*) FILTER (WHERE r.status = 'replayed'), "
    "'refusals', coalesce(json_agg(json_build_object("
    "'item', r.item, 'code', r.code, 'detail', r.detail)) FILTER (WHERE r.status = 'refused'), "
    "'[]')) FROM bank.batch_at(%(operations)s) AS r"
)


def load_batch(pool: Pool, operations: str) -> dict[str, Any]:
    """Run a batch over one of the pool's connections: how many were posted, and the refusals."""
    result: dict[str, Any] = json.loads(_try(pool, LOAD, {"operations": operations}))
    return result


def watched_verification(report: Callable[[int, int], None]) -> bytes:
    """Whether the books are intact, by check, as the route answers it.

    `report` is told meanwhile how many legs, of how many, have been looked at.

    The function says so in DEBUG messages, which this transaction alone asks for.
    """

    def hear(diagnostic: psycopg.errors.Diagnostic) -> None:
        found = _PROGRESS.fullmatch(diagnostic.message_primary or "")
        if found:
            report(int(found[1]), int(found[2]))

    pool: Pool = current_app.extensions["pool"]
    with pool.connection() as connection, connection.transaction():
        connection.add_notice_handler(hear)
        try:
            connection.execute("SET LOCAL client_min_messages = debug1")
            statement = pool.names.render(calls.rows("verify_ledger", (), "checks", ()))
            result = connection.execute(statement.encode()).pgresult
        finally:
            connection.remove_notice_handler(hear)
    value = result.get_value(0, 0) if result else None
    assert value is not None
    return value


def fetch(statement: str, arguments: Arguments) -> bytes:
    """The statement's one value. Only what PostgreSQL has rolled back by itself is tried again."""
    return _try(current_app.extensions["pool"], statement, arguments)


def _try(pool: Pool, statement: str, arguments: Arguments) -> bytes:
    """As `_fetch`, over a connection of that pool."""
    rendered = pool.names.render(statement).encode()
    for attempt in range(ATTEMPTS):
        try:
            with pool.connection() as connection:
                result = connection.execute(rendered, arguments).pgresult
            value = result.get_value(0, 0) if result else None
            assert value is not None, statement
            return value
        except (SerializationFailure, DeadlockDetected):
            if attempt + 1 == ATTEMPTS:
                raise
    raise AssertionError("unreachable")


def _notice(diagnostic: psycopg.errors.Diagnostic) -> None:
    """Called while the statement runs, in the thread of the request."""
    if diagnostic.message_primary == "idempotent_replayed":
        g.replayed = True
