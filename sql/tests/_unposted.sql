-- Tests of bank._unposted.
BEGIN;
SELECT plan(11);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank._unposted'::regproc),
    'account ledger.accounts, "timestamp" bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank._unposted'::regproc), 'SETOF bank.history_line', 'what it returns'
);
SELECT volatility_is('bank', '_unposted', 'stable', 'it is stable');
SELECT isnt_definer('bank', '_unposted', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'bank._unposted'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given two cashbacks due at one moment and one later
DO $given$
BEGIN
    PERFORM bank.create_account('tap.alice', "timestamp" => 1000);
    PERFORM bank.deposit('tap.alice', 10000, "timestamp" => 1000);
    PERFORM bank.pay('tap.alice', 100, "timestamp" => 1000);
    PERFORM bank.pay('tap.alice', 200, "timestamp" => 1000);
    PERFORM bank.pay('tap.alice', 300, "timestamp" => 2000);
END;
$given$;
PREPARE lines (bigint) AS
SELECT u."timestamp", u.amount, u.balance_after, u.version
FROM bank._unposted(bank._read_account('tap.alice'), $1) AS u
ORDER BY u.version;

-- Works
SELECT is_empty('EXECUTE lines(86400999)', 'nothing one millisecond before due');
SELECT results_eq(
    'EXECUTE lines(86401000)',
    $$
        VALUES (86401000::bigint, 2::bigint, 9402::bigint, 6::bigint),
        (86401000, 4, 9406, 7)
    $$,
    'both of one moment once it is there, with the balances and versions they will get'
);
SELECT results_eq(
    'EXECUTE lines(86402000)',
    $$
        VALUES (86401000::bigint, 2::bigint, 9402::bigint, 6::bigint),
        (86401000, 4, 9406, 7), (86402000, 6, 9412, 8)
    $$,
    'then the later one'
);
CREATE TEMP TABLE promised AS
SELECT u.* FROM bank._unposted(bank._read_account('tap.alice'), 86402000) AS u;
SELECT is(
    (
        SELECT jsonb_agg(DISTINCT to_jsonb(p) - ARRAY[
            'timestamp', 'amount', 'balance_after', 'version', 'payment_ref'
        ]) FROM promised AS p
    ),
    $$[{
        "transaction_id": null, "recorded_at": null, "operation": "cashback",
        "contra_account_id": "@cashback", "deposited": false, "reverses": null, "metadata": null,
        "details": null, "hash": null
    }]$$::jsonb,
    'marked as not deposited, without an id, a recording time or a hash'
);
DO $settle$
BEGIN
    PERFORM bank.settle_cashbacks(86402000);
END;
$settle$;
SELECT is_empty('EXECUTE lines(86402000)', 'nothing once settled');
SELECT is_empty(
    $$
        SELECT p."timestamp", p.amount, p.balance_after, p.version, p.payment_ref,
            p.operation, p.contra_account_id
        FROM promised AS p
        EXCEPT
        SELECT t."timestamp", t.amount, t.balance_after, t.version, t.payment_ref,
            t.operation, t.contra_account_id
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'tap.alice'
    $$,
    'and what was posted is what was shown'
);

SELECT * FROM finish();
ROLLBACK;
