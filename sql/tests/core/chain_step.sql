-- Tests of engine.chain_step.
BEGIN;
SELECT plan(13);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.chain_step'::regproc),
    'state bytea, head bytea, content text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.chain_step'::regproc), 'bytea', 'what it returns'
);
SELECT volatility_is('engine', 'chain_step', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'chain_step', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.chain_step'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT is(
    engine.chain_step(NULL, '\x01', 'a'), engine.seal('\x01', 'a'), 'the first goes by the head'
);
SELECT is(
    engine.chain_step('\x02', '\x01', 'a'), engine.seal('\x02', 'a'),
    'the others by the one before'
);

-- The aggregates
SELECT is(
    engine.chain('\x01', c.content ORDER BY c.n),
    engine.seal(engine.seal(engine.seal('\x01', 'a'), 'b'), 'c'), 'chain: one after the other'
) FROM (VALUES (1, 'a'), (3, 'c'), (2, 'b')) AS c (n, content);
SELECT is(
    (SELECT engine.chain('\x01', 'a') WHERE false), NULL, 'chain: of no leg there is no hash'
);
SELECT is(
    engine.total(t.amount), 9007199254740992, 'total: the sum, as bigint; NULL counts as nothing'
) FROM (VALUES (9007199254740991), (NULL), (1)) AS t (amount);
SELECT is((SELECT engine.total(1) WHERE false), 0::bigint, 'total: of nothing it is 0');
SELECT ok(
    NOT has_function_privilege('bank_operator', f.name, 'EXECUTE'),
    'nobody but the owner may call ' || f.name
) FROM unnest(ARRAY['engine.chain(bytea, text)', 'engine.total(bigint)']) AS f (name);

SELECT * FROM finish();
ROLLBACK;
