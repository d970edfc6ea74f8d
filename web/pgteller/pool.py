"""Database connections, opened when first needed and kept for the next request.

Written here rather than taken from psycopg-pool because of what a restart of PostgreSQL does: that
pool finds dead connections only by a round trip per request, waits a second or more after each,
and reconnects in the background with growing delays, so that requests wait long after the server
is back. This one looks at the socket, and opens a connection in the request that needs it.
"""

from __future__ import annotations

import os
import select
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from psycopg.abc import RV, PQGen
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
# Seconds for what is asked before a connection is used: some server may take connections, such as
# pgbouncer, and have none behind it that answers; or the machine stands still.
ANSWERING = 5.0
CHECKING = 10.0
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
    """One of a pool's; its sender has deadlines of its own."""

    sender: Sender
    until: float | None = None  # by the monotonic clock: when to give up what else is asked

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401, as psycopg has it
        self._closing = threading.Lock()
        super().__init__(*arguments, **options)

    def close(self) -> None:
        """Close it, and not while another thread hangs up: its number may be another's then."""
        with self._closing:
            super().close()

    def hang_up(self) -> None:
        """Have whoever waits for an answer wait no longer; any thread may say so."""
        with (
            self._closing,
            suppress(psycopg.Error, OSError),  # it may have ended meanwhile
            socket.socket(fileno=os.dup(self.fileno())) as end,
        ):
            end.shutdown(socket.SHUT_RDWR)

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Give up what is asked in the block, and the connection, after so many seconds."""
        self.until = time.monotonic() + seconds
        try:
            yield
        finally:
            self.until = None

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """Wait for an answer, as psycopg does."""
        if self.until is not None:
            timeout = max(0.0, self.until - time.monotonic())
        try:
            return super().wait(gen, interval, timeout)
        except psycopg.errors._WaitTimeout as problem:
            self.close()
            raise psycopg.OperationalError("the server has not answered in time") from problem


class Pool:
    """At most `size` connections to a ledger; a request waits `patience` seconds for one."""

    def __init__(self, url: str, size: int, patience: float, names: Names = BANK) -> None:
        self.url = url
        self.names = names
        self.size = size
        self.patience = patience
        self.on_notice: Callable[[psycopg.errors.Diagnostic], None] | None = None
        self.check: Callable[[Connection], object] | None = None  # before the first use of any
        self.on_change: Callable[[int], None] | None = None  # told how many more are used
        self._places = threading.BoundedSemaphore(size)
        self._idle: deque[Connection] = deque()
        self._asked: dict[Connection, float] = {}  # since when each is used, by the monotonic clock
        self._refuses = False

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A living connection for the block; it is kept afterwards unless something broke it."""
        if self._refuses:
            raise UnavailableError("this process ends, and asks nothing more")
        if not self._places.acquire(timeout=self.patience):
            raise UnavailableError(f"no connection became free in {self.patience} s")
        self._count(1)
        try:
            connection = self._take() or self._open()
            self._asked[connection] = time.monotonic()
            try:
                if self.check:
                    self._check(connection)
                yield connection
            finally:
                del self._asked[connection]
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

    def refuse(self) -> None:
        """Give out no more connections: this process ends."""
        self._refuses = True

    def hang_up(self, silent: float = 0.0) -> None:
        """Hear no more of what has been asked for so many seconds: the server may stand still."""
        before = time.monotonic() - silent
        for connection, since in list(self._asked.items()):
            if since <= before:
                connection.hang_up()

    def _check(self, connection: Connection) -> None:
        """Have it looked at, once; it is no reason to wait for ever either."""
        assert self.check
        try:
            with connection.within(CHECKING):
                self.check(connection)
        except psycopg.OperationalError as error:
            raise UnavailableError(str(error)) from error
        self.check = None

    def _count(self, more: int) -> None:
        """More of them are in use, or fewer: say so."""
        if self.on_change:
            self.on_change(more)

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
            self._asked[connection] = time.monotonic()
            try:
                with connection.within(ANSWERING):
                    answering = connection.execute("SELECT pg_catalog.pg_backend_pid()").fetchone()
            finally:
                del self._asked[connection]
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
