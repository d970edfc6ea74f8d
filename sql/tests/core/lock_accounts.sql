-- Tests of engine.lock_accounts.
BEGIN;
SELECT plan(16);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.lock_accounts'::regproc),
    'account_ids text[]',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.lock_accounts'::regproc), 'void', 'what it returns'
);
SELECT volatility_is('engine', 'lock_accounts', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'lock_accounts', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.lock_accounts'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account_at('lock.' || w.who, "timestamp" => 1000)
    FROM unnest(ARRAY['alice', 'bob', 'Carol', 'dave']) AS w (who);
    UPDATE ledger.accounts AS a SET collecting = true WHERE a.account_id = 'lock.Carol';
END;
$given$;
-- A row that nobody has locked since it was written has no xmax.
CREATE FUNCTION pg_temp.locked() RETURNS text[] LANGUAGE sql AS $function$
    SELECT array_agg(a.account_id::text ORDER BY a.account_id)
    FROM ledger.accounts AS a
    WHERE starts_with(a.account_id, 'lock.') AND a.xmax <> 0::text::xid
$function$;

-- Works
SELECT is(pg_temp.locked(), NULL, 'before');
SELECT lives_ok($$SELECT engine.lock_accounts('{}')$$, 'none');
SELECT is(pg_temp.locked(), NULL, 'is none');
SELECT lives_ok(
    $$SELECT engine.lock_accounts(ARRAY['lock.dave', 'lock.alice', 'lock.Carol', 'lock.alice'])$$,
    'in any order, and twice'
);
SELECT is(
    pg_temp.locked(), ARRAY['lock.Carol', 'lock.alice', 'lock.dave'],
    'all of them are, collecting ones too, and no other'
);
SELECT matches(
    (SELECT p.prosrc FROM pg_proc AS p WHERE p.oid = 'engine.lock_accounts'::regproc),
    'ORDER BY a.account_id\s+FOR NO KEY UPDATE\s+\)',
    'in byte order; the lock lets foreign keys through and waits for the holder'
);

-- Refuses
SELECT throws_ok(
    format('SELECT engine.lock_accounts(ARRAY[%L, %L])', 'lock.alice', a.id), 'TL101',
    'account_not_found', 'refuses ' || a.id
) FROM unnest(ARRAY['lock.nobody', 'LOCK.ALICE', '@external', '']) AS a (id);
CREATE FUNCTION pg_temp.detail_of(command text) RETURNS jsonb
LANGUAGE plpgsql AS $function$
DECLARE
    v_detail text;
BEGIN
    EXECUTE command;
    RETURN NULL;
EXCEPTION
    WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS v_detail = PG_EXCEPTION_DETAIL;
        RETURN v_detail::jsonb;
END;
$function$;
SELECT is(
    pg_temp.detail_of(
        $$SELECT engine.lock_accounts(ARRAY['lock.nobody', 'lock.Nobody', 'lock.alice'])$$
    ), '{"account_id": "lock.Nobody"}'::jsonb, 'and names the first in byte order'
);

SELECT * FROM finish();
ROLLBACK;
