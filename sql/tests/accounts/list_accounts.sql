-- Tests of bank.list_accounts.
BEGIN;
SELECT plan(36);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.list_accounts'::regproc),
    '"limit" bigint DEFAULT 100, after text DEFAULT NULL::text, '
    || '"order" text DEFAULT ''asc''::text, search text DEFAULT NULL::text, '
    || 'status text DEFAULT NULL::text, currency text DEFAULT NULL::text, '
    || 'sort text DEFAULT ''account_id''::text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.list_accounts'::regproc), 'SETOF bank.account',
    'what it returns'
);
SELECT volatility_is('bank', 'list_accounts', 'stable', 'it is stable');
SELECT is_definer('bank', 'list_accounts', 'it runs as its owner');
SELECT ok(
    has_function_privilege('bank_teller', 'bank.list_accounts'::regproc, 'EXECUTE'),
    'a teller may call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.list_accounts'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    has_function_privilege('bank_auditor', 'bank.list_accounts'::regproc, 'EXECUTE'),
    'an auditor may call it'
);

-- Given ids that locales sort in another order than bytes; others' accounts may be there too
DO $given$
DECLARE
    v_name text;
BEGIN
    FOREACH v_name IN ARRAY ARRAY['b', 'B', 'a', 'Z', 'z', '_', '1', chr(233), 'a b', 'a-b', 'ab',
        chr(128512), chr(65281)]
    LOOP
        PERFORM bank.create_account_at('~~list.' || v_name, "timestamp" => 1000);
    END LOOP;
    PERFORM bank.deposit_at('~~list.a', 500, "timestamp" => 2000);
    PERFORM bank.pay_at('~~list.a', 100, "timestamp" => 3000);
END;
$given$;
CREATE FUNCTION pg_temp.ids("limit" bigint, after text) RETURNS text LANGUAGE sql AS $function$
    SELECT string_agg(substr(a.account_id, length('~~list.') + 1), ',' ORDER BY a.nr)
    FROM (
        SELECT l.account_id, row_number() OVER () AS nr
        FROM bank.list_accounts("limit", after) AS l
    ) AS a
    WHERE starts_with(a.account_id, '~~list.')
$function$;
CREATE FUNCTION pg_temp.all_by(page bigint) RETURNS text LANGUAGE plpgsql AS $function$
DECLARE
    v_after text := '~~list.';
    v_page text[];
    v_ids text[] := '{}';
BEGIN
    LOOP
        v_page := ARRAY(SELECT l.account_id FROM bank.list_accounts(page, v_after) AS l);
        IF cardinality(v_page) > page OR cardinality(v_ids) > 10000 THEN
            RETURN 'too many';
        END IF;
        v_ids := v_ids || v_page;
        EXIT WHEN cardinality(v_page) < page;
        v_after := v_page[page];
    END LOOP;
    RETURN (
        SELECT string_agg(substr(i.id, length('~~list.') + 1), ',' ORDER BY i.nr)
        FROM unnest(v_ids) WITH ORDINALITY AS i (id, nr)
        WHERE starts_with(i.id, '~~list.')
    );
END;
$function$;
CREATE TEMP TABLE expected AS
SELECT '1,B,Z,_,a,a b,a-b,ab,b,z,' || chr(233) || ',' || chr(65281) || ',' || chr(128512) AS ids;

-- Works
SELECT is(pg_temp.ids(NULL, '~~list.'), e.ids, 'in byte order, whatever the locale')
FROM expected AS e;
SELECT is(pg_temp.ids(NULL, NULL), e.ids, 'without limit and start: all') FROM expected AS e;
SELECT is(pg_temp.ids(1, '~~list.'), '1', 'a page of 1');
SELECT is(pg_temp.ids(3, '~~list.B'), 'Z,_,a', 'a page of 3 follows the id given, without it');
SELECT is(
    pg_temp.ids(2, '~~list.Y'), 'Z,_', 'the id given need not exist'
);
SELECT is(
    pg_temp.ids(2, '~~list.' || chr(128512)), NULL, 'nothing follows the last'
);
SELECT is(pg_temp.all_by(p.page), e.ids, format('pages of %s give all, each once', p.page))
FROM expected AS e
CROSS JOIN unnest(ARRAY[1, 2, 5, 13, 14]) AS p (page);
SELECT is(
    (
        SELECT to_jsonb(a)
        FROM bank.list_accounts(1, '~~list._') AS a
    ),
    (SELECT to_jsonb(a) FROM bank.get_account('~~list.a') AS a),
    'each account as get_account shows it'
);
SELECT cmp_ok(
    (SELECT count(*) FROM bank.list_accounts()), '<=', 100::bigint, 'at most 100 unless told'
);
SELECT is(
    (
        SELECT to_jsonb(a)
        FROM bank.list_accounts(1, search => '~~LIST.', sort => 'balance', "order" => 'desc') AS a
    ),
    (SELECT to_jsonb(a) FROM bank.get_account('~~list.a') AS a),
    'so is what is sought'
);
SELECT results_eq(
    $$
        SELECT a.account_id
        FROM bank.list_accounts(3, '~~list.ab', search => '~~LIST.', sort => 'balance') AS a
    $$,
    ARRAY['~~list.b', '~~list.z', '~~list.' || chr(233)], 'in the order that is asked for'
);
SELECT results_eq(
    format($$SELECT a.account_id FROM bank.list_accounts(%s) AS a$$, g.given),
    ARRAY['~~list.Z', '~~list._'], 'a page of what is filtered by ' || g.given
) FROM unnest(ARRAY[
    $g$2, '~~list.B', search => '~~list'$g$, $g$2, '~~list.B', status => 'active'$g$,
    $g$2, '~~list.B', currency => 'EUR'$g$
]) AS g (given);
SELECT lives_ok(
    format('SET ROLE %I; SELECT bank.list_accounts(1); RESET ROLE', r.role),
    'readable by ' || r.role
) FROM unnest(ARRAY['bank_teller', 'bank_operator', 'bank_auditor']) AS r (role);

-- Refuses
SELECT throws_ok(
    format('SELECT bank.list_accounts(%s)', l.n), 'TL007', 'invalid_argument',
    'refuses a limit of ' || l.n
) FROM unnest(ARRAY[0, -1]) AS l (n);
SELECT throws_ok(
    format('SELECT bank.list_accounts(%s)', r.given), r.code, r.name, 'refuses ' || r.given
) FROM (
    VALUES ('search => NULL, sort => NULL', 'TL007', 'invalid_argument'),
    ('sort => $$head$$', 'TL007', 'invalid_argument'),
    ('search => $$$$', 'TL007', 'invalid_argument'),
    ('status => $$open$$', 'TL007', 'invalid_argument'),
    ('currency => $$eur$$', 'TL004', 'unknown_currency'),
    ('after => $$~~list.$$, sort => $$balance$$', 'TL101', 'account_not_found')
) AS r (given, code, name);

SELECT * FROM finish();
ROLLBACK;
