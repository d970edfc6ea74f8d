-- refused: what was refused, narrowed to what a caller asks for and may see.
--
--   Returns  at most limit refusals that follow `after`, by refusal_id, or backwards
--   Errors   invalid_argument (limit, order), invalid_timestamp (since, until),
--            invalid_period
--
-- PostgreSQL cannot know how few pass, and would sort where it need only walk: no sorting.
CREATE OR REPLACE FUNCTION engine.refused(
    account_id text,
    since bigint,
    until bigint,
    code text,
    actor text,
    request_id text,
    "limit" bigint,
    after bigint,
    "order" text
)
RETURNS SETOF bank.refusal
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
SET enable_sort = off
SET jit = off
AS $function$
DECLARE
    v_limited boolean := (current_setting('pgteller.accounts', true) <> '') IS TRUE;
    v_self text := engine.on_behalf_of();
BEGIN
    PERFORM engine.check_limit("limit");
    PERFORM engine.check_order("order");
    PERFORM engine.check_period(since, until);
    IF "order" = 'asc' THEN
        RETURN QUERY
        SELECT
            r.refusal_id, r.refused_at, r.request_id, r.method, r.route, r.status, r.code, r.actor,
            to_jsonb(r.account_ids), r.detail
        FROM ledger.refused_requests AS r
        WHERE r.refusal_id > coalesce(refused.after, 0)
            AND engine.refusal_passes(
                r.refused_at, r.request_id, r.code, r.actor, r.caller, r.account_ids, since, until,
                refused.code, refused.actor, refused.request_id, refused.account_id
            )
            AND engine.may_see_refusal(r.caller, r.account_ids, v_limited, v_self)
        ORDER BY r.refusal_id
        LIMIT refused."limit";
    ELSE
        RETURN QUERY
        SELECT
            r.refusal_id, r.refused_at, r.request_id, r.method, r.route, r.status, r.code, r.actor,
            to_jsonb(r.account_ids), r.detail
        FROM ledger.refused_requests AS r
        WHERE r.refusal_id < coalesce(refused.after, 9223372036854775807)
            AND engine.refusal_passes(
                r.refused_at, r.request_id, r.code, r.actor, r.caller, r.account_ids, since, until,
                refused.code, refused.actor, refused.request_id, refused.account_id
            )
            AND engine.may_see_refusal(r.caller, r.account_ids, v_limited, v_self)
        ORDER BY r.refusal_id DESC
        LIMIT refused."limit";
    END IF;
END;
$function$;

COMMENT ON FUNCTION engine.refused(
    text, bigint, bigint, text, text, text, bigint, bigint, text
) IS
    'Internal: what was refused, narrowed to what a caller asks for and may see.';
REVOKE ALL ON FUNCTION engine.refused(
    text, bigint, bigint, text, text, text, bigint, bigint, text
) FROM PUBLIC;
