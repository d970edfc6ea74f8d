-- Tests of bank.lagging_sequences.
BEGIN;
SELECT plan(15);

-- Shape and privileges
SELECT is(pg_get_function_arguments('bank.lagging_sequences'::regproc), '', 'it has no arguments');
SELECT is(
    pg_get_function_result('bank.lagging_sequences'::regproc), 'SETOF bank.sequence_lag',
    'what it returns'
);
SELECT volatility_is('bank', 'lagging_sequences', 'stable', 'it is stable');
SELECT is_definer('bank', 'lagging_sequences', 'it runs as its owner');
SELECT ok(
    has_function_privilege('bank_teller', 'bank.lagging_sequences'::regproc, 'EXECUTE'),
    'a teller may call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.lagging_sequences'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    has_function_privilege('bank_auditor', 'bank.lagging_sequences'::regproc, 'EXECUTE'),
    'an auditor may call it'
);
SELECT ok(
    has_function_privilege(r.name, 'bank.lagging_sequences'::regproc, 'EXECUTE'),
    r.name || ' may call it'
) FROM unnest(ARRAY['bank_teller', 'bank_operator', 'bank_auditor']) AS r (name);

-- Given numbers that none of the sequences has reached; others may be drawing from them
SELECT is_empty('SELECT * FROM bank.lagging_sequences()', 'nothing lags behind what functions write');
SAVEPOINT sound;
CREATE FUNCTION pg_temp.ahead(sequence text) RETURNS bigint LANGUAGE plpgsql AS $function$
DECLARE
    v_drawn bigint;
BEGIN
    EXECUTE format('SELECT q.last_value FROM ledger.%I AS q', sequence) INTO v_drawn;
    RETURN v_drawn + 1000000;
END;
$function$;
CREATE TEMP TABLE number AS
SELECT q.relname::text AS sequence, pg_temp.ahead(q.relname) AS in_use
FROM pg_class AS q
WHERE q.relnamespace = 'ledger'::regnamespace AND q.relkind = 'S';
CREATE FUNCTION pg_temp.number(sequence text) RETURNS bigint LANGUAGE sql AS $function$
    SELECT n.in_use FROM number AS n WHERE n.sequence = number.sequence
$function$;

INSERT INTO ledger.payments (account_id, payment_number, transaction_id, "timestamp", amount)
VALUES ('lag.alice', pg_temp.number('payment_seq'), 1, 1, 1);
INSERT INTO ledger.holds (account_id, hold_number, transaction_id, created_at, amount)
VALUES ('lag.alice', pg_temp.number('hold_seq'), 1, 1, 1);
INSERT INTO ledger.monitors
    (account_id, monitor_number, transaction_id, created_at, field, comparison, value, triggered)
VALUES ('lag.alice', pg_temp.number('monitor_seq'), 1, 1, 'balance', 'lt', 0, false);
INSERT INTO ledger.schedules
    (account_id, schedule_number, target_account_id, amount, run_at, time_zone, next_run_at,
        created_at)
VALUES ('lag.alice', pg_temp.number('schedule_seq'), 'lag.bob', 1, 1, 'UTC', 1, 1);
INSERT INTO ledger.webhooks (webhook_number, url, secret, after, queued, created_at)
VALUES (pg_temp.number('webhook_seq'), 'https://lag.example', 'secret', 0, 0, 1);
INSERT INTO ledger.collected_credits
    (account_id, transaction_id, leg, "timestamp", operation, amount, contra_account_id, actor)
VALUES ('lag.alice', pg_temp.number('transaction_seq'), 2, 1, 'transfer', 1, 'lag.bob', 'me');

-- Works
SELECT set_eq(
    'SELECT s.sequence, s.in_use FROM bank.lagging_sequences() AS s',
    $$SELECT 'ledger' || '.' || n.sequence AS sequence, n.in_use FROM number AS n$$,
    'every sequence of the ledger is looked at, with the largest number in use'
);
SELECT is_empty(
    'SELECT * FROM bank.lagging_sequences() AS s WHERE s.drawn NOT BETWEEN 0 AND s.in_use - 1',
    'and the one drawn last'
);
INSERT INTO ledger.ledger_transactions (
    account_id, version, transaction_id, leg, "timestamp", recorded_at, operation, amount,
    balance_after, held_after, pending_cashback_after, overdraft_limit_after, actor, hash_version,
    hash, folded_in
)
VALUES (
    'lag.carol', 2, 1, 9, 2000, 2000, 'transfer', 1, 1, 0, 0, 0, 'me', 1, '',
    pg_temp.number('transaction_seq') + 1
);
SELECT is(
    (SELECT s.in_use FROM bank.lagging_sequences() AS s WHERE s.sequence = 'ledger.transaction_seq'),
    pg_temp.number('transaction_seq') + 1, 'what a credit was folded in counts as well'
);
ROLLBACK TO sound;
SELECT is_empty('SELECT * FROM bank.lagging_sequences()', 'what is not there is not in use');

SELECT * FROM finish();
ROLLBACK;
