-- Tests of engine.version_at.
BEGIN;
SELECT plan(31);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.version_at'::regproc),
    'account ledger.accounts, "timestamp" bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.version_at'::regproc), 'bigint',
    'what it returns'
);
SELECT volatility_is('engine', 'version_at', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'version_at', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.version_at'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given 1000 legs, some of them in the same millisecond
DO $given$
BEGIN
    PERFORM bank.create_account_at('version_at.alice', "timestamp" => 1000);
    PERFORM bank.create_account_at('version_at.bob', "timestamp" => 1000);
    FOR i IN 1..999 LOOP
        PERFORM bank.deposit_at('version_at.alice', i, "timestamp" => 1000 + i / 3 * 10);
    END LOOP;
END;
$given$;
CREATE FUNCTION pg_temp.at(t bigint, who text DEFAULT 'version_at.alice') RETURNS bigint
LANGUAGE sql AS $function$
    SELECT engine.version_at(engine.read_account(who), t)
$function$;

-- Works
SELECT is(pg_temp.at(0), 0::bigint, '0 at the epoch');
SELECT is(pg_temp.at(999), 0::bigint, '0 one millisecond before the opening');
SELECT is(pg_temp.at(1000), 3::bigint, 'the newest of the legs of one millisecond');
SELECT is(pg_temp.at(1009), 3::bigint, 'and still that between legs');
SELECT is(pg_temp.at(1010), 6::bigint, 'a leg counts from its millisecond on');
SELECT is(pg_temp.at(4329), 999::bigint, 'one millisecond before the newest leg');
SELECT is(pg_temp.at(4330), 1000::bigint, 'at the newest leg');
SELECT is(pg_temp.at(9007199254740991), 1000::bigint, 'at the end of time');
SELECT is_empty(
    $$
        SELECT moment.t
        FROM generate_series(990, 4340) AS moment (t)
        WHERE pg_temp.at(moment.t) <> (
            SELECT count(*)
            FROM ledger.ledger_transactions AS l
            WHERE l.account_id = 'version_at.alice' AND l."timestamp" <= moment.t
        )
    $$,
    'at every millisecond it is the number of legs by then'
);
SELECT is(pg_temp.at(999, 'version_at.bob'), 0::bigint, 'an account of one leg: before it');
SELECT is(pg_temp.at(1000, 'version_at.bob'), 1::bigint, 'an account of one leg: at it');

-- An account that was ahead of the clock and brought back, twice
DO $given$
BEGIN
    PERFORM bank.create_account_at('version_at.carol', "timestamp" => 1000);
    INSERT INTO ledger.ledger_transactions
    SELECT (jsonb_populate_record(t, jsonb_build_object(
        'version', n.version, 'timestamp', n.moment, 'transaction_id', 2000000000 + n.version
    ))).*
    FROM ledger.ledger_transactions AS t
    CROSS JOIN (
        VALUES (2, 1500), (3, 9000), (4, 9001), (5, 2000), (6, 2000), (7, 2100), (8, 7000),
        (9, 1900), (10, 2500)
    ) AS n (version, moment)
    WHERE t.account_id = 'version_at.carol' AND t.version = 1;
    INSERT INTO ledger.rewinds (account_id, version, "timestamp")
    VALUES ('version_at.carol', 5, 2000), ('version_at.carol', 9, 1900);
    UPDATE ledger.accounts AS a SET rewound = true, version = 10, last_timestamp = 2500
    WHERE a.account_id = 'version_at.carol';
END;
$given$;
SELECT is(
    pg_temp.at(m.t, 'version_at.carol'), m.version, 'of one that was brought back, at ' || m.t
) FROM (
    VALUES (999, 0::bigint), (1000, 1), (1499, 1), (1500, 2), (1899, 2), (1900, 9), (2000, 9),
    (2499, 9), (2500, 10), (6999, 10), (7000, 10), (8999, 10), (9000, 10), (9007199254740991, 10)
) AS m (t, version);
SELECT is_empty(
    $$
        SELECT moment.t FROM generate_series(990, 9010, 5) AS moment (t)
        WHERE pg_temp.at(moment.t, 'version_at.carol') <> (
            SELECT count(*) FROM ledger.ledger_transactions AS l
            WHERE l.account_id = 'version_at.carol'
                AND engine.counts_from(true, l.account_id, l.version, l."timestamp") <= moment.t
        )
    $$,
    'it is the number of legs that count by then'
);

SELECT * FROM finish();
ROLLBACK;
