"""What one process does: tasks, one after the other, each of them a part of the ledger."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pgteller.outside import accounts, legs
from pgteller.outside.accounts import Account
from pgteller.outside.chains import Cut, Walk
from pgteller.outside.facts import Facts, Names, Parts, Sums
from pgteller.outside.findings import Findings, Moved
from pgteller.outside.numbering import Numbers
from pgteller.outside.rooms import TABLES
from pgteller.outside.rooms.events import TELL, Order
from pgteller.outside.rooms.table import Flaw
from pgteller.outside.rooms.turnovers import ADD_UP, Turned, Turnovers, tell
from pgteller.outside.rule import literal
from pgteller.outside.session import OutsideError, Session
from pgteller.outside.wire import UNREADABLE, escaped, plain


@dataclass(frozen=True)
class Reading:
    """What rows are read for: the first time to check all, later to find which facts differ."""

    salt: bytes
    operations: frozenset[bytes]
    cuts: Sequence[Cut] = ()
    checks: frozenset[str] | None = None
    parts: frozenset[tuple[str, int]] | None = None
    order: Order = field(default_factory=Order)
    turned: Turned = field(default_factory=Turned)

    @property
    def is_first(self) -> bool:
        """Whether everything is checked."""
        return self.checks is None and self.parts is None

    def is_about(self, check: str) -> bool:
        """Whether facts of a check are looked for."""
        return (
            self.is_first
            or check in (self.checks or ())
            or any(part[0] == check for part in self.parts or ())
        )

    def facts(self) -> Facts:
        """Somewhere to say facts to."""
        if self.parts is not None:
            return Names(self.parts)
        if self.checks is not None:
            return Parts(self.salt, self.checks)
        return Sums(self.salt)


class Task(Protocol):
    """A part of a reading."""

    def run(self, session: Session, reading: Reading, told: Callable[[int], None]) -> Findings:
        """Read it."""


@dataclass(frozen=True)
class AccountRange:
    """Accounts from one id to before another, with their legs."""

    lower: bytes
    upper: bytes | None

    def run(self, session: Session, reading: Reading, told: Callable[[int], None]) -> Findings:
        """Walk through their legs."""
        findings, facts = Findings(), reading.facts()
        order = (
            f"SELECT {accounts.SELECT} FROM ledger.accounts AS a WHERE {{within}} "
            "ORDER BY a.account_id"
        )
        rows = [Account._make(row) for row in session.fields(order, self._where("a"))]
        ids = [plain(row.account_id) for row in rows]
        if ids != sorted({*ids}) or not all(map(self._has, ids)):
            raise OutsideError("The server does not give accounts in the order of account_id.")
        turnovers = Turnovers(reading.turned) if reading.is_about(ADD_UP) else None
        walk = Walk(
            findings, facts, rows, reading.operations, reading.cuts, reading.order, turnovers
        )
        for lines in session.blocks(
            f"SELECT {legs.SELECT} FROM ledger.ledger_transactions AS t "
            "WHERE {within} ORDER BY t.account_id, t.version",
            self._where("t"),
        ):
            walk.block(lines)
            told(len(lines))
        walk.end()
        return _with(findings, facts)

    def _where(self, alias: str) -> str:
        where = f"{alias}.account_id >= {literal(escaped(self.lower)).decode()}"
        if self.upper is not None:
            where += f" AND {alias}.account_id < {literal(escaped(self.upper)).decode()}"
        return where

    def _has(self, account_id: bytes) -> bool:
        return self.lower <= account_id and (self.upper is None or account_id < self.upper)


@dataclass(frozen=True)
class TransactionRange:
    """Transactions from one id to before another."""

    lower: int | None
    upper: int | None

    def run(self, session: Session, reading: Reading, told: Callable[[int], None]) -> Findings:
        """See how their legs are numbered, and those that events tell of."""
        findings, facts = Findings(), reading.facts()
        if reading.is_about(TELL):
            numbers = Numbers(findings if reading.is_first else Findings(), facts)
            numbers.read(session, self.lower, self.upper)
        return _with(findings, facts)


@dataclass(frozen=True)
class Pages:
    """Some pages of a table that a room reads."""

    table: int
    lower: int
    upper: int | None

    def run(self, session: Session, reading: Reading, told: Callable[[int], None]) -> Findings:
        """Hear what its rows say."""
        findings, facts = Findings(), reading.facts()
        table = TABLES[self.table]
        pages = f" AND r.ctid >= '({self.lower},0)'"
        if self.upper is not None:
            pages += f" AND r.ctid < '({self.upper},0)'"
        for row in session.fields(table.query(pages)):
            try:
                for said in table.read(row):
                    if not isinstance(said, Flaw):
                        facts.rows_say(said)
                    elif reading.is_first:
                        findings.wrong(said.check, said.account, **said.found)
            except UNREADABLE:
                if reading.is_first:
                    findings.wrong("rows_readable", None, table=table.name)
        return _with(findings, facts)


def _with(findings: Findings, facts: Facts) -> Findings:
    """The findings, with what facts come to."""
    match facts:
        case Sums():
            findings.totals = facts.totals
        case Parts():
            findings.part_totals, findings.part_sizes = facts.totals, facts.sizes
        case Names():
            findings.said = facts.said
    return findings


def turned_over(moved: Moved, reading: Reading) -> Findings:
    """What the legs of all tasks come to, which only together are what rows say."""
    facts = reading.facts()
    tell(moved, reading.turned, facts)
    return _with(Findings(), facts)


class Worker:
    """One process: its connection, in the snapshot that all share."""

    def __init__(self, session: Session, told: Callable[[int], None]) -> None:
        self.session = session
        self.told = told

    def run(self, task: Task, reading: Reading) -> Findings:
        """Do a task."""
        findings = task.run(self.session, reading, self.told)
        used = resource.getrusage(resource.RUSAGE_SELF)
        findings.usage = os.getpid(), used.ru_utime + used.ru_stime, used.ru_maxrss
        return findings
