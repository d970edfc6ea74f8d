-- verify_account_settings: compare what was set of every account with what its log says.
--
--   Returns  the violations of accounts_match_opening, overdraft_limits_logged, statuses_logged,
--            collecting_logged, metadata_logged, rewinds_logged
CREATE OR REPLACE FUNCTION engine.verify_account_settings(account_id text DEFAULT NULL)
RETURNS SETOF engine.violation
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    -- What is no money stands in legs of amount 0, few of all: one pass finds them.
    RETURN QUERY
    SELECT wrong."check", a.account_id::text, wrong.found
    FROM ledger.accounts AS a
    LEFT JOIN (
        SELECT
            t.account_id,
            count(*) FILTER (WHERE t.operation = 'open') AS openings,
            min(t."timestamp") FILTER (WHERE t.operation = 'open' AND t.version = 1) AS created_at,
            min(t.details ->> 'currency') FILTER (WHERE t.operation = 'open' AND t.version = 1)
                AS currency,
            coalesce(
                engine.newest(t.details ->> 'status' ORDER BY t.version), 'active'
            ) AS status,
            coalesce(
                engine.newest(t.details ->> 'collecting' ORDER BY t.version), 'false'
            )::boolean AS collecting,
            engine.newest(
                t.details ->> 'overdraft_limit' ORDER BY t.version
            )::bigint AS overdraft_limit,
            coalesce(engine.newest(
                CASE t.operation
                    WHEN 'open' THEN t.metadata
                    WHEN 'set_account_metadata' THEN t.details -> 'metadata'
                END::text ORDER BY t.version
            ), '{}') AS metadata
        FROM ledger.ledger_transactions AS t
        WHERE t.operation IN (
            'open', 'freeze_account', 'block_account', 'unfreeze_account', 'close_account',
            'set_collecting', 'set_overdraft_limit', 'set_account_metadata'
        )
            AND engine.is_asked(t.account_id, verify_account_settings.account_id)
        GROUP BY t.account_id
    ) AS logged ON logged.account_id = a.account_id
    CROSS JOIN LATERAL (
        VALUES
        (
            'accounts_match_opening',
            (logged.openings, logged.created_at, logged.currency)
            IS NOT DISTINCT FROM (1, a.created_at, a.currency),
            json_build_object('currency', a.currency, 'created_at', a.created_at)
        ),
        (
            'overdraft_limits_logged',
            logged.overdraft_limit IS NOT DISTINCT FROM a.overdraft_limit,
            json_build_object(
                'overdraft_limit', a.overdraft_limit, 'logged', logged.overdraft_limit
            )
        ),
        (
            'statuses_logged',
            CASE a.account_id WHEN '@ledger' THEN 'closed' ELSE logged.status END
            IS NOT DISTINCT FROM a.status,
            json_build_object('status', a.status, 'logged', logged.status)
        ),
        (
            'collecting_logged', logged.collecting IS NOT DISTINCT FROM a.collecting,
            json_build_object('collecting', a.collecting, 'logged', logged.collecting)
        ),
        (
            'metadata_logged', logged.metadata IS NOT DISTINCT FROM a.metadata::text,
            json_build_object('metadata', a.metadata, 'logged', logged.metadata::json)
        )
    ) AS wrong ("check", holds, found)
    WHERE NOT wrong.holds
        AND engine.is_asked(a.account_id, verify_account_settings.account_id);

    RETURN QUERY
    SELECT 'rewinds_logged', coalesce(r.account_id, logged.account_id), json_build_object(
        'version', coalesce(r.version, logged.version), 'timestamp', r."timestamp",
        'logged', logged."timestamp"
    )
    FROM (
        SELECT r.account_id, r.version, r."timestamp"
        FROM ledger.rewinds AS r
        WHERE engine.is_asked(r.account_id, verify_account_settings.account_id)
        UNION ALL
        SELECT a.account_id, NULL, NULL
        FROM ledger.accounts AS a
        WHERE a.rewound
            AND engine.is_asked(a.account_id, verify_account_settings.account_id)
            AND NOT EXISTS (SELECT FROM ledger.rewinds AS r WHERE r.account_id = a.account_id)
    ) AS r
    FULL JOIN (
        SELECT t.account_id, t.version, t."timestamp"
        FROM ledger.ledger_transactions AS t
        WHERE t.operation = 'rewind_account'
            AND engine.is_asked(t.account_id, verify_account_settings.account_id)
    ) AS logged ON logged.account_id = r.account_id AND logged.version = r.version
    LEFT JOIN ledger.accounts AS a ON a.account_id = r.account_id
    WHERE r.version IS NULL
        OR r."timestamp" IS DISTINCT FROM logged."timestamp"
        OR a.rewound IS NOT TRUE;
END;
$function$;

COMMENT ON FUNCTION engine.verify_account_settings(text) IS
    'Internal: the violations of what was set of accounts, compared with their logs.';
REVOKE ALL ON FUNCTION engine.verify_account_settings(text) FROM PUBLIC;

-- noqa: disable=LT05
INSERT INTO engine.checks ("check", promise, finder, by_account) VALUES
('accounts_match_opening', 'An account''s currency and created_at are those it was opened with, once.', 'verify_account_settings', true),
('overdraft_limits_logged', 'An account''s overdraft limit is the one logged last.', 'verify_account_settings', true),
('statuses_logged', 'An account''s status is the one logged last; @ledger is closed from the beginning.', 'verify_account_settings', true),
('collecting_logged', 'An account is collecting where its legs say so last.', 'verify_account_settings', true),
('metadata_logged', 'An account''s metadata are those logged last.', 'verify_account_settings', true),
('rewinds_logged', 'Where an account was brought back to the clock, its legs tell, and only there.', 'verify_account_settings', true);
