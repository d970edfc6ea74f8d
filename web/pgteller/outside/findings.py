"""What a part of the work comes to: what is wrong, and what has to be added up with other parts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from pgteller.outside.facts import Subject
from pgteller.outside.wire import plain

SAMPLES = 3

Moved = dict[tuple[int, bytes, bytes, bytes], list[int]]  # see rooms.turnovers
Found = dict[str, Any]


@dataclass
class Sealed:
    """What a digest covers of some accounts, in byte order of their ids."""

    accounts: list[tuple[bytes, int, bytes]] = field(default_factory=list)  # id, version, head
    broken: tuple[bytes, int] | None = None  # the first account whose chain is, and where
    recorded_before: tuple[bytes, int] | None = None


@dataclass
class Findings:
    """All that one task finds, or that several have found."""

    violations: Counter[str] = field(default_factory=Counter)
    samples: dict[str, list[tuple[str, Found]]] = field(default_factory=dict)
    legs: int = 0
    accounts: int = 0
    newest: int = 0  # when the newest leg was recorded of which turnovers tell, ms
    moved: Moved = field(default_factory=dict)  # by period, of one task alone
    totals: Counter[str] = field(default_factory=Counter)  # of facts, by check
    part_totals: Counter[tuple[str, int]] = field(default_factory=Counter)
    part_sizes: Counter[tuple[str, int]] = field(default_factory=Counter)
    said: dict[Subject, Counter[bytes]] = field(default_factory=dict)
    legs_sum: Counter[str] = field(default_factory=Counter)  # one reading less the other
    sealed: list[Sealed] = field(default_factory=list)  # by digest
    usage: tuple[int, float, int] = (0, 0.0, 0)  # process, its CPU seconds and KiB at most so far

    def wrong(self, check: str, account: bytes | None, **found: object) -> None:
        """Note a violation; the first of each check, by account, are kept with what was found."""
        self.violations[check] += 1
        name = "" if account is None else plain(account).decode(errors="replace")
        kept = self.samples.setdefault(check, [])
        kept.append((name, found))
        if len(kept) > SAMPLES:
            kept.sort(key=lambda sample: sample[0].encode())
            kept.pop()

    def add(self, other: Findings) -> None:
        """Take in what another part came to, but for its digests and turnovers."""
        self.violations.update(other.violations)
        for check, samples in other.samples.items():
            together = [*self.samples.get(check, []), *samples]
            together.sort(key=lambda sample: sample[0].encode())
            self.samples[check] = together[:SAMPLES]
        self.legs += other.legs
        self.accounts += other.accounts
        self.newest = max(self.newest, other.newest)
        self.totals.update(other.totals)
        self.part_totals.update(other.part_totals)
        self.part_sizes.update(other.part_sizes)
        self.legs_sum.update(other.legs_sum)
        for subject, states in other.said.items():
            self.said.setdefault(subject, Counter()).update(states)
