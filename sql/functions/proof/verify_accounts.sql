-- verify_accounts: compare every account with what its log says of it.
--
--   Returns  the violations of accounts_match_newest_leg, balances_are_sums, legs_have_accounts,
--            accounts_match_opening, overdraft_limits_logged, rewinds_logged
CREATE OR REPLACE FUNCTION engine.verify_accounts()
RETURNS SETOF engine.violation
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    RETURN QUERY
    SELECT wrong."check", coalesce(a.account_id, log.account_id), wrong.found
    FROM ledger.accounts AS a
    FULL JOIN (
        SELECT t.account_id, max(t.version) AS version, sum(t.amount) AS amount
        FROM ledger.ledger_transactions AS t
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
            json_build_object('version', a.version, 'newest_version', newest.version)
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
    WHERE NOT EXISTS (SELECT FROM ledger.accounts AS a WHERE a.account_id = c.account_id);

    RETURN QUERY
    SELECT 'accounts_match_opening', a.account_id::text, json_build_object(
        'currency', a.currency, 'created_at', a.created_at
    )
    FROM ledger.accounts AS a
    LEFT JOIN ledger.ledger_transactions AS t
        ON t.account_id = a.account_id AND t.operation = 'open'
    GROUP BY a.account_id
    HAVING (
        count(*), max(t.version), max(t."timestamp"), max(t.details ->> 'currency')
    ) IS DISTINCT FROM (1, 1, a.created_at, a.currency);

    RETURN QUERY
    SELECT 'overdraft_limits_logged', a.account_id::text, json_build_object(
        'overdraft_limit', a.overdraft_limit, 'logged', logged.overdraft_limit
    )
    FROM ledger.accounts AS a
    LEFT JOIN (
        SELECT DISTINCT ON (t.account_id)
            t.account_id,
            (t.details ->> 'overdraft_limit')::bigint AS overdraft_limit
        FROM ledger.ledger_transactions AS t
        WHERE t.operation IN ('open', 'set_overdraft_limit')
        ORDER BY t.account_id, t.version DESC
    ) AS logged ON logged.account_id = a.account_id
    WHERE a.overdraft_limit IS DISTINCT FROM logged.overdraft_limit;

    RETURN QUERY
    SELECT 'rewinds_logged', coalesce(r.account_id, logged.account_id), json_build_object(
        'version', coalesce(r.version, logged.version), 'timestamp', r."timestamp",
        'logged', logged."timestamp"
    )
    FROM (
        SELECT r.account_id, r.version, r."timestamp" FROM ledger.rewinds AS r
        UNION ALL
        SELECT a.account_id, NULL, NULL FROM ledger.accounts AS a
        WHERE a.rewound
            AND NOT EXISTS (SELECT FROM ledger.rewinds AS r WHERE r.account_id = a.account_id)
    ) AS r
    FULL JOIN (
        SELECT t.account_id, t.version, t."timestamp"
        FROM ledger.ledger_transactions AS t
        WHERE t.operation = 'rewind_account'
    ) AS logged ON logged.account_id = r.account_id AND logged.version = r.version
    LEFT JOIN ledger.accounts AS a ON a.account_id = r.account_id
    WHERE r.version IS NULL
        OR r."timestamp" IS DISTINCT FROM logged."timestamp"
        OR a.rewound IS NOT TRUE;
END;
$function$;

COMMENT ON FUNCTION engine.verify_accounts() IS
    'Internal: the violations of accounts, compared with their logs.';
REVOKE ALL ON FUNCTION engine.verify_accounts() FROM PUBLIC;

-- noqa: disable=LT05
INSERT INTO engine.checks ("check", promise, finder) VALUES
('accounts_match_newest_leg', 'An account''s balances, version, head and last_timestamp are its newest leg''s.', 'verify_accounts'),
('balances_are_sums', 'An account''s balance is the sum of its legs.', 'verify_accounts'),
('legs_have_accounts', 'Each leg and each collected credit belongs to an account.', 'verify_accounts'),
('accounts_match_opening', 'An account''s currency and created_at are those it was opened with, once.', 'verify_accounts'),
('overdraft_limits_logged', 'An account''s overdraft limit is the one logged last.', 'verify_accounts'),
('rewinds_logged', 'Where an account was brought back to the clock, its legs tell, and only there.', 'verify_accounts');
