-- refusal_passes: whether a refusal passes filters, those that are NULL apart.
--
--   Returns  true or false
--
-- An actor is `login`, or `login/caller`, and either may have slashes itself; asked for is either
-- part or all of it. One expression, so that it inlines: it is tried row by row.
CREATE OR REPLACE FUNCTION engine.refusal_passes(
    refused_at bigint,
    request_id text,
    code text,
    actor text,
    caller text,
    account_ids text[],
    since bigint,
    until bigint,
    only_code text,
    only_actor text,
    only_request_id text,
    only_account_id text
)
RETURNS boolean
LANGUAGE sql
IMMUTABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
    SELECT (since IS NULL OR refused_at >= since)
        AND (until IS NULL OR refused_at < until)
        AND (only_code IS NULL OR code = only_code)
        AND (
            only_actor IS NULL
            OR only_actor IN (
                actor, caller, left(actor, length(actor) - length('/' || caller))
            )
        )
        AND (only_request_id IS NULL OR request_id = only_request_id)
        AND (only_account_id IS NULL OR only_account_id = ANY(account_ids))
$function$;

COMMENT ON FUNCTION engine.refusal_passes(
    bigint, text, text, text, text, text[], bigint, bigint, text, text, text, text
) IS 'Internal: whether a refusal passes the filters that are given.';
REVOKE ALL ON FUNCTION engine.refusal_passes(
    bigint, text, text, text, text, text[], bigint, bigint, text, text, text, text
) FROM PUBLIC;
