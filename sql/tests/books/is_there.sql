-- Tests of engine.is_there.
BEGIN;
SELECT plan(13);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.is_there'::regproc),
    'account ledger.accounts, "timestamp" bigint, by text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.is_there'::regproc), 'boolean', 'what it returns'
);
SELECT volatility_is('engine', 'is_there', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'is_there', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.is_there'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given one account without any, and one that has something of an earlier day
DO $given$
BEGIN
    PERFORM bank.create_account_at('is_there.' || n, "timestamp" => 2000)
    FROM unnest(ARRAY['alice', 'bob']) AS n;
    PERFORM bank.deposit_at('is_there.bob', 5, value_at => 1000, "timestamp" => 3000);
END;
$given$;

-- Works
SELECT is(
    engine.is_there(a, c.at, c.by), c.there,
    format('%s by %s at %s', a.account_id, c.by, coalesce(c.at::text, 'any time'))
) FROM (
    VALUES ('alice', NULL::bigint, 'timestamp', true), ('alice', 2000, 'timestamp', true),
    ('alice', 1999, 'timestamp', false), ('alice', 1999, 'value_at', false),
    ('alice', 2000, 'value_at', true), ('bob', 1999, 'timestamp', false),
    ('bob', 1000, 'value_at', true), ('bob', 999, 'value_at', false)
) AS c (name, at, by, there)
INNER JOIN ledger.accounts AS a ON a.account_id = 'is_there.' || c.name
ORDER BY c.name, c.by, c.at;

SELECT * FROM finish();
ROLLBACK;
