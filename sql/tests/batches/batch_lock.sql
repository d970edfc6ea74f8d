-- Tests of engine.batch_lock.
BEGIN;
SELECT plan(15);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.batch_lock'::regproc),
    'items engine.batch_item[], settle boolean',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.batch_lock'::regproc), 'ledger.accounts[]', 'what it returns'
);
SELECT volatility_is('engine', 'batch_lock', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'batch_lock', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.batch_lock'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
DO $given$
BEGIN
    INSERT INTO ledger.currencies VALUES ('TAP_BLOCK', 2);
    INSERT INTO ledger.cashback_policies VALUES ('TAP_BLOCK', 1000, 5000);
    PERFORM bank.create_account('block.' || n.name, 'TAP_BLOCK', 1000, 1000)
    FROM unnest(ARRAY['alice', 'bob', 'Zoe', 'due', 'shop', 'till']) AS n (name);
    PERFORM bank.pay('block.due', 100, "timestamp" => 1000);
    UPDATE ledger.accounts AS a SET collecting = true
    WHERE a.account_id IN ('block.shop', 'block.till');
    PERFORM bank.transfer('block.alice', 'block.shop', 1, 1000);
    PERFORM bank.transfer('block.alice', 'block.till', 2, 1000);
END;
$given$;
CREATE FUNCTION pg_temp.lock(operations jsonb, settle boolean) RETURNS text[]
LANGUAGE sql AS $function$
    SELECT array_agg(format(
        '%s %s %s', split_part(a.account_id, '.', 2), a.version, a.next_hold_expiry
    ) ORDER BY a.ordinality)
    FROM unnest(engine.batch_lock(
        ARRAY(SELECT i FROM engine.batch_items(operations, false) AS i), settle
    )) WITH ORDINALITY AS a
$function$;

-- Works
SELECT is(
    pg_temp.lock('[
        {"operation": "transfer", "source_account_id": "block.bob",
            "target_account_id": "block.alice"},
        {"operation": "pay", "account_id": "block.Zoe", "merchant_account_id": "block.alice"},
        {"operation": "withdraw", "account_id": "block.nobody"},
        {"operation": "deposit", "account_id": "@external"},
        {"operation": "deposit"},
        {"operation": "deposit", "account_id": "block.bob"}
    ]', true), ARRAY['Zoe 1 ', 'alice 3 ', 'bob 1 '],
    'every account once, in byte order, without those that nobody has'
);
SELECT is(
    engine.batch_lock(ARRAY(
        SELECT i FROM engine.batch_items(
            '[{"operation": "deposit", "account_id": "block.bob"}]', false
        ) AS i
    ), true),
    ARRAY(SELECT a FROM ledger.accounts AS a WHERE a.account_id = 'block.bob'), 'the row as stored'
);
SELECT is(
    pg_temp.lock('[{"operation": "deposit"}]', true), NULL, 'nobody, where nobody is named'
);
SELECT is(
    pg_temp.lock('[{"operation": "deposit", "account_id": "block.due"}]', false), ARRAY['due 2 '],
    'what is due stays so where not to settle'
);
SELECT is(
    pg_temp.lock('[{"operation": "deposit", "account_id": "block.due"}]', true), ARRAY['due 3 '],
    'and is posted where to settle'
);
SELECT is(
    pg_temp.lock('[
        {"operation": "pay", "account_id": "block.bob", "merchant_account_id": "block.shop"},
        {"operation": "transfer", "source_account_id": "block.bob",
            "target_account_id": "block.shop"}
    ]', true), ARRAY['bob 1 ', 'shop 1 '],
    'a collecting account that is only credited is left as it is'
);
SELECT is(
    pg_temp.lock('[{"operation": "withdraw", "account_id": "block.shop"}]', false),
    ARRAY['shop 1 0'], 'one that is debited is marked'
);
SELECT is(
    pg_temp.lock('[
        {"operation": "transfer", "source_account_id": "block.bob",
            "target_account_id": "block.shop"},
        {"operation": "withdraw", "account_id": "block.shop"}
    ]', true), ARRAY['bob 1 ', 'shop 2 '], 'or folded, where to settle'
);
SELECT is(
    pg_temp.lock('[{"operation": "deposit", "account_id": "block.till"}]', true),
    ARRAY['till 2 '], 'a deposit folds too'
);
SELECT matches(
    (SELECT p.prosrc FROM pg_proc AS p WHERE p.oid = 'engine.batch_lock'::regproc),
    'FOR NO KEY UPDATE;', 'the others are locked'
);

SELECT * FROM finish();
ROLLBACK;
