"""One statement over a connection, in one round trip: as whom it runs, for how long, and what.

libpq is used directly: the cursors of psycopg cost more than all else that a request does here. A
pipeline has two messages: one sets, for this transaction, the role to take and what the functions
are to know of the caller; the other is the statement.  PostgreSQL answers both at once, and forgets
the settings with the transaction.
"""

from __future__ import annotations

import re
import select
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import psycopg
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn, PGresult

MOST_PREPARED = 200  # statements that a connection keeps

_PLACE = re.compile(r"%\((\w+)\)s")
_SPECIAL = re.compile(r'(["\\])')


@dataclass(frozen=True)
class Caller:
    """As whom a statement runs: settings of the transaction, by name."""

    settings: tuple[tuple[str, str], ...] = ()

    @property
    def statement(self) -> bytes:
        """What makes them hold."""
        return _setting(tuple(name for name, _ in self.settings))

    @property
    def values(self) -> list[bytes]:
        """Its parameters."""
        return [value.encode() for _, value in self.settings]


@lru_cache(maxsize=32)
def _setting(names: tuple[str, ...]) -> bytes:
    calls = (
        f"pg_catalog.set_config('{name}', ${number}, true)"
        for number, name in enumerate(names, start=1)
    )
    return f"SELECT {', '.join(calls)}".encode()


@lru_cache(maxsize=1024)
def _positional(statement: str) -> tuple[bytes, tuple[str, ...]]:
    """The statement as the server takes it, and which values it takes in which order."""
    names: dict[str, int] = {}

    def place(found: re.Match[str]) -> str:
        return f"${names.setdefault(found[1], len(names) + 1)}"

    return _PLACE.sub(place, statement).encode(), tuple(names)


def _text(value: object) -> bytes | None:
    """A value as PostgreSQL reads it."""
    if value is None:
        return None
    if isinstance(value, bool):
        return b"t" if value else b"f"
    text = (array(value) if isinstance(value, list | tuple) else str(value)).encode()
    if b"\0" in text:
        raise psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
    return text


def array(values: Sequence[object]) -> str:
    """An array as PostgreSQL reads it."""
    items = (
        "NULL" if value is None else '"' + _SPECIAL.sub(r"\\\1", str(value)) + '"'
        for value in values
    )
    return f"{{{','.join(items)}}}"


class Sender:
    """Sends over one connection; it knows what has been prepared there."""

    def __init__(self, pgconn: PGconn, prepares: bool) -> None:
        self.pgconn = pgconn
        self.prepares = prepares
        self.prepared: dict[bytes, bytes] = {}
        self.named = 0
        self.poll = select.poll()
        self.poll.register(self.pgconn.socket, select.POLLIN)

    def value(
        self, caller: Caller, statement: str, arguments: Mapping[str, object]
    ) -> bytes | None:
        """What the statement's first row has in its first column, as text."""
        text, names = _positional(statement)
        values = [_text(arguments[name]) for name in names]
        fresh: dict[bytes, bytes] = {}
        self.pgconn.enter_pipeline_mode()
        if caller.settings:
            self._send(caller.statement, caller.values, fresh)
        self._send(text, values, fresh)
        self.pgconn.pipeline_sync()
        self._flush()
        result = self._result()
        self.pgconn.exit_pipeline_mode()
        if result.status == ExecStatus.FATAL_ERROR:
            raise error_from_result(result, encoding="utf-8")
        self.prepared |= fresh
        return result.get_value(0, 0)

    def _send(
        self, statement: bytes, values: Sequence[bytes | None], fresh: dict[bytes, bytes]
    ) -> None:
        """Send one; prepare it if it comes for the first time, which is `fresh` until it worked."""
        name = self.prepared.get(statement)
        if name is None and self.prepares and len(self.prepared) < MOST_PREPARED:
            self.named += 1
            name = fresh[statement] = b"pgteller%d" % self.named
            self.pgconn.send_prepare(name, statement)
        if name is None:
            self.pgconn.send_query_params(statement, values)
        else:
            self.pgconn.send_query_prepared(name, values)

    def _flush(self) -> None:
        """Send what is left, and read meanwhile, since the server may wait for that."""
        while self.pgconn.flush():
            self.poll.modify(self.pgconn.socket, select.POLLIN | select.POLLOUT)
            try:
                for _, event in self.poll.poll():
                    if event & select.POLLIN:
                        self.pgconn.consume_input()
            finally:
                self.poll.modify(self.pgconn.socket, select.POLLIN)

    def _result(self) -> PGresult:
        """The last one, or the first that failed, once all are there."""
        last: PGresult | None = None
        failed: PGresult | None = None
        while True:
            while self.pgconn.is_busy():
                self.poll.poll()
                self.pgconn.consume_input()
            result = self.pgconn.get_result()
            if result is None:  # the end of one, and others follow
                continue
            if result.status == ExecStatus.PIPELINE_SYNC:
                break
            if result.status == ExecStatus.FATAL_ERROR and failed is None:
                failed = result
            last = result
        found = failed or last
        assert found is not None
        return found
