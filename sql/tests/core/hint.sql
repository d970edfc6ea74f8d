-- Tests of engine.hint.
BEGIN;
SELECT plan(17);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.hint'::regproc),
    'template text, detail json',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.hint'::regproc), 'text',
    'what it returns'
);
SELECT volatility_is('engine', 'hint', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'hint', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.hint'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT is(engine.hint(h.template, h.detail::json), h.hint, h.why) FROM (
    VALUES
    ('Give 1.', '{"a": 1}', 'Give 1.', 'plain text stays'),
    ('{a} of {b}.', '{"a": 1, "b": "x"}', '1 of x.', 'members take their places'),
    ('{"a"} of {"b"}.', '{"a": 1, "b": "x\"y"}', '1 of "x\"y".', 'as JSON where quoted'),
    ('{a} or {"a"}.', '{"a": null}', 'NULL or null.', 'null is a value'),
    ('{a} or {"b"}.', '{}', '? or ?.', 'what is missing'),
    ('So[, not {a}][, not {b}].', '{"b": 2}', 'So, not 2.', 'what may be left out'),
    ('So[, not {a} or {b}].', '{"b": 2}', 'So.', 'is left out whole'),
    ('So[, not {a}].', '{"a": null}', 'So, not NULL.', 'but not for null'),
    ('{a} {b}.', '{"a": "{b} [x] \\1 %s", "b": 2}', '{b} [x] \1 %s 2.', 'values are not templates'),
    ('{a}', '{"a": {"b": [1]}}', '{"b": [1]}', 'objects are shown as JSON'),
    ('{target_amount}.', '{"target_amount": -9007199254740991}', '-9007199254740991.', 'numbers are whole')
) AS h (template, detail, hint, why);
SELECT is(
    char_length(engine.hint('{a}.', json_build_object('a', repeat('é', 5000)))), 1001,
    'a long value is cut'
);

SELECT * FROM finish();
ROLLBACK;
