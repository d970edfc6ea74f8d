-- Tests of bank.schedule_transfer.
BEGIN;
SELECT plan(34);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.schedule_transfer'::regproc),
    'source_account_id text, target_account_id text, amount bigint, run_at bigint, every text'
    || ' DEFAULT NULL::text, until bigint DEFAULT NULL::bigint, time_zone text DEFAULT '
    || '''UTC''::text, metadata jsonb DEFAULT NULL::jsonb, idempotency_key text DEFAULT NULL::text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.schedule_transfer'::regproc), 'bank.schedule',
    'what it returns'
);
SELECT volatility_is('bank', 'schedule_transfer', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'schedule_transfer', 'it runs as its owner');
SELECT ok(
    has_function_privilege('bank_teller', 'bank.schedule_transfer'::regproc, 'EXECUTE'),
    'a teller may call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.schedule_transfer'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    NOT has_function_privilege('bank_auditor', 'bank.schedule_transfer'::regproc, 'EXECUTE'),
    'an auditor may not call it'
);

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account_at('later.' || n, "timestamp" => 1000)
    FROM unnest(ARRAY['alice', 'bob', 'gone']) AS n;
    PERFORM bank.create_account_at('later.dollar', 'USD', "timestamp" => 1000);
    UPDATE ledger.accounts AS a SET status = 'closed' WHERE a.account_id = 'later.gone';
END;
$given$;

-- Works
SELECT is(
    to_jsonb(bank.schedule_transfer_at(
        'later.alice', 'later.bob', 500, 5000, 'P1M', 90000, 'Asia/Tokyo', 2000,
        '{"why": "rent"}', 'key'
    )) - 'schedule_id',
    '{
        "source_account_id": "later.alice", "target_account_id": "later.bob", "amount": 500,
        "run_at": 5000, "every": "P1M", "until": 90000, "time_zone": "Asia/Tokyo",
        "status": "active", "next_run_at": 5000,
        "occurrence": 1, "attempt": 1, "runs": 0, "created_at": 2000, "ended_at": null,
        "metadata": {"why": "rent"}
    }',
    'returns the schedule'
);
SELECT is(
    to_jsonb(bank.schedule_transfer_at(
        'later.alice', 'later.bob', 500, 5000, 'P1M', 90000, 'Asia/Tokyo', 2000,
        '{"why": "rent"}', 'key'
    )),
    (
        SELECT to_jsonb(engine.show_schedule(s))
        FROM ledger.schedules AS s WHERE s.account_id = 'later.alice'
    ),
    'a repeat under the key gets the first answer, and makes no other'
);
SELECT is(
    (
        SELECT jsonb_build_array(t.version, t.amount, t."timestamp", t.metadata, t.details - 'schedule_id')
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'later.alice' AND t.operation = 'schedule_transfer'
    ),
    '[2, 0, 2000, {"why": "rent"}, {
        "target_account_id": "later.bob", "amount": 500, "run_at": 5000, "every": "P1M",
        "until": 90000, "time_zone": "Asia/Tokyo"
    }]',
    'the log tells of it, on the side of the account that pays'
);
SELECT is(
    (SELECT a.version FROM ledger.accounts AS a WHERE a.account_id = 'later.bob'), 1::bigint,
    'and on no other'
);
SELECT is(
    (bank.schedule_transfer_at(
        'later.bob', 'later.alice', 9007199254740991, 5000, "timestamp" => 3000
    )).every, NULL, 'once, whatever there is now'
);
SELECT is(
    (
        SELECT jsonb_object_agg(t.account_id, t.turn_at)
        FROM ledger.schedule_turns AS t WHERE t.account_id LIKE 'later.%'
    ), '{"later.alice": 5000, "later.bob": 5000}', 'it is looked at when it is due'
);
SELECT bank.schedule_transfer_at('later.bob', 'later.alice', 1, 4000, "timestamp" => 3000) AS sooner,
bank.schedule_transfer_at('later.alice', 'later.bob', 1, 6000, "timestamp" => 3000) AS later \gset
SELECT is(
    (
        SELECT jsonb_object_agg(t.account_id, t.turn_at)
        FROM ledger.schedule_turns AS t WHERE t.account_id LIKE 'later.%'
    ), '{"later.alice": 5000, "later.bob": 4000}', 'the first of them'
);
SELECT lives_ok(
    format(
        'SET ROLE bank_teller; SELECT bank.schedule_transfer(''later.bob'', ''later.alice'', 1, %s);'
        'RESET ROLE', engine.now() + 60000
    ), 'a teller may schedule what is to come'
);

-- Refuses
SELECT throws_ok(
    format('SELECT bank.schedule_transfer_at(%s)', r.arguments), r.code, r.name, 'refuses ' || r.what
) FROM (
    VALUES
    ('''later.alice'', ''later.bob'', 1, 5000, ''PT59S''', 'TL007', 'invalid_argument', 'what recurs every few seconds'),
    ('''later.alice'', ''later.bob'', 1, 5000, ''P1D'', time_zone => ''Berlin''', 'TL007', 'invalid_argument', 'an unknown time zone'),
    ('''later.alice'', ''later.bob'', 1, 5000, "timestamp" => 2999', 'TL306', 'timestamp_in_past', 'a time before the newest leg'),
    ('''later.alice'', ''later.bob'', 1, 4999, "timestamp" => 5000', 'TL007', 'invalid_argument', 'a run before the time given'),
    ('''later.alice'', ''later.bob'', 0, 5000', 'TL002', 'invalid_amount', 'nothing'),
    ('''later.alice'', ''later.bob'', 1, 5000, metadata => ''7''', 'TL005', 'invalid_metadata', 'metadata that is no object'),
    ('''later.alice'', ''later.bob'', 1, 5000, idempotency_key => ''''', 'TL006', 'invalid_idempotency_key', 'an empty key'),
    ('''later.alice'', ''later.alice'', 1, 5000', 'TL008', 'same_account', 'one account'),
    ('''later.alice'', ''later.bob'', 1, -1', 'TL007', 'invalid_argument', 'a wrong time'),
    ('''later.nobody'', ''later.bob'', 1, 5000', 'TL101', 'account_not_found', 'an unknown source'),
    ('''later.alice'', ''later.bob'', 1, 5000, "timestamp" => 2000, idempotency_key => ''key''', 'TL010', 'idempotency_key_reused', 'the key for another schedule'),
    ('''later.alice'', ''later.bob'', 1, 5000, "timestamp" => -1', 'TL003', 'invalid_timestamp', 'a time before the epoch'),
    ('''later.alice'', ''later.nobody'', 1, 5000, "timestamp" => 3000', 'TL101', 'account_not_found', 'an unknown target'),
    ('''later.alice'', ''later.dollar'', 1, 5000, "timestamp" => 3000', 'TL009', 'currency_mismatch', 'another currency'),
    ('''later.gone'', ''later.bob'', 1, 5000, "timestamp" => 3000', 'TL305', 'account_closed', 'a closed source'),
    ('''later.alice'', ''later.gone'', 1, 5000, "timestamp" => 3000', 'TL305', 'account_closed', 'a closed target')
) AS r (arguments, code, name, what);
SELECT throws_ok(
    'SET ROLE bank_teller; SELECT bank.schedule_transfer(''later.alice'', ''later.bob'', 1, 5000)',
    'TL007', 'invalid_argument', 'refuses a teller''s run_at in the past'
);
UPDATE ledger.settings AS s SET schedules_per_account = 2;
SELECT throws_ok(
    $$SELECT bank.schedule_transfer('later.alice', 'later.bob', 1, 9000000000000)$$,
    'TL338', 'quota_exceeded', 'refuses more than there may be of an account'
);
SELECT bank.cancel_schedule('schedule' || min(s.schedule_number)) AS cancelled
FROM ledger.schedules AS s WHERE s.account_id = 'later.alice' \gset
SELECT lives_ok(
    $$SELECT bank.schedule_transfer('later.alice', 'later.bob', 1, 9000000000000)$$,
    'those that have ended do not count'
);

SELECT * FROM finish();
ROLLBACK;
