"""A superuser puts the guards to sleep and damages the log: the proof catches it.

Whoever may do that may also write every hash anew. What is inside the database can then tell no
more than that the books agree with themselves; a digest kept outside tells the rest.
"""

import json

import psycopg
import pytest

SLEEP = "ALTER TABLE ledger.ledger_transactions DISABLE TRIGGER append_only; \
         ALTER TABLE ledger.accounts DISABLE TRIGGER never_removed"
AWAKE = SLEEP.replace("DISABLE", "ENABLE")

# What puts an account back to its newest leg, so that row and log agree.
MATCH = """
    UPDATE ledger.accounts AS a
    SET version = t.version, balance = t.balance_after, head = t.hash, last_timestamp = t.timestamp
    FROM ledger.ledger_transactions AS t
    WHERE a.account_id = 'bob' AND t.account_id = 'bob'
        AND t.version = (
            SELECT max(version) FROM ledger.ledger_transactions WHERE account_id = 'bob'
        )
"""

# What makes a chain valid again, from the first leg to the head.
REHASH = """
    WITH forged AS (
        UPDATE ledger.ledger_transactions AS t SET hash = chain.hash
        FROM (
            SELECT l.version, engine.chain('', engine.leg_content(
                l.account_id, l.version, l.transaction_id, l.leg, l.timestamp, l.value_at,
                l.recorded_at, l.operation, l.amount, l.balance_after, l.held_after,
                l.pending_cashback_after, l.overdraft_limit_after, l.contra_account_id,
                l.payment_ref, l.refers_to, l.folded_in, l.actor, l.on_behalf_of, l.metadata,
                l.posting_metadata, l.details, l.key_hash
            )) OVER (ORDER BY l.version) AS hash
            FROM ledger.ledger_transactions AS l
            WHERE l.account_id = 'bob'
        ) AS chain
        WHERE t.account_id = 'bob' AND t.version = chain.version
        RETURNING t.version, t.hash
    )
    UPDATE ledger.accounts SET head = (SELECT hash FROM forged ORDER BY version DESC LIMIT 1)
    WHERE account_id = 'bob'
"""

LEG = "ledger.ledger_transactions WHERE account_id = 'bob' AND version"
SET = "UPDATE ledger.ledger_transactions SET {} WHERE account_id = 'bob' AND version = {}"

# Damage -> what verify_ledger finds (or not), what verify_digest finds.
DAMAGE = {
    "edited amount": (
        [SET.format("amount = amount + 1", 2)],
        {"hashes_recompute", "balances_continuous", "balances_are_sums", "books_balance"},
        ("chain_broken", 2),
    ),
    "edited metadata": (
        [SET.format("metadata = '{\"invoice\": 8}'", 2)],
        {"hashes_recompute"},
        ("chain_broken", 2),
    ),
    "moved to another day": (
        [SET.format("value_at = 1", 2)],
        {"hashes_recompute"},
        ("chain_broken", 2),
    ),
    "put down to somebody else": (
        [SET.format("actor = 'mallory'", 4)],
        {"hashes_recompute"},
        ("chain_broken", 4),
    ),
    "hashed by a rule that is none": (
        [SET.format("hash_version = 2", 2)],
        {"hashes_recompute", "hash_versions_known"},
        ("chain_broken", 2),
    ),
    "swapped legs": (
        [
            SET.format("version = -2", 2),
            SET.format("version = 2", 3),
            SET.format("version = 3", -2),
        ],
        {"hashes_recompute", "balances_continuous"},
        ("chain_broken", 2),
    ),
    "leg removed in the middle": (
        [f"DELETE FROM {LEG} = 3"],
        {"versions_gapless", "hashes_recompute", "balances_continuous", "transactions_pair"},
        ("chain_broken", 4),
    ),
    "newest legs removed": (
        [f"DELETE FROM {LEG} >= 4"],
        {"accounts_match_newest_leg", "balances_are_sums", "books_balance"},
        ("history_differs", None),
    ),
    "newest legs removed, account put back": (
        [f"DELETE FROM {LEG} >= 4", MATCH],
        set(),
        ("history_differs", None),
    ),
    "account removed": (
        ["DELETE FROM ledger.accounts WHERE account_id = 'bob'"],
        {"legs_have_accounts"},
        ("account_missing", None),
    ),
    "account and legs removed": (
        ["DELETE FROM ledger.accounts WHERE account_id = 'bob'", f"DELETE FROM {LEG} > 0"],
        {"transactions_pair"},
        ("account_missing", None),
    ),
    "one side of a transfer moved to another day, re-hashed": (
        [SET.format("value_at = 1", 3), REHASH],
        {"transactions_pair"},
        ("history_differs", None),
    ),
    "numbered anew, re-hashed": (
        [SET.format("leg = 7", 3), REHASH],
        {"legs_numbered"},
        ("history_differs", None),
    ),
    "re-hashed suffix": (
        [SET.format("metadata = '{\"invoice\": 8}'", 2), REHASH],
        set(),
        ("history_differs", None),
    ),
}


@pytest.fixture(scope="module")
def sealed(new_ledger):
    """A ledger, and the digest that was taken of it before more happened."""
    with new_ledger() as url, psycopg.connect(url, autocommit=True) as db:
        for name in "alice", "bob", "carol":
            db.execute("SELECT bank.create_account(%s)", [name])
            db.execute("SELECT bank.deposit(%s, 1000, metadata => '{\"invoice\": 7}')", [name])
        db.execute("SELECT bank.transfer('alice', 'bob', 100)")
        db.execute("SELECT bank.withdraw('bob', 10)")
        db.execute("SELECT bank.withdraw('bob', 10)")
        digest = db.execute("SELECT bank.ledger_digest()").fetchone()[0]
        db.execute("SELECT bank.deposit('carol', 5)")
        db.execute("SELECT bank.create_account('dave')")
        yield db, json.dumps(digest)


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_caught_and_the_account_named(sealed, name):
    db, digest = sealed
    statements, checks, (finding, version) = DAMAGE[name]
    assert verify(db) == {}
    assert verify_digest(db, digest)[:2] == (True, None)
    with db.transaction(force_rollback=True):
        db.execute(SLEEP)
        for statement in statements:
            db.execute(statement)
        db.execute(AWAKE)

        found = verify(db)
        assert checks <= set(found), found
        if not checks:
            assert found == {}, "the books agree with themselves"
        named = {violation["account_id"] for sample in found.values() for violation in sample}
        assert not checks or named & {"bob", "alice"}
        assert verify_digest(db, digest) == (False, finding, "bob", version)


def test_the_guards_stop_everybody_who_leaves_them_awake(sealed):
    db, _ = sealed
    for statements, _, _ in DAMAGE.values():
        with pytest.raises(psycopg.Error) as refused, db.transaction():
            for statement in statements:
                db.execute(statement)
        assert refused.value.sqlstate == "TL900"


def test_a_digest_is_small_however_large_the_ledger(sealed):
    _, digest = sealed
    assert len(digest) < 8192
    largest = json.loads(digest)
    for name in "sums", "weighted_sums":
        largest[name] = [2147483646] * 256
    assert len(json.dumps(largest)) < 8192


def verify(db):
    rows = db.execute("SELECT * FROM bank.verify_ledger() WHERE NOT ok").fetchall()
    return {check: sample for check, _, _, sample in rows}


def verify_digest(db, digest):
    query = "SELECT ok, finding, account_id, version FROM bank.verify_digest(%s)"
    return db.execute(query, [digest]).fetchone()
