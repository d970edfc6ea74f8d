"""The whole of it: what is to be read, spread over processes, and what that comes to."""

from __future__ import annotations

import gc
import multiprocessing
import os
import secrets
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, wait
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import pairwise
from multiprocessing.sharedctypes import Synchronized
from typing import Any

from pgteller.names import Names
from pgteller.outside import house, installation
from pgteller.outside.checks import CHECKS
from pgteller.outside.digests import Kept
from pgteller.outside.facts import PRIME
from pgteller.outside.findings import Findings, Moved
from pgteller.outside.rooms import TABLES, events, turnovers
from pgteller.outside.session import BANK, Session
from pgteller.outside.wire import number, plain
from pgteller.outside.work import (
    AccountRange,
    Pages,
    Reading,
    Task,
    TransactionRange,
    Worker,
    turned_over,
)

LEGS_AT_ONCE = 50_000
TRANSACTIONS_AT_ONCE = 500_000
PAGES_AT_ONCE = 8_000
FACTS_REMEMBERED = 200_000

Report = Callable[[int, int], None]

# Of a process that does tasks.
_open: Callable[[], Worker]


def _begin(url: str, snapshot: str, names: Names, counter: Synchronized[int]) -> None:
    """What each process begins with; it connects when it has something to do."""
    global _open  # noqa: PLW0603
    gc.disable()  # looking through millions of rows for cycles, of which there are none
    _open = cache(lambda: Worker(Session(url, snapshot, names), partial(_count, counter)))


def _run(task: Task, reading: Reading) -> Findings:
    return _open().run(task, reading)


def _count(counter: Synchronized[int], legs: int) -> None:
    with counter.get_lock():
        counter.value += legs


@dataclass
class Outcome:
    """What the verification came to."""

    findings: Findings
    digests: list[dict[str, Any]]
    not_checked: list[str]
    seconds: float
    processes: dict[int, tuple[float, int]]  # CPU seconds and KiB at most, by process

    @property
    def ok(self) -> bool:
        """Whether everything is as it should be."""
        return not self.findings.violations and all(digest["ok"] for digest in self.digests)

    def as_json(self) -> dict[str, Any]:
        """As the route of bank.verify_ledger answers, and what more there is to say."""
        return {
            "ok": self.ok,
            "checks": [
                {
                    "check": check,
                    "ok": not self.findings.violations[check],
                    "violations": self.findings.violations[check],
                    "sample": [
                        {"account_id": account or None, "found": found}
                        for account, found in self.findings.samples.get(check, ())
                    ],
                }
                for check in sorted(CHECKS)
            ],
            "digests": self.digests,
            "not_checked": self.not_checked,
            "legs": self.findings.legs,
            "accounts": self.findings.accounts,
            "seconds": round(self.seconds, 3),
            "processes": [
                {"cpu_seconds": round(cpu, 3), "most_memory_kib": memory}
                for cpu, memory in self.processes.values()
            ],
        }


class Verification:
    """A verification under way."""

    def __init__(self, url: str, processes: int, report: Report, names: Names = BANK) -> None:
        self.session = Session(url, names=names)
        self.told = report
        context = multiprocessing.get_context("spawn")
        self.counter = context.Value("q", 0)  # legs read so far, by all processes
        self.pool: ProcessPoolExecutor | None = None
        if processes > 1:
            self.pool = ProcessPoolExecutor(
                processes,
                mp_context=context,
                initializer=_begin,
                initargs=(url, self.session.export(), names, self.counter),
            )
        self.usage: dict[int, tuple[float, int]] = {}
        self.legs = 0

    def close(self) -> None:
        """End all processes and the snapshot."""
        if self.pool is not None:
            self.pool.shutdown(cancel_futures=True)
        self.session.close()

    def report(self) -> None:
        """Tell how far it is."""
        self.told(min(self.counter.value, self.legs), self.legs)

    # What is to be read -----------------------------------------------------------------------

    def tasks(self) -> list[Task]:
        """The whole ledger, in parts; those of accounts in byte order, the others between them."""
        by_account = list(self._account_ranges())
        others: list[Task] = [*self._transaction_ranges(), *self._pages()]
        placed = [(at / len(by_account), task) for at, task in enumerate(by_account)]
        placed += [(at / len(others), task) for at, task in enumerate(others)]
        return [task for _, task in sorted(placed, key=lambda pair: pair[0])]

    def _account_ranges(self) -> Iterator[Task]:
        lower, room = b"", LEGS_AT_ONCE
        for account_id, version in self.session.fields(
            "SELECT a.account_id, a.version FROM ledger.accounts AS a ORDER BY a.account_id"
        ):
            legs = max(number(version) or 0, 0)
            self.legs += legs
            if room <= 0:
                yield AccountRange(lower, plain(account_id))
                lower, room = plain(account_id), LEGS_AT_ONCE
            room -= legs + 1
        yield AccountRange(lower, None)

    def _transaction_ranges(self) -> Iterator[Task]:
        newest = self.session.rows(
            "SELECT t.transaction_id FROM ledger.ledger_transactions AS t "
            "ORDER BY t.transaction_id DESC LIMIT 1"
        )
        ids = newest[0][0] if newest else 0
        count = max(1, min(ids, self.legs) // TRANSACTIONS_AT_ONCE)
        cuts = [None, *(ids * at // count for at in range(1, count)), None]
        for lower, upper in pairwise(cuts):
            yield TransactionRange(lower, upper)

    def _pages(self) -> Iterator[Task]:
        for at, table in enumerate(TABLES):
            # An estimate, which only says how the table is cut; the last part has no end.
            [(pages,)] = self.session.rows(
                "SELECT c.relpages FROM pg_class AS c "
                "JOIN pg_namespace AS n ON n.oid = c.relnamespace "
                "WHERE n.nspname || '.' || c.relname = %s",
                [self.session.names.render(table.name)],
            )
            cuts = [*range(0, max(pages, 1), PAGES_AT_ONCE), None]
            for lower, upper in pairwise(cuts):
                yield Pages(at, lower or 0, upper)

    # Reading it -------------------------------------------------------------------------------

    def read(self, tasks: Sequence[Task], reading: Reading) -> Iterator[Findings]:
        """What the tasks come to, in their order, and in the end what their legs do together."""
        moved: Moved = {}
        for findings in (
            self._alone(tasks, reading)
            if self.pool is None
            else self._spread(self.pool, tasks, reading)
        ):
            process, cpu, memory = findings.usage
            self.usage[process] = cpu, memory
            self.report()
            turnovers.add(moved, findings.moved)
            yield findings
        yield turned_over(moved, reading)

    def _alone(self, tasks: Sequence[Task], reading: Reading) -> Iterator[Findings]:
        """By this process."""
        worker = Worker(self.session, partial(_count, self.counter))
        for task in tasks:
            yield worker.run(task, reading)

    def _spread(
        self, pool: ProcessPoolExecutor, tasks: Sequence[Task], reading: Reading
    ) -> Iterator[Findings]:
        """By processes of their own."""
        waiting = deque(pool.submit(_run, task, reading) for task in tasks)
        while waiting:
            future = waiting.popleft()
            while not future.done():
                wait([future], timeout=0.2)
                self.report()
            yield future.result()

    def run(self, digests: Sequence[Kept]) -> Outcome:
        """All of it."""
        begun = time.monotonic()
        whole = Findings()
        not_checked = installation.compare(self.session, whole)
        house.check_settings(self.session, whole)
        reading = Reading(
            secrets.token_bytes(32),
            installation.operations(),
            tuple(digest.cut for digest in digests),
            order=events.read_order(self.session, whole),
            turned=turnovers.read_turned(self.session, whole),
        )
        tasks = self.tasks()
        for findings in self.read(tasks, reading):
            whole.add(findings)
            for digest, sealed in zip(digests, findings.sealed, strict=False):
                digest.add(sealed)
        if any(whole.legs_sum.values()):
            whole.wrong("legs_read_alike", None, **whole.legs_sum)
        differ = frozenset(check for check, total in whole.totals.items() if total % PRIME)
        if differ:
            self._name(tasks, reading, differ, whole)
        verdicts = [digest.verdict(self.session) for digest in digests]
        house.check_sequences(self.session, whole)
        events.check_mark(self.session, whole)
        turnovers.check_newest(reading.turned, whole)
        return Outcome(whole, verdicts, not_checked, time.monotonic() - begun, self.usage)

    def _name(
        self, tasks: Sequence[Task], first: Reading, differ: frozenset[str], whole: Findings
    ) -> None:
        """Say which facts do not agree; where that is too much to remember, at least how many."""
        located = Findings()
        for findings in self.read(tasks, replace(first, cuts=(), checks=differ)):
            located.add(findings)
        room = FACTS_REMEMBERED
        chosen: set[tuple[str, int]] = set()
        for part, total in sorted(located.part_totals.items()):
            if total % PRIME == 0:
                continue
            if room > 0 or part[0] not in {check for check, _ in chosen}:
                room -= located.part_sizes[part]
                chosen.add(part)
            else:
                whole.violations[part[0]] += 1

        named = Findings()
        for findings in self.read(tasks, replace(first, cuts=(), parts=frozenset(chosen))):
            named.add(findings)
        for (check, account, subject), states in sorted(named.said.items()):
            differences = {
                _told(state): difference for state, difference in states.items() if difference
            }
            if differences:
                whole.wrong(check, account, of=_told(subject), differences=differences)


def _told(words: bytes) -> str:
    return words.decode(errors="replace").replace("\t", " ").replace(r"\N", "NULL")


def verify(
    url: str,
    digests: Sequence[Kept] = (),
    processes: int | None = None,
    report: Report | None = None,
    names: Names = BANK,
) -> Outcome:
    """Verify a ledger by reading it; `report` is told how many legs, of how many, were read."""
    verification = Verification(
        url, processes or os.cpu_count() or 1, report or (lambda done, all_: None), names
    )
    try:
        return verification.run(digests)
    finally:
        verification.close()
