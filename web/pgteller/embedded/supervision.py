"""Keep services running: wait for their end, without looking again and again, and start them anew.

One that ends soon after its start is started again after a second, then after two, four and so on.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

from pgteller.embedded.programs import PostgresError

LONG_ENOUGH = 60.0  # seconds; one that has run for so long is started again at once
FIRST_DELAY = 1.0
LONGEST_DELAY = 30.0


class Service(ABC):
    """Something that is to run all the time, and the handle by which its end is noticed."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.handle: int | None = None
        self.begun = 0.0
        self.due = 0.0
        self.delay = 0.0

    @abstractmethod
    def start(self) -> int:
        """Start it, or find it running; its process id."""

    @abstractmethod
    def clear_away(self) -> str:
        """After its end: tidy up, and tell how it ended."""

    def begin(self) -> None:
        """Start it; what goes wrong counts as an end."""
        self.begun = time.monotonic()
        try:
            self.handle = os.pidfd_open(self.start())
        except (OSError, PostgresError) as problem:
            self._wait(f"cannot be started: {problem}")

    def end(self) -> None:
        """It has ended."""
        if self.handle is not None:
            os.close(self.handle)
        self.handle = None
        self._wait(self.clear_away())

    def _wait(self, what_happened: str) -> None:
        """Say so, and when it is started again."""
        now = time.monotonic()
        if now - self.begun > LONG_ENOUGH:
            self.delay = 0.0
        else:
            self.delay = min(max(2 * self.delay, FIRST_DELAY), LONGEST_DELAY)
        self.due = now + self.delay
        when = f"in {self.delay:.0f} s" if self.delay else "now"
        print(f"{self.name} {what_happened}. It is started again {when}.", flush=True)


class Program(Service):
    """A child of ours."""

    def __init__(self, name: str, run: Callable[[], subprocess.Popen[bytes]]) -> None:
        super().__init__(name)
        self.run = run
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> int:
        """Start it."""
        self.process = self.run()
        return self.process.pid

    def clear_away(self) -> str:
        """Wait for its end, and kill what it has left behind."""
        if self.process is None or self.process.returncode is not None:
            return "does not run"
        pid = self.process.pid
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        os.killpg(pid, signal.SIGKILL)  # nobody else's group, as it has not been waited for yet
        status = self.process.wait()
        if status < 0:
            return f"was killed by {signal.Signals(-status).name}"
        return f"has ended with status {status}"

    def stop(self) -> None:
        """Tell it to stop."""
        if self.process is not None:
            self.process.terminate()


class Ear(ABC):
    """Whoever hears something meanwhile, and waits for nothing."""

    @abstractmethod
    def handles(self) -> list[int]:
        """What to watch for it."""

    @abstractmethod
    def hear(self, handle: int) -> None:
        """There is something to read."""


def keep_running(services: Sequence[Service], stop: int, ear: Ear | None = None) -> None:
    """Start them, in this order, and again whenever they end, until `stop` has something to read.

    They may run already; they are left running. What `ear` hears may add to them.
    """
    while True:
        for service in services:
            if service.handle is None and service.due <= time.monotonic():
                service.begin()
        watched = {service.handle: service for service in services if service.handle is not None}
        dues = [service.due for service in services if service.handle is None]
        patience = max(0.0, min(dues) - time.monotonic()) if dues else None
        heard = ear.handles() if ear else []
        ready, _, _ = select.select([stop, *watched, *heard], [], [], patience)
        if stop in ready:
            return
        for handle in ready:
            if ear and handle in heard:
                ear.hear(handle)
            else:
                watched[handle].end()
