"""Somebody with every right over the database changes one thing: each kind is noticed.

The guards sleep (session_replication_role = replica) while a row is changed, and the ledger is
looked at afterwards, by bank.verify_ledger and by a digest that was taken before. The table in
README.md tells the same by fact. What is forged with all hashes made anew agrees with itself: only
the digest, kept outside, tells of that.
"""

import json

import psycopg
import pytest

from dev.load import load
from dev.testbed import scratch_database

GIVEN = """
DO $given$
BEGIN
    PERFORM bank.create_currency('PTS', 0);
    PERFORM bank.set_cashback_policy('PTS', 500, 60000, 90);
    PERFORM bank.set_cashback_policy('EUR', 100);
    PERFORM bank.create_account_at(a.id, metadata => '{"name": "x"}', "timestamp" => 1000)
    FROM unnest('{alice,bob,mallory,shop}'::text[]) AS a (id);
    PERFORM bank.create_account_at('late', "timestamp" => engine.now() + 59000);
    PERFORM bank.create_account('frozen', metadata => '{"tier": 1}');
    PERFORM bank.freeze_account('frozen', 'asked for');
    PERFORM bank.create_account('closed');
    PERFORM bank.close_account('closed', 'asked for');
    PERFORM bank.set_overdraft_limit('mallory', 50, 'a good client', 1000);
    PERFORM bank.set_account_metadata('alice', 1000, metadata => '{"name": "Alice"}');
    PERFORM bank.set_collecting('shop', true, "timestamp" => 1000);
    PERFORM bank.deposit_at(
        'alice', 100000, "timestamp" => 1000, metadata => '{"invoice": 7}', idempotency_key => 'in'
    );
    PERFORM bank.deposit_at('bob', 100000, "timestamp" => 1000);
    PERFORM bank.transfer_at('alice', 'bob', 500, "timestamp" => 2000, idempotency_key => 'move');
    PERFORM bank.reverse_transaction(
        (bank.transfer_at('bob', 'alice', 20, "timestamp" => 2500)).transaction_id, 'by mistake',
        "timestamp" => 2600
    );
    PERFORM bank.pay('alice', 1000, idempotency_key => 'buy');                  -- payment1, pending
    PERFORM bank.pay_at('bob', 2000, "timestamp" => 3000, fee => 5);            -- payment2, due
    PERFORM bank.settle_cashbacks();
    PERFORM bank.refund_payment('payment2', 500);
    PERFORM bank.pay('bob', 100, 'mallory');                                    -- payment3
    PERFORM bank.refund_payment('payment3', 100);
    PERFORM bank.fold_collected(10);
    PERFORM bank.transfer('alice', 'shop', 70, metadata => '{"order": 1}');     -- collected
    PERFORM bank.batch(
        '[{"operation": "deposit", "account_id": "bob", "amount": 1}]', idempotency_key => 'batch'
    );
    PERFORM bank.rewind_account('late', 'a wrong clock');
    PERFORM bank.number_events();
END;
$given$
"""

LEGS = "ledger.ledger_transactions"
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
            WHERE l.account_id = '{0}'
        ) AS chain
        WHERE t.account_id = '{0}' AND t.version = chain.version
        RETURNING t.version, t.hash
    )
    UPDATE ledger.accounts SET head = (SELECT hash FROM forged ORDER BY version DESC LIMIT 1)
    WHERE account_id = '{0}'
"""
GHOST = """
    INSERT INTO ledger.accounts (account_id, currency, last_timestamp, created_at, version, head)
    VALUES ('ghost', 'EUR', 5, 5, 1, '');
    INSERT INTO ledger.ledger_transactions (
        account_id, version, transaction_id, leg, timestamp, recorded_at, operation, amount,
        balance_after, held_after, pending_cashback_after, overdraft_limit_after, actor, details,
        hash_version, hash
    )
    VALUES ('ghost', 1, nextval('ledger.transaction_seq'), 1, 5, 5, 'open', 0, 0, 0, 0, 0, 'x',
        '{"currency": "EUR", "overdraft_limit": 0}', 1, '')
"""


def leg(change, account="alice", version=3):
    """A change of one leg."""
    return f"UPDATE {LEGS} SET {change} WHERE account_id = '{account}' AND version = {version}"


def account(change, name="alice"):
    """A change of one account's row."""
    return f"UPDATE ledger.accounts SET {change} WHERE account_id = '{name}'"


def payment(change, number=1):
    """A change of one payment's row."""
    return f"UPDATE ledger.payments SET {change} WHERE payment_number = {number}"


def key(change, name="buy"):
    """A change of one idempotency key."""
    return f"UPDATE ledger.idempotency_keys SET {change} WHERE idempotency_key = '{name}'"


# What is changed -> how, and the check of verify_ledger that tells; None: only the digest does.
TAMPERING = {
    # legs
    "leg: amount": (leg("amount = amount + 1"), "hashes_recompute"),
    "leg: balance": (leg("balance_after = balance_after + 1"), "hashes_recompute"),
    "leg: held": (leg("held_after = 1"), "hashes_recompute"),
    "leg: pending cashback": (leg("pending_cashback_after = 1"), "hashes_recompute"),
    "leg: overdraft limit": (leg("overdraft_limit_after = 1"), "hashes_recompute"),
    "leg: timestamp": (leg("timestamp = timestamp + 1"), "hashes_recompute"),
    "leg: value date": (leg("value_at = 1"), "hashes_recompute"),
    "leg: time of writing": (leg("recorded_at = 1"), "hashes_recompute"),
    "leg: operation": (leg("operation = 'withdraw'"), "hashes_recompute"),
    "leg: other side": (leg("contra_account_id = '@fees'"), "hashes_recompute"),
    "leg: actor": (leg("actor = 'mallory'"), "hashes_recompute"),
    "leg: on whose behalf": (leg("on_behalf_of = 'mallory'"), "hashes_recompute"),
    "leg: metadata": (leg("metadata = '{}'"), "hashes_recompute"),
    "leg: posting's metadata": (leg("posting_metadata = '{}'"), "hashes_recompute"),
    "leg: details": (leg("details = '{}'"), "hashes_recompute"),
    "leg: payment": (leg("payment_ref = 'payment3'"), "hashes_recompute"),
    "leg: what it refers to": (leg("refers_to = 1"), "hashes_recompute"),
    "leg: folding": (leg("folded_in = 1"), "hashes_recompute"),
    "leg: its key": (leg("key_hash = sha256('')"), "hashes_recompute"),
    "leg: hash": (leg("hash = sha256('')"), "hashes_recompute"),
    "leg: rule": (leg("hash_version = 2"), "hash_versions_known"),
    "leg: number": (leg("leg = 7"), "legs_numbered"),
    "leg: removed": (
        f"DELETE FROM {LEGS} WHERE account_id = 'alice' AND version = 3",
        "versions_gapless",
    ),
    "leg: newest removed": (
        f"DELETE FROM {LEGS} WHERE account_id = 'frozen' AND version = 2",
        "accounts_match_newest_leg",
    ),
    "leg: of an account that is none": (
        f"UPDATE {LEGS} SET account_id = 'nobody' WHERE account_id = 'closed'",
        "legs_have_accounts",
    ),
    "leg: forged, hashes and all": (
        leg("metadata = '{}'", "mallory", 1)
        + ";"
        + REHASH.format("mallory")
        + ";"
        + account("metadata = '{}'", "mallory"),
        None,
    ),
    # accounts
    "account: balance": (account("balance = balance + 1"), "accounts_match_newest_leg"),
    "account: held": (account("held = 1"), "accounts_match_newest_leg"),
    "account: pending cashback": (account("pending_cashback = 0"), "accounts_match_newest_leg"),
    "account: overdraft limit": (account("overdraft_limit = 9"), "overdraft_limits_logged"),
    "account: status": (account("status = 'active'", "frozen"), "statuses_logged"),
    "account: reopened": (account("status = 'active'", "closed"), "statuses_logged"),
    "account: metadata": (account("metadata = '{}'"), "metadata_logged"),
    "account: collecting": (account("collecting = true"), "collecting_logged"),
    "account: currency": (account("currency = 'USD'"), "accounts_match_opening"),
    "account: opening": (account("created_at = 1"), "accounts_match_opening"),
    "account: newest time": (account("last_timestamp = 1"), "accounts_match_newest_leg"),
    "account: version": (account("version = 1"), "accounts_match_newest_leg"),
    "account: head": (account("head = ''"), "accounts_match_newest_leg"),
    "account: due time": (account("next_due_at = NULL"), "pending_cashbacks_add_up"),
    "account: rewound": (account("rewound = false", "late"), "rewinds_logged"),
    "account: removed": (
        "DELETE FROM ledger.accounts WHERE account_id = 'bob'",
        "legs_have_accounts",
    ),
    "account: a ghost with old times": (GHOST + ";" + REHASH.format("ghost"), None),
    "rewinding: its place": ("UPDATE ledger.rewinds SET version = 1", "rewinds_logged"),
    "rewinding: removed": ("DELETE FROM ledger.rewinds", "rewinds_logged"),
    # what belongs to no account
    "currency: decimals": (
        "UPDATE ledger.currencies SET exponent = 0 WHERE currency = 'EUR'",
        "currencies_logged",
    ),
    "currency: inserted": ("INSERT INTO ledger.currencies VALUES ('OWN', 2)", "currencies_logged"),
    "currency: removed": (
        "DELETE FROM ledger.currencies WHERE currency = 'PTS'",
        "currencies_logged",
    ),
    "policy: rate": (
        "UPDATE ledger.cashback_policies SET rate_bps = 10000 WHERE currency = 'EUR'",
        "cashback_policies_logged",
    ),
    "policy: delay": (
        "UPDATE ledger.cashback_policies SET delay_ms = 0 WHERE currency = 'USD'",
        "cashback_policies_logged",
    ),
    "policy: cap": (
        "UPDATE ledger.cashback_policies SET max_amount = NULL WHERE currency = 'PTS'",
        "cashback_policies_logged",
    ),
    "policy: removed": (
        "DELETE FROM ledger.cashback_policies WHERE currency = 'PTS'",
        "cashback_policies_logged",
    ),
    # payments and cashbacks
    "payment: amount": (payment("amount = 2000"), "payments_posted"),
    "payment: fee": (payment("fee = 1"), "payments_posted"),
    "payment: merchant": (payment("merchant_account_id = 'mallory'"), "payments_posted"),
    "payment: account": (payment("account_id = 'mallory'"), "payments_posted"),
    "payment: timestamp": (payment("timestamp = 1"), "payments_posted"),
    "payment: transaction": (payment("transaction_id = 1"), "payments_posted"),
    "payment: refunded": (payment("refunded = 0", 2), "refunds_posted"),
    "payment: removed": ("DELETE FROM ledger.payments WHERE payment_number = 3", "payments_posted"),
    "payment: inserted": (
        "INSERT INTO ledger.payments (payment_number, transaction_id, timestamp, amount, "
        "account_id) VALUES (99, 1, 1, 5, 'mallory')",
        "payments_posted",
    ),
    "cashback: promised": (payment("promised = 999, cashback = 999"), "payments_posted"),
    "cashback: due, with the account": (
        payment("cashback_due_at = 1") + ";" + account("next_due_at = 1"),
        "payments_posted",
    ),
    "cashback: rate": (payment("rate_bps = 9999"), "payments_posted"),
    "cashback: cap": (payment("max_amount = 1"), "payments_posted"),
    "cashback: status": (
        payment("cashback_status = 'pending', cashback_transaction_id = NULL", 2),
        "cashbacks_posted_once",
    ),
    "cashback: cancelled": (
        payment("cashback = 0, cashback_status = 'cancelled'"),
        "refunds_posted",
    ),
    "cashback: clawed back": (payment("clawed_back = 0", 2), "claw_backs_posted"),
    "cashback: its transaction": (
        payment("cashback_transaction_id = 1", 2),
        "cashbacks_posted_once",
    ),
    # reversals
    "reversal: removed": ("DELETE FROM ledger.reversals", "reversals_mirror"),
    "reversal: of another": ("UPDATE ledger.reversals SET transaction_id = 1", "reversals_mirror"),
    # idempotency
    "key: removed": (
        "DELETE FROM ledger.idempotency_keys WHERE idempotency_key = 'buy'",
        "keys_sealed",
    ),
    "key: forged": (
        "INSERT INTO ledger.idempotency_keys VALUES (1, 'alice', 'never', 'pay', '', '{}')",
        "keys_sealed",
    ),
    "key: request": (key("request_hash = ''"), "keys_sealed"),
    "key: answer": (key("response = '{}'"), "keys_sealed"),
    "key: operation": (key("operation = 'deposit'"), "keys_sealed"),
    "key: owner": (key("owner = 'bob'"), "keys_sealed"),
    "key: time": (key("created_at = 1"), "keys_sealed"),
    "key: answer of a batch": (key("response = '[]'", "batch"), "keys_sealed"),
    # collected credits
    "collected: amount": ("UPDATE ledger.collected_credits SET amount = 71", "transactions_pair"),
    "collected: metadata": (
        "UPDATE ledger.collected_credits SET metadata = '{}'",
        "credits_collected_rightly",
    ),
    "collected: timestamp": (
        "UPDATE ledger.collected_credits SET timestamp = 1",
        "credits_collected_rightly",
    ),
    "collected: operation": (
        "UPDATE ledger.collected_credits SET operation = 'pay'",
        "credits_collected_rightly",
    ),
    "collected: payment": (
        "UPDATE ledger.collected_credits SET payment_ref = 'payment1'",
        "credits_collected_rightly",
    ),
    "collected: account": (
        "UPDATE ledger.collected_credits SET account_id = 'mallory'",
        "transactions_pair",
    ),
    "collected: removed": ("DELETE FROM ledger.collected_credits", "transactions_pair"),
    # events and numbers
    "events: how far they are numbered": (
        "UPDATE ledger.event_sequencer SET mark = mark + 1000000",
        "legs_have_events",
    ),
    "events: a batch removed": ("DELETE FROM ledger.event_batches", "legs_have_events"),
    "events: whose they are": (
        "UPDATE ledger.event_batches SET transaction_ids = '{[1,2)}'",
        "events_tell_of_legs",
    ),
    "sequence: set back": ("SELECT setval('ledger.payment_seq', 1)", "sequences_lead"),
    # the installation
    "guard: asleep": (
        "ALTER TABLE ledger.accounts DISABLE TRIGGER never_removed",
        "installed_as_released",
    ),
    "guard: dropped": (f"DROP TRIGGER append_only ON {LEGS}", "installed_as_released"),
    "function: changed": (
        "CREATE OR REPLACE FUNCTION engine.now() RETURNS bigint LANGUAGE sql AS 'SELECT 5::bigint'",
        "installed_as_released",
    ),
    "view: changed": (
        "CREATE OR REPLACE VIEW bank.operations AS "
        "SELECT o.operation, o.title, o.about FROM engine.operations AS o "
        "WHERE o.operation <> 'pay'",
        "installed_as_released",
    ),
    "grant: beyond": ("GRANT SELECT ON ledger.accounts TO bank_teller", "installed_as_released"),
    "constraint: dropped": (
        "ALTER TABLE ledger.reversals DROP CONSTRAINT reversals_reversed_by_key",
        "installed_as_released",
    ),
    "table: another's": (
        "ALTER TABLE ledger.settings OWNER TO CURRENT_USER",
        "installed_as_released",
    ),
}


@pytest.fixture(scope="module")
def ledger(server):
    """A ledger with one of everything, and a digest of it."""
    with scratch_database(server) as url:
        load(url)
        with psycopg.connect(url, autocommit=True) as db:
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


def test_there_are_enough_kinds():
    assert len(TAMPERING) >= 60


def found(db):
    return {name for (name,) in db.execute('SELECT "check" FROM bank.verify_ledger() WHERE NOT ok')}


def told(db, digest):
    query = "SELECT ok, finding FROM bank.verify_digest(%s)"
    return db.execute(query, [digest]).fetchone()
