-- Tests of bank.ledger_digest.
BEGIN;
SELECT plan(16);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.ledger_digest'::regproc),
    'patience bigint DEFAULT 5000',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('bank.ledger_digest'::regproc), 'json', 'what it returns');
SELECT volatility_is('bank', 'ledger_digest', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'ledger_digest', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.ledger_digest'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.ledger_digest'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    has_function_privilege('bank_auditor', 'bank.ledger_digest'::regproc, 'EXECUTE'),
    'an auditor may call it'
);

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account_at('digest.alice', "timestamp" => 1000);
    PERFORM bank.deposit_at('digest.alice', 500, "timestamp" => 2000);
END;
$given$;
CREATE TEMP TABLE digest AS SELECT bank.ledger_digest(3600000)::jsonb AS digest;

-- Works
SELECT is(
    d.digest,
    to_jsonb(engine.digest_of(
        (d.digest ->> 'transaction_id')::bigint, (d.digest ->> 'timestamp')::bigint
    )),
    'it is the digest as of its transaction_id'
) FROM digest AS d;
SELECT ok(
    (d.digest ->> 'timestamp')::bigint BETWEEN floor(extract(EPOCH FROM now()) * 1000)
    AND extract(EPOCH FROM clock_timestamp()) * 1000,
    'it says when it was taken'
) FROM digest AS d;
SELECT ok(
    (d.digest ->> 'transaction_id')::bigint > max(t.transaction_id), 'it covers what is in the log'
) FROM digest AS d CROSS JOIN ledger.ledger_transactions AS t
WHERE t.account_id = 'digest.alice' GROUP BY d.digest;
SELECT cmp_ok(octet_length(d.digest::text), '<', 8192, 'it is small') FROM digest AS d;
SELECT ok((SELECT v.ok FROM bank.verify_digest(d.digest::json) AS v), 'and it can be verified')
FROM digest AS d;

-- Refuses
SELECT throws_ok(
    format('SELECT bank.ledger_digest(%s)', p.patience), 'TL007', 'invalid_argument',
    'refuses patience ' || p.patience
) FROM unnest(ARRAY['NULL', '-1', '3600001']) AS p (patience);
COMMIT;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT throws_ok(
    'SELECT bank.ledger_digest()', 'TL007', 'invalid_argument',
    'refuses to look at one snapshot all the time'
);

SELECT * FROM finish();
ROLLBACK;
