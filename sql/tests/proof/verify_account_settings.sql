-- Tests of engine.verify_account_settings.
BEGIN;
SELECT plan(14);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.verify_account_settings'::regproc), 'account_id text DEFAULT NULL::text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.verify_account_settings'::regproc), 'SETOF engine.violation',
    'what it returns'
);
SELECT volatility_is('engine', 'verify_account_settings', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'verify_account_settings', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege(
        'bank_operator', 'engine.verify_account_settings'::regproc, 'EXECUTE'
    ),
    'nobody but the owner may call it'
);

-- Given an account with some history
DO $given$
BEGIN
    PERFORM bank.create_account_at('set.alice', overdraft_limit => 30, "timestamp" => 1000);
    PERFORM bank.deposit_at('set.alice', 500, "timestamp" => 2000);
    PERFORM bank.set_account_metadata('set.alice', metadata => '{"name": "Alice"}');
    PERFORM bank.freeze_account('set.alice', 'audit');
    PERFORM bank.set_collecting('set.alice', true, "timestamp" => engine.now());
END;
$given$;
CREATE TEMP VIEW alice AS SELECT a.* FROM ledger.accounts AS a
    WHERE a.account_id = 'set.alice';
CREATE TEMP VIEW leg AS
SELECT t.* FROM ledger.ledger_transactions AS t WHERE t.account_id = 'set.alice';

-- What is found after some damage, which is undone again
SET LOCAL session_replication_role = replica;  -- the guards are asleep
CREATE FUNCTION pg_temp.found(damage text) RETURNS text[] LANGUAGE plpgsql AS $function$
DECLARE
    v_found text[];
BEGIN
    BEGIN
        EXECUTE damage;
        SELECT array_agg(
            concat_ws(' ', v."check", v.account_id, v.found)
            ORDER BY v."check", v.account_id, v.found::text
        )
        INTO v_found
        FROM engine.verify_account_settings() AS v;
        RAISE EXCEPTION 'undo' USING ERRCODE = 'TL999';
    EXCEPTION
        WHEN SQLSTATE 'TL999' THEN
            RETURN v_found;
    END;
END;
$function$;

-- Works
SELECT is(pg_temp.found('SELECT 1'), NULL, 'nothing is wrong with what the functions write');
SELECT is(
    pg_temp.found($$UPDATE alice SET currency = 'USD'$$),
    ARRAY['accounts_match_opening set.alice {"currency" : "USD", "created_at" : 1000}'],
    'an account moved to another currency'
);
SELECT is(
    pg_temp.found('UPDATE alice SET created_at = 999'),
    ARRAY['accounts_match_opening set.alice {"currency" : "EUR", "created_at" : 999}'],
    'an account opened at another time'
);
SELECT is(
    pg_temp.found(
        'UPDATE alice SET overdraft_limit = 31;'
        'UPDATE leg SET overdraft_limit_after = 31 WHERE version = 2'
    ),
    ARRAY['overdraft_limits_logged set.alice {"overdraft_limit" : 31, "logged" : 30}'],
    'an overdraft that nobody granted, even where the newest leg was told of it'
);
SELECT is(
    pg_temp.found('UPDATE alice SET ' || c.change),
    ARRAY[c."check" || ' set.alice ' || c.found],
    c.change
) FROM (
    VALUES
    ('status = ''active''', 'statuses_logged', '{"status" : "active", "logged" : "frozen"}'),
    ('collecting = false', 'collecting_logged', '{"collecting" : false, "logged" : true}'),
    ('metadata = ''{}''', 'metadata_logged', '{"metadata" : {}, "logged" : {"name": "Alice"}}'),
    (
        'rewound = true', 'rewinds_logged',
        '{"version" : null, "timestamp" : null, "logged" : null}'
    )
) AS c (change, "check", found);
SELECT is(
    pg_temp.found($$
        INSERT INTO ledger.rewinds (account_id, version, "timestamp") VALUES ('set.alice', 2, 2000)
    $$),
    ARRAY['rewinds_logged set.alice {"version" : 2, "timestamp" : 2000, "logged" : null}'],
    'a rewind that never was'
);

SELECT * FROM finish();
ROLLBACK;
