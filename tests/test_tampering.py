"""Somebody with every right over the database changes one thing: each kind is noticed.

The guards sleep (session_replication_role = replica) while a row is changed, and the ledger is
looked at afterwards, by bank.verify_ledger and by a digest that was taken before.
tests/test_outside.py does the same with the verifier outside.
"""

import json

import psycopg
import pytest

from tests.tampering import GIVEN, TAMPERING


@pytest.fixture(scope="module")
def ledger(new_ledger):
    """A ledger with one of everything, and a digest of it."""
    with new_ledger() as url, psycopg.connect(url, autocommit=True) as db:
        db.execute(GIVEN)
        digest = db.execute("SELECT bank.ledger_digest()").fetchone()[0]
        # The clock is a minute further for whoever looks for what was written before.
        digest_later = json.dumps(digest)
        assert found(db) == told_by_accounts(db) == set()
        assert told(db, digest_later) == (True, None)
        yield db, digest_later


@pytest.mark.parametrize("kind", TAMPERING)
def test_it_is_noticed(ledger, kind):
    db, digest = ledger
    damage, check = TAMPERING[kind]
    sequence = db.execute("SELECT last_value FROM ledger.payment_seq").fetchone()[0]
    try:
        with db.transaction(force_rollback=True):
            db.execute("SET LOCAL session_replication_role = replica")
            db.execute(damage)
            db.execute("SET LOCAL session_replication_role = origin")
            if check is None:
                assert found(db) == set(), "it agrees with itself"
                assert told(db, digest)[0] is False
            else:
                assert check in found(db)
    finally:
        db.execute("SELECT setval('ledger.payment_seq', %s)", [sequence])


# What is about accounts and their transactions, which each can be asked about.
OF_ACCOUNTS = [
    kind
    for kind in TAMPERING
    if kind.partition(":")[0] in {"leg", "account", "payment", "hold", "reversal", "collected"}
    and kind != "leg: of an account that is none"
]


@pytest.mark.first_server
@pytest.mark.parametrize("kind", OF_ACCOUNTS)
def test_an_account_tells_of_it_too(ledger, kind):
    """All that the whole ledger is asked and an account can be, some account says by itself."""
    db, _ = ledger
    damage, _ = TAMPERING[kind]
    with db.transaction(force_rollback=True):
        db.execute("SET LOCAL session_replication_role = replica")
        db.execute(damage)
        assert told_by_accounts(db) == found(db) & by_account(db)


def found(db):
    return {name for (name,) in db.execute('SELECT "check" FROM bank.verify_ledger() WHERE NOT ok')}


def by_account(db):
    """The checks that can be asked of one account."""
    return {name for (name,) in db.execute('SELECT "check" FROM bank.checks WHERE by_account')}


def told_by_accounts(db):
    """What accounts say, each asked about itself."""
    query = """
        SELECT DISTINCT v."check"
        FROM ledger.accounts AS a CROSS JOIN LATERAL bank.verify_account(a.account_id) AS v
        WHERE NOT v.ok
    """
    return {name for (name,) in db.execute(query)}


def told(db, digest):
    query = "SELECT ok, finding FROM bank.verify_digest(%s)"
    return db.execute(query, [digest]).fetchone()
