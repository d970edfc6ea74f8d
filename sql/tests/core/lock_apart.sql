-- Tests of engine.lock_apart.
BEGIN;
SELECT plan(21);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.lock_apart'::regproc),
    'account_id text, other_account_id text, "timestamp" bigint, recorded_at bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.lock_apart'::regproc), 'engine.parties', 'what it returns'
);
SELECT volatility_is('engine', 'lock_apart', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'lock_apart', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.lock_apart'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given an ordinary account and a collecting one with something collected
DO $given$
BEGIN
    PERFORM bank.create_account_at('apart.alice', overdraft_limit => 100, "timestamp" => 1000);
    PERFORM bank.create_account_at('apart.bob', "timestamp" => 3000);
    PERFORM bank.create_account_at('apart.shop', "timestamp" => 5000);
    UPDATE ledger.accounts AS a SET collecting = true, next_due_at = 6000
    WHERE a.account_id = 'apart.shop';
    PERFORM bank.transfer_at('apart.alice', 'apart.shop', 5, "timestamp" => 5000);
END;
$given$;
CREATE FUNCTION pg_temp.lock(account text, other text, t bigint DEFAULT NULL) RETURNS engine.parties
LANGUAGE sql AS $function$
    SELECT engine.lock_apart(account, other, t, 4000)
$function$;
CREATE FUNCTION pg_temp.stored(who text) RETURNS jsonb LANGUAGE sql AS $function$
    SELECT to_jsonb(a) FROM ledger.accounts AS a WHERE a.account_id = who
$function$;

-- Works
SELECT is(
    to_jsonb(pg_temp.lock('apart.bob', 'apart.alice')),
    jsonb_build_object(
        'account', pg_temp.stored('apart.bob'), 'other', pg_temp.stored('apart.alice'),
        'timestamp', 5000, 'recorded_at', 4000, 'response', NULL, 'request_hash', NULL, 'key_hash', NULL
    ), 'both accounts, and the time of the newest leg where the clock is behind it'
);
SELECT is(
    to_jsonb(pg_temp.lock('apart.bob', 'apart.shop')),
    jsonb_build_object(
        'account', pg_temp.stored('apart.bob'), 'other', pg_temp.stored('apart.shop')
            || '{"last_timestamp": null, "next_due_at": null}',
        'timestamp', 4000, 'recorded_at', 4000, 'response', NULL, 'request_hash', NULL, 'key_hash', NULL
    ), 'of a collecting one nothing that moves, and its newest leg does not matter'
);
SELECT is(
    (pg_temp.lock('apart.bob', 'apart.shop', 7000))."timestamp", 7000::bigint, 'or the time given'
);
SELECT is(
    to_jsonb(pg_temp.lock('apart.bob', NULL)),
    jsonb_build_object(
        'account', pg_temp.stored('apart.bob'), 'other', NULL,
        'timestamp', 4000, 'recorded_at', 4000, 'response', NULL, 'request_hash', NULL, 'key_hash', NULL
    ), 'without another one'
);
SELECT is(
    (SELECT count(*) FROM ledger.collected_credits AS c WHERE c.account_id = 'apart.shop'),
    1::bigint, 'what was collected stays so'
);
SELECT matches(
    (SELECT p.prosrc FROM pg_proc AS p WHERE p.oid = 'engine.lock_apart'::regproc),
    'AND a.collecting\s+FOR KEY SHARE;',
    'a collecting one is locked so that any number may do so, but nobody may stop its collecting'
);

-- Refuses
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
    pg_temp.detail_of(format('SELECT pg_temp.lock(%L, %L)', a.account, a.other)),
    jsonb_build_object('account_id', a.missing), format('refuses %s and %s', a.account, a.other)
) FROM (
    VALUES ('apart.nobody', 'apart.bob', 'apart.nobody'),
    ('apart.bob', 'apart.nobody', 'apart.nobody'),
    ('apart.nobody', 'apart.Nobody', 'apart.Nobody'),
    ('apart.Nobody', 'apart.nobody', 'apart.Nobody'),
    ('apart.nobody', 'apart.shop', 'apart.nobody'),
    ('apart.bob', '@external', '@external'), ('apart.bob', '', ''),
    ('apart.nobody', NULL, 'apart.nobody'), (NULL, 'apart.bob', NULL), (NULL, NULL, NULL)
) AS a (account, other, missing);

SELECT * FROM finish();
ROLLBACK;
