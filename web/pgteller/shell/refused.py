"""What was refused, written down after the fact, so that it can be asked for later.

A refused request is rolled back with all it could have written. So one thread of each process tells
the database of refusals, many at a time, over a connection of its own; a request only puts its
refusal into a queue. Where the queue is full, for the database is away, refusals are dropped, which
is counted.

Of one kind there is no end: a key that makes more requests than it may is refused as fast as it can
ask, and would drive out all others. So of those one a minute is written down, for each key.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from multiprocessing.util import Finalize
from typing import Any

import psycopg

from pgteller import calls
from pgteller.pool import Pool, UnavailableError, passes
from pgteller.sending import Caller
from pgteller.shell import db

log = logging.getLogger(__name__)

MOST_WAITING = 10_000  # a tenth of which is for those of strangers, as in the ledger
AT_ONCE = 500
GATHERING = 0.2  # seconds, for others to come that are written with the first
AGAIN = 1.0  # seconds, after which the database is tried again
ENDLESS = "too_many_requests"
EVERY = 60.0  # seconds, in which one such refusal of a key is written down
MOST_KEYS = 1000  # of which that is known
STOPPING = 5.0  # seconds that the end of the process waits for what is left

WRITER = Caller.within(10, lock=5)

Json = dict[str, Any]


class Endless:
    """When each key was last told of, and how often it was refused since."""

    def __init__(self) -> None:
        self.keys: dict[str | None, tuple[float, int]] = {}

    def is_told(self, refusal: Json) -> bool:
        """Whether it is to be written down; then it says how many before it were not."""
        now = time.monotonic()
        key = refusal["caller"]
        told, left_out = self.keys.pop(key, (float("-inf"), 0))
        if now < told + EVERY:
            self.keys[key] = told, left_out + 1
            return False
        if len(self.keys) >= MOST_KEYS:
            del self.keys[next(iter(self.keys))]  # who has been quiet for longest
        self.keys[key] = now, 0
        refusal["detail"]["left_out"] = left_out
        return True


class Refusals:
    """Those that wait to be written down, and the thread that does it."""

    def __init__(self, pool: Pool, dropped: Callable[[int], None]) -> None:
        self.pool = Pool(pool.url, 1, pool.patience, pool.names)
        self.dropped = dropped
        self.waiting: deque[Json] = deque()
        self.strangers = 0  # of those
        self.endless = Endless()
        self.changed = threading.Condition()
        self.stopped = False
        self.thread: threading.Thread | None = None

    def note(self, refusal: Json) -> None:
        """Have it written down soon."""
        with self.changed:
            if refusal["code"] == ENDLESS and not self.endless.is_told(refusal):
                return
            if self.stopped or not self._is_room(refusal["stranger"]):
                self.dropped(1)
                return
            self.waiting.append(refusal)
            self.strangers += refusal["stranger"]
            if self.thread is None:
                self._start()
            self.changed.notify()

    def _is_room(self, stranger: bool) -> bool:
        """Whether one more may wait: neither strangers nor others take the places of the rest."""
        of_strangers = MOST_WAITING // 10
        if stranger:
            return self.strangers < of_strangers
        return len(self.waiting) - self.strangers < MOST_WAITING - of_strangers

    def stop(self) -> None:
        """Write down what waits, and end."""
        with self.changed:
            self.stopped = True
            self.changed.notify()
        if self.thread is not None:
            self.thread.join(STOPPING)
        self.pool.close()

    def _start(self) -> None:
        """In the process that serves, which may be a fork of the one that made this."""
        self.thread = threading.Thread(target=self._run, name="refusals", daemon=True)
        self.thread.start()
        # At the end of a process, be it one of multiprocessing, which calls nothing of atexit.
        Finalize(self, self.stop, exitpriority=10)

    def _run(self) -> None:
        while batch := self._next():
            try:
                self._write(batch)
            except Exception:  # a mistake of ours: those that come later are written all the same
                log.exception("refusals dropped")
                self.dropped(len(batch))

    def _next(self) -> list[Json]:
        """What is to be written now; none once there is nothing left and nothing will come."""
        with self.changed:
            self.changed.wait_for(lambda: self.waiting or self.stopped)
            self.changed.wait_for(
                lambda: len(self.waiting) >= AT_ONCE or self.stopped, timeout=GATHERING
            )
            batch = [self.waiting.popleft() for _ in range(min(AT_ONCE, len(self.waiting)))]
            self.strangers -= sum(one["stranger"] for one in batch)
            return batch

    def _write(self, batch: list[Json]) -> None:
        """Write them, however long the database is away, unless this process is to end.

        One that the database does not take must not take others with it: these are tried alone.
        """
        statement = calls.row("note_refusals", ("refusals",))
        given: db.Arguments = {"refusals": json.dumps(batch)}
        told = False
        while True:
            try:
                db.sent(self.pool, WRITER, statement, given)
                return
            except (psycopg.Error, UnavailableError) as problem:
                if not _passes(problem):
                    break
                if not told:
                    log.warning("refusals wait", extra={"reason": str(problem)})
                told = True
            with self.changed:
                self.changed.wait_for(lambda: self.stopped, timeout=AGAIN)
                if self.stopped:
                    self.dropped(len(batch))
                    return
        if len(batch) > 1:
            for one in batch:
                self._write([one])
        else:
            log.warning("refusal dropped", extra={"code": batch[0]["code"]})
            self.dropped(1)


def _passes(problem: psycopg.Error | UnavailableError) -> bool:
    """Whether it may work in a while: the database is away, or something holds it up."""
    code = getattr(problem, "sqlstate", None)
    if code == "57014":  # it takes too long, and would again
        return False
    return code is None or passes(code) or code[:2] in ("08", "57")
