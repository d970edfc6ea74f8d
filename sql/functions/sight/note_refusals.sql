-- note_refusals: write down what a web server has refused.
--
--   Returns  how many were written down
--   Writes   ledger.refused_requests, ledger.refusal_counter
--   Locks    ledger.refusal_counter
--   Errors   invalid_argument (refusals)
--
-- What goes beyond ledger.settings is removed, the oldest first. Those of strangers (401, and
-- whatever was refused before anybody was asked who he is) have a tenth of the places and all
-- others the rest: each kind is counted by itself, or a stranger could drive out what matters.
-- PostgreSQL cannot know how few go, and would look at all there are: by the indices alone. To
-- versions before 18 whatever is off is so dear that they would compile each statement: 0.2 s.
CREATE OR REPLACE FUNCTION bank.note_refusals(refusals json)
RETURNS bank.refusals_noted
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $function$
DECLARE
    v_noted bank.refusals_noted := ROW(0);
    v_actor text := session_user;
    v_last ledger.refusal_counter;
    v_strangers bigint;
    v_most bigint := (SELECT s.refusals FROM ledger.settings AS s);
BEGIN
    BEGIN
        IF (json_array_length(refusals) <= 1000) IS NOT TRUE THEN
            RAISE data_exception;
        END IF;
        SELECT c.* INTO v_last FROM ledger.refusal_counter AS c FOR NO KEY UPDATE;
        WITH written AS (
            INSERT INTO ledger.refused_requests (
                refusal_id, number, refused_at, status, request_id, method, route, code, actor,
                caller, account_ids, detail
            )
            SELECT
                v_last.newest + r.place,
                CASE WHEN known.caller THEN v_last.known ELSE v_last.strangers END
                + row_number() OVER (PARTITION BY known.caller ORDER BY r.place),
                r.refused_at, r.status, left(r.request_id, 128), left(r.method, 16),
                left(r.route, 128), left(r.code, 64),
                CASE WHEN known.caller THEN concat_ws('/', v_actor, left(r.caller, 255)) END,
                CASE WHEN known.caller THEN left(r.caller, 255) END,
                r.account_ids[:16], engine.short_detail(r.detail)
            FROM ROWS FROM (
                json_to_recordset(note_refusals.refusals) AS (
                    refused_at bigint, request_id text, method text, route text, status bigint,
                    code text, caller text, account_ids text[], detail json, stranger boolean
                )
            ) WITH ORDINALITY AS r (
                refused_at, request_id, method, route, status, code, caller, account_ids, detail,
                stranger, place
            )
            CROSS JOIN LATERAL (
                SELECT r.status <> 401 AND r.stranger IS NOT TRUE
            ) AS known (caller)
            RETURNING actor
        )

        SELECT count(*), count(*) FILTER (WHERE w.actor IS NULL) INTO v_noted.noted, v_strangers
        FROM written AS w;
    EXCEPTION
        WHEN data_exception OR not_null_violation THEN
            PERFORM engine.refuse('invalid_argument', json_build_object(
                'argument', 'refusals',
                'expected', 'an array of at most 1000 refusals, with all that belongs to them'
            ));
    END;

    UPDATE ledger.refusal_counter AS c
    SET newest = c.newest + v_noted.noted,
        known = c.known + v_noted.noted - v_strangers,
        strangers = c.strangers + v_strangers
    WHERE c.only_row
    RETURNING c.* INTO v_last;
    DELETE FROM ledger.refused_requests AS r
    WHERE r.actor IS NOT NULL AND r.number <= v_last.known - (v_most - v_most / 10);
    DELETE FROM ledger.refused_requests AS r
    WHERE r.actor IS NULL AND r.number <= v_last.strangers - v_most / 10;
    RETURN v_noted;
END;
$function$;

COMMENT ON FUNCTION bank.note_refusals(json) IS
    'Write down what a web server has refused. For web servers, which do it after the request, in '
    'a transaction of its own. What is older goes, see refusals of ledger.settings.';
REVOKE ALL ON FUNCTION bank.note_refusals(json) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.note_refusals(json) TO bank_teller;
