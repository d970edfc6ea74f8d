"""A verification that goes on: whoever looks sees how far it is, and nothing of that ends it."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege, QueryCanceled

from pgteller import proofs
from pgteller.embedded.database import create_web_role
from pgteller.pool import Pool
from pgteller.proofs import Verification
from pgteller.sending import NAME, Caller
from pgteller.worker.timetable import Plan, Timetable
from tests.cli import pgteller

# What differs between servers is in SQL, and tested by pgTAP.
pytestmark = pytest.mark.first_server

PATIENCE = 30  # seconds until what must happen counts as not happening
ANN = Caller((("role", "bank_operator"), (NAME, "ann")))


@pytest.fixture
def ledger(new_ledger, monkeypatch):
    """A ledger of the test's own: its administrator's connection, and the web server's pool."""
    monkeypatch.setattr(proofs, "EVERY", 0.01)
    with new_ledger() as url, psycopg.connect(url, autocommit=True) as db:
        db.execute("SELECT bank.create_account('alice')")
        db.execute("SELECT bank.deposit('alice', 500)")
        pool = Pool(create_web_role(url), 1, 5.0)
        yield db, pool
        pool.close()


def begun(pool, caller=ANN):
    """A verification that somebody has begun."""

    def ask(statement, arguments):
        with pool.connection() as connection:
            return connection.sender.value(caller, statement, arguments)

    return Verification(pool, caller, proofs.begin(ask, proofs.VERIFICATION))


class Running:
    """What verifies in a thread, and once it has heard that all legs were seen, waits for us."""

    def __init__(self, monkeypatch, run):
        self.going_on = threading.Event()
        self.problem = None
        self.found = None
        self.thread = threading.Thread(target=self._run, args=(run,))
        hear = proofs.Progress.report

        def report(progress, seen, of):
            hear(progress, seen, of)
            if seen == of:
                assert self.going_on.wait(PATIENCE)

        monkeypatch.setattr(proofs.Progress, "report", report)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.go_on()

    def go_on(self):
        self.going_on.set()
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive()

    def _run(self, run):
        try:
            self.found = run()
        except psycopg.Error as problem:
            self.problem = problem


def proof(db):
    query = """
        SELECT legs_seen, legs, ended_at IS NULL AS goes_on, violations, actor, finding
        FROM bank.list_proofs("limit" => 1, "order" => 'desc')
    """
    cursor = db.execute(query)
    row = cursor.fetchone()
    return row and dict(zip([column.name for column in cursor.description], row, strict=True))


def until(true):
    """What is true at last."""
    deadline = time.monotonic() + PATIENCE
    while not (found := true()):
        assert time.monotonic() < deadline
    return found


def noted(db):
    return until(lambda: (found := proof(db)) and found["legs_seen"] and found)


def legs(db):
    return db.execute("SELECT count(*) FROM ledger.ledger_transactions").fetchone()[0]


def by_a_worker(pool):
    worker = Timetable(pool, Plan(verify_every=86400))
    return worker.look


def by_a_command(pool):
    return lambda: pgteller("verify", url=pool.url)


def by_a_thread(pool):
    return begun(pool).run


@pytest.mark.parametrize("run", [by_a_worker, by_a_command, by_a_thread])
def test_others_see_how_far_it_is(ledger, monkeypatch, run):
    db, pool = ledger
    with Running(monkeypatch, run(pool)) as running:
        seen = noted(db)
        assert seen["goes_on"]
        assert seen["legs_seen"] == seen["legs"] == legs(db)
        running.go_on()
    assert running.problem is None
    assert (proof(db)["goes_on"], proof(db)["violations"]) == (False, 0)


def test_a_short_one_tells_what_it_looked_at(ledger, monkeypatch):
    db, pool = ledger
    monkeypatch.setattr(proofs, "EVERY", 3600)
    told = []
    found = begun(pool).run(lambda seen, of: told.append((seen, of)))
    assert found["ok"]
    assert len(found["checks"]) > 40
    assert told[-1] == (legs(db), legs(db))
    assert told == sorted(told)
    assert (proof(db)["legs_seen"], proof(db)["legs"]) == told[-1]


def test_it_is_whoevers_who_began_it(ledger):
    db, pool = ledger
    begun(pool).run()
    assert proof(db)["actor"].endswith("/ann")


def test_it_may_what_that_one_may(ledger):
    """An auditor verifies, but that is kept by operators alone; a teller may not."""
    db, pool = ledger
    auditor = begun(pool, Caller((("role", "bank_auditor"),)))
    assert auditor.number is None
    assert auditor.run()["ok"]
    with pytest.raises(InsufficientPrivilege):
        begun(pool, Caller((("role", "bank_teller"),))).run()
    assert proof(db) is None


def test_what_is_found_is_kept(ledger):
    db, pool = ledger
    with db.transaction():
        db.execute("SET LOCAL session_replication_role = replica")
        db.execute("UPDATE ledger.accounts SET balance = 501 WHERE account_id = 'alice'")
    assert not begun(pool).run()["ok"]
    assert "accounts_match_newest_leg" in proof(db)["finding"]
    assert not proof(db)["goes_on"]


def test_what_cannot_be_noted_does_not_end_it(ledger, monkeypatch, caplog):
    db, pool = ledger
    caplog.set_level("INFO", "pgteller.proofs")
    verification = begun(pool)
    running = Running(monkeypatch, verification.run)
    with db.transaction(), monkeypatch.context() as impatient:
        db.execute("SELECT FROM ledger.proofs FOR UPDATE")
        impatient.setattr(proofs, "PATIENCE", 0.05)
        running.thread.start()
        until(lambda: "progress could not be told" in [one.message for one in caplog.records])
    running.go_on()
    assert running.problem is None
    assert running.found["ok"]
    assert (proof(db)["goes_on"], proof(db)["violations"]) == (False, 0)


def test_it_is_broken_off(ledger):
    """And does not count as going on."""
    db, pool = ledger
    verification = begun(pool)
    verification.break_off()  # of what does not run yet nothing is broken off
    with db.transaction():
        db.execute("LOCK TABLE ledger.ledger_transactions")
        running = ThreadPoolExecutor(1).submit(verification.run)
        until(lambda: db.execute("SELECT FROM pg_locks WHERE NOT granted").fetchone() is not None)
        verification.break_off()
        with pytest.raises(QueryCanceled):
            running.result(PATIENCE)
    ended = proof(db)
    assert (ended["goes_on"], ended["violations"]) == (False, None)
    assert "cancel" in ended["finding"]
