-- Tests of engine.verify_transactions.
BEGIN;
SELECT plan(19);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.verify_transactions'::regproc), 'account_id text DEFAULT NULL::text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.verify_transactions'::regproc), 'SETOF engine.violation',
    'what it returns'
);
SELECT volatility_is('engine', 'verify_transactions', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'verify_transactions', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.verify_transactions'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given a transfer, and one to an account that collects its credits
DO $given$
BEGIN
    PERFORM bank.create_account_at('pairs.alice', "timestamp" => 1000);
    PERFORM bank.create_account_at('pairs.bob', "timestamp" => 1000);
    PERFORM bank.create_account_at('pairs.shop', "timestamp" => 1000);
    UPDATE ledger.accounts AS a SET collecting = true WHERE a.account_id = 'pairs.shop';
    PERFORM bank.deposit_at('pairs.alice', 500, "timestamp" => 2000);
    PERFORM bank.transfer_at('pairs.alice', 'pairs.bob', 200, "timestamp" => 3000);
    PERFORM bank.transfer_at('pairs.alice', 'pairs.shop', 70, "timestamp" => 4000);
END;
$given$;
CREATE FUNCTION pg_temp.of(version bigint) RETURNS bigint LANGUAGE sql AS $function$
    SELECT t.transaction_id FROM ledger.ledger_transactions AS t
    WHERE t.account_id = 'pairs.alice' AND t.version = "of".version
$function$;

-- What is found after some damage, which is undone again
SET LOCAL session_replication_role = replica;  -- the guards are asleep
CREATE FUNCTION pg_temp.found(damage text) RETURNS text[] LANGUAGE plpgsql AS $function$
DECLARE
    v_found text[];
BEGIN
    BEGIN
        EXECUTE damage;
        SELECT array_agg(
            concat_ws(' ', v."check", v.account_id, v.found)
            ORDER BY v."check", v.account_id, v.found::text
        )
        INTO v_found
        FROM engine.verify_transactions() AS v;
        RAISE EXCEPTION 'undo' USING ERRCODE = 'TL999';
    EXCEPTION
        WHEN SQLSTATE 'TL999' THEN
            RETURN v_found;
    END;
END;
$function$;

-- Works
SELECT is(pg_temp.found('SELECT 1'), NULL, 'nothing is wrong with what the functions write');
SELECT is(
    pg_temp.found($$
        UPDATE ledger.ledger_transactions AS t SET amount = 201
        WHERE t.account_id = 'pairs.bob' AND t.version = 2
    $$),
    ARRAY[format(
        'transactions_pair pairs.alice {"transaction_id" : %s, "payee" : "pairs.bob", '
        || '"sum" : 1}', pg_temp.of(3)
    )],
    'one side of a transfer edited'
);
SELECT is(
    pg_temp.found($$
        DELETE FROM ledger.ledger_transactions AS t WHERE t.account_id = 'pairs.bob'
            AND t.version = 2
    $$),
    ARRAY[format(
        'transactions_pair pairs.alice {"transaction_id" : %s, '
        || '"payee" : "pairs.bob", "sum" : -200}', pg_temp.of(3)
    )],
    'one side of a transfer removed'
);
SELECT is(
    pg_temp.found($$
        DELETE FROM ledger.ledger_transactions AS t WHERE t.account_id = 'pairs.alice'
            AND t.version = 3
    $$),
    (
        SELECT ARRAY[
            format(
                'legs_numbered pairs.bob {"transaction_id" : %s, "leg" : 2, "expected" : 1}', t.id
            ),
            format(
                'transactions_pair pairs.alice {"transaction_id" : %s, '
                || '"payee" : "pairs.bob", "sum" : 200}', t.id
            )
        ] FROM pg_temp.of(3) AS t (id)
    ),
    'the first leg of a transfer removed: those that are left do not begin with 1'
);
SELECT is(
    pg_temp.found(format('UPDATE ledger.%s WHERE transaction_id = %s', c.damage, pg_temp.of(4))),
    ARRAY[
        format(
            'legs_numbered pairs.alice {"transaction_id" : %s, "leg" : %s, "expected" : %s}',
            pg_temp.of(4), c.leg, c.expected
        )
    ],
    c.name
) FROM (
    VALUES ('collected_credits SET leg = 3', 3, 2, 'a gap in the numbers of legs'),
    ('collected_credits SET leg = 1', 1, 2, 'one number given to two legs, one of them collected'),
    ('ledger_transactions SET leg = 0', 0, 1, 'a leg before the first')
) AS c (damage, leg, expected, name);
SELECT is(
    pg_temp.found(format(
        'UPDATE ledger.ledger_transactions SET value_at = %s WHERE transaction_id = %s AND leg %s',
        c.value_at, pg_temp.of(3), c.legs
    )),
    CASE WHEN NOT c.holds THEN ARRAY[format(
        'transactions_pair pairs.alice {"transaction_id" : %s, '
        || '"payee" : "pairs.bob", "sum" : 0}', pg_temp.of(3)
    )] END,
    c.name
) FROM (
    VALUES ('3000', '= 1', false, 'a value date on one side of a transfer'),
    ('leg', '> 0', false, 'another one on each side'),
    ('7', '> 0', true, 'the same on both is one that was given')
) AS c (value_at, legs, holds, name);
SELECT is(
    pg_temp.found('DELETE FROM ledger.collected_credits'),
    ARRAY[
        'books_balance {"currency" : "EUR", "sum" : -70}',
        format(
            'transactions_pair pairs.alice {"transaction_id" : %s, "payee" : "pairs.shop", '
            || '"sum" : -70}', pg_temp.of(4)
        )
    ],
    'a collected credit removed'
);
SELECT is(
    pg_temp.found($$
        UPDATE ledger.accounts AS a SET currency = 'USD' WHERE a.account_id = 'pairs.bob'
    $$),
    ARRAY[
        'books_balance {"currency" : "EUR", "sum" : -200}',
        'books_balance {"currency" : "USD", "sum" : 200}',
        format(
            'transactions_pair pairs.alice {"transaction_id" : %s, '
            || '"payee" : "pairs.bob", "sum" : 0}', pg_temp.of(3)
        )
    ],
    'two currencies in one transfer'
);
SELECT is(
    pg_temp.found($$
        UPDATE ledger.accounts AS a SET balance = balance + 5 WHERE a.account_id = 'pairs.bob'
    $$),
    ARRAY['books_balance {"currency" : "EUR", "sum" : 5}'],
    'a balance edited: the books do not balance'
);
SELECT is(
    pg_temp.found($$
        UPDATE ledger.ledger_transactions AS t SET amount = 600
        WHERE t.account_id = 'pairs.alice' AND t.version = 2
    $$),
    ARRAY['books_balance {"currency" : "EUR", "sum" : -100}'],
    'a deposit edited: the house gave more than accounts have'
);

SELECT * FROM finish();
ROLLBACK;
