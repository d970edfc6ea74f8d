-- version_at: the newest version of an account at a moment.
--
--   Returns  the version of the newest leg with timestamp <= the moment, 0 where there is none
--
-- Timestamps never decrease with version, so the primary key is the time index: a binary search
-- reads one row per halving, 24 of them for ten million legs. Where an account was rewound they
-- begin anew, so the search goes through the last part that begins by the moment.
CREATE OR REPLACE FUNCTION engine.version_at(account ledger.accounts, "timestamp" bigint)
RETURNS bigint
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_low bigint := 0;  -- its leg counts (or there is none)
    v_high bigint := account.version + 1;  -- its leg does not count
    v_middle bigint;
BEGIN
    IF account.last_timestamp <= version_at."timestamp" THEN
        RETURN account.version;
    END IF;
    IF account.rewound THEN
        v_low := coalesce((
            SELECT max(r.version)
            FROM ledger.rewinds AS r
            WHERE r.account_id = account.account_id AND r."timestamp" <= version_at."timestamp"
        ), 0);
        v_high := coalesce((
            SELECT min(r.version)
            FROM ledger.rewinds AS r
            WHERE r.account_id = account.account_id AND r.version > v_low
        ), v_high);
    END IF;
    WHILE v_high - v_low > 1 LOOP
        v_middle := (v_low + v_high) / 2;
        IF (
            SELECT t."timestamp" <= version_at."timestamp"
            FROM ledger.ledger_transactions AS t
            WHERE t.account_id = account.account_id AND t.version = v_middle
        ) THEN
            v_low := v_middle;
        ELSE
            v_high := v_middle;
        END IF;
    END LOOP;
    RETURN v_low;
END;
$function$;

COMMENT ON FUNCTION engine.version_at(ledger.accounts, bigint) IS
    'Internal: the version an account had at a moment (ms), 0 before its opening.';
REVOKE ALL ON FUNCTION engine.version_at(ledger.accounts, bigint) FROM PUBLIC;
