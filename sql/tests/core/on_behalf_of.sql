-- Tests of engine.on_behalf_of.
BEGIN;
SELECT plan(22);

-- Shape and privileges
SELECT is(pg_get_function_arguments('engine.on_behalf_of'::regproc), '', 'it has no arguments');
SELECT is(pg_get_function_result('engine.on_behalf_of'::regproc), 'text', 'what it returns');
SELECT volatility_is('engine', 'on_behalf_of', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'on_behalf_of', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.on_behalf_of'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account_at(a.id, "timestamp" => 1000)
    FROM unnest('{named.alice,named.bob,named.shop}'::text[]) AS a (id);
    PERFORM bank.deposit_at('named.alice', 500, "timestamp" => 1000);
    PERFORM bank.set_collecting('named.shop', true, "timestamp" => 1000);
END;
$given$;

-- Works
SELECT is(engine.on_behalf_of(), NULL, 'nobody, where nothing was set');
SELECT is(
    (SELECT engine.on_behalf_of() FROM set_config('pgteller.on_behalf_of', c.name, true)),
    nullif(c.name, ''), 'a name of ' || length(c.name)
) FROM unnest(ARRAY['', 'x', 'Zoë Łódź', repeat('ß', 255)]) AS c (name);

-- Refuses
SELECT throws_ok(
    format('SELECT %s FROM set_config(''pgteller.on_behalf_of'', %L, true)', c.call, n.name),
    'TL007', 'invalid_argument', left(c.call, 16) || ', ' || n.what
) FROM (
    VALUES (repeat('x', 256), '256 characters'), (E'a\nb', 'a line break'),
    (E'\u009f', 'a control character')
) AS n (name, what) CROSS JOIN (
    VALUES ('bank.deposit(''named.alice'', 1)'),
    ('bank.transfer(''named.alice'', ''named.shop'', 1)'),
    (
        'bank.batch(''[{"operation": "deposit", "account_id": "named.bob", "amount": 1}, '
        || '{"operation": "deposit", "account_id": "named.alice", "amount": 1}]'')'
    ),
    (
        'bank.post(''[{"source_account_id": "named.alice", "target_account_id": "named.bob", '
        || '"amount": 1}]'')'
    )
) AS c (call);

SELECT * FROM finish();
ROLLBACK;
