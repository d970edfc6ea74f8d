"""Database connections, opened when first needed and kept for the next request.

Written here rather than taken from psycopg-pool because of what a restart of PostgreSQL does: that
pool finds dead connections only by a round trip per request, waits a second or more after each,
and reconnects in the background with growing delays, so that requests wait long after the server
is back. This one looks at the socket, and opens a connection in the request that needs it.
"""

from __future__ import annotations

import select
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus

from pgteller.names import Names
from pgteller.sending import Sender

BANK = Names()

# A server whose machine has gone says so to nobody: it is given up after some ten seconds.
DEFAULTS = {
    "connect_timeout": "5",
    "application_name": "pgteller",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
}
ENCODING = "UTF8"  # as JSON is, whatever the environment or the login has set


# SQLSTATEs that mean: nothing was done, and it may work in a moment. By code, else by class.
# A connection that breaks (class 08, 57P01, 57P02) is not among them: it may hide a success.
UNAVAILABLE = {
    "40",  # rolled back: deadlock, serialization
    "53",  # insufficient resources
    "25006",  # read-only: a standby, or a failover under way
    "55P03",  # lock timeout
    "57014",  # statement timeout
    "57P03",  # starting up or shutting down
}


class UnavailableError(Exception):
    """There is no connection to send anything over: none becomes free, or none can be opened."""


def passes(sqlstate: str | None) -> bool:
    """Whether it is one of those."""
    code = sqlstate or ""
    return code in UNAVAILABLE or code[:2] in UNAVAILABLE


class Connection(psycopg.Connection[tuple[Any, ...]]):
    """One of a pool's."""

    sender: Sender


class Pool:
    """At most `size` connections to a ledger; a request waits `patience` seconds for one."""

    def __init__(self, url: str, size: int, patience: float, names: Names = BANK) -> None:
        self.url = url
        self.names = names
        self.size = size
        self.patience = patience
        self.on_notice: Callable[[psycopg.errors.Diagnostic], None] | None = None
        self.check: Callable[[Connection], None] | None = None  # before the first use of any
        self.on_change: Callable[[int], None] | None = None  # told how many are used
        self._places = threading.BoundedSemaphore(size)
        self._counting = threading.Lock()
        self._in_use = 0
        self._idle: deque[Connection] = deque()

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A living connection for the block; it is kept afterwards unless something broke it."""
        if not self._places.acquire(timeout=self.patience):
            raise UnavailableError(f"no connection became free in {self.patience} s")
        self._count(1)
        try:
            connection = self._take() or self._open()
            try:
                if check := self.check:
                    check(connection)
                    self.check = None
                yield connection
            finally:
                if connection.pgconn.transaction_status == TransactionStatus.IDLE:
                    self._idle.append(connection)
                else:
                    connection.close()
        finally:
            self._count(-1)
            self._places.release()

    def close(self) -> None:
        """Close what is idle."""
        while self._idle:
            self._idle.pop().close()

    def _count(self, more: int) -> None:
        """More of them are in use, or fewer: say so."""
        with self._counting:
            self._in_use += more
            if self.on_change:
                self.on_change(self._in_use)

    def _take(self) -> Connection | None:
        """The idle connection used last that is still alive."""
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                return None
            if not _has_ended(connection):
                return connection
            connection.close()

    def _open(self) -> Connection:
        """A new connection: no transaction blocks, and nothing that pgbouncer could not pool.

        Statements are prepared where PostgreSQL itself is at the other end, which it is when the
        process that greeted us also answers. It saves PostgreSQL a third of the CPU of a balance
        and a sixth of that of a transfer.
        """
        options: dict[str, Any] = DEFAULTS | conninfo_to_dict(self.url)
        options["client_encoding"] = ENCODING
        try:
            connection = Connection.connect(**options, autocommit=True, prepare_threshold=None)
            answering = connection.execute("SELECT pg_catalog.pg_backend_pid()").fetchone()
            own = answering == (connection.info.backend_pid,)
            connection.sender = Sender(connection.pgconn, own)
        except psycopg.OperationalError as error:
            raise UnavailableError(str(error)) from error
        if self.on_notice:
            connection.add_notice_handler(self.on_notice)
        return connection


def _has_ended(connection: Connection) -> bool:
    """Whether the server has hung up: nobody was asked anything, so the socket must be silent."""
    poll = select.poll()
    poll.register(connection.pgconn.socket, select.POLLIN)
    return bool(poll.poll(0))
