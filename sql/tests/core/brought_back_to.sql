-- Tests of engine.brought_back_to.
BEGIN;
SELECT plan(11);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.brought_back_to'::regproc), 'account_id text, version bigint',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.brought_back_to'::regproc), 'bigint', 'what it returns');
SELECT volatility_is('engine', 'brought_back_to', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'brought_back_to', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.brought_back_to'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
INSERT INTO ledger.rewinds (account_id, version, "timestamp")
VALUES ('to.alice', 5, 2000), ('to.alice', 9, 1900), ('to.alice', 12, 3000), ('to.bob', 3, 1);
SELECT is(
    engine.brought_back_to(r.who, r.version), r.moment, format('after leg %s of %s', r.version, r.who)
) FROM (
    VALUES ('to.alice', 1::bigint, 1900::bigint), ('to.alice', 8, 1900), ('to.alice', 9, 3000),
    ('to.alice', 12, NULL), ('to.bob', 2, 1), ('to.carol', 1, NULL)
) AS r (who, version, moment);

SELECT * FROM finish();
ROLLBACK;
