-- Tests of engine.passes.
BEGIN;
SELECT plan(19);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.passes'::regproc),
    'operation text, amount bigint, contra_account_id text, payment_ref text, metadata jsonb, '
    || 'only_operation text, amount_min bigint, amount_max bigint, only_contra_account_id text, '
    || 'only_payment_ref text, only_metadata jsonb',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.passes'::regproc), 'boolean', 'what it returns'
);
SELECT volatility_is('engine', 'passes', 'immutable', 'it is immutable');
SELECT isnt_definer('engine', 'passes', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.passes'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT is(
    engine.passes(
        'pay', -5, 'shop', 'payment7', '{"a": 1, "b": 2}', f.operation, f.amount_min, f.amount_max,
        f.contra, f.payment_ref, f.metadata::jsonb
    ), f.passes, f.what
) FROM (
    VALUES (NULL, NULL::bigint, NULL::bigint, NULL, NULL, NULL, true, 'no filter'),
    ('pay', -5, -5, 'shop', 'payment7', '{"b": 2}', true, 'all of them met'),
    ('fee', NULL, NULL, NULL, NULL, NULL, false, 'another operation'),
    (NULL, -5, NULL, NULL, NULL, NULL, true, 'an amount at its least'),
    (NULL, -4, NULL, NULL, NULL, NULL, false, 'one below that'),
    (NULL, NULL, -5, NULL, NULL, NULL, true, 'an amount at its most'),
    (NULL, NULL, -6, NULL, NULL, NULL, false, 'one above that'),
    (NULL, NULL, NULL, 'bob', NULL, NULL, false, 'another other side'),
    (NULL, NULL, NULL, NULL, 'payment8', NULL, false, 'another payment'),
    (NULL, NULL, NULL, NULL, NULL, '{"a": 2}', false, 'other metadata'),
    (NULL, NULL, NULL, NULL, NULL, '{}', true, 'metadata of nothing')
) AS f (operation, amount_min, amount_max, contra, payment_ref, metadata, passes, what);
SELECT isnt(
    engine.passes('hold', 0, NULL, NULL, NULL, NULL, NULL, NULL, f.contra, f.ref, f.metadata::jsonb),
    true, 'a line without ' || f.what
) FROM (
    VALUES ('bob', NULL, NULL, 'another side'), (NULL, 'payment7', NULL, 'a payment'),
    (NULL, NULL, '{}', 'metadata')
) AS f (contra, ref, metadata, what);

SELECT * FROM finish();
ROLLBACK;
