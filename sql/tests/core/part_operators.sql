-- Tests of engine.part_operators.
BEGIN;
SELECT plan(32);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.part_operators'::regproc), 'parted regprocedure',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.part_operators'::regproc), 'void', 'what it returns'
);
SELECT volatility_is('engine', 'part_operators', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'part_operators', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.part_operators'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given a function as rooms write them, of which operators alone may give two arguments and more
SET LOCAL ROLE bank_owner;
CREATE FUNCTION bank.tap_part(
    account_id text,
    overdraft_limit bigint DEFAULT 7,
    amount bigint DEFAULT 5,
    "timestamp" bigint DEFAULT NULL,
    privileged boolean DEFAULT true,
    metadata jsonb DEFAULT '{"a": "b, c"}'
)
RETURNS TABLE (answer text)
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_timestamp bigint := coalesce(tap_part."timestamp", -1);
    v_amount bigint := amount;
BEGIN
    answer := concat_ws(
        ' ', tap_part.account_id, coalesce(overdraft_limit, -1), v_amount, v_timestamp,
        privileged IS TRUE, tap_part.metadata, current_user
    );
    RETURN NEXT;
END;
$function$;
COMMENT ON FUNCTION bank.tap_part(text, bigint, bigint, bigint, boolean, jsonb) IS
    'Tells what it''s given.';
CREATE TEMP TABLE before AS
SELECT p.* FROM pg_proc AS p WHERE p.pronamespace = 'bank'::regnamespace AND p.proname <> 'tap_part';
CREATE FUNCTION pg_temp.callers(called regproc) RETURNS text[] LANGUAGE sql AS $function$
    SELECT array_agg(coalesce(g.rolname, 'PUBLIC')::text ORDER BY g.rolname)
    FROM pg_proc AS p
    CROSS JOIN aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS x
    LEFT JOIN pg_roles AS g ON g.oid = x.grantee
    WHERE p.oid = called AND x.grantee <> p.proowner
$function$;

-- Works
SELECT lives_ok(
    $$SELECT engine.part_operators('bank.tap_part(text, bigint, bigint, bigint, boolean, jsonb)')$$,
    'parts it'
);
SELECT is(
    (SELECT array_agg(p.proname::text ORDER BY p.proname) FROM pg_proc AS p WHERE p.proname LIKE 'tap\_part%'),
    ARRAY['tap_part', 'tap_part_at'], 'in two, and the one that was is gone'
);
SELECT is(
    pg_get_function_arguments('bank.tap_part'::regproc),
    'account_id text, amount bigint DEFAULT 5, metadata jsonb DEFAULT ''{"a": "b, c"}''::jsonb',
    'tellers cannot give what is not theirs'
);
SELECT is(
    pg_get_function_arguments('bank.tap_part_at'::regproc),
    'account_id text, overdraft_limit bigint DEFAULT 7, amount bigint DEFAULT 5, "timestamp" bigint '
    || 'DEFAULT NULL::bigint, privileged boolean DEFAULT true, metadata jsonb DEFAULT '
    || '''{"a": "b, c"}''::jsonb',
    'operators give all'
);
SELECT is(pg_get_function_result(p.oid), 'TABLE(answer text)', 'returns what it did: ' || p.proname)
FROM pg_proc AS p WHERE p.proname LIKE 'tap\_part%' ORDER BY p.proname;
SELECT ok(
    p.prosecdef AND p.provolatile = 'v' AND NOT p.proisstrict
    AND p.proconfig = ARRAY['search_path=pg_catalog, pg_temp'] AND p.proowner = 'bank_owner'::regrole,
    'runs as it did: ' || p.proname
) FROM pg_proc AS p WHERE p.proname LIKE 'tap\_part%' ORDER BY p.proname;
SELECT is(
    obj_description('bank.tap_part'::regproc, 'pg_proc'), 'Tells what it''s given.', 'keeps its comment'
);
SELECT is(
    obj_description('bank.tap_part_at'::regproc, 'pg_proc'),
    'Tells what it''s given. With what only operators may give: overdraft_limit, timestamp, privileged.',
    'which says of the twin what is more'
);
SELECT is(pg_temp.callers('bank.tap_part'), ARRAY['bank_teller'], 'the one is for tellers');
SELECT is(pg_temp.callers('bank.tap_part_at'), ARRAY['bank_operator'], 'the twin for operators');
SELECT is(
    (SELECT ARRAY[s.plain::regproc::text, s.whole::regproc::text] FROM engine.functions AS s WHERE s.name = 'tap_part'),
    ARRAY['bank.tap_part', 'bank.tap_part_at'], 'engine.functions has both as one'
);
SELECT results_eq(
    $$SELECT p.* FROM pg_proc AS p WHERE p.pronamespace = 'bank'::regnamespace AND p.proname !~ '^tap_part'
        ORDER BY p.oid$$,
    'SELECT b.* FROM before AS b ORDER BY b.oid', 'no other function has changed'
);

-- Works: what is gone is NULL, and not what it would be by default
SELECT is(
    (SELECT t.answer FROM bank.tap_part('x') AS t), 'x -1 5 -1 f {"a": "b, c"} bank_owner',
    'what is gone is NULL in place, by its name and by that of the function'
);
SELECT is(
    (SELECT t.answer FROM bank.tap_part('x', 6, '{}') AS t), 'x -1 6 -1 f {} bank_owner',
    'the others keep their order'
);
SELECT is(
    (SELECT t.answer FROM bank.tap_part_at('x') AS t), 'x 7 5 -1 t {"a": "b, c"} bank_owner',
    'the twin has the defaults'
);
SELECT is(
    (SELECT t.answer FROM bank.tap_part_at('x', 1, 2, 3, false, '{}') AS t), 'x 1 2 3 f {} bank_owner',
    'and takes what is given'
);
RESET ROLE;
SELECT is(
    (SELECT t.answer FROM bank.tap_part(metadata => '{}', account_id => 'x') AS t),
    'x -1 5 -1 f {} bank_owner', 'by name, and as its owner whoever calls'
);
SELECT throws_ok(
    format('SELECT bank.tap_part(%L, %I => NULL)', 'x', o.argument), '42883', NULL,
    'not even a superuser gives the plain one ' || o.argument
) FROM engine.operator_arguments AS o ORDER BY o.argument;
SELECT lives_ok(
    format('SET ROLE %I; SELECT bank.tap_part(%L); RESET ROLE', r.role, 'x'), r.role || ' calls it'
) FROM unnest(ARRAY['bank_teller', 'bank_operator']) AS r (role);
SELECT lives_ok(
    $$SET ROLE bank_operator; SELECT bank.tap_part_at('x', "timestamp" => 1); RESET ROLE$$,
    'bank_operator calls the twin'
);
SELECT throws_ok(
    format('SET ROLE %I; SELECT bank.tap_part_at(%L)', r.role, 'x'), '42501',
    'permission denied for function tap_part_at', r.role || ' does not'
) FROM unnest(ARRAY['bank_teller', 'bank_auditor']) AS r (role);

SELECT * FROM finish();
ROLLBACK;
