-- Tests of bank.set_account_metadata.
BEGIN;
SELECT plan(32);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.set_account_metadata'::regproc),
    'account_id text, "timestamp" bigint DEFAULT NULL::bigint, '
    || 'metadata jsonb DEFAULT NULL::jsonb, idempotency_key text DEFAULT NULL::text',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('bank.set_account_metadata'::regproc), 'bank.account', 'what it returns');
SELECT volatility_is('bank', 'set_account_metadata', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'set_account_metadata', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.set_account_metadata'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.set_account_metadata'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    NOT has_function_privilege('bank_auditor', 'bank.set_account_metadata'::regproc, 'EXECUTE'),
    'an auditor may not call it'
);

CREATE FUNCTION pg_temp.newest_leg(who text) RETURNS jsonb LANGUAGE sql AS $function$
    SELECT to_jsonb(t) - ARRAY[
        'transaction_id', 'recorded_at', 'hash', 'leg', 'value_at', 'folded_in', 'actor',
        'on_behalf_of', 'hash_version', 'key_hash', 'posting_metadata', 'overdraft_limit_after'
    ]
    FROM ledger.ledger_transactions AS t
    INNER JOIN ledger.accounts AS a ON a.account_id = t.account_id AND a.version = t.version
    WHERE a.account_id = who
$function$;

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account_at('md.alice', "timestamp" => 1000, metadata => '{"a": 1, "b": 2}');
END;
$given$;
CREATE TEMP TABLE first AS
SELECT r.* FROM bank.set_account_metadata(
    'md.alice', "timestamp" => 2000, metadata => '{"b": 3}', idempotency_key => 'k'
) AS r;

-- Works
SELECT is((SELECT f.metadata FROM first AS f), '{"b": 3}'::jsonb, 'it is replaced as a whole');
SELECT is(
    (SELECT a.metadata::jsonb FROM ledger.accounts AS a WHERE a.account_id = 'md.alice'),
    '{"b": 3}'::jsonb, 'and stays'
);
SELECT is(
    pg_temp.newest_leg('md.alice') - ARRAY['contra_account_id', 'payment_ref', 'refers_to'],
    $${
        "account_id": "md.alice", "version": 2, "timestamp": 2000, "amount": 0,
        "operation": "set_account_metadata", "balance_after": 0, "held_after": 0,
        "pending_cashback_after": 0, "metadata": null,
        "details": {"metadata": {"b": 3}, "previous_metadata": {"a": 1, "b": 2}}
    }$$::jsonb, 'the leg holds the old and the new'
);
SELECT is(
    (bank.set_account_metadata('md.alice', 2000, '{"c": 1}')).metadata, '{"c": 1}'::jsonb, 'again'
);
SELECT results_eq(
    $$
        SELECT r.* FROM bank.set_account_metadata(
            'md.alice', "timestamp" => 2000, metadata => '{"b": 3}', idempotency_key => 'k'
        ) AS r
    $$, 'SELECT f.* FROM first AS f', 'a repeat under the key gets the first answer again'
);
SELECT is(
    (bank.set_account_metadata('md.alice', 2000, '{"c": 1}')).version, 3::bigint,
    'the same metadata posts nothing'
);
SELECT lives_ok(
    $$SELECT bank.set_account_metadata(
        'md.alice', 2000, jsonb_build_object('k', repeat('x', 16384 - 9))
    )$$, 'up to 16384 bytes'
);
SELECT lives_ok($$SELECT bank.close_account('md.alice', 'x', 2000)$$, 'once it is closed');
SELECT is((bank.set_account_metadata('md.alice', 2000, '{}')).metadata, '{}'::jsonb, 'too');

-- Refuses
SELECT throws_ok(
    format('SELECT bank.set_account_metadata(%L, metadata => %L)', 'md.alice', m.metadata),
    'TL005', 'invalid_metadata', 'refuses metadata: ' || coalesce(m.metadata, 'NULL')
) FROM unnest(ARRAY['null', '[]', '1', NULL]) AS m (metadata);
SELECT throws_ok(
    $$SELECT bank.set_account_metadata(
        'md.alice', metadata => jsonb_build_object('k', repeat('x', 16384))
    )$$, 'TL005', 'invalid_metadata', 'refuses metadata that is too large'
);
SELECT throws_ok(
    $$SELECT bank.set_account_metadata('md.alice', metadata => '{}', idempotency_key => '')$$,
    'TL006', 'invalid_idempotency_key', 'refuses an empty key'
);
SELECT throws_ok(
    format('SELECT bank.set_account_metadata(%L, metadata => %L)', a.id, '{}'), 'TL101',
    'account_not_found', 'refuses the account ' || coalesce(quote_literal(a.id), 'NULL')
) FROM unnest(ARRAY['nobody', '@external', NULL]) AS a (id);
SELECT throws_ok(
    $$SELECT bank.set_account_metadata('md.alice', metadata => '{}', idempotency_key => 'k')$$,
    'TL010', 'idempotency_key_reused', 'refuses the key for another request'
);
SELECT throws_ok(
    format('SELECT bank.set_account_metadata(%L, %s, %L)', 'md.alice', t.t, '{}'), 'TL003',
    'invalid_timestamp', 'refuses the timestamp ' || t.t
) FROM unnest(ARRAY[-1, 9007199254740992]) AS t (t);
SELECT throws_ok(
    $$SELECT bank.set_account_metadata('md.alice', 1999, '{}')$$, 'TL306', 'timestamp_in_past',
    'refuses a time before the newest leg'
);
SELECT throws_ok(
    format(
        $$SELECT bank.set_account_metadata('md.alice', %s, '{}')$$, engine.now() + 3600000
    ), 'TL308', 'timestamp_in_future', 'refuses a time ahead of the clock'
);
SELECT throws_ok(
    $$SET ROLE bank_teller; SELECT bank.set_account_metadata('md.alice', metadata => '{}')$$,
    '42501', NULL, 'a teller may not'
);

SELECT throws_ok(
    $$SELECT bank.set_account_metadata('@ledger', metadata => '{}')$$, 'TL305', 'account_closed',
    'the house''s own chain tells of settings alone'
);

SELECT * FROM finish();
ROLLBACK;
