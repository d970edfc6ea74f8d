"""A ledger with one of everything, and what somebody with every right over its database changes.

The table in README.md tells the same by fact. Of each kind: what is done, and the check that
notices it; None where what is forged agrees with itself, and only a digest kept outside tells.
"""

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
    PERFORM bank.create_account_at(a.id, 'USD', "timestamp" => 1000)
    FROM unnest('{till,other_till}'::text[]) AS a (id);
    PERFORM bank.set_collecting(a.id, true, "timestamp" => 1000)
    FROM unnest('{till,other_till}'::text[]) AS a (id);
    PERFORM bank.exchange('alice', 'till', 10, 11);
    PERFORM bank.fold_collected(10);
    PERFORM bank.exchange('alice', 'till', 20, 22);                             -- collected
    PERFORM bank.transfer('alice', 'shop', 70, metadata => '{"order": 1}');     -- collected
    PERFORM bank.batch(
        '[{"operation": "deposit", "account_id": "bob", "amount": 1}]', idempotency_key => 'batch'
    );
    PERFORM bank.rewind_account('late', 'a wrong clock');
    PERFORM bank.hold('alice', 100, 9000000000000, 'bob', metadata => '{"for": "a room"}');  -- 1
    PERFORM bank.raise_hold('hold1', 50);
    PERFORM bank.capture_hold('hold1', 30, final => false);
    PERFORM bank.hold('alice', 100);                                            -- hold2
    PERFORM bank.capture_hold('hold2', 60);
    PERFORM bank.refund_hold('hold2', 20);
    PERFORM bank.hold('bob', 5);                                                -- hold3
    PERFORM bank.release_hold('hold3');
    PERFORM bank.create_account_at(a.id, "timestamp" => 1000)
    FROM unnest('{payer,poor,broke}'::text[]) AS a (id);
    PERFORM bank.deposit_at('payer', 1000, "timestamp" => 1000);
    PERFORM bank.schedule_transfer_at(                                          -- schedule1, active
        'payer', 'alice', 10, 3000, 'P1D', 200000000, "timestamp" => 2000
    );
    PERFORM bank.schedule_transfer_at('poor', 'bob', 10, 3000, "timestamp" => 2000);  -- 2, failed
    PERFORM bank.schedule_transfer('alice', 'bob', 10, 9000000000000);          -- 3, cancelled
    PERFORM bank.cancel_schedule('schedule3');
    PERFORM bank.schedule_transfer_at(                                          -- 4, retried
        'poor', 'bob', 10, 4000, 'P1M', time_zone => 'Europe/Berlin', "timestamp" => 2000
    );
    PERFORM bank.schedule_transfer_at(                                          -- 5, tried once
        'broke', 'bob', 10, 170000000, 'P1W', "timestamp" => 2000
    );
    PERFORM bank.run_schedules(5000);
    PERFORM bank.run_schedules(14500000);
    PERFORM bank.run_schedules(100000000);
    PERFORM bank.run_schedules(190000000);
    PERFORM bank.create_monitor('alice', 'balance', 'lt', 100);                 -- monitor1, active
    PERFORM bank.create_monitor('bob', 'held', 'gt', 0);                        -- monitor2, deleted
    PERFORM bank.delete_monitor('monitor2');
    PERFORM bank.create_webhook(                                                -- webhook1
        'https://example.com/in?key=1', 'a_secret_of_theirs', '{deposit,pay}', 'alice'
    );
    PERFORM bank.create_webhook('https://example.com/');                        -- webhook2, deleted
    PERFORM bank.delete_webhook('webhook2');
    PERFORM bank.create_webhook('https://example.com/old', types => '{delete_webhook}', after => 0);
    PERFORM bank.rotate_webhook_secret('webhook3', 'a_secret_of_another');
    PERFORM bank.pause_webhook('webhook3', 'for a while');
    PERFORM bank.resume_webhook('webhook3');
    PERFORM bank.update_webhook('webhook3', 'https://example.com/new', '{delete_webhook,open}');
    PERFORM bank.claim_deliveries();
    PERFORM bank.skip_delivery('webhook3', d.event_id, 'asked for')
    FROM bank.list_deliveries('webhook3', 'pending', 1) AS d;
    PERFORM bank.pause_webhook('webhook3', 'asked for');
    PERFORM bank.create_api_key('shop', 'teller', '{alice,"till *"}', 9000000000000);
    PERFORM bank.create_api_key('gone', 'operator');
    PERFORM bank.revoke_api_key('gone');
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


def hold(change, number=1):
    """A change of one hold's row."""
    return f"UPDATE ledger.holds SET {change} WHERE hold_number = {number}"


def schedule(change, number=1):
    """A change of one schedule's row."""
    return f"UPDATE ledger.schedules SET {change} WHERE schedule_number = {number}"


def run(change, number=1, run_number=1):
    """A change of one run of a schedule."""
    return (
        f"UPDATE ledger.schedule_runs SET {change} "
        f"WHERE schedule_number = {number} AND run_number = {run_number}"
    )


def monitor(change, number=1):
    """A change of one monitor's row."""
    return f"UPDATE ledger.monitors SET {change} WHERE monitor_number = {number}"


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
    # holds
    "hold: target": (hold("target_account_id = 'mallory'"), "holds_logged"),
    "hold: amount": (hold("amount = 1500"), "holds_logged"),
    "hold: amount, with the account": (
        hold("amount = 1500") + ";" + account("held = held + 1350"),
        "holds_logged",
    ),
    "hold: expiry": (hold("expires_at = 9000000000001"), "holds_logged"),
    "hold: expiry, unknown to the account": (hold("expires_at = 1"), "holds_add_up"),
    "hold: account": (hold("account_id = 'bob'"), "holds_logged"),
    "hold: captured": (hold("captured = 0"), "holds_add_up"),
    "hold: captured, and closed": (hold("captured = 1", 2), "holds_logged"),
    "hold: captures": (hold("captures = '{}'"), "holds_logged"),
    "hold: captures of another": (hold("captures = '{34}'", 2), "holds_logged"),
    "hold: status": (hold("status = 'released', closed_at = created_at"), "holds_logged"),
    "hold: reopened": (hold("status = 'open', closed_at = NULL", 3), "holds_logged"),
    "hold: end": (hold("closed_at = closed_at + 1", 3), "holds_logged"),
    "hold: time": (hold("created_at = 1"), "holds_logged"),
    "hold: transaction": (hold("transaction_id = 1"), "holds_logged"),
    "hold: metadata": (hold("metadata = '{}'"), "holds_logged"),
    "hold: removed": ("DELETE FROM ledger.holds WHERE hold_number = 3", "holds_logged"),
    "hold: inserted": (
        "INSERT INTO ledger.holds (account_id, hold_number, transaction_id, created_at, amount, "
        "target_account_id) VALUES ('alice', 99, 1, 1, 5, 'mallory')",
        "holds_logged",
    ),
    "hold: refund of another": (
        'UPDATE ledger.ledger_transactions SET details = \'{"hold_id": "hold1"}\' '
        "WHERE operation = 'refund_hold' AND account_id = 'alice'",
        "hashes_recompute",
    ),
    "hold: refunded twice": (
        "INSERT INTO ledger.ledger_transactions SELECT (t).* FROM (SELECT jsonb_populate_record("
        "t, jsonb_build_object('amount', 61, 'version', t.version + 1000, "
        "'transaction_id', t.transaction_id + 1000)) AS t FROM ledger.ledger_transactions AS t "
        "WHERE operation = 'refund_hold' AND account_id = 'alice') AS forged",
        "holds_logged",
    ),
    # schedules
    "schedule: target": (schedule("target_account_id = 'mallory'"), "schedules_logged"),
    "schedule: amount": (schedule("amount = 1000", 4), "schedules_logged"),
    "schedule: start": (schedule("run_at = 4000"), "schedules_logged"),
    "schedule: every": (schedule("every = 'PT1M'", 4), "schedules_logged"),
    "schedule: until": (schedule("until = NULL"), "schedules_logged"),
    "schedule: time zone": (schedule("time_zone = 'UTC'", 4), "schedules_logged"),
    "schedule: account": (schedule("account_id = 'mallory'", 3), "schedules_logged"),
    "schedule: metadata": (schedule("metadata = '{}'"), "schedules_logged"),
    "schedule: time": (schedule("created_at = 1"), "schedules_logged"),
    "schedule: next time": (schedule("next_run_at = 9000000000000", 4), "schedules_follow_legs"),
    "schedule: next time, one that lacked money": (
        schedule("next_run_at = 9000000000000", 5),
        "schedules_follow_legs",
    ),
    "schedule: next time, out of the calendar": (
        schedule("next_run_at = next_run_at + 86400001", 4),
        "schedules_follow_legs",
    ),
    "schedule: status": (
        schedule("status = 'cancelled', next_run_at = NULL, ended_at = 1", 4),
        "schedules_follow_legs",
    ),
    "schedule: revived": (
        schedule("status = 'active', next_run_at = run_at, ended_at = NULL", 3),
        "schedules_follow_legs",
    ),
    "schedule: end": (schedule("ended_at = 1"), "schedules_follow_legs"),
    "schedule: occurrence": (schedule("occurrence = 1"), "schedules_follow_legs"),
    "schedule: attempt": (schedule("attempt = 1", 5), "schedules_follow_legs"),
    "schedule: runs": (schedule("runs = 0"), "schedules_follow_legs"),
    "schedule: removed": (
        "DELETE FROM ledger.schedules WHERE schedule_number = 3",
        "schedules_logged",
    ),
    "schedule: inserted": (
        "INSERT INTO ledger.schedules (account_id, schedule_number, target_account_id, amount, "
        "run_at, time_zone, next_run_at, created_at) "
        "VALUES ('alice', 99, 'mallory', 1000, 1, 'UTC', 1, 1)",
        "schedules_logged",
    ),
    "schedule: turn": (
        "UPDATE ledger.schedule_turns SET turn_at = NULL WHERE account_id = 'poor'",
        "schedules_have_turns",
    ),
    "schedule: turn of an account that pays none": (
        "INSERT INTO ledger.schedule_turns VALUES ('mallory', 1)",
        "schedules_have_turns",
    ),
    "schedule: turn put off": (
        "UPDATE ledger.schedule_turns SET turn_at = 9007199254740991 WHERE account_id = 'poor'",
        "schedules_have_turns",
    ),
    "run: removed": (
        "DELETE FROM ledger.schedule_runs WHERE schedule_number = 1 AND run_number = 2",
        "schedules_keep_runs",
    ),
    "run: removed, one that was tried again": (
        "DELETE FROM ledger.schedule_runs WHERE schedule_number = 2 AND run_number = 2",
        "schedules_keep_runs",
    ),
    "run: removed, and not counted": (
        "DELETE FROM ledger.schedule_runs WHERE schedule_number = 1 AND run_number = 3;"
        + schedule("runs = 2"),
        "schedules_keep_runs",
    ),
    "run: inserted": (
        "INSERT INTO ledger.schedule_runs VALUES ('payer', 1, 4, 1);" + schedule("runs = 4"),
        "schedules_keep_runs",
    ),
    "run: inserted, to put the next one off": (
        "INSERT INTO ledger.schedule_runs VALUES ('poor', 5, 2, 1);"
        + schedule("runs = 2, attempt = 3, next_run_at = next_run_at + 14400000", 5),
        "schedules_follow_legs",
    ),
    "run: transaction": (run("transaction_id = 1"), "schedules_keep_runs"),
    "run: account": (run("account_id = 'mallory'"), "schedules_keep_runs"),
    "run: leg of one that was tried again": (
        "UPDATE ledger.ledger_transactions SET details = details || '{\"next_run_at\": 1}' "
        "WHERE operation = 'schedule_postponed'",
        "hashes_recompute",
    ),
    # monitors
    "monitor: field": (monitor("field = 'held'"), "monitors_logged"),
    "monitor: comparison": (monitor("comparison = 'lte'"), "monitors_logged"),
    "monitor: value": (monitor("value = 99"), "monitors_logged"),
    "monitor: account": (monitor("account_id = 'mallory'"), "monitors_logged"),
    "monitor: metadata": (monitor("metadata = '{}'"), "monitors_logged"),
    "monitor: transaction": (monitor("transaction_id = 1"), "monitors_logged"),
    "monitor: time": (monitor("created_at = 1"), "monitors_logged"),
    "monitor: asleep": (
        monitor("active = false") + ";" + account("monitored = false"),
        "monitors_logged",
    ),
    "monitor: revived": (
        monitor("active = true", 2) + ";" + account("monitored = true", "bob"),
        "monitors_logged",
    ),
    "monitor: triggered": (monitor("triggered = true"), "monitors_evaluated"),
    "monitor: unknown to its account": (account("monitored = false"), "accounts_know_monitors"),
    "monitor: of an account that has none": (
        account("monitored = true", "mallory"),
        "accounts_know_monitors",
    ),
    "monitor: removed": (
        "DELETE FROM ledger.monitors WHERE monitor_number = 1;" + account("monitored = false"),
        "monitors_logged",
    ),
    "monitor: inserted": (
        "INSERT INTO ledger.monitors (account_id, monitor_number, transaction_id, created_at, "
        "field, comparison, value, triggered) "
        "VALUES ('mallory', 99, 1, 1, 'balance', 'lt', -1000, false);"
        + account("monitored = true", "mallory"),
        "monitors_logged",
    ),
    # webhooks
    "webhook: as it was before": (
        "UPDATE ledger.webhooks SET url = 'https://example.com/old' WHERE webhook_number = 3",
        "webhooks_logged",
    ),
    "webhook: types as they were before": (
        "UPDATE ledger.webhooks SET types = '[\"delete_webhook\"]' WHERE webhook_number = 3",
        "webhooks_logged",
    ),
    "webhook: secret as it was before": (
        "UPDATE ledger.webhooks SET secret = secret_before WHERE webhook_number = 3",
        "webhooks_logged",
    ),
    "webhook: secret before": (
        "UPDATE ledger.webhooks SET secret_before = 'a_secret_of_mallory' WHERE webhook_number = 3",
        "webhooks_logged",
    ),
    "webhook: secret before, for longer": (
        "UPDATE ledger.webhooks SET secret_until = secret_until + 1 WHERE webhook_number = 3",
        "webhooks_logged",
    ),
    "webhook: a secret before": (
        "UPDATE ledger.webhooks SET secret_before = 'a_secret_of_mallory', "
        "secret_until = 9000000000000 WHERE webhook_number = 1",
        "webhooks_logged",
    ),
    "webhook: paused": (
        "UPDATE ledger.webhooks SET paused_at = 5, paused_reason = '410' WHERE webhook_number = 1",
        "webhooks_logged",
    ),
    "webhook: resumed": (
        "UPDATE ledger.webhooks SET paused_at = NULL, paused_reason = NULL "
        "WHERE webhook_number = 3",
        "webhooks_logged",
    ),
    "webhook: why it is paused": (
        "UPDATE ledger.webhooks SET paused_reason = '410' WHERE webhook_number = 3",
        "webhooks_logged",
    ),
    "delivery: skipped": (
        "UPDATE ledger.webhook_deliveries SET status = 'skipped' WHERE status = 'pending'",
        "deliveries_skipped_logged",
    ),
    "delivery: taken up again": (
        "UPDATE ledger.webhook_deliveries SET status = 'pending' WHERE status = 'skipped'",
        "deliveries_skipped_logged",
    ),
    "delivery: a skipped one removed": (
        "DELETE FROM ledger.webhook_deliveries WHERE status = 'skipped'",
        "deliveries_skipped_logged",
    ),
    "webhook: URL": (
        "UPDATE ledger.webhooks SET url = 'https://example.com/in?key=2'",
        "webhooks_logged",
    ),
    "webhook: host": (
        "UPDATE ledger.webhooks SET url = 'https://mallory.example/in?key=1'",
        "webhooks_logged",
    ),
    "webhook: secret": (
        "UPDATE ledger.webhooks SET secret = 'a_secret_of_mallory'",
        "webhooks_logged",
    ),
    "webhook: types": ("UPDATE ledger.webhooks SET types = NULL", "webhooks_logged"),
    "webhook: account": ("UPDATE ledger.webhooks SET account_id = NULL", "webhooks_logged"),
    "webhook: time": (
        "UPDATE ledger.webhooks SET created_at = created_at + 1",
        "webhooks_logged",
    ),
    "webhook: beginning": ("UPDATE ledger.webhooks SET after = 0", "webhooks_logged"),
    "webhook: how far it is": (
        "UPDATE ledger.webhooks SET queued = queued + 1000000",
        "webhooks_logged",
    ),
    "webhook: removed": ("DELETE FROM ledger.webhooks", "webhooks_logged"),
    "webhook: inserted": (
        "INSERT INTO ledger.webhooks (webhook_number, url, secret, after, queued, created_at) "
        "VALUES (99, 'https://mallory.example/', 'a_secret_of_mallory', 0, 0, 1)",
        "webhooks_logged",
    ),
    "webhook: revived": (
        "INSERT INTO ledger.webhooks (webhook_number, url, secret, after, queued, created_at) "
        "VALUES (2, 'https://example.com/', 'a_secret_of_theirs', 0, 0, 1)",
        "webhooks_logged",
    ),
    # API keys
    "API key: role": (
        "UPDATE ledger.api_keys SET role = 'operator' WHERE name = 'shop'",
        "api_keys_logged",
    ),
    "API key: accounts": (
        "UPDATE ledger.api_keys SET accounts = '{alice,mallory}' WHERE name = 'shop'",
        "api_keys_logged",
    ),
    "API key: for all": (
        "UPDATE ledger.api_keys SET accounts = NULL WHERE name = 'shop'",
        "api_keys_logged",
    ),
    "API key: secret": (
        "UPDATE ledger.api_keys SET secret_hash = sha256('mallory') WHERE name = 'shop'",
        "api_keys_logged",
    ),
    "API key: end": (
        "UPDATE ledger.api_keys SET expires_at = NULL WHERE name = 'shop'",
        "api_keys_logged",
    ),
    "API key: time": (
        "UPDATE ledger.api_keys SET created_at = created_at + 1 WHERE name = 'shop'",
        "api_keys_logged",
    ),
    "API key: let in again": (
        "UPDATE ledger.api_keys SET revoked_at = NULL WHERE name = 'gone'",
        "api_keys_logged",
    ),
    "API key: shut out": (
        "UPDATE ledger.api_keys SET revoked_at = created_at WHERE name = 'shop'",
        "api_keys_logged",
    ),
    "API key: revoked at another time": (
        "UPDATE ledger.api_keys SET revoked_at = revoked_at + 1 WHERE name = 'gone'",
        "api_keys_logged",
    ),
    "API key: renamed": (
        "UPDATE ledger.api_keys SET name = 'mallory' WHERE name = 'shop'",
        "api_keys_logged",
    ),
    "API key: removed": ("DELETE FROM ledger.api_keys WHERE name = 'gone'", "api_keys_logged"),
    "API key: inserted": (
        "INSERT INTO ledger.api_keys (name, role, secret_hash, created_at) "
        "VALUES ('mallory', 'operator', sha256('mallory'), 1)",
        "api_keys_logged",
    ),
    # idempotency
    "key: removed": (
        "DELETE FROM ledger.idempotency_keys WHERE idempotency_key = 'buy'",
        "keys_sealed",
    ),
    "key: forged": (
        "INSERT INTO ledger.idempotency_keys VALUES (1, 'alice', 'never', 'pay', '', '{}')",
        "keys_sealed",
    ),
    "key: forged, without an answer": (
        "INSERT INTO ledger.idempotency_keys VALUES (1, 'alice', 'never', 'pay', '', NULL)",
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
    "collected: account of an exchange": (
        "UPDATE ledger.collected_credits SET account_id = 'other_till' WHERE account_id = 'till'",
        "credits_collected_rightly",
    ),
    "collected: account of an exchange, folded": (
        "UPDATE ledger.collected_credits SET account_id = 'other_till' WHERE account_id = 'till';"
        "SELECT bank.fold_collected()",
        "exchanges_as_agreed",
    ),
    "collected: amount of an exchange, folded": (
        "UPDATE ledger.collected_credits SET amount = 2200 WHERE account_id = 'till';"
        "SELECT bank.fold_collected()",
        "exchanges_as_agreed",
    ),
    "collected: amount and agreement of an exchange, folded": (
        "UPDATE ledger.collected_credits SET amount = 2200, "
        """details = details || '{"target_amount": 2200}' WHERE account_id = 'till';"""
        "SELECT bank.fold_collected()",
        "exchanges_as_agreed",
    ),
    **{
        f"collected: {change}, folded": (
            f"UPDATE ledger.collected_credits SET {change} WHERE account_id = 'shop';"
            "SELECT bank.fold_collected()",
            "credits_collected_rightly",
        )
        for change in (
            "metadata = '{}'",
            "posting_metadata = '{}'",
            "timestamp = timestamp - 1",
            "operation = 'pay'",
            "payment_ref = 'payment1'",
            "actor = 'mallory'",
        )
    },
    "collected: later, folded": (
        "UPDATE ledger.collected_credits SET timestamp = timestamp + 1, details = "
        "jsonb_build_object('credited_at', timestamp) WHERE account_id = 'shop';"
        "SELECT bank.fold_collected() FROM pg_sleep(0.002)",
        "credits_collected_rightly",
    ),
    "collected: later, not folded": (
        "UPDATE ledger.collected_credits SET timestamp = timestamp + 1, details = "
        "jsonb_build_object('credited_at', timestamp) WHERE account_id = 'shop'",
        "credits_collected_rightly",
    ),
    "collected: a member more": (
        """UPDATE ledger.collected_credits SET details = details || '{"a-b": 1}' """
        "WHERE account_id = 'till'",
        "credits_collected_rightly",
    ),
    "collected: another scale": (
        """UPDATE ledger.collected_credits SET metadata = '{"order": 1.0}' """
        "WHERE account_id = 'shop'",
        "credits_collected_rightly",
    ),
    "collected: removed": ("DELETE FROM ledger.collected_credits", "transactions_pair"),
    # events and numbers
    "events: how far they are numbered": (
        "UPDATE ledger.event_sequencer SET mark = mark + 1000000",
        "legs_have_events",
    ),
    "events: a batch removed": ("DELETE FROM ledger.event_batches", "legs_have_events"),
    "events: billions of ids": (
        "INSERT INTO ledger.event_batches SELECT max(b.first_event_id + b.events), 1, "
        "'{[1000000,9000000000)}' FROM ledger.event_batches AS b",
        "legs_have_events",
    ),
    "events: ids that are not drawn yet": (
        "UPDATE ledger.event_batches SET transaction_ids = transaction_ids + '{[100000,100003)}'",
        "events_tell_of_legs",
    ),
    "events: whose they are": (
        "UPDATE ledger.event_batches SET transaction_ids = '{[1,2)}'",
        "events_tell_of_legs",
    ),
    "events: a number left out": (
        "UPDATE ledger.event_batches SET first_event_id = first_event_id + 1 "
        "WHERE first_event_id = (SELECT max(first_event_id) FROM ledger.event_batches)",
        "events_gapless",
    ),
    "events: their order": (
        # A deposit changes places with the leg of @ledger that made a webhook.
        "WITH moved AS (SELECT min(t.transaction_id) FILTER (WHERE t.operation = 'deposit') AS one,"
        " max(t.transaction_id) FILTER (WHERE t.operation = 'create_webhook') - 1 AS other "
        "FROM ledger.ledger_transactions AS t) "
        "UPDATE ledger.event_batches AS b SET transaction_ids = CASE "
        "WHEN b.transaction_ids @> moved.one THEN b.transaction_ids "
        "- int8multirange(int8range(moved.one, moved.one, '[]')) "
        "+ int8multirange(int8range(moved.other, moved.other, '[]')) "
        "ELSE b.transaction_ids - int8multirange(int8range(moved.other, moved.other, '[]')) "
        "+ int8multirange(int8range(moved.one, moved.one, '[]')) END FROM moved "
        "WHERE b.transaction_ids @> moved.one OR b.transaction_ids @> moved.other",
        "events_in_order",
    ),
    **{
        f"turnovers: {column}": (
            f"UPDATE ledger.turnovers SET {column} = {value} WHERE ctid = (SELECT t.ctid "
            "FROM ledger.turnovers AS t WHERE t.every = 'day' AND t.operation = 'deposit' LIMIT 1)",
            "turnovers_add_up",
        )
        for column, value in {
            "every": "'hour'",
            "since": "since + 86400000",
            "currency": "'CHF'",
            "operation": "'withdraw'",
            "house": "'@fees'",
            "legs": "legs + 1",
            "transactions": "transactions - 1",
            "debits": "debits + 1",
            "credits": "credits - 1",
        }.items()
    },
    "turnovers: of a minute": (
        "UPDATE ledger.turnovers SET legs = legs + 1 WHERE ctid = (SELECT t.ctid "
        "FROM ledger.turnovers AS t WHERE t.every = 'minute' ORDER BY t.since DESC LIMIT 1)",
        "turnovers_add_up",
    ),
    "turnovers: removed": (
        "DELETE FROM ledger.turnovers WHERE every = 'ever'",
        "turnovers_add_up",
    ),
    "turnovers: added": (
        "INSERT INTO ledger.turnovers VALUES ('day', 0, 'CHF', 'fee', '', 0, 0, 0, 0)",
        "turnovers_add_up",
    ),
    "turnovers: how far": (
        "UPDATE ledger.turnover_mark SET event_id = 0",
        "turnovers_add_up",
    ),
    "turnovers: until when": (
        "UPDATE ledger.turnover_mark SET recorded_at = recorded_at + 86400000",
        "turnovers_add_up",
    ),
    "turnovers: nothing of how far": (
        "DELETE FROM ledger.turnover_mark",
        "turnovers_add_up",
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
    "migration: breaking": (
        "UPDATE ledger.migrations SET breaking = true",
        "installed_as_released",
    ),
    "table: another's": (
        "ALTER TABLE ledger.settings OWNER TO CURRENT_USER",
        "installed_as_released",
    ),
    "column: collation": (
        'ALTER TABLE ledger.webhooks ALTER account_id TYPE text COLLATE "default"',
        "installed_as_released",
    ),
    "grant: one column of a view": (
        "GRANT SELECT (operation) ON bank.operations TO bank_auditor",
        "installed_as_released",
    ),
    "type: attribute added": (
        "ALTER TYPE bank.receipt ADD ATTRIBUTE mine text",
        "installed_as_released",
    ),
    "type: attribute renamed": (
        "ALTER TYPE bank.digest_verification RENAME ATTRIBUTE legs TO mine",
        "installed_as_released",
    ),
    "type: attribute of a helper's dropped": (
        "ALTER TYPE engine.posting DROP ATTRIBUTE metadata",
        "installed_as_released",
    ),
    "type: another's": (
        "ALTER TYPE bank.receipt OWNER TO CURRENT_USER",
        "installed_as_released",
    ),
    "type: an enum": ("CREATE TYPE bank.mine AS ENUM ('a')", "installed_as_released"),
    "domain: default": (
        "ALTER DOMAIN ledger.metadata SET DEFAULT '{}'",
        "installed_as_released",
    ),
    "domain: NOT NULL": (
        "ALTER DOMAIN ledger.cashback_status SET NOT NULL",
        "installed_as_released",
    ),
    "domain: added": ("CREATE DOMAIN ledger.mine AS text", "installed_as_released"),
    "cast: of a type": (
        "CREATE CAST (bank.receipt AS ledger.settings) WITH INOUT",
        "installed_as_released",
    ),
    "catalog: an operator that comes before PostgreSQL's": (
        "CREATE FUNCTION pg_catalog.mine(a ledger.minor_units, b bigint) RETURNS bigint "
        "LANGUAGE sql IMMUTABLE AS 'SELECT int8mi(a::bigint, b) + 1000000';"
        "CREATE OPERATOR pg_catalog.- (leftarg = ledger.minor_units, rightarg = bigint, "
        "function = pg_catalog.mine)",
        "installed_as_released",
    ),
    "catalog: a cast of PostgreSQL's types": (
        "CREATE FUNCTION public.mine(text) RETURNS bigint LANGUAGE sql AS 'SELECT 5::bigint';"
        "CREATE CAST (text AS bigint) WITH FUNCTION public.mine(text)",
        "installed_as_released",
    ),
    "collation: added": (
        'CREATE COLLATION bank.mine FROM "C"',
        "installed_as_released",
    ),
}
