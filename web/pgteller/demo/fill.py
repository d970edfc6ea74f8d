"""Post what has happened at the demo bank, in order: money by batches, all else by itself.

What is meant to be refused is asked for and noted as a web server would; anything else that is
refused ends it.  Each call is a transaction: in one for all of them, which leaves every version of
every row to be looked at, ten thousand took two and a half minutes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import psycopg
from psycopg import pq

from pgteller import calls, proofs
from pgteller.client import Direct, RefusedError
from pgteller.contract import FUNCTIONS
from pgteller.demo.steps import Json, Step
from pgteller.install.migrations import InstallError
from pgteller.names import Names
from pgteller.sending import NAME
from pgteller.shell.errors import STATUS
from pgteller.shell.routes import ROUTES
from pgteller.shell.seen import accounts_of, told

# What is done in batches; all that many of a day do.
BATCHED = {
    "capture_hold",
    "deposit",
    "exchange",
    "hold",
    "pay",
    "post",
    "raise_hold",
    "refund_hold",
    "transfer",
    "withdraw",
}
MOST = 400  # in one of them
_ROUTES = {route.name: route for route in ROUTES}

Connection = psycopg.Connection[Any]
Report = Callable[[int, int], None]  # how many steps are done, of how many


class Filler:
    """Posts steps over a connection, which is its own."""

    def __init__(self, connection: Connection, names: Names) -> None:
        self.connection = connection
        self.names = names
        self.whom = ""
        self.bank = Direct(connection, names.schema)
        self.batch: list[Step] = []
        self.receipts: dict[str, Json] = {}
        self.refused: list[Json] = []

    def post(self, steps: list[Step], report: Report) -> None:
        """All of them."""
        wanted = {name for step in steps for name in step.refers.values()}
        for number, step in enumerate(steps):
            waits = {one.name for one in self.batch} & {*step.refers.values()}
            if waits or len(self.batch) == MOST or not _is_batched(step):
                self._flush(wanted)
                report(number, len(steps))
            if _is_batched(step):
                self.batch.append(step)
            elif step.refused:
                self._ask_in_vain(step)
            else:
                self._call(step, wanted)
        self._flush(wanted)
        self._note_refused()
        report(len(steps), len(steps))

    def _flush(self, wanted: set[str]) -> None:
        """Post the batch."""
        if not self.batch:
            return
        self._act_for("")
        items = [{"operation": step.function} | self._arguments(step) for step in self.batch]
        found = self.bank.batch(operations=items, privileged=True)["results"]
        for step, result in zip(self.batch, found, strict=True):
            if result["status"] != "posted":
                raise InstallError(
                    f"The demo bank was refused what it made up: {result['code']}, {step}"
                )
            if step.name in wanted:
                self.receipts[step.name] = result | (result["receipt"] or {})
        self.batch.clear()

    def _call(self, step: Step, wanted: set[str]) -> None:
        """One by itself."""
        self._act_for(step.by)
        if step.function not in _ROUTES:
            self._chore(step)
            return
        try:
            answer = getattr(self.bank, step.function)(**self._arguments(step))
        except RefusedError as problem:
            raise InstallError(
                f"The demo bank was refused what it made up: {problem} {step}"
            ) from (problem)
        if step.name in wanted:
            self.receipts[step.name] = answer

    def _chore(self, step: Step) -> None:
        """One that workers call, and no web server."""
        given = self._arguments(step)
        ask(self.connection, self.names)(calls.row(step.function, tuple(given)), given)

    def _ask_in_vain(self, step: Step) -> None:
        """One that the bank says no to; remember what it said."""
        self._act_for(step.by)
        given = self._arguments(step)
        try:
            getattr(self.bank, step.function)(**given)
        except RefusedError as problem:
            if problem.code != step.refused:
                raise
            route = _ROUTES[step.function]
            seed = f"{step.at} {step.function}".encode()
            self.refused.append(
                {
                    "refused_at": step.at,
                    "request_id": hashlib.sha256(seed).hexdigest()[:32],
                    "method": route.method,
                    "route": route.path,
                    "status": STATUS[problem.code],
                    "code": problem.code,
                    "caller": step.by,
                    "stranger": False,
                    "account_ids": accounts_of(given, problem.members),
                    "detail": told(problem.members),
                }
            )
        else:
            raise InstallError(f"The demo bank was let do what it should not: {step}")

    def _note_refused(self) -> None:
        """As web servers do."""
        self._act_for("")
        ask(self.connection, self.names)(
            calls.row("note_refusals", ("refusals",)), {"refusals": json.dumps(self.refused)}
        )

    def _arguments(self, step: Step) -> Json:
        """As the function takes them: with ids, and with the moment wherever one can be given."""
        found = {name: self.receipts[other][name] for name, other in step.refers.items()}
        moment = "timestamp" in FUNCTIONS[step.function].arguments
        return ({"timestamp": step.at} if moment else {}) | found | step.arguments

    def _act_for(self, whom: str) -> None:
        """What follows is done for that key or clerk."""
        if whom != self.whom:
            self.connection.execute("SELECT pg_catalog.set_config(%s, %s, false)", [NAME, whom])
            self.whom = whom


def _is_batched(step: Step) -> bool:
    """Whether it goes into one: by nobody in particular, and not to be refused."""
    return step.function in BATCHED and not step.by and not step.refused


def fill(url: str, names: Names, steps: list[Step], report: Report) -> None:
    """Have all of it in the ledger, which is empty."""
    with psycopg.connect(url, autocommit=True) as connection:
        # What a crash may lose is made anew: nothing counts as filled before its mark is written.
        connection.execute("SET synchronous_commit = off")
        Filler(connection, names).post(steps, report)
        finish(connection, names)


def finish(connection: Connection, names: Names) -> None:
    """Events get their numbers, and the books are proved."""
    bank = Direct(connection, names.schema)
    while bank.number_events()["numbered"]:
        pass
    asked = ask(connection, names)
    with proofs.kept(asked, proofs.begin(asked, proofs.VERIFICATION)) as kept:
        kept.update(proofs.outcome(bank.verify_ledger()))
    digest = bank.ledger_digest()
    bank.verify_digest(digest=digest)


def ask(connection: Connection, names: Names) -> proofs.Ask:
    """How to have the value of a statement over that connection, as PostgreSQL wrote it."""

    def value(statement: str, arguments: Json) -> bytes:
        result = connection.execute(names.render(statement).encode(), arguments).pgresult
        assert result is not None
        assert result.status == pq.ExecStatus.TUPLES_OK
        found = result.get_value(0, 0)
        assert found is not None
        return found

    return value
