"""The loop that sends events: claimed and finished many at once, sent each on its own.

What hangs holds up nobody: of one webhook SHARE deliveries are in our hands at once, of one that
fails a tenth of that, and each ends within the seconds that `webhooks` allows it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from typing import Any

from flask import Flask

from pgteller.shell import db
from pgteller.shell.db import Arguments
from pgteller.worker.addresses import Rules
from pgteller.worker.patience import Patience
from pgteller.worker.webhooks import Outcome, Sender

log = logging.getLogger(__name__)

MOST = 500  # in our hands at once
SHARE = 50  # of one webhook
LEASE_MS = 60_000  # far more than a delivery may take
GATHER = 0.01  # seconds in which more may end, to be told together
GRACE = 3.0  # seconds that what is being sent has when we are to stop
RULES_HOLD = 5.0  # seconds until we ask again what is allowed
QUIET = 60.0  # seconds between two lines about one webhook

Delivery = dict[str, Any]
Sending = asyncio.Task[Outcome]


class Deliveries:
    """What this worker has in its hands."""

    def __init__(  # noqa: PLR0913
        self,
        app: Flask,
        *,
        interval: float,
        once: bool,
        number: Callable[[], int | None],
        telling: Callable[[str], AbstractContextManager[None]],
        patience: Patience,
    ) -> None:
        self.app = app
        self.interval = interval
        self.once = once
        self.number = number
        self.telling = telling
        self.patience = patience
        self.sending: dict[Sending, Delivery] = {}
        self.ended: list[dict[str, Any]] = []  # and not told yet
        self.failures = Failures()
        self._rules_at = 0.0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._told: asyncio.Event | None = None
        self._stopping = False

    def stop(self) -> None:
        """Claim nothing more, and end soon; any thread may say so."""
        self._stopping = True
        loop, told = self._loop, self._told
        if loop and told:
            with suppress(RuntimeError):  # it has just ended
                loop.call_soon_threadsafe(told.set)

    async def run(self) -> None:
        """Send until told to stop; or, if `once`, until nothing is left that is due."""
        self._loop, self._told = asyncio.get_running_loop(), asyncio.Event()
        self.sending.clear()
        sender = Sender()
        try:
            while not self._stopping:
                if self.patience.is_over("send"):
                    with self.telling("send"):
                        await self._turn(sender)
                if self.once and not (self.sending or self.ended):
                    return
                if self.once and not self.patience.is_over("send"):
                    return
                await self._wait(self._told)
            await self._drain()
        finally:
            self._loop = None
            await sender.close()

    async def _turn(self, sender: Sender) -> None:
        """Tell what has ended, and take as much again."""
        await self._finish()
        room = MOST - len(self.sending)
        if not room:
            return
        if time.monotonic() - self._rules_at >= RULES_HOLD:
            rules = await self._ask(db.row, "webhook_rules", {})
            sender.rules = Rules.told(rules)
            self._rules_at = time.monotonic()
        busy = Counter(delivery["webhook_id"] for delivery in self.sending.values())
        arguments: Arguments = {"limit": room, "lease_ms": LEASE_MS, "share": SHARE}
        arguments |= {"worker_number": self.number(), "sending": json.dumps(busy)}
        for delivery in await self._ask(db.listed, "claim_deliveries", arguments):
            task = asyncio.create_task(sender.send(delivery))
            self.sending[task] = delivery

    async def _wait(self, told: asyncio.Event) -> None:
        """Until something has ended, or it is time to look for more."""
        stop = asyncio.create_task(told.wait())
        done, _ = await asyncio.wait(
            [*self.sending, stop], timeout=self.interval, return_when=asyncio.FIRST_COMPLETED
        )
        stop.cancel()
        if done and not self._stopping:
            await asyncio.sleep(GATHER)
        self._collect()

    def _collect(self) -> None:
        """Note what has ended."""
        for task in [task for task in self.sending if task.done()]:
            delivery = self.sending.pop(task)
            outcome = _outcome(task)
            known = {name: delivery[name] for name in ("webhook_id", "event_id", "attempt")}
            self.ended.append(known | vars(outcome))
            if not 200 <= (outcome.http_status or 0) <= 299:
                self.failures.note(delivery["webhook_id"], outcome)

    async def _finish(self) -> None:
        """Tell the bank; what cannot be told now is told later."""
        if not self.ended:
            return
        told = self.ended[:]
        answer = await self._ask(db.row, "finish_deliveries", {"finished": json.dumps(told)})
        del self.ended[: len(told)]
        log.info("sent", extra=answer)

    async def _drain(self) -> None:
        """Let what is being sent end, but not for long: the next worker sends it again."""
        if self.sending:
            _, late = await asyncio.wait(self.sending, timeout=GRACE)
            for task in late:
                task.cancel()
                del self.sending[task]
            self._collect()
        with self.telling("send"):
            await self._finish()

    async def _ask(
        self, call: Callable[[str, Arguments], bytes], function: str, arguments: Arguments
    ) -> Any:  # noqa: ANN401, it is JSON
        def asked() -> bytes:
            with self.app.app_context():
                return call(function, arguments)

        return json.loads(await asyncio.to_thread(asked))


def _outcome(task: Sending) -> Outcome:
    """What came of it; a mistake of ours is one failed delivery, and said aloud."""
    problem = task.exception()
    if problem is None:
        return task.result()
    log.error("worker failed", extra={"step": "send"}, exc_info=problem)
    return Outcome(error=type(problem).__name__)


class Failures:
    """A line about a webhook that fails now and then, not for each of its events."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._said: dict[str, float] = {}

    def note(self, webhook_id: str, outcome: Outcome) -> None:
        """Count it, and say so if nothing was said of that webhook lately."""
        self._counts[webhook_id] += 1
        now = time.monotonic()
        if now - self._said.get(webhook_id, -QUIET) < QUIET:
            return
        self._said[webhook_id] = now
        failures = self._counts.pop(webhook_id)
        log.warning(
            "webhook fails",
            extra={"webhook_id": webhook_id, "failures": failures} | vars(outcome),
        )
