"""Writers over SQL, who know when each of their operations began and was acknowledged."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg

from dev import PROJECT
from tests.drills.machines import wait_for

# Numbers that were given to clients and are lost are not given to somebody else.
LEAP = """\
SELECT setval(s, nextval(s) + 1000000) FROM unnest(ARRAY['ledger.transaction_seq', \
'ledger.payment_seq', 'ledger.hold_seq',
    'ledger.monitor_seq', 'ledger.schedule_seq', 'ledger.webhook_seq']::regclass[]) AS s;"""

ACCOUNTS = [f"writer-{number}" for number in range(6)]


@dataclass(frozen=True)
class Written:
    """An operation."""

    key: str
    transaction_id: int
    began: float
    acknowledged: float


@dataclass
class Writers:
    """All of them."""

    url: str
    done: list[Written] = field(default_factory=list)

    def go_on(self, operations: int = 60) -> None:
        """Let them do some work."""
        goal = len(self.done) + operations
        wait_for(lambda: len(self.done) >= goal, "the writers do not go on")

    def write(self, number: int, stop: threading.Event) -> None:
        """One of them, until told to stop."""
        with psycopg.connect(self.url, autocommit=True) as db:
            while not stop.is_set():
                key, began = secrets.token_hex(8), time.monotonic()
                source, target = ACCOUNTS[number], ACCOUNTS[(number + 1) % len(ACCOUNTS)]
                query = "SELECT transaction_id FROM bank.transfer(%s, %s, 1, idempotency_key => %s)"
                row = db.execute(query, [source, target, key]).fetchone()
                assert row is not None
                self.done.append(Written(key, row[0], began, time.monotonic()))


@contextmanager
def writing(url: str, number: int = 4) -> Iterator[Writers]:
    """Have them write while the block runs."""
    with psycopg.connect(url, autocommit=True) as db:
        for account_id in ACCOUNTS:
            db.execute("SELECT bank.create_account(%s)", [account_id])
            db.execute("SELECT bank.deposit(%s, 1000000)", [account_id])
    writers, stop = Writers(url), threading.Event()
    threads = [threading.Thread(target=writers.write, args=[one, stop]) for one in range(number)]
    for thread in threads:
        thread.start()
    try:
        writers.go_on()
        yield writers
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def digest(url: str) -> str:
    """One to keep outside."""
    with psycopg.connect(url, autocommit=True) as db:
        row = db.execute("SELECT bank.ledger_digest(60000)::text").fetchone()
    assert row is not None
    return str(row[0])


def written(url: str) -> set[tuple[str, int]]:
    """Keys and transactions of what the writers did that is there."""
    with psycopg.connect(url) as db:
        query = """
            SELECT k.idempotency_key, (k.response ->> 'transaction_id')::bigint
            FROM ledger.idempotency_keys AS k
        """
        return {*db.execute(query).fetchall()}


def check(url: str, sealed: str) -> list[tuple[str, int, int]]:
    """The procedure after any restore; which sequences lagged. The books and the digest hold."""
    assert LEAP in (PROJECT / "docs" / "operations.md").read_text()
    with psycopg.connect(url, autocommit=True) as db:
        raised = db.execute("SELECT * FROM bank.advance_sequences()").fetchall()
        assert db.execute("SELECT * FROM bank.verify_ledger() WHERE NOT ok").fetchall() == []
        query = "SELECT ok, finding, account_id FROM bank.verify_digest(%s)"
        assert db.execute(query, [sealed]).fetchone() == (True, None, None)
        db.execute(LEAP.encode())
        # It goes on: a new number is no old one.
        query = "SELECT transaction_id FROM bank.deposit(%s, 1)"
        (fresh,) = db.execute(query, [ACCOUNTS[0]]).fetchone() or (0,)
        query = "SELECT count(*) FROM ledger.ledger_transactions WHERE transaction_id = %s"
        assert db.execute(query, [fresh]).fetchone() == (1,)
        assert db.execute("SELECT * FROM bank.verify_ledger() WHERE NOT ok").fetchall() == []
    return raised
