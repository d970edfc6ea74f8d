-- Tests of bank._monitored_value.
BEGIN;
SELECT plan(10);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank._monitored_value'::regproc),
    'account ledger.accounts, field text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank._monitored_value'::regproc), 'bigint',
    'what it returns'
);
SELECT volatility_is('bank', '_monitored_value', 'stable', 'it is stable');
SELECT isnt_definer('bank', '_monitored_value', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'bank._monitored_value'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT is(
    bank._monitored_value(
        jsonb_populate_record(
            NULL::ledger.accounts, '{"balance": 100, "held": 30, "overdraft_limit": 5}'
        ), m.field
    ), m.value, coalesce(m.field, 'NULL')
) FROM (
    VALUES ('balance', 100::bigint), ('held', 30), ('available', 75), ('other', NULL), (NULL, NULL)
) AS m (field, value);

SELECT * FROM finish();
ROLLBACK;
