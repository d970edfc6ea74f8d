-- note_refusals: write down what a web server has refused.
--
--   Returns  how many were written down
--   Writes   ledger.refused_requests, ledger.refusal_counter
--   Locks    ledger.refusal_counter
--   Errors   invalid_argument (refusals)
--
-- What goes beyond ledger.settings is removed: the oldest, and of those that nobody is known for
-- (401) all but a tenth, or a stranger could drive out what matters.
CREATE OR REPLACE FUNCTION bank.note_refusals(refusals json)
RETURNS bank.refusals_noted
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_noted bank.refusals_noted := ROW(0);
    v_actor text := session_user;
    v_newest bigint;
    v_most bigint := (SELECT s.refusals FROM ledger.settings AS s);
BEGIN
    BEGIN
        IF json_array_length(refusals) > 1000 THEN
            RAISE data_exception;
        END IF;
        UPDATE ledger.refusal_counter AS c
        SET newest = c.newest + json_array_length(note_refusals.refusals)
        WHERE c.only_row
        RETURNING c.newest INTO v_newest;
        INSERT INTO ledger.refused_requests (
            refusal_id, refused_at, status, request_id, method, route, code, actor, account_ids,
            detail
        )
        SELECT
            v_newest - json_array_length(note_refusals.refusals) + r.place,
            r.refused_at, r.status, left(r.request_id, 128), left(r.method, 16),
            left(r.route, 128), left(r.code, 64),
            CASE WHEN r.status <> 401
                THEN concat_ws('/', v_actor, left(r.caller, 255))
            END,
            r.account_ids[:16], engine.short_detail(r.detail)
        FROM ROWS FROM (
            json_to_recordset(note_refusals.refusals) AS (
                refused_at bigint, request_id text, method text, route text, status bigint,
                code text, caller text, account_ids text[], detail json
            )
        ) WITH ORDINALITY AS r (
            refused_at, request_id, method, route, status, code, caller, account_ids, detail, place
        );
        GET DIAGNOSTICS v_noted.noted = ROW_COUNT;
    EXCEPTION
        WHEN data_exception OR not_null_violation THEN
            PERFORM engine.refuse('invalid_argument', json_build_object(
                'argument', 'refusals',
                'expected', 'an array of at most 1000 refusals, with all that belongs to them'
            ));
    END;

    DELETE FROM ledger.refused_requests AS r WHERE r.refusal_id <= v_newest - v_most;
    DELETE FROM ledger.refused_requests AS r
    WHERE r.status = 401
        AND r.refusal_id <= (
            SELECT s.refusal_id
            FROM ledger.refused_requests AS s
            WHERE s.status = 401
            ORDER BY s.refusal_id DESC
            OFFSET v_most / 10
            LIMIT 1
        );
    RETURN v_noted;
END;
$function$;

COMMENT ON FUNCTION bank.note_refusals(json) IS
    'Write down what a web server has refused. For web servers, which do it after the request, in '
    'a transaction of its own. What is older goes, see refusals of ledger.settings.';
REVOKE ALL ON FUNCTION bank.note_refusals(json) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.note_refusals(json) TO bank_teller;
