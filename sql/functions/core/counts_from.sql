-- counts_from: from which moment on a leg counts.
--
--   Returns  its timestamp; where its account was brought back to an earlier moment after it, that
--
-- So at every moment the legs that count are the first so many of the account: those up to
-- engine.version_at. rewound: the account's column, which spares all others the look.
--
-- One expression, so that it inlines.
CREATE OR REPLACE FUNCTION engine.counts_from(
    rewound boolean, account_id text, version bigint, "timestamp" bigint
)
RETURNS bigint
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
    SELECT CASE WHEN rewound
        THEN least("timestamp", engine.brought_back_to(account_id, version))
        ELSE "timestamp"
    END
$function$;

COMMENT ON FUNCTION engine.counts_from(boolean, text, bigint, bigint) IS
    'Internal: the moment (ms) from which on a leg counts.';
REVOKE ALL ON FUNCTION engine.counts_from(boolean, text, bigint, bigint) FROM PUBLIC;
