-- Tests of bank.ledger_status.
BEGIN;
SELECT plan(13);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.ledger_status'::regproc),
    '',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.ledger_status'::regproc), 'json', 'what it returns'
);
SELECT volatility_is('bank', 'ledger_status', 'stable', 'it is stable');
SELECT is_definer('bank', 'ledger_status', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.ledger_status'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.ledger_status'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    has_function_privilege('bank_auditor', 'bank.ledger_status'::regproc, 'EXECUTE'),
    'an auditor may call it'
);

-- Given
CREATE FUNCTION pg_temp.told(member text) RETURNS jsonb LANGUAGE sql AS
'SELECT bank.ledger_status()::jsonb -> member';
CREATE TEMP TABLE before AS
SELECT pg_temp.told('accounts')::bigint AS accounts, pg_temp.told('legs')::bigint AS legs;
SELECT bank.create_account_at('sight.told', "timestamp" => 1000);
SELECT bank.deposit_at('sight.told', 5, "timestamp" => 2000);

-- Works
SELECT is(
    (SELECT array_agg(k.key ORDER BY k.key) FROM jsonb_object_keys(bank.ledger_status()::jsonb) AS k (key)),
    '{accounts,legs,migrations}', 'what it tells'
);
SELECT is(pg_temp.told('accounts')::bigint, b.accounts + 1, 'accounts of customers') FROM before AS b;
SELECT is(pg_temp.told('legs')::bigint, b.legs + 2, 'their legs') FROM before AS b;
SELECT is(
    pg_temp.told('migrations') -> 0,
    (
        SELECT jsonb_build_object('id', m.id, 'name', m.name, 'checksum', m.checksum)
        FROM ledger.migrations AS m
        WHERE m.id = 1
    ), 'each migration, the first one first'
);
SELECT is(
    jsonb_array_length(pg_temp.told('migrations')), (SELECT count(*)::integer FROM ledger.migrations), 'all of them'
);

-- Refuses
SET LOCAL pgteller.accounts = '{alice}';
SELECT throws_ok(
    'SELECT bank.ledger_status()', 'TL201', 'limited_to_accounts', 'refuses who is for some accounts alone'
);

SELECT * FROM finish();
ROLLBACK;
