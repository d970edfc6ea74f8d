"""Waiting longer and longer for what goes wrong again and again: no log is flooded by it."""

from __future__ import annotations

import time

MOST = 30.0  # seconds


class Patience:
    """Which steps have gone wrong lately, and when each may be tried again."""

    def __init__(self, interval: float) -> None:
        self.interval = interval
        self._waits: dict[str, float] = {}
        self._until: dict[str, float] = {}

    def is_over(self, step: str) -> bool:
        """Whether a step may be tried."""
        return self._until.get(step, 0.0) <= time.monotonic()

    def failed(self, step: str) -> None:
        """Wait for the next try twice as long as for this one."""
        self._waits[step] = min(self._waits.get(step, self.interval / 2) * 2, MOST)
        self._until[step] = time.monotonic() + self._waits[step]

    def worked(self, step: str) -> None:
        """Be as patient as at first."""
        self._waits.pop(step, None)
        self._until.pop(step, None)
