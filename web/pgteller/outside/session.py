"""A connection that reads: in one snapshot with others, and with settings of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
from psycopg import sql
from psycopg.pq import DiagnosticField, ExecStatus, error_message
from psycopg.pq.abc import PGresult

from pgteller.names import Names

Connection = psycopg.Connection[tuple[Any, ...]]

BANK = Names()
BLOCK = 2000  # lines

# Nothing of what is read may hang on how a login, a database or a server is set up. For this
# transaction alone, so that a pooler's next client has what it had.
SETTINGS = {
    "search_path": "pg_catalog",
    "client_encoding": "UTF8",
    "bytea_output": "hex",
    "standard_conforming_strings": "on",
    "DateStyle": "ISO",
    "IntervalStyle": "postgres",
    "extra_float_digits": "1",
    "row_security": "off",
    "statement_timeout": "0",
    "lock_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "quote_all_identifiers": "off",
}
# What is asked for in order comes by an index: sorting a large ledger would take its disk.
SORTING = ("enable_sort", "enable_seqscan", "enable_bitmapscan")


MAY_NOT_READ = (
    "docs/operations.md says how to make a login that may read all of it, for DATABASE_URL to "
    "name; for the embedded PostgreSQL unset DATABASE_URL, so that its superuser reads."
)


class OutsideError(Exception):
    """It cannot be verified at all: nothing is said of whether it is intact."""


def _reason(result: PGresult) -> str:
    """Why it cannot be read."""
    reason = error_message(result)
    if result.error_field(DiagnosticField.SQLSTATE) == b"42501":
        reason += f"\n{MAY_NOT_READ}"
    return reason


class Session:
    """One read-only transaction, from its beginning to its end."""

    def __init__(self, url: str, snapshot: str | None = None, names: Names = BANK) -> None:
        self.names = names
        self.connection: Connection = psycopg.connect(
            url, autocommit=True, application_name="pgteller verify"
        )
        self.connection.prepare_threshold = None  # it may be a pooler's
        execute = self.connection.execute
        execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        if snapshot is not None:
            execute(sql.SQL("SET TRANSACTION SNAPSHOT {}").format(sql.Literal(snapshot)))
        for name, value in SETTINGS.items():
            execute(sql.SQL("SET LOCAL {} = {}").format(sql.Identifier(name), sql.Literal(value)))
        self._may_sort = True

    def export(self) -> str:
        """A name by which others may read the same moment, as long as this transaction is open."""
        return str(self.rows("SELECT pg_catalog.pg_export_snapshot()")[0][0])

    def rows(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """All rows of a small table."""
        return self.connection.execute(self.names.render(query).encode(), values).fetchall()

    def blocks(self, query: str, within: str = "") -> Iterator[list[bytes]]:
        """The lines of a COPY, some thousands at a time: memory does not grow with the table.

        `within` takes the place of {within}: a condition with values, which are not rendered.
        """
        self._let_sort("ORDER BY" not in query)
        pgconn = self.connection.pgconn
        rendered = self.names.render(query).replace("{within}", within)
        result = pgconn.exec_(f"COPY ({rendered}) TO STDOUT".encode())
        if result.status != ExecStatus.COPY_OUT:
            raise OutsideError(_reason(result))
        take = pgconn.get_copy_data
        parts: list[bytes] = []
        rest = b""
        while True:
            size, data = take(0)
            if size < 0:
                break
            parts.append(bytes(data))
            if len(parts) == BLOCK:
                # A message need not be a line, though PostgreSQL's are.
                *lines, rest = (rest + b"".join(parts)).split(b"\n")
                parts.clear()
                yield lines
        *lines, rest = (rest + b"".join(parts)).split(b"\n")
        while (ended := pgconn.get_result()) is not None:
            if ended.status != ExecStatus.COMMAND_OK:
                raise OutsideError(_reason(ended))
        if rest:
            raise OutsideError("The server's answer breaks off within a row.")
        if lines:
            yield lines

    def fields(self, query: str, within: str = "") -> Iterator[list[bytes]]:
        """The rows of a COPY, field by field."""
        for lines in self.blocks(query, within):
            for line in lines:
                yield line.split(b"\t")

    def _let_sort(self, may: bool) -> None:
        if may != self._may_sort:
            for name in SORTING:
                self.connection.execute(f"SET LOCAL {name} = {'on' if may else 'off'}".encode())
            self._may_sort = may

    def close(self) -> None:
        """End it."""
        self.connection.close()
