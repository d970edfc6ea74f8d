"""What falls due when nobody asks: settlements, expiries, folding, schedules and webhooks.

    pgteller worker          until it is told to stop by SIGTERM or SIGINT
    pgteller worker --once   what is due now, then end

Any number may run at once: each step is one call of a function of the bank, which takes what nobody
else has taken. One that is killed leaves nothing half done; what it was sending is sent again.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator
from queue import SimpleQueue
from types import FrameType

import psycopg
from flask import Flask

from pgteller.pool import Pool, UnavailableError
from pgteller.sending import Caller
from pgteller.shell import db
from pgteller.worker.deliveries import Deliveries
from pgteller.worker.heartbeat import Heartbeat
from pgteller.worker.patience import Patience
from pgteller.worker.timetable import Plan, Timetable

log = logging.getLogger(__name__)

PATIENCE = 30.0  # seconds, after which a step is given up, and taken again later
# Seconds of the end: after the first nothing more is asked, and what has waited for the others then
# is given up. With a connection that is just being opened (5 s) that makes less than ten.
LAST = 4.0
SILENT = 5.0
LOOKS = 0.1
BATCH = 100  # of them in one transaction, so that nobody waits long for an account

# Functions, how many they are to do at once, and what of their answers tells that something was
# done. They take turns, for there may be more to do of one than it ever comes to an end with.
CHORES: dict[str, tuple[int, tuple[str, ...]]] = {
    "number_events": (10_000, ("numbered",)),
    "settle_cashbacks": (BATCH, ("settled",)),
    "expire_holds": (BATCH, ("expired",)),
    "fold_collected": (BATCH, ("folded",)),
    "run_schedules": (BATCH, ("succeeded", "refused")),
}


class Worker:
    """Two loops in threads of their own, so that slow receivers hold nothing up."""

    def __init__(
        self, app: Flask, interval: float, once: bool = False, plan: Plan | None = None
    ) -> None:
        self.app = app
        app.extensions["caller"] = Caller.within(PATIENCE)
        self.timetable = Timetable(app.extensions["pool"], plan or Plan())
        self.interval = interval
        self.once = once
        self.told: SimpleQueue[int] = SimpleQueue()  # to stop, by a signal
        self.stopping = threading.Event()
        self.ended = threading.Event()
        self.failed = False
        self.patience = Patience(interval)
        self.heartbeat = Heartbeat(app)
        self.deliveries = Deliveries(
            app,
            interval=interval,
            once=once,
            number=lambda: self.heartbeat.number,
            telling=self._telling,
            patience=self.patience,
        )

    def run(self) -> None:
        """Work until told to stop; whatever has begun is brought to its end, within ten seconds."""
        for number in signal.SIGTERM, signal.SIGINT:
            signal.signal(number, self._stop)
        threading.Thread(target=self._hang_up, name="hanging up", daemon=True).start()
        self.heartbeat.start()
        steps = self.chores, self.send
        threads = [threading.Thread(target=self._repeat, args=(step,)) for step in steps]
        self.timetable.start()
        for thread in threads:
            thread.start()
            if self.once:  # one after the other, so that what the chores have done is sent as well
                thread.join()
        for thread in threads:
            thread.join()
        self.timetable.stop()
        self.heartbeat.end()
        self.ended.set()
        self.told.put(0)
        self.app.extensions["pool"].close()
        if self.once and self.failed:
            raise SystemExit(2)

    def chores(self) -> None:
        """Whatever is due in the ledger, a batch of each in turn until there is nothing left."""
        busy = True
        while busy:
            busy = False
            for function, (limit, signs) in CHORES.items():
                if self.stopping.is_set():
                    return
                if not self.patience.is_over(function):
                    continue
                with self._telling(function):
                    answer = json.loads(db.row(function, {"limit": limit}))
                    if any(answer[sign] for sign in signs):
                        busy = True
                        log.info("worked", extra={"function": function} | answer)

    def send(self) -> None:
        """Events that are to be sent now; a loop of its own, see `deliveries`."""
        asyncio.run(self.deliveries.run())

    def _repeat(self, step: Callable[[], None]) -> None:
        """Do the step again and again; a database that is away is waited for."""
        while not self.stopping.is_set():
            with self._telling(step.__name__), self.app.app_context():
                step()
            if self.once:
                return
            self.stopping.wait(self.interval)

    @contextlib.contextmanager
    def _telling(self, step: str) -> Iterator[None]:
        """Say what went wrong with a step, and go on with the others."""
        try:
            yield
            self.patience.worked(step)
        except (psycopg.Error, UnavailableError) as problem:
            self.failed = True
            self.patience.failed(step)
            log.warning("worker waits", extra={"step": step, "reason": str(problem)})
        except Exception:  # a mistake of ours: said aloud, and no reason to stop everything else
            self.failed = True
            self.patience.failed(step)
            log.exception("worker failed", extra={"step": step})

    def _hang_up(self) -> None:
        """Once we are to stop: say so, and wait no longer for a database that says nothing."""
        self.told.get()
        self.stopping.set()
        self.timetable.stopping.set()
        self.deliveries.stop()
        pool: Pool = self.app.extensions["pool"]
        begun = time.monotonic()
        while not self.ended.wait(LOOKS):
            passed = time.monotonic() - begun
            if passed >= LAST:
                pool.refuse()
            if passed >= SILENT:
                pool.hang_up(SILENT)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        """A signal may come amid another one: nothing is waited for here, no lock either."""
        self.told.put(number)
