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
        assert found(db) == set()
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


def found(db):
    return {name for (name,) in db.execute('SELECT "check" FROM bank.verify_ledger() WHERE NOT ok')}


def told(db, digest):
    query = "SELECT ok, finding FROM bank.verify_digest(%s)"
    return db.execute(query, [digest]).fetchone()
