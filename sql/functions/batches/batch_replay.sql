-- batch_replay: what an item of a batch was answered when it was first asked for.
--
--   Returns  the response stored under its key, or NULL where that is free, or stands for another
--            request: that is for the function of its operation to say
--
-- Left to that function, a replay would be announced as one of the whole batch. The request is what
-- it takes it to be: its arguments as they follow each other, but for the account whose key it is
-- and the key, JSON as text.
CREATE OR REPLACE FUNCTION engine.batch_replay(body jsonb)
RETURNS json
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    c_defaults CONSTANT jsonb := '{"fee": 0, "final": true, "force": false}'::jsonb;
    v_owner text;
    v_request json;
    v_response json;
BEGIN
    IF body ->> 'operation' = 'post' THEN
        v_owner := engine.login_scope();
    ELSE
        v_owner := (
            SELECT a.account_id
            FROM engine.batch_accounts(body) WITH ORDINALITY AS a (account_id, credited, number)
            WHERE a.number = 1
        );
    END IF;
    v_request := (
        SELECT json_object_agg(
            f.field,
            CASE WHEN f.type IS NULL
                THEN to_json(body ->> f.field)
                ELSE coalesce(nullif(body -> f.field, 'null'), c_defaults -> f.field)::json
            END
            ORDER BY f.number
        )
        FROM engine.batch_fields AS f
        WHERE f.operation = body ->> 'operation'
            AND f.field NOT IN ('account_id', 'source_account_id', 'idempotency_key')
    );
    SELECT k.response INTO v_response
    FROM ledger.idempotency_keys AS k
    WHERE k.owner = v_owner
        AND (engine.is_own(k.owner) OR k.owner = engine.login_scope())
        AND k.idempotency_key = body ->> 'idempotency_key'
        AND k.operation = body ->> 'operation'
        AND k.request_hash = engine.request_hash(v_request);
    RETURN v_response;
END;
$function$;

COMMENT ON FUNCTION engine.batch_replay(jsonb) IS
    'Internal: the response stored under the key of an item of a batch, or NULL.';
REVOKE ALL ON FUNCTION engine.batch_replay(jsonb) FROM PUBLIC;
