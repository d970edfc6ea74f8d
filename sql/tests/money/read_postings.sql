-- Tests of engine.read_postings.
BEGIN;
SELECT plan(16);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.read_postings'::regproc),
    'postings json',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.read_postings'::regproc), 'SETOF engine.posting', 'what it returns'
);
SELECT volatility_is('engine', 'read_postings', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'read_postings', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.read_postings'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

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
CREATE FUNCTION pg_temp.refused(change jsonb) RETURNS jsonb LANGUAGE sql AS $function$
    SELECT pg_temp.detail_of(format('SELECT engine.read_postings(%L)', jsonb_build_array(
        p.posting, p.posting || change
    )))
    FROM (
        VALUES ('{"source_account_id": "a", "target_account_id": "b", "amount": 5}'::jsonb)
    ) AS p (posting)
$function$;

-- Works
SELECT results_eq(
    $$
        SELECT p.number, p.source_account_id, p.target_account_id, p.amount, p.metadata
        FROM engine.read_postings('[
            {"source_account_id": "b", "target_account_id": "@fees", "amount": 9007199254740991},
            {"target_account_id": "b", "amount": 1, "metadata": {"m": 1}, "source_account_id": "a"},
            {"source_account_id": "a", "target_account_id": "c", "amount": 2, "metadata": null}
        ]') AS p
    $$,
    $$
        VALUES (1::bigint, 'b', '@fees', 9007199254740991, NULL::jsonb),
        (2, 'a', 'b', 1, '{"m": 1}'), (3, 'a', 'c', 2, NULL)
    $$, 'each in its place'
);

-- Refuses
SELECT throws_ok(
    format('SELECT engine.read_postings(%L)', p.postings), p.code, p.name,
    'refuses ' || coalesce(p.postings, 'NULL')
) FROM (
    VALUES (NULL, 'TL012', 'invalid_postings'), ('[]', 'TL012', 'invalid_postings'),
    ('[{"source_account_id": "a", "target_account_id": "a", "amount": "x"}]', 'TL012',
        'invalid_postings'),
    ('[{"source_account_id": "a", "target_account_id": "a", "amount": 0}]', 'TL002',
        'invalid_amount'),
    ('[{"source_account_id": "a", "target_account_id": "a", "amount": 1, "metadata": []}]',
        'TL005', 'invalid_metadata'),
    ('[{"source_account_id": "a", "target_account_id": "a", "amount": 1}]', 'TL008',
        'same_account')
) AS p (postings, code, name);
SELECT is(pg_temp.refused(r.change), r.detail, 'and says ' || r.detail::text) FROM (
    VALUES ('{"memo": 1}'::jsonb, '{"reason": "posting 2: unknown field memo"}'::jsonb),
    ('{"amount": -5}', '{"amount": -5}'), ('{"metadata": 7}', '{"given": "number"}'),
    ('{"target_account_id": "a"}', '{"account_id": "a"}')
) AS r (change, detail);

SELECT * FROM finish();
ROLLBACK;
