-- Tests of bank.schedule_transfer.
BEGIN;
SELECT plan(29);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.schedule_transfer'::regproc),
    'source_account_id text, target_account_id text, amount bigint, run_at bigint, every text'
    || ' DEFAULT NULL::text, until bigint DEFAULT NULL::bigint, metadata jsonb DEFAULT '
    || 'NULL::jsonb, idempotency_key text DEFAULT NULL::text',
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
        'later.alice', 'later.bob', 500, 5000, 'P1M', 90000, 2000, '{"why": "rent"}', 'key'
    )) - 'schedule_id',
    '{
        "source_account_id": "later.alice", "target_account_id": "later.bob", "amount": 500,
        "run_at": 5000, "every": "P1M", "until": 90000, "status": "active", "next_run_at": 5000,
        "occurrence": 1, "attempt": 1, "runs": 0, "created_at": 2000, "ended_at": null,
        "metadata": {"why": "rent"}
    }',
    'returns the schedule'
);
SELECT is(
    to_jsonb(bank.schedule_transfer_at(
        'later.alice', 'later.bob', 500, 5000, 'P1M', 90000, 2000, '{"why": "rent"}', 'key'
    )),
    (
        SELECT to_jsonb(engine.show_schedule(s))
        FROM ledger.schedules AS s WHERE s.account_id = 'later.alice'
    ),
    'a repeat under the key gets the first answer, and makes no other'
);
SELECT is(
    (SELECT a.version FROM ledger.accounts AS a WHERE a.account_id = 'later.alice'), 1::bigint,
    'the log does not tell of it'
);
SELECT is(
    (bank.schedule_transfer_at(
        'later.bob', 'later.alice', 9007199254740991, 5000, "timestamp" => 5000
    )).every, NULL,
    'once, whatever there is now'
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
    VALUES ('''later.alice'', ''later.bob'', 0, 5000', 'TL002', 'invalid_amount', 'nothing'),
    ('''later.alice'', ''later.bob'', 1, 5000, metadata => ''7''', 'TL005', 'invalid_metadata', 'metadata that is no object'),
    ('''later.alice'', ''later.bob'', 1, 5000, idempotency_key => ''''', 'TL006', 'invalid_idempotency_key', 'an empty key'),
    ('''later.alice'', ''later.alice'', 1, 5000', 'TL008', 'same_account', 'one account'),
    ('''later.alice'', ''later.bob'', 1, -1', 'TL007', 'invalid_argument', 'a wrong time'),
    ('''later.nobody'', ''later.bob'', 1, 5000', 'TL101', 'account_not_found', 'an unknown source'),
    ('''later.alice'', ''later.bob'', 1, 5000, idempotency_key => ''key''', 'TL010', 'idempotency_key_reused', 'the key for another schedule'),
    ('''later.alice'', ''later.bob'', 1, 5000, "timestamp" => -1', 'TL003', 'invalid_timestamp', 'a time before the epoch'),
    ('''later.alice'', ''later.bob'', 1, 5000, "timestamp" => 9007199254740991', 'TL308', 'timestamp_in_future', 'a time ahead of the clock'),
    ('''later.alice'', ''later.bob'', 1, 5000, "timestamp" => 5001', 'TL007', 'invalid_argument', 'a run_at before it'),
    ('''later.alice'', ''later.bob'', 1, 5000', 'TL007', 'invalid_argument', 'a run_at before the clock, without a timestamp'),
    ('''later.alice'', ''later.nobody'', 1, 5000, "timestamp" => 1000', 'TL101', 'account_not_found', 'an unknown target'),
    ('''later.alice'', ''later.dollar'', 1, 5000, "timestamp" => 1000', 'TL009', 'currency_mismatch', 'another currency'),
    ('''later.gone'', ''later.bob'', 1, 5000, "timestamp" => 1000', 'TL305', 'account_closed', 'a closed source'),
    ('''later.alice'', ''later.gone'', 1, 5000, "timestamp" => 1000', 'TL305', 'account_closed', 'a closed target')
) AS r (arguments, code, name, what);
SELECT throws_ok(
    $$SET ROLE bank_teller; SELECT bank.schedule_transfer('later.alice', 'later.bob', 1, 5000)$$,
    'TL007', 'invalid_argument', 'refuses a teller''s run_at in the past'
);
SELECT throws_ok(
    $$
        SET ROLE bank_teller;
        SELECT bank.schedule_transfer_at('later.alice', 'later.bob', 1, 5000, "timestamp" => 1)
    $$, '42501', 'permission denied for function schedule_transfer_at',
    'refuses a teller''s timestamp'
);

SELECT * FROM finish();
ROLLBACK;
