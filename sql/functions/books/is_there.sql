-- is_there: whether an account is one of those that have a balance at a moment.
--
--   Returns  true once it is opened, or by value_at once something counts on it; NULL is now
--
-- One expression, so that it inlines.
CREATE OR REPLACE FUNCTION engine.is_there(account ledger.accounts, "timestamp" bigint, by text)
RETURNS boolean
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
    SELECT "timestamp" IS NULL
        OR engine.counts_from(account.rewound, account.account_id, 1, account.created_at)
        <= "timestamp"
        OR by = 'value_at' AND (engine.value_shift(account, "timestamp")).legs > 0
$function$;

COMMENT ON FUNCTION engine.is_there(ledger.accounts, bigint, text) IS
    'Internal: whether an account has a balance at a moment (ms), by timestamp or by value_at.';
REVOKE ALL ON FUNCTION engine.is_there(ledger.accounts, bigint, text) FROM PUBLIC;
