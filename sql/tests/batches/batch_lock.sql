-- Tests of engine.batch_lock.
BEGIN;
SELECT plan(12);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.batch_lock'::regproc),
    'operations jsonb, OUT ids text[], OUT statuses text[], OUT currencies text[], '
    || 'OUT collecting boolean[], OUT monitored boolean[], OUT versions bigint[], '
    || 'OUT heads bytea[], OUT balances bigint[], OUT held bigint[], OUT pending bigint[], '
    || 'OUT limits bigint[], OUT times bigint[], OUT due bigint[]',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.batch_lock'::regproc), 'record', 'what it returns'
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
    PERFORM bank.create_account_at('lock.' || n.name, overdraft_limit => 7, "timestamp" => 1000)
    FROM unnest(ARRAY['zoe', 'Bob', 'alice', 'shop', 'till', 'other']) AS n (name);
    PERFORM bank.deposit_at('lock.zoe', 1000, "timestamp" => 2000);
    PERFORM bank.pay_at('lock.zoe', 100, "timestamp" => 2000);
    PERFORM bank.hold_at('lock.zoe', 10, 9000, "timestamp" => 2000);
    PERFORM set_config('lock.hold', (bank.hold_at(
        'lock.alice', 1, target_account_id => 'lock.other', "timestamp" => 2000
    )).hold_id, true);
    UPDATE ledger.accounts AS a SET collecting = true
    WHERE a.account_id IN ('lock.shop', 'lock.till');
END;
$given$;

-- Works
CREATE TEMP TABLE found AS SELECT l.* FROM engine.batch_lock('[
    {"operation": "transfer", "source_account_id": "lock.zoe", "target_account_id": "lock.Bob"},
    {"operation": "deposit", "account_id": "lock.no"},
    {"operation": "pay", "account_id": "lock.Bob", "merchant_account_id": "lock.shop"},
    {"operation": "pay", "account_id": "lock.till", "merchant_account_id": null},
    {"operation": "transfer", "source_account_id": "lock.zoe", "target_account_id": "lock.till"},
    {"operation": "hold", "account_id": "lock.zoe", "target_account_id": "lock.alice"},
    {"operation": "deposit", "account_id": null}
]') AS l;
SELECT is(
    f.ids, '{lock.Bob,lock.till,lock.zoe,lock.shop}'::text[],
    'in byte order those that exist, then those that are shared; the target of a hold is none'
) FROM found AS f;
SELECT is(
    ARRAY[f.versions[3], f.balances[3], f.held[3], f.pending[3], f.limits[3], f.times[3], f.due[3]],
    ARRAY[4, 900, 10, 2, 7, 2000, 9000]::bigint[], 'what an account has'
) FROM found AS f;
SELECT is(
    (f.statuses[3], f.currencies[3], f.collecting[3], f.monitored[3]),
    ('active'::text, 'EUR'::text, false, false), 'and is'
) FROM found AS f;
SELECT is(
    f.heads[3], a.head, 'and the hash of its newest leg'
) FROM found AS f CROSS JOIN ledger.accounts AS a WHERE a.account_id = 'lock.zoe';
SELECT is(
    (f.collecting, f.times[2], f.due[2], f.times[4]),
    ('{f,t,f,t}'::boolean[], NULL::bigint, NULL::bigint, NULL::bigint),
    'a collecting account has no time'
) FROM found AS f;
SELECT is(
    (engine.batch_lock(jsonb_build_array(jsonb_build_object(
        'operation', 'capture_hold', 'hold_id', current_setting('lock.hold')
    )))).ids, '{lock.alice,lock.other}'::text[], 'those of a hold, by its id'
);
SELECT is(
    (engine.batch_lock('[{"operation": "deposit", "account_id": "lock.no"}]')).ids, NULL, 'or none'
);

SELECT * FROM finish();
ROLLBACK;
