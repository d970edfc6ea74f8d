"""The only module that runs queries: one statement per request, calling one function of the bank.

Names of functions, arguments and columns come from this package's own code, values never enter
the text of a statement. PostgreSQL makes the JSON; its bytes go out as they are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import psycopg
from flask import Flask, current_app, g
from psycopg.errors import DeadlockDetected, SerializationFailure

from web import settings
from web.contract import FUNCTIONS
from web.pool import Connection, Pool, UnavailableError

Arguments = dict[str, object]
About = tuple[tuple[str, str], ...]

ATTEMPTS = 3

# What is told of all rows of a function together: members before them, each an expression over the
# rows `r`, and its schema.
SUMMARIES: dict[str, dict[str, tuple[str, dict[str, str]]]] = {
    "batch": {
        status: (f"count(*) FILTER (WHERE r.status = '{status}')", {"type": "integer"})
        for status in ("posted", "replayed", "refused")
    },
    "verify_ledger": {"ok": ("bool_and(r.ok)", {"type": "boolean"})},
}

_PROGRESS = re.compile(r"verify_ledger (\d+)/(\d+)")


class LaggingSequencesError(UnavailableError):
    """The database would give numbers that are taken, to payments for example."""


def install(app: Flask) -> None:
    """Use no database that gives numbers twice; note it when an old request is answered again."""
    pool: Pool = app.extensions["pool"]
    pool.check = _refuse_lagging_sequences
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


def _refuse_lagging_sequences(connection: Connection) -> None:
    query = "SELECT s.sequence, s.drawn, s.in_use FROM bank.lagging_sequences() AS s"
    try:
        lagging = connection.execute(query).fetchall()
    except psycopg.OperationalError as error:
        raise UnavailableError(str(error)) from error
    if lagging:
        told = "; ".join(f"{name} is at {drawn}, {used} is in use" for name, drawn, used in lagging)
        raise LaggingSequencesError(
            f"This database would give numbers twice ({told}), as after a restore or "
            "replication. Run SELECT * FROM bank.advance_sequences() and verify_ledger() first."
        )


def row(function: str, arguments: Arguments) -> bytes:
    """What a function that returns one row answers."""
    return _fetch(_row_statement(function, tuple(arguments)), arguments)


def value(function: str, arguments: Arguments) -> bytes:
    """What a function that returns JSON answers."""
    return _fetch(f"SELECT {_call(function, tuple(arguments))}", arguments)


def rows(function: str, arguments: Arguments, items: str, about: About = ()) -> bytes:
    """All that a function lists, as member `items`, after what it is about and its summary."""
    return _fetch(_rows_statement(function, tuple(arguments), items, about), arguments)


def page(  # noqa: PLR0913
    function: str,
    arguments: Arguments,
    items: str,
    cursor: str,
    *,
    about: About = (),
    column: str | None = None,
) -> bytes:
    """One page of what a function lists, as member `items`, after what it is about.

    `next` is the `cursor` column of the page's last item, NULL on the last page: one row more than
    the page holds is asked for to know which it is. `column` gives that column, not whole rows.
    """
    statement = _page_statement(function, tuple(arguments), items, cursor, about, column)
    return _fetch(statement, arguments)


def listed(function: str, arguments: Arguments) -> bytes:
    """All that a function lists, as an array."""
    return _fetch(_listed_statement(function, tuple(arguments)), arguments)


def health(version: str) -> bytes:
    """That the bank's functions are in reach, and which versions answer."""
    return _fetch(
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
            result = connection.execute(_rows_statement("verify_ledger", (), "checks", ())).pgresult
        finally:
            connection.remove_notice_handler(hear)
    value = result.get_value(0, 0) if result else None
    assert value is not None
    return value


@lru_cache(maxsize=256)
def _row_statement(function: str, names: Sequence[str]) -> str:
    return f"SELECT row_to_json(r) FROM {_call(function, names)} AS r"


@lru_cache(maxsize=256)
def _listed_statement(function: str, names: Sequence[str]) -> str:
    return f"SELECT coalesce(json_agg(row_to_json(r)), '[]') FROM {_call(function, names)} AS r"


@lru_cache(maxsize=256)
def _rows_statement(function: str, names: Sequence[str], items: str, about: About) -> str:
    return (
        f"SELECT json_build_object({_about(about)}{_summary(function)}"
        f"'{items}', coalesce(json_agg(row_to_json(r)), '[]')) FROM {_call(function, names)} AS r"
    )


@lru_cache(maxsize=256)
def _page_statement(  # noqa: PLR0913, PLR0917
    function: str, names: Sequence[str], items: str, cursor: str, about: About, column: str | None
) -> str:
    item, last = (f"r.{column}", "") if column else ("r", f".{cursor}")
    return (
        f"SELECT json_build_object({_about(about)}"
        f"'{items}', coalesce(to_json(p.found[1:%(limit)s]), '[]'), "
        f"'next', CASE WHEN cardinality(p.found) > %(limit)s THEN (p.found[%(limit)s]){last} END) "
        f"FROM (SELECT array_agg({item}) AS found "
        f"FROM {_call(function, names, more=1)} AS r) AS p"
    )


def _about(about: About) -> str:
    """Arguments that are told again, each with its type in SQL."""
    return "".join(f"'{name}', %({name})s::{kind}, " for name, kind in about)


def _summary(function: str) -> str:
    return "".join(
        f"'{name}', {expression}, " for name, (expression, _) in SUMMARIES.get(function, {}).items()
    )


def _call(function: str, names: Sequence[str], more: int = 0) -> str:
    """The call by argument names, quoted since some are keywords; `more` raises the limit."""
    given = (
        f'"{name}" => %({name})s' + (f" + {more}" if more and name == "limit" else "")
        for name in names
    )
    return f"bank.{FUNCTIONS[function].called_with(names)}({', '.join(given)})"


def _fetch(statement: str, arguments: Arguments) -> bytes:
    """The statement's one value. Only what PostgreSQL has rolled back by itself is tried again."""
    return _try(current_app.extensions["pool"], statement, arguments)


def _try(pool: Pool, statement: str, arguments: Arguments) -> bytes:
    """As `_fetch`, over a connection of that pool."""
    for attempt in range(ATTEMPTS):
        try:
            with pool.connection() as connection:
                result = connection.execute(statement, arguments).pgresult
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
