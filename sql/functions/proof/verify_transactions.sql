-- verify_transactions: see that no transaction makes or loses money.
--
--   Returns  the violations of legs_numbered, transactions_pair, books_balance
--
-- A credit that a collecting account has not folded yet is a leg here like any other. The sides
-- that the house holds are those that legs imply; so what must balance is what accounts say they
-- have against what the log says they got from the house.
CREATE OR REPLACE FUNCTION engine.verify_transactions(account_id text DEFAULT NULL)
RETURNS SETOF engine.violation
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_ids bigint[] := engine.transactions_of(account_id);
BEGIN
    -- The unique indexes hold all that this needs, in its order.
    RETURN QUERY
    SELECT
        'legs_numbered',
        coalesce(verify_transactions.account_id, (
            SELECT min(l.account_id)
            FROM bank.legs AS l
            WHERE l.transaction_id = wrong.transaction_id AND l.account_id NOT LIKE '@%'
        )),
        json_build_object(
            'transaction_id', wrong.transaction_id, 'leg', min(wrong.leg),
            'expected', min(wrong.expected)
        )
    FROM (
        SELECT
            side.transaction_id,
            side.leg,
            row_number() OVER (PARTITION BY side.transaction_id ORDER BY side.leg) AS expected
        FROM (
            SELECT t.transaction_id, t.leg
            FROM ledger.ledger_transactions AS t
            UNION ALL
            SELECT c.transaction_id, c.leg
            FROM ledger.collected_credits AS c
        ) AS side
        WHERE v_ids IS NULL OR side.transaction_id = ANY(v_ids)
    ) AS wrong
    WHERE wrong.leg <> wrong.expected
    GROUP BY wrong.transaction_id;

    RETURN QUERY
    SELECT 'transactions_pair', side.payer, json_build_object(
        'transaction_id', side.transaction_id, 'payee', side.payee, 'sum', sum(side.amount)
    )
    FROM (
        SELECT
            l.*,
            CASE WHEN l.amount < 0 THEN l.account_id ELSE l.contra_account_id END AS payer,
            CASE WHEN l.amount < 0 THEN l.contra_account_id ELSE l.account_id END AS payee
        FROM (
            SELECT t.transaction_id, t.account_id, t.contra_account_id, t.amount, t.value_at
            FROM ledger.ledger_transactions AS t
            UNION ALL
            SELECT c.transaction_id, c.account_id, c.contra_account_id, c.amount, c.value_at
            FROM ledger.collected_credits AS c
        ) AS l
        WHERE l.contra_account_id NOT LIKE '@%'
            AND (v_ids IS NULL OR (
                l.transaction_id = ANY(v_ids)
                AND verify_transactions.account_id IN (l.account_id, l.contra_account_id)
            ))
    ) AS side
    LEFT JOIN ledger.accounts AS a ON a.account_id = side.account_id
    GROUP BY side.transaction_id, side.payer, side.payee
    HAVING sum(side.amount) <> 0
        OR min(a.currency) IS DISTINCT FROM max(a.currency)
        OR count(side.value_at) NOT IN (0, count(*))
        OR min(side.value_at) <> max(side.value_at);

    IF account_id IS NOT NULL THEN
        RETURN;  -- the books are those of all
    END IF;
    RETURN QUERY
    SELECT 'books_balance', NULL, json_build_object(
        'currency', side.currency, 'sum', sum(side.amount)
    )
    FROM (
        SELECT a.currency, a.balance AS amount
        FROM ledger.accounts AS a
        UNION ALL
        SELECT a.currency, c.amount
        FROM ledger.collected_credits AS c
        INNER JOIN ledger.accounts AS a ON a.account_id = c.account_id
        UNION ALL
        SELECT l.currency, l.amount
        FROM bank.legs AS l
        WHERE l.account_id LIKE '@%'
    ) AS side
    GROUP BY side.currency
    HAVING sum(side.amount) <> 0;
END;
$function$;

COMMENT ON FUNCTION engine.verify_transactions(text) IS
    'Internal: the violations of transactions and of the books as a whole.';
REVOKE ALL ON FUNCTION engine.verify_transactions(text) FROM PUBLIC;

-- noqa: disable=LT05
INSERT INTO engine.checks ("check", promise, finder, by_account) VALUES
('legs_numbered', 'A transaction''s legs are numbered 1, 2, 3 ... without a gap.', 'verify_transactions', true),
('transactions_pair', 'What one customer''s leg moves, the other''s leg moves back, in one currency, on one value date.', 'verify_transactions', true),
('books_balance', 'All balances of a currency, the house''s included, sum to zero.', 'verify_transactions', false);
