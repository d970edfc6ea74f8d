-- Tests of engine.counts_from.
BEGIN;
SELECT plan(13);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.counts_from'::regproc),
    'rewound boolean, account_id text, version bigint, "timestamp" bigint', 'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.counts_from'::regproc), 'bigint', 'what it returns');
SELECT volatility_is('engine', 'counts_from', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'counts_from', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.counts_from'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
INSERT INTO ledger.rewinds (account_id, version, "timestamp")
VALUES ('counts.alice', 5, 2000), ('counts.alice', 9, 1900), ('counts.bob', 3, 1);

-- Works
SELECT is(
    engine.counts_from(true, 'counts.alice', c.version, c.t), c.counts_from,
    format('leg %s of %s counts from %s', c.version, c.t, c.counts_from)
) FROM (
    VALUES (2::bigint, 1500::bigint, 1500::bigint), (4, 9000, 1900), (5, 2000, 1900),
    (8, 1950, 1900), (9, 1900, 1900), (10, 2500, 2500)
) AS c (version, t, counts_from);
SELECT is(engine.counts_from(true, 'counts.carol', 1, 7), 7::bigint, 'no rewinding, no other time');

SELECT is(
    engine.counts_from(false, 'counts.alice', 4, 9000), 9000::bigint,
    'who was not rewound is not looked up'
);

SELECT * FROM finish();
ROLLBACK;
