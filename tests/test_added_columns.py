"""A migration that adds a column with a default breaks nothing, not even functions that run.

Each table of the ledger gets one, under a session that has used them all. Every function of the
bank is called before or after that, here or by an example; its rows get the default, reads answer
as before, and the chains still prove themselves.
"""

import json
import re

import psycopg
import pytest

from dev.examples import EXAMPLES, OF_TWO_LEDGERS, masked, run_script
from pgteller.install import make_functions

WIDEN = """
DO $do$
DECLARE
    v_table regclass;
BEGIN
    FOR v_table IN
        SELECT c.oid FROM pg_class AS c
        WHERE c.relnamespace = 'ledger'::regnamespace AND c.relkind = 'r'
    LOOP
        EXECUTE format('ALTER TABLE %s ADD COLUMN added_later bigint NOT NULL DEFAULT 7', v_table);
    END LOOP;
END;
$do$
"""

# Alice lives now, so that nothing is due on her; for others something is.
LEDGER = """
DO $given$
BEGIN
    PERFORM bank.create_account(a.id, a.currency)
    FROM (VALUES ('alice', 'EUR'), ('bob', 'EUR'), ('dollars', 'USD'), ('idle', 'EUR'))
        AS a (id, currency);
    PERFORM bank.create_account_at(a.id, "timestamp" => 1000)
    FROM unnest(ARRAY['shop', 'payer', 'holder', 'planner', 'frozen']) AS a (id);
    PERFORM bank.create_account_at('ahead', "timestamp" => engine.now() + 50000);
    PERFORM bank.deposit('alice', 10000, idempotency_key => 'key');
    PERFORM bank.deposit_at(a.id, 1000, "timestamp" => 2000)
    FROM unnest(ARRAY['payer', 'holder', 'planner']) AS a (id);
    PERFORM bank.freeze_account('frozen', 'a test', "timestamp" => 2000);
    PERFORM bank.set_collecting('shop', true, "timestamp" => 2000);
    PERFORM bank.transfer('alice', 'shop', 5);
    PERFORM bank.pay('alice', 1000);                                       -- payment1
    PERFORM bank.pay_at('payer', 1000, "timestamp" => 2000);               -- payment2, cashback due
    PERFORM bank.hold('alice', 100, metadata => '{"for": "a room"}');      -- hold1
    PERFORM bank.hold_at('holder', 100, 3000, "timestamp" => 2000);        -- hold2, expired
    PERFORM bank.create_monitor('bob', 'balance', 'gte', 1);               -- monitor1
    PERFORM bank.schedule_transfer_at('planner', 'bob', 10, 3000, 'P1D', 90000000,
        "timestamp" => 2000);                                              -- schedule1, due
    PERFORM bank.create_webhook('https://example.com/', after => 0);       -- webhook1
    PERFORM bank.begin_worker('host/1', '1.0');
    PERFORM bank.number_events();
    UPDATE ledger.webhooks SET queued = engine.newest_event();
    PERFORM bank.deposit('frozen', 1);
    PERFORM bank.claim_deliveries();
    PERFORM bank.begin_session(                                            -- session 1
        encode(sha256(convert_to(k.secret, 'UTF8')), 'hex'), encode(sha256('1'), 'hex')
    ) FROM bank.create_api_key('kept', 'teller') AS k;
    UPDATE ledger.sessions SET used_at = used_at - 120000;
    PERFORM bank.begin_proof('verification');                              -- proof 1
    PERFORM bank.note_refusals(json_build_array(json_build_object(
        'refused_at', 5, 'request_id', 'r', 'method', 'GET', 'status', 404, 'code', 'x',
        'account_ids', '{alice}'::text[], 'detail', '{}'::json
    )));
END;
$given$
"""

BATCH = json.dumps(
    [
        {"operation": "deposit", "account_id": "bob", "amount": 100, "idempotency_key": "b1"},
        {"operation": "transfer", "source_account_id": "alice", "target_account_id": "shop",
         "amount": 7},
        {"operation": "pay", "account_id": "alice", "amount": 500, "merchant_account_id": "shop",
         "fee": 2},
        {"operation": "withdraw", "account_id": "alice", "amount": 1},
    ]
)  # fmt: skip

DELIVERY = "(SELECT min(d.event_id) FROM ledger.webhook_deliveries AS d)"
WORKER = "(SELECT min(h.worker_number) FROM ledger.worker_heartbeats AS h)"
REFUSAL = json.dumps(
    {"refused_at": 5, "request_id": "r", "method": "GET", "route": "/", "status": 404, "code": "x",
     "account_ids": ["alice"], "detail": {"required": 5}}
)  # fmt: skip

WRITES = {
    "create_account": "bank.create_account_at('new', overdraft_limit => 5, idempotency_key => 'k')",
    "deposit": "bank.deposit('alice', 1, idempotency_key => 'k')",
    "deposit, again": "bank.deposit('alice', 10000, idempotency_key => 'key')",
    "withdraw": "bank.withdraw('alice', 1)",
    "transfer": "bank.transfer('alice', 'idle', 1)",
    "transfer, collected": "bank.transfer('alice', 'shop', 1)",
    "transfer, monitored": "bank.transfer('alice', 'bob', 1)",
    "transfer, settling": "bank.transfer('payer', 'idle', 1)",
    "transfer, expiring": "bank.transfer('holder', 'idle', 1)",
    "pay": "bank.pay('alice', 100, 'idle', 3)",
    "refund_payment": "bank.refund_payment('payment1', 400)",
    "refund_payment, clawing back": "bank.refund_payment('payment2')",
    "post": "bank.post('[{\"source_account_id\": \"alice\", \"target_account_id\": \"shop\", "
    "\"amount\": 5}]', value_at => 5, idempotency_key => 'k')",
    "hold": "bank.hold('alice', 10)",
    "capture_hold": "bank.capture_hold('hold1', 60, false)",
    "raise_hold": "bank.raise_hold('hold1', 60)",
    "release_hold": "bank.release_hold('hold1')",
    "refund_hold": "bank.refund_hold((bank.capture_hold('hold1', 60, false)).hold_id, 20)",
    "reverse_transaction": "bank.reverse_transaction((SELECT t.transaction_id "
    "FROM ledger.ledger_transactions AS t "
    "WHERE t.account_id = 'alice' AND t.operation = 'deposit'), 'a test', true)",
    "exchange": "bank.exchange('alice', 'dollars', 100, 110)",
    "freeze_account": "bank.freeze_account('alice', 'a test')",
    "block_account": "bank.block_account('alice', 'a test')",
    "unfreeze_account": "bank.unfreeze_account('frozen', 'a test')",
    "rewind_account": "bank.rewind_account('ahead', 'a test')",
    "close_account": "bank.close_account('idle', 'a test')",
    "set_overdraft_limit": "bank.set_overdraft_limit('alice', 50, 'a test')",
    "set_account_metadata": "bank.set_account_metadata('alice', metadata => '{\"a\": 1}')",
    "set_collecting": "bank.set_collecting('idle', true)",
    "set_collecting, folding": "bank.set_collecting('shop', false)",
    "create_currency": "bank.create_currency('POINTS', 0)",
    "set_cashback_policy": "bank.set_cashback_policy('EUR', 1)",
    "settle_cashbacks": "bank.settle_cashbacks()",
    "expire_holds": "bank.expire_holds()",
    "fold_collected": "bank.fold_collected()",
    "schedule_transfer": "bank.schedule_transfer('alice', 'bob', 1, 9000000000000)",
    "run_schedules": "bank.run_schedules()",
    "cancel_schedule": "bank.cancel_schedule('schedule1')",
    "create_monitor": "bank.create_monitor('alice', 'balance', 'gte', 1)",
    "delete_monitor": "bank.delete_monitor('monitor1')",
    "number_events": "bank.number_events()",
    "list_events": "bank.list_events()",
    "create_webhook": "bank.create_webhook('https://example.com/')",
    "create_api_key": "bank.create_api_key('shop', 'teller', '{alice}')",
    "begin_session": "bank.begin_session((SELECT encode(sha256(convert_to(k.secret, 'UTF8')), "
    "'hex') FROM bank.create_api_key('person', 'teller') AS k), encode(sha256('2'), 'hex'))",
    "resume_session": "bank.resume_session(encode(sha256('1'), 'hex'))",
    "end_session": "bank.end_session(encode(sha256('1'), 'hex'))",
    "revoke_api_key": "bank.revoke_api_key('kept')",
    "note_refusals": "bank.note_refusals('[" + REFUSAL + "]')",
    "begin_proof": "bank.begin_proof('digest')",
    "note_progress": "bank.note_progress(1, 5, 10)",
    "finish_proof": "bank.finish_proof(1, 0)",
    "claim_deliveries": "bank.claim_deliveries()",
    "update_webhook": "bank.update_webhook('webhook1', 'https://example.com/', '{pay}')",
    "rotate_webhook_secret": "bank.rotate_webhook_secret('webhook1', idempotency_key => 'k1')",
    "pause_webhook": "bank.pause_webhook('webhook1', 'a test', idempotency_key => 'k2')",
    "pause_webhooks": "bank.pause_webhooks('a copy')",
    "resume_webhook": "bank.resume_webhook('webhook1')",
    "retry_delivery": f"bank.retry_delivery('webhook1', {DELIVERY})",
    "skip_delivery": f"bank.skip_delivery('webhook1', {DELIVERY}, 'a test')",
    "begin_worker": "bank.begin_worker('host/2', '1.0')",
    "beat_worker": f"bank.beat_worker({WORKER})",
    "end_worker": f"bank.end_worker({WORKER})",
    "delete_webhook": "bank.delete_webhook('webhook1')",
    "batch": f"bank.batch('{BATCH}')",
    "batch, of one chain": f"bank.batch('{BATCH}', atomic => true, idempotency_key => 'k')",
    "ledger_digest": "bank.ledger_digest()",
    "advance_sequences": "bank.advance_sequences()",
}  # fmt: skip

# What is said of that ledger, the clock and the legs of the house aside.
READS = [
    "SELECT * FROM bank.get_account('alice')",
    "SELECT * FROM bank.get_balance('payer', 9000000000000)",
    "SELECT * FROM bank.get_hold('hold1')",
    "SELECT * FROM bank.get_payment('payment2')",
    "SELECT * FROM bank.get_schedule('schedule1')",
    "SELECT * FROM bank.get_transaction(3)",
    "SELECT * FROM bank.get_statement('payer', 0, 1700000000000)",
    "SELECT * FROM bank.balance_history('payer', 0, 9000000000000, 4)",
    "SELECT * FROM bank.list_accounts()",
    "SELECT * FROM bank.list_accounts(search => 'a', sort => 'balance')",
    "SELECT * FROM bank.list_currencies(1000)",
    "SELECT * FROM bank.list_references(3)",
    "SELECT * FROM bank.find('payment1')",
    "SELECT * FROM bank.audit_transaction(3)",
    "SELECT u.currency, u.count, u.amount FROM bank.upcoming_cashbacks() AS u",
    "SELECT * FROM bank.count_refusals()",
    "SELECT * FROM bank.list_balances(9000000000000)",
    "SELECT * FROM bank.list_cashback_policies(1000)",
    "SELECT * FROM bank.list_cashbacks('payer')",
    "SELECT * FROM bank.list_payments('payer')",
    "SELECT * FROM bank.list_house_entries('@external')",
    "SELECT * FROM bank.list_house_entries('@external', since => 0)",
    "SELECT * FROM bank.list_deliveries('webhook1')",
    "SELECT * FROM bank.list_holds('holder')",
    "SELECT * FROM bank.list_monitors('bob')",
    "SELECT * FROM bank.list_schedule_runs('schedule1')",
    "SELECT * FROM bank.list_schedules('planner')",
    "SELECT * FROM bank.list_transactions('shop')",
    "SELECT * FROM bank.list_transactions('alice', since => 0)",
    "SELECT * FROM bank.list_webhooks()",
    "SELECT * FROM bank.webhook_rules()",
    "SELECT to_jsonb(w) - 'alive' FROM bank.list_workers() AS w",
    "SELECT * FROM bank.list_api_keys()",
    "SELECT * FROM bank.list_proofs()",
    "SELECT c.* FROM bank.list_proofs() AS p, bank.list_proof_checks(p.proof_number) AS c",
    "SELECT to_jsonb(r) FROM bank.list_refusals() AS r",
    "SELECT to_jsonb(r) FROM bank.list_account_refusals('alice') AS r",
    "SELECT bank.ledger_metrics() ->> 'legs'",
    "SELECT bank.ledger_status() ->> 'accounts'",
    "SELECT * FROM bank.trial_balance()",
    "SELECT * FROM bank.ledger_totals()",
    "SELECT * FROM bank.turnover_history(0, 86400000)",
    "SELECT * FROM bank.lagging_sequences()",
    "SELECT * FROM bank.legs ORDER BY transaction_id, account_id, version",
    "SELECT * FROM bank.events ORDER BY event_id",
    "SELECT * FROM bank.verify_account('alice')",
    "SELECT * FROM bank.verify_ledger() WHERE \"check\" <> 'installed_as_released'",
]

# Called by the tests below.
CALLED_ELSEWHERE = {
    *("authenticate", "finish_deliveries", "finish_delivery", "verify_digest", "vouch"),
}


@pytest.fixture(scope="module")
def widened(new_ledger):
    """The session that used a ledger before its tables got a column more, and what it read."""
    with new_ledger() as url, psycopg.connect(url, autocommit=True) as db:
        db.execute(LEDGER)
        db.execute("SELECT FROM bank.number_events()")
        digest = db.execute("SELECT bank.ledger_digest()").fetchone()[0]
        for write in WRITES.values():
            with db.transaction(force_rollback=True):
                db.execute(f"SELECT FROM {write}")
        before = [db.execute(read).fetchall() for read in READS]
        db.execute(WIDEN)
        yield db, before, json.dumps(digest)


def violations(db):
    """What verification finds but the columns themselves, which no reload has brought."""
    query = """
        SELECT v."check", v.sample FROM bank.verify_ledger() AS v
        WHERE NOT v.ok AND v."check" <> 'installed_as_released'
    """
    return db.execute(query).fetchall()


def require_defaults(db):
    """Every row has the default in the column that functions know nothing of."""
    tables = db.execute(
        "SELECT c.oid::regclass::text FROM pg_class AS c "
        "WHERE c.relnamespace = 'ledger'::regnamespace AND c.relkind = 'r'"
    ).fetchall()
    assert len(tables) > 15
    for (table,) in tables:
        query = f"SELECT count(*) FROM {table} AS t WHERE t.added_later <> 7"
        assert db.execute(query).fetchone() == (0,), table


@pytest.mark.parametrize("name", WRITES)
def test_writing(widened, name):
    db, _, _ = widened
    with db.transaction(force_rollback=True):
        answers = db.execute(f"SELECT to_json(r) FROM {WRITES[name]} AS r").fetchall()
        if name.startswith("batch"):
            assert {answer["status"] for (answer,) in answers} == {"posted"}
        assert violations(db) == []
        require_defaults(db)


def test_delivering(widened):
    db, _, _ = widened
    with db.transaction(force_rollback=True):
        query = "SELECT event_id, attempt FROM bank.claim_deliveries(1)"
        event_id, attempt = db.execute(query).fetchone()
        done = "SELECT status FROM bank.finish_delivery('webhook1', %s, %s, 200)"
        assert db.execute(done, [event_id, attempt]).fetchone() == ("delivered",)
        several = "SELECT delivered FROM bank.finish_deliveries('[]')"
        assert db.execute(several).fetchone() == (0,)
        require_defaults(db)


def test_reading(widened):
    db, before, _ = widened
    for read, rows in zip(READS, before, strict=True):
        assert db.execute(read).fetchall() == rows, read


def test_hashes(widened):
    db, _, digest = widened
    verified = "SELECT ok, finding FROM bank.verify_digest(%s)"
    assert db.execute(verified, [digest]).fetchone() == (True, None)
    assert violations(db) == []


def test_functions_made_anew(widened):
    db, before, digest = widened
    make_functions(db.info.dsn)
    test_reading((db, before, digest))
    test_hashes((db, before, digest))


OF_ONE_LEDGER = [one for one in sorted(EXAMPLES.glob("*.sql")) if one.stem not in OF_TWO_LEDGERS]


@pytest.mark.parametrize("script", OF_ONE_LEDGER, ids=lambda script: script.stem)
def test_examples(new_ledger, script):
    with new_ledger() as url, psycopg.connect(url, autocommit=True) as db:
        db.execute(WIDEN)
        printed = run_script(script, url)
        assert masked(printed) == masked(script.with_suffix(".sql.out").read_text())
        assert violations(db) == []
        require_defaults(db)


def test_no_function_is_left_out(widened):
    db, _, _ = widened
    functions = db.execute("SELECT f.name FROM engine.functions AS f")
    here = " ".join([*WRITES.values(), *READS])
    examples = " ".join(script.read_text() for script in EXAMPLES.glob("*.sql"))
    called = {*re.findall(r"\bbank\.(\w+?)(?:_at)?\(", here + examples)} | CALLED_ELSEWHERE
    assert {name for (name,) in functions} - called == set()
