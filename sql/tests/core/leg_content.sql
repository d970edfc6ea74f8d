-- Tests of engine.leg_content.
BEGIN;
SELECT plan(38);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.leg_content'::regproc),
    'account_id text, version bigint, transaction_id bigint, leg integer, "timestamp" '
    || 'bigint, value_at bigint, recorded_at bigint, operation text, amount bigint, '
    || 'balance_after bigint, held_after bigint, pending_cashback_after bigint, '
    || 'overdraft_limit_after bigint, contra_account_id text, payment_ref text, refers_to '
    || 'bigint, folded_in bigint, actor text, on_behalf_of text, metadata jsonb, '
    || 'posting_metadata jsonb, details jsonb, key_hash bytea',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.leg_content'::regproc), 'text', 'what it returns'
);
SELECT volatility_is('engine', 'leg_content', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'leg_content', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.leg_content'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given a leg with every column set
CREATE TEMP TABLE leg AS
SELECT jsonb_populate_record(NULL::ledger.ledger_transactions, $${
    "account_id": "hash.alice", "version": 2, "transaction_id": 7, "leg": 3, "timestamp": 1000,
    "value_at": 900, "recorded_at": 1001, "operation": "deposit", "amount": 500,
    "balance_after": 700, "held_after": 3, "pending_cashback_after": 4,
    "overdraft_limit_after": 9, "contra_account_id": "@external", "payment_ref": "payment7",
    "refers_to": 5, "folded_in": 6, "actor": "teller", "on_behalf_of": "eve",
    "metadata": {"a": "it's"}, "posting_metadata": {"p": 1}, "details": {"b": "\\"}, "key_hash": "\\xab01"
}$$) AS leg;
CREATE FUNCTION pg_temp.content(change jsonb) RETURNS text LANGUAGE sql AS $function$
    SELECT engine.leg_content(
        t.account_id, t.version, t.transaction_id, t.leg, t."timestamp", t.value_at, t.recorded_at,
        t.operation, t.amount, t.balance_after, t.held_after, t.pending_cashback_after,
        t.overdraft_limit_after, t.contra_account_id, t.payment_ref, t.refers_to, t.folded_in,
        t.actor, t.on_behalf_of, t.metadata, t.posting_metadata, t.details, t.key_hash
    )
    FROM leg AS l
    CROSS JOIN LATERAL jsonb_populate_record(l.leg, change) AS t
$function$;

-- Works
SELECT is(
    pg_temp.content('{}'),
    $$'hash.alice',2,7,3,1000,900,1001,'deposit',500,700,3,4,9,'@external','payment7',5,6,$$
    || $$'teller','eve','{"a": "it''s"}','{"p": 1}',E'{"b": "\\\\"}',ab01$$,
    'a text that any other program can write too'
);
SELECT is(
    pg_temp.content($${
        "value_at": null, "contra_account_id": null, "payment_ref": null, "refers_to": null,
        "folded_in": null, "on_behalf_of": null, "metadata": null, "posting_metadata": null,
        "details": null, "key_hash": null
    }$$),
    $$'hash.alice',2,7,3,1000,,1001,'deposit',500,700,3,4,9,NULL,NULL,,,'teller',NULL,$$
    || 'NULL,NULL,NULL,', 'what is missing'
);
CREATE FUNCTION pg_temp.under(setting text, value text) RETURNS text
LANGUAGE plpgsql AS $function$
BEGIN
    PERFORM set_config(setting, value, true);
    RETURN pg_temp.content('{}');
END;
$function$;
CREATE TEMP TABLE usual AS SELECT pg_temp.content('{}') AS content;
SELECT is(pg_temp.under(s.name, s.value), u.content, format('it is the same under %s %s', s.name, s.value))
FROM usual AS u CROSS JOIN (
    VALUES ('standard_conforming_strings', 'off'), ('backslash_quote', 'off'),
    ('bytea_output', 'escape'), ('lc_numeric', 'C'), ('timezone', 'Asia/Tokyo'),
    ('quote_all_identifiers', 'on')
) AS s (name, value);
SET LOCAL standard_conforming_strings = on;
SELECT isnt(
    pg_temp.content(jsonb_build_object(c.name, c.value)), pg_temp.content('{}'),
    'it changes with ' || c.name
) FROM (
    VALUES ('account_id', '"hash.bob"'::jsonb), ('version', '3'), ('transaction_id', '8'),
    ('leg', '4'), ('timestamp', '1001'), ('value_at', '901'), ('recorded_at', '1002'),
    ('operation', '"withdraw"'), ('amount', '501'), ('balance_after', '701'), ('held_after', '0'),
    ('pending_cashback_after', '0'), ('overdraft_limit_after', '0'),
    ('contra_account_id', '"@fees"'), ('payment_ref', '"payment8"'), ('refers_to', '6'),
    ('folded_in', '7'), ('actor', '"bob"'), ('on_behalf_of', '"bob"'), ('metadata', '{"a": 2}'),
    ('posting_metadata', '{"p": 2}'), ('details', '{"b": 3}'),
    ('key_hash', '"\\xab02"')
) AS c (name, value);
SELECT is(
    (
        SELECT array_agg(a.attname::text ORDER BY a.attname)
        FROM pg_attribute AS a
        WHERE a.attrelid = 'ledger.ledger_transactions'::regclass
            AND a.attnum > 0 AND NOT a.attisdropped
    ),
    ARRAY[
        'account_id', 'actor', 'amount', 'balance_after', 'contra_account_id', 'details',
        'folded_in', 'hash', 'hash_version', 'held_after', 'key_hash', 'leg', 'metadata',
        'on_behalf_of', 'operation', 'overdraft_limit_after', 'payment_ref', 'pending_cashback_after',
        'posting_metadata', 'recorded_at', 'refers_to', 'timestamp', 'transaction_id',
        'value_at', 'version'
    ],
    'there is no column but those above, the hash itself and the number of its rule'
);
SELECT is(
    (
        SELECT count(DISTINCT pg_temp.content(c.change))
        FROM unnest(ARRAY[
            '{"contra_account_id": null, "payment_ref": ""}',
            '{"contra_account_id": "", "payment_ref": null}',
            '{"contra_account_id": "", "payment_ref": ""}',
            '{"contra_account_id": null, "payment_ref": null}',
            '{"contra_account_id": "NULL", "payment_ref": null}',
            '{"contra_account_id": "a,b", "payment_ref": "c"}',
            '{"contra_account_id": "a", "payment_ref": "b,c"}',
            '{"contra_account_id": "a\",\"b", "payment_ref": "c"}',
            '{"contra_account_id": "a", "payment_ref": "b\",\"c"}',
            '{"contra_account_id": "a'',''b", "payment_ref": "c"}',
            '{"contra_account_id": "a", "payment_ref": "b'',''c"}',
            '{"contra_account_id": "a\\", "payment_ref": "c"}',
            '{"contra_account_id": "a", "payment_ref": "\\c"}',
            '{"contra_account_id": "(a", "payment_ref": "c)"}',
            '{"refers_to": 5, "folded_in": null}',
            '{"refers_to": null, "folded_in": 5}',
            '{"metadata": null, "details": {}}',
            '{"metadata": {}, "details": null}'
        ]::jsonb[]) AS c (change)
    ),
    18::bigint, 'no two different legs give the same text, however their texts are cut'
);

SELECT * FROM finish();
ROLLBACK;
