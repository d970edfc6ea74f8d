"""One statement over a connection, in one round trip: as whom it runs, for how long, and what.

libpq is used directly: the cursors of psycopg cost more than all else that a request does here. A
pipeline has two messages: one sets, for this transaction, the role to take and what the functions
are to know of the caller; the other is the statement.  PostgreSQL answers both at once, and forgets
who it was with the transaction.  How long it may take is the same nearly always, and so is left to
a session that is ours alone.
"""

from __future__ import annotations

import re
import select
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import psycopg
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn, PGresult

MOST_PREPARED = 200  # statements that a connection keeps
GRACE = 5.0  # seconds after which a server that had to say that time is up is taken for dead

_PLACE = re.compile(r"%\((\w+)\)s")
_SPECIAL = re.compile(r'(["\\])')


Settings = tuple[tuple[str, str], ...]

NAME = "pgteller.on_behalf_of"  # the setting that says whose statement it is


@lru_cache(maxsize=64)
def bounds(seconds: float, lock: float) -> Settings:
    """What has a statement end after so many seconds, or because of a lock."""
    return (
        ("search_path", "pg_catalog, pg_temp"),
        ("statement_timeout", f"{seconds * 1000:.0f}"),
        ("lock_timeout", f"{lock * 1000:.0f}"),
    )


@dataclass(frozen=True)
class Caller:
    """As whom a statement runs, and within which bounds: settings, by name.

    Who it is holds for one transaction. The bounds are nearly always the same, so where a session
    is ours alone they hold until others are wanted.  With a position of the primary's log it runs
    on a standby that has come so far, and nowhere else: there it fails before it begins, as
    a division by zero.
    """

    identity: Settings = ()
    bounds: Settings = ()
    position: str = ""

    @classmethod
    def within(cls, seconds: float, lock: float | None = None) -> Caller:
        """Nobody in particular, who waits so long for a statement, and for a lock."""
        return cls(bounds=bounds(seconds, seconds if lock is None else lock))

    @property
    def limit(self) -> float:
        """The seconds that a statement may take."""
        return float(dict(self.bounds).get("statement_timeout", 0)) / 1000 or float("inf")

    @property
    def deadline(self) -> float:
        """Until when an answer is waited for, by the monotonic clock."""
        return time.monotonic() + self.limit + GRACE


@lru_cache(maxsize=64)
def _setting(local: tuple[str, ...], lasting: tuple[str, ...], on_standby: bool) -> bytes:
    """What makes settings of these names hold: for a transaction, and for a session."""
    scopes = [(name, "true") for name in local] + [(name, "false") for name in lasting]
    parts = [
        f"pg_catalog.set_config('{name}', ${number}, {scope})"
        for number, (name, scope) in enumerate(scopes, start=1)
    ]
    if on_standby:
        parts.append(
            "1 OPERATOR(pg_catalog./) (pg_catalog.pg_is_in_recovery() AND "
            "pg_catalog.pg_last_wal_replay_lsn() OPERATOR(pg_catalog.>=) "
            f"${len(parts) + 1}::pg_catalog.pg_lsn)::pg_catalog.int4"
        )
    return f"SELECT {', '.join(parts)}".encode()


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
    """Sends over one connection; `own` where PostgreSQL keeps a session for it, and for it alone.

    Then it knows what has been prepared there, and which bounds hold.
    """

    def __init__(self, pgconn: PGconn, own: bool) -> None:
        self.pgconn = pgconn
        self.own = own
        self.bounds: Settings = ()
        self.prepared: dict[bytes, bytes] = {}
        self.named = 0
        # Of each command that is not answered yet: the statement that it prepares, if any.
        self.sent: deque[bytes | None] = deque()
        self.fresh: dict[bytes, bytes] = {}
        self.deadline = float("inf")
        self.poll = select.poll()
        self.poll.register(self.pgconn.socket, select.POLLIN)

    def value(
        self,
        caller: Caller,
        statement: str,
        arguments: Mapping[str, object],
        undone: bool = False,
    ) -> bytes | None:
        """What the statement's first row has in its first column, as text.

        `undone`: whatever it does is rolled back, so that it tells what it would do.
        """
        text, names = _positional(statement)
        values = [_text(arguments[name]) for name in names]
        self.deadline = caller.deadline
        self.fresh = {}
        self.sent.clear()
        self.pgconn.enter_pipeline_mode()
        if undone:
            self._send(b"BEGIN", ())
        self._set(caller)
        self._send(text, values)
        self.pgconn.pipeline_sync()
        if undone:  # after a sync of its own, as it would be skipped after an error
            self._send(b"ROLLBACK", ())
            self.pgconn.pipeline_sync()
        self._flush()
        result = self._result()
        if undone:
            self._result()
        self.pgconn.exit_pipeline_mode()
        if result.status == ExecStatus.FATAL_ERROR:
            raise error_from_result(result, encoding="utf-8")
        if not undone:
            self.bounds = caller.bounds or self.bounds  # only now, since an error undoes them
        return result.get_value(0, 0)

    def _set(self, caller: Caller) -> None:
        """Send what makes it hold, if anything has to."""
        local, lasting = caller.identity, caller.bounds
        if not self.own:
            local, lasting = local + lasting, ()
        elif lasting == self.bounds:
            lasting = ()
        if not (local or lasting or caller.position):
            return
        values = [value.encode() for _, value in local + lasting]
        if caller.position:
            values.append(caller.position.encode())
        names = tuple(name for name, _ in local), tuple(name for name, _ in lasting)
        self._send(_setting(*names, bool(caller.position)), values)

    def _send(self, statement: bytes, values: Sequence[bytes | None]) -> None:
        """Send one; prepare it if it comes for the first time, `fresh` until the server says so."""
        name = self.prepared.get(statement)
        if name is None and self.own and len(self.prepared) < MOST_PREPARED:
            self.named += 1
            name = self.fresh[statement] = b"pgteller%d" % self.named
            self.pgconn.send_prepare(name, statement)
            self.sent.append(statement)
        self.sent.append(None)
        if name is None:
            self.pgconn.send_query_params(statement, values)
        else:
            self.pgconn.send_query_prepared(name, values)

    def _flush(self) -> None:
        """Send what is left, and read meanwhile, since the server may wait for that."""
        while self.pgconn.flush():
            self.poll.modify(self.pgconn.socket, select.POLLIN | select.POLLOUT)
            try:
                for _, event in self._wait():
                    if event & select.POLLIN:
                        self.pgconn.consume_input()
            finally:
                self.poll.modify(self.pgconn.socket, select.POLLIN)

    def _wait(self) -> list[tuple[int, int]]:
        """Wait until there is something to read or room to write; not for ever for a dead server.

        One whose machine is gone, or stands still, cancels nothing when time is up.
        """
        if self.deadline == float("inf"):
            return self.poll.poll()
        found = self.poll.poll(max(0.0, self.deadline - time.monotonic()) * 1000)
        if not found:
            raise psycopg.OperationalError("the server has not answered in time")
        return found

    def _result(self) -> PGresult:
        """The last one, or the first that failed, once all are there."""
        last: PGresult | None = None
        failed: PGresult | None = None
        while True:
            while self.pgconn.is_busy():
                self._wait()
                self.pgconn.consume_input()
            result = self.pgconn.get_result()
            if result is None:  # the end of one, and others follow
                continue
            if result.status == ExecStatus.PIPELINE_SYNC:
                break
            # Who hangs up may say so beside all that was asked.
            prepared = self.sent.popleft() if self.sent else None
            if prepared is not None and result.status == ExecStatus.COMMAND_OK:
                # It is there from now on, whatever becomes of the command that runs it.
                self.prepared[prepared] = self.fresh[prepared]
            if result.status == ExecStatus.FATAL_ERROR and failed is None:
                failed = result
            last = result
        found = failed or last
        assert found is not None
        return found
