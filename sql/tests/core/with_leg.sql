-- Tests of engine.with_leg.
BEGIN;
SELECT plan(7);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.with_leg'::regproc),
    'account ledger.accounts, leg ledger.ledger_transactions',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.with_leg'::regproc), 'ledger.accounts', 'what it returns'
);
SELECT volatility_is('engine', 'with_leg', 'immutable', 'it is immutable');
SELECT isnt_definer('engine', 'with_leg', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.with_leg'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account('with_leg.alice', "timestamp" => 1000);
END;
$given$;
CREATE TEMP TABLE given AS
SELECT a.* FROM ledger.accounts AS a WHERE a.account_id = 'with_leg.alice';
CREATE TEMP TABLE leg AS
SELECT l.* FROM given AS g
CROSS JOIN LATERAL engine.next_leg(
    engine.read_account(g.account_id), 1, 3000, 'deposit', 25, '@external'
) AS l;

-- Works
SELECT is(
    to_jsonb(w),
    to_jsonb(g) || jsonb_build_object(
        'balance', 25, 'version', 2, 'last_timestamp', 3000, 'head', l.hash
    ), 'balance, version, time and head are those of the leg, all else stays'
) FROM given AS g
CROSS JOIN ledger.accounts AS a
CROSS JOIN leg AS g_leg
CROSS JOIN LATERAL engine.with_leg(a, g_leg::text::ledger.ledger_transactions) AS w
CROSS JOIN leg AS l
WHERE a.account_id = g.account_id;
SELECT is(
    (SELECT to_jsonb(a) FROM ledger.accounts AS a WHERE a.account_id = 'with_leg.alice'),
    (SELECT to_jsonb(g) FROM given AS g), 'and nothing is stored'
);

SELECT * FROM finish();
ROLLBACK;
