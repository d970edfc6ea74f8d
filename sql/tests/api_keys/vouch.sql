-- Tests of bank.vouch.
BEGIN;
SELECT plan(19);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.vouch'::regproc),
    'name text, role text, accounts text[] DEFAULT NULL::text[]',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('bank.vouch'::regproc), 'bank.identity', 'what it returns');
SELECT volatility_is('bank', 'vouch', 'stable', 'it is stable');
SELECT is_definer('bank', 'vouch', 'it runs as its owner');
SELECT ok(
    has_function_privilege('bank_teller', 'bank.vouch'::regproc, 'EXECUTE'),
    'a teller may call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.vouch'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    has_function_privilege('bank_auditor', 'bank.vouch'::regproc, 'EXECUTE'),
    'an auditor may call it'
);
SELECT ok(
    NOT has_function_privilege('public', 'bank.vouch'::regproc, 'EXECUTE'), 'others may not'
);

-- Works
SELECT results_eq(
    $$SELECT v.* FROM bank.vouch('auth0|5', 'teller', '{a,b:*}') AS v$$,
    $$VALUES ('token/auth0|5', 'teller', 'bank_teller', '{a,b:*}'::text[], NULL::bigint)$$, 'name, role and accounts'
);
SELECT results_eq(
    $$SELECT v.* FROM bank.vouch('me', 'auditor') AS v$$,
    $$VALUES ('token/me', 'auditor', 'bank_auditor', NULL::text[], NULL::bigint)$$, 'for all accounts'
);
SELECT ok(
    (bank.vouch(repeat('é', 200), 'operator')).name !~ '^[A-Za-z0-9][A-Za-z0-9._:@-]{0,63}$',
    'the name is that of no key'
);

-- Refuses
SELECT throws_ok(
    format('SELECT bank.vouch(%L, %L, %L)', v.name, v.role, v.accounts),
    'TL007', 'invalid_argument', v.what
) FROM (
    VALUES (NULL, 'teller', NULL, 'no name'), ('', 'teller', NULL, 'an empty name'),
    (repeat('a', 201), 'teller', NULL, 'a name that is too long'),
    (E'a\nb', 'teller', NULL, 'a name of two lines'), ('a', 'owner', NULL, 'another role'),
    ('a', NULL, NULL, 'no role'), ('a', 'teller', '{}', 'no account'),
    ('a', 'teller', '{NULL}', 'an account that is none')
) AS v (name, role, accounts, what);

SELECT * FROM finish();
ROLLBACK;
