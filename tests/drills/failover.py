"""The primary is killed under load, its standby promoted, and the old one made to follow."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import psycopg

from pgteller.embedded.server import Server
from tests import fuzz
from tests.crash import Client, Tally, WebServer, check, opened, running
from tests.drills import machines


@dataclass
class Failover:
    """What became of it."""

    load: Tally
    gaps: list[float] = field(default_factory=list)  # seconds from each kill to the next answer
    promotions: list[float] = field(default_factory=list)  # of them, what promoting took

    def __str__(self) -> str:
        gaps = ", ".join(
            f"{gap:.2f} ({took:.2f} of them promoting)"
            for gap, took in zip(self.gaps, self.promotions, strict=True)
        )
        return (
            f"operations acknowledged: {self.load.acknowledged}, lost: 0, doubled: 0\n"
            f"without an answer at first: {self.load.unknown}, had happened: "
            f"{self.load.done_before}\n"
            f"seconds from the kill to the first answer: {gaps}"
        )


def failover(
    rounds: int = 1,
    clients: int = 4,
    report: Callable[[], object] = lambda: None,
    freeze: bool = False,
) -> Failover:
    """Fail over `rounds` times, to and fro; every acknowledged operation must be there once.

    The primary is killed, every process of it, or stands still until its successor is there.
    """
    with machines.primary() as one, machines.standby(one) as other:
        leader, follower = one, other
        accounts, shop = opened(leader.url())
        machines.wait_for_standby(leader)
        web = WebServer(machines.together(leader, follower), REQUEST_TIMEOUT="1")
        outcome, lock = Failover(Tally()), threading.Lock()
        load = [
            Client(web.port, fuzz.dice(__name__, number), accounts, shop, outcome.load, lock)
            for number in range(clients)
        ]
        web.start()
        try:
            with running(load):
                for _ in range(rounds):
                    leader, follower = _fail_over(leader, follower, outcome, freeze)
                    report()
        finally:
            web.kill()
        answers = [answer for client in load for answer in client.answers]
        with psycopg.connect(leader.url(), autocommit=True) as db:
            check(db, answers)
        _check_follower(leader, follower, len(answers))
    return outcome


def _fail_over(
    primary: Server, standby: Server, outcome: Failover, freeze: bool
) -> tuple[Server, Server]:
    """Kill and promote under load; answer who leads now, and who follows it."""
    go_on(outcome.load)
    with psycopg.connect(primary.url(), autocommit=True) as db:
        (digest,) = db.execute("SELECT bank.ledger_digest(60000)::text").fetchone() or ("",)
    go_on(outcome.load)
    if freeze:
        machines.freeze(primary)
    else:
        primary.kill()
    killed, before = time.monotonic(), outcome.load.acknowledged
    machines.promote(standby)
    promoted = time.monotonic()
    machines.wait_for(lambda: outcome.load.acknowledged > before, "no answer after the promotion")
    outcome.gaps.append(time.monotonic() - killed)
    outcome.promotions.append(promoted - killed)
    with psycopg.connect(standby.url(), autocommit=True) as db:
        query = "SELECT ok, finding, account_id FROM bank.verify_digest(%s)"
        assert db.execute(query, [digest]).fetchone() == (True, None, None)
        assert db.execute("SELECT * FROM bank.verify_ledger() WHERE NOT ok").fetchall() == []
    go_on(outcome.load)
    primary.kill()  # for good, before anything else is done with it
    machines.rewind(primary, standby)
    primary.start()
    machines.wait_for(lambda: machines.is_streaming(standby), "the old primary does not follow")
    machines.wait_for_standby(standby)
    go_on(outcome.load)
    return standby, primary


def _check_follower(primary: Server, standby: Server, acknowledged: int) -> None:
    """What follows has all of it too, and takes nothing."""
    with psycopg.connect(primary.url(), autocommit=True) as db:
        (position,) = db.execute("SELECT pg_current_wal_flush_lsn()::text").fetchone() or ("",)
    with psycopg.connect(standby.url(), autocommit=True) as db:
        query = "SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn"
        machines.wait_for(
            lambda: db.execute(query, [position]).fetchone() == (True,), "it does not catch up"
        )
        assert db.execute("SELECT * FROM bank.verify_ledger() WHERE NOT ok").fetchall() == []
        query = "SELECT count(*) FROM ledger.idempotency_keys"
        (keys,) = db.execute(query).fetchone() or (0,)
        assert keys >= acknowledged
        try:
            db.execute("SELECT FROM bank.create_account('second-writer')")
        except psycopg.errors.ReadOnlySqlTransaction:
            return
    raise AssertionError("the old primary takes writes")


def go_on(tally: Tally, operations: int = 40) -> None:
    """Let the load do some work."""
    goal = tally.acknowledged + operations
    machines.wait_for(lambda: tally.acknowledged >= goal, "the load does not go on")
