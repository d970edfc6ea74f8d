"""That a worker lives: it says so every second, and what it claims is its own for as long.

A worker that is killed says nothing any more, so that others take over what it was sending within
seconds. No session lock of PostgreSQL is needed for that, which pgbouncer would not keep.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import threading
from collections.abc import Callable

import psycopg
from flask import Flask, g

from pgteller import __version__
from pgteller.pool import UnavailableError
from pgteller.sending import Caller
from pgteller.shell import db

log = logging.getLogger(__name__)

EVERY = 1.0  # seconds; the bank believes a beat for five
PATIENCE = 2.0  # seconds, after which another one is tried


def own_name() -> str:
    """By which this process is found among workers: its machine and its number there."""
    return f"{socket.gethostname()}/{os.getpid()}"


class Heartbeat:
    """The number by which this worker is known, and the thread that keeps it alive."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.number: int | None = None
        self._ending = threading.Event()
        self._silent = False
        self._thread = threading.Thread(target=self._beat, name="heartbeat")

    def start(self) -> None:
        """Begin; a database that is away is waited for."""
        self._try(self._once)
        self._thread.start()

    def end(self) -> None:
        """Say that we stop, so that nobody has to wait to learn it."""
        self._ending.set()
        self._thread.join()
        self._try(self._bye)

    def _beat(self) -> None:
        while not self._ending.wait(EVERY):
            self._try(self._once)

    def _try(self, step: Callable[[], None]) -> None:
        try:
            with self.app.app_context():
                g.caller = Caller.within(PATIENCE)
                step()
            self._silent = False
        except (psycopg.Error, UnavailableError) as problem:
            if not self._silent:  # once, and not every second
                log.warning("worker cannot say that it lives", extra={"reason": str(problem)})
            self._silent = True

    def _once(self) -> None:
        if self.number is not None:
            beaten = json.loads(db.row("beat_worker", {"worker_number": self.number}))
            if beaten["worker_number"] is not None:
                return
        begun = json.loads(db.row("begin_worker", {"name": own_name(), "version": __version__}))
        self.number = begun["worker_number"]

    def _bye(self) -> None:
        if self.number is not None:
            db.row("end_worker", {"worker_number": self.number})
