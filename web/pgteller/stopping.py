"""How a web server is run that stops without losing a request."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from types import FrameType

from pgteller.embedded.unprivileged import die_with


def run(command: list[str], drain: float) -> int:
    """Run Python with that until told to stop by SIGTERM or SIGINT; its exit status.

    After SIGTERM it goes on for `drain` seconds, knowing that it will stop. SIGHUP is passed on.
    """
    process = subprocess.Popen(
        [sys.executable, *command],
        process_group=0,
        preexec_fn=_prepared(die_with(os.getpid())),  # noqa: PLW1509, we have but one thread
    )
    told: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        told.append(number)
        if number == signal.SIGTERM and len(told) == 1:
            os.killpg(process.pid, signal.SIGUSR1)
            signal.setitimer(signal.ITIMER_REAL, max(drain, 0.001))
        else:  # told again, or from a terminal, or time is up
            process.terminate()

    for one in signal.SIGTERM, signal.SIGINT, signal.SIGALRM:
        signal.signal(one, stop)
    signal.signal(signal.SIGHUP, lambda *_: process.send_signal(signal.SIGHUP))
    return process.wait()


def _prepared(die: Callable[[], None]) -> Callable[[], None]:
    """What it calls before it begins: of its processes, those that know SIGUSR1 hear it."""

    def call() -> None:
        die()
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)

    return call
