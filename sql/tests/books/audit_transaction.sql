-- Tests of bank.audit_transaction.
BEGIN;
SELECT plan(16);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.audit_transaction'::regproc),
    'transaction_id bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.audit_transaction'::regproc), 'SETOF bank.audited_leg', 'what it returns'
);
SELECT volatility_is('bank', 'audit_transaction', 'stable', 'it is stable');
SELECT is_definer('bank', 'audit_transaction', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.audit_transaction'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.audit_transaction'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    has_function_privilege('bank_auditor', 'bank.audit_transaction'::regproc, 'EXECUTE'),
    'an auditor may call it'
);

-- Given
SELECT count(bank.create_account('audit.' || a)) FROM unnest('{a,b,shop}'::text[]) AS a;
SELECT count(bank.deposit('audit.a', 100)) FROM generate_series(1, 1);
SELECT count(bank.set_collecting('audit.shop', true)) FROM generate_series(1, 1);
SELECT set_config('pgteller.on_behalf_of', 'till', true);
CREATE TEMP TABLE done AS
SELECT (bank.transfer('audit.a', 'audit.b', 5)).transaction_id AS moved,
    (bank.transfer('audit.a', 'audit.shop', 7)).transaction_id AS collected;
SELECT set_config('pgteller.on_behalf_of', '', true);

-- Works
SELECT results_eq(
    format(
        'SELECT l.leg, l.account_id, l.operation, l.actor, l.version FROM bank.audit_transaction(%s) AS l',
        d.moved
    ),
    format(
        $$VALUES (1, 'audit.a', 'transfer', '%1$s/till', 3::bigint), (2, 'audit.b', 'transfer', '%1$s/till', 2)$$,
        session_user
    ), 'who posted each entry, the login and whom it named'
) FROM done AS d;
SELECT is(
    encode(engine.seal(decode(l.previous_hash, 'hex'), engine.leg_content(
        t.account_id, t.version, t.transaction_id, t.leg, t."timestamp", t.value_at, t.recorded_at,
        t.operation, t.amount, t.balance_after, t.held_after, t.pending_cashback_after,
        t.overdraft_limit_after, t.contra_account_id, t.payment_ref, t.refers_to, t.folded_in,
        t.actor, t.on_behalf_of, t.metadata, t.posting_metadata, t.details, t.key_hash
    )), 'hex'), l.hash, format('the hash of %s is over the one before it', l.account_id)
)
FROM done AS d
CROSS JOIN LATERAL bank.audit_transaction(d.moved) AS l
INNER JOIN ledger.ledger_transactions AS t ON l.account_id = t.account_id AND l.version = t.version;
SELECT is(
    to_jsonb(l) - 'recorded_at' - 'hash', jsonb_build_object(
        'leg', 1, 'account_id', 'audit.a', 'operation', 'open', 'actor', session_user, 'version', 1,
        'previous_hash', NULL
    ), 'before the first of an account there is none'
)
FROM ledger.ledger_transactions AS t
CROSS JOIN LATERAL bank.audit_transaction(t.transaction_id) AS l
WHERE t.account_id = 'audit.a' AND t.version = 1;
SELECT is(
    to_jsonb(l), jsonb_build_object(
        'leg', 2, 'account_id', 'audit.shop', 'operation', 'transfer', 'recorded_at', NULL,
        'actor', session_user || '/till', 'version', NULL, 'previous_hash', NULL, 'hash', NULL
    ), 'a credit that is not folded yet has no place in the chain, but an actor'
) FROM done AS d CROSS JOIN LATERAL bank.audit_transaction(d.collected) AS l WHERE l.leg = 2;
SELECT is(
    array_agg(l.account_id), '{@ledger}', 'what is about the house has its entries too'
)
FROM (
    SELECT max(t.transaction_id) AS id
    FROM ledger.ledger_transactions AS t WHERE t.account_id = '@ledger'
) AS newest
CROSS JOIN LATERAL bank.audit_transaction(newest.id) AS l;
SET LOCAL pgteller.accounts = '{audit.b}';
SELECT is(
    (SELECT array_agg(l.account_id) FROM bank.audit_transaction(d.moved) AS l), '{audit.b}',
    'who is for one account sees its entries'
) FROM done AS d;
SELECT throws_ok(
    format('SELECT bank.audit_transaction(%s)', d.collected), 'TL103', 'transaction_not_found',
    'and nothing of others'
) FROM done AS d;
RESET pgteller.accounts;

-- Refuses
SELECT throws_ok(
    $$SELECT bank.audit_transaction(9007199254740991)$$, 'TL103', 'transaction_not_found',
    'a transaction that there is not'
);

SELECT * FROM finish();
ROLLBACK;
