-- Tests of engine.leg_hash.
BEGIN;
SELECT plan(25);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.leg_hash'::regproc),
    'head bytea, leg ledger.ledger_transactions',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.leg_hash'::regproc), 'bytea',
    'what it returns'
);
SELECT volatility_is('engine', 'leg_hash', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'leg_hash', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.leg_hash'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given a leg with every column set, and one with none that may be missing
CREATE TEMP TABLE leg AS
SELECT jsonb_populate_record(NULL::ledger.ledger_transactions, $${
    "account_id": "hash.alice", "version": 2, "transaction_id": 7, "timestamp": 1000,
    "recorded_at": 1001, "operation": "deposit", "amount": 500, "balance_after": 700,
    "held_after": 3, "pending_cashback_after": 4, "contra_account_id": "@external",
    "payment_ref": "payment7", "reverses": 5, "metadata": {"a": 1}, "details": {"b": 2}
}$$) AS leg;
CREATE FUNCTION pg_temp.hash(change jsonb) RETURNS text LANGUAGE sql AS $function$
    SELECT encode(engine.leg_hash('\x00', jsonb_populate_record(l.leg, change)), 'hex')
    FROM leg AS l
$function$;

-- Works
SELECT is(
    encode(engine.leg_hash('', l.leg), 'hex'),
    encode(sha256(convert_to(
        '(hash.alice,2,7,1000,1001,deposit,500,700,3,4,@external,payment7,5,'
        || '"{""a"": 1}","{""b"": 2}")', 'UTF8'
    )), 'hex'),
    'the bytes are the row as text, which any other program can write too'
) FROM leg AS l;
SELECT is(
    pg_temp.hash('{}'),
    encode(sha256('\x00'::bytea || convert_to(
        '(hash.alice,2,7,1000,1001,deposit,500,700,3,4,@external,payment7,5,'
        || '"{""a"": 1}","{""b"": 2}")', 'UTF8'
    )), 'hex'),
    'the previous head comes first'
);
SELECT is(
    (SELECT octet_length(engine.leg_hash('', l.leg)) FROM leg AS l), 32, 'it has 32 bytes'
);
SELECT isnt(
    pg_temp.hash(jsonb_build_object(c.name, c.value)), pg_temp.hash('{}'),
    'it changes with ' || c.name
) FROM (
    VALUES ('account_id', '"hash.bob"'::jsonb), ('version', '3'), ('transaction_id', '8'),
    ('timestamp', '1001'), ('recorded_at', '1002'), ('operation', '"withdraw"'), ('amount', '501'),
    ('balance_after', '701'), ('held_after', '0'), ('pending_cashback_after', '0'),
    ('contra_account_id', '"@fees"'), ('payment_ref', '"payment8"'), ('reverses', '6'),
    ('metadata', '{"a": 2}'), ('details', '{"b": 3}')
) AS c (name, value);
SELECT is(
    (
        SELECT array_agg(a.attname::text ORDER BY a.attname)
        FROM pg_attribute AS a
        WHERE a.attrelid = 'ledger.ledger_transactions'::regclass
            AND a.attnum > 0 AND NOT a.attisdropped
    ),
    ARRAY[
        'account_id', 'amount', 'balance_after', 'contra_account_id', 'details', 'hash',
        'held_after', 'metadata', 'operation', 'payment_ref', 'pending_cashback_after',
        'recorded_at', 'reverses', 'timestamp', 'transaction_id', 'version'
    ],
    'there is no column but those above and the hash itself'
);
SELECT is(
    (
        SELECT count(DISTINCT pg_temp.hash(c.change))
        FROM unnest(ARRAY[
            '{"contra_account_id": null, "payment_ref": ""}',
            '{"contra_account_id": "", "payment_ref": null}',
            '{"contra_account_id": "", "payment_ref": ""}',
            '{"contra_account_id": null, "payment_ref": null}',
            '{"contra_account_id": "a,b", "payment_ref": "c"}',
            '{"contra_account_id": "a", "payment_ref": "b,c"}',
            '{"contra_account_id": "a\",\"b", "payment_ref": "c"}',
            '{"contra_account_id": "a", "payment_ref": "b\",\"c"}',
            '{"contra_account_id": "a\\", "payment_ref": "c"}',
            '{"contra_account_id": "a", "payment_ref": "\\c"}',
            '{"contra_account_id": "(a", "payment_ref": "c)"}',
            '{"metadata": null, "details": {}}',
            '{"metadata": {}, "details": null}'
        ]::jsonb[]) AS c (change)
    ),
    13::bigint, 'no two different legs give the same bytes, however their texts are cut'
);

SELECT * FROM finish();
ROLLBACK;
