-- verify_accounts: compare what every account has with what its log says.
--
--   Returns  the violations of accounts_match_newest_leg, balances_are_sums, legs_have_accounts
CREATE OR REPLACE FUNCTION engine.verify_accounts(account_id text DEFAULT NULL)
RETURNS SETOF engine.violation
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    RETURN QUERY
    SELECT wrong."check", coalesce(a.account_id, log.account_id), wrong.found
    FROM (
        SELECT a.*
        FROM ledger.accounts AS a
        WHERE engine.is_asked(a.account_id, verify_accounts.account_id)
    ) AS a
    FULL JOIN (
        SELECT t.account_id, max(t.version) AS version, sum(t.amount) AS amount
        FROM ledger.ledger_transactions AS t
        WHERE engine.is_asked(t.account_id, verify_accounts.account_id)
        GROUP BY t.account_id
    ) AS log ON log.account_id = a.account_id::text
    LEFT JOIN ledger.ledger_transactions AS newest
        ON newest.account_id = log.account_id AND newest.version = log.version
    CROSS JOIN LATERAL (
        VALUES
        (
            'accounts_match_newest_leg',
            a.account_id IS NULL OR (
                a.version, a.balance, a.held, a.pending_cashback, a.overdraft_limit,
                a.last_timestamp, a.head
            ) IS NOT DISTINCT FROM (
                newest.version, newest.balance_after, newest.held_after,
                newest.pending_cashback_after, newest.overdraft_limit_after,
                newest."timestamp", newest.hash
            ),
            json_build_object(
                'version', a.version, 'newest_version', newest.version,
                'balance', a.balance, 'newest_balance', newest.balance_after
            )
        ),
        (
            'balances_are_sums',
            a.account_id IS NULL OR a.balance = coalesce(log.amount, 0),
            json_build_object('balance', a.balance, 'sum', log.amount)
        ),
        (
            'legs_have_accounts', a.account_id IS NOT NULL,
            json_build_object('version', log.version)
        )
    ) AS wrong ("check", holds, found)
    WHERE NOT wrong.holds;

    RETURN QUERY
    SELECT 'legs_have_accounts', c.account_id, json_build_object('transaction_id', c.transaction_id)
    FROM ledger.collected_credits AS c
    WHERE engine.is_asked(c.account_id, verify_accounts.account_id)
        AND NOT EXISTS (SELECT FROM ledger.accounts AS a WHERE a.account_id = c.account_id);
END;
$function$;

COMMENT ON FUNCTION engine.verify_accounts(text) IS
    'Internal: the violations of accounts, compared with their logs.';
REVOKE ALL ON FUNCTION engine.verify_accounts(text) FROM PUBLIC;

-- noqa: disable=LT05
INSERT INTO engine.checks ("check", promise, finder, by_account) VALUES
('accounts_match_newest_leg', 'An account''s balances, version, head and last_timestamp are its newest leg''s.', 'verify_accounts', true),
('balances_are_sums', 'An account''s balance is the sum of its legs.', 'verify_accounts', true),
('legs_have_accounts', 'Each leg and each collected credit belongs to an account.', 'verify_accounts', false);
