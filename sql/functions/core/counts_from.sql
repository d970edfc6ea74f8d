-- counts_from: from which moment on a leg of an account that was rewound counts.
--
--   Returns  its timestamp, or that of the earliest rewinding after it, where that is earlier
--
-- So at every moment the legs that count are the first so many of the account: those up to
-- engine.version_at.
CREATE OR REPLACE FUNCTION engine.counts_from(
    account_id text, version bigint, "timestamp" bigint
)
RETURNS bigint
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    RETURN least(counts_from."timestamp", (
        SELECT min(r."timestamp")
        FROM ledger.rewinds AS r
        WHERE r.account_id = counts_from.account_id AND r.version > counts_from.version
    ));
END;
$function$;

COMMENT ON FUNCTION engine.counts_from(text, bigint, bigint) IS
    'Internal: the moment (ms) from which a leg of an account that was rewound counts.';
REVOKE ALL ON FUNCTION engine.counts_from(text, bigint, bigint) FROM PUBLIC;
