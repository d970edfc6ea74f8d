-- read_postings: read the JSON of bank.post.
--
--   Returns  its postings in order
--   Errors   invalid_postings (not an array of 1 to 1000 objects, an unknown field, a value of the
--            wrong type, an account of the house that is not to be posted to, no customer on either
--            side), invalid_amount, invalid_metadata, same_account
--
-- Any house account may be named (@fees, @promotions ...), but for those whose legs belong to an
-- operation of their own (@cashback, @exchange) or to no leg at all (@customers, @transit).
CREATE OR REPLACE FUNCTION engine.read_postings(postings json)
RETURNS SETOF engine.posting
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_postings jsonb;
    v_flaw text;
    v_wrong record;
BEGIN
    BEGIN
        v_postings := postings;
        v_flaw := engine.postings_flaw(v_postings);
    EXCEPTION
        WHEN data_exception THEN  -- JSON with what no text can hold, such as NUL
            v_flaw := sqlerrm;
    END;
    IF v_flaw IS NOT NULL THEN
        PERFORM engine.refuse('invalid_postings', json_build_object('reason', v_flaw));
    END IF;
    SELECT
        p.*,
        engine.check_request(p.amount, p.metadata, NULL, NULL) AS refusal
    INTO v_wrong
    FROM jsonb_to_recordset(v_postings) AS p (
        source_account_id text, target_account_id text, amount bigint, metadata jsonb
    )
    WHERE engine.check_request(p.amount, p.metadata, NULL, NULL) IS NOT NULL
        OR p.source_account_id = p.target_account_id
    LIMIT 1;
    IF v_wrong.refusal IS NOT NULL THEN
        PERFORM engine.refuse(v_wrong.refusal, engine.request_detail(
            v_wrong.refusal, v_wrong.amount, v_wrong.metadata, NULL, NULL
        ));
    ELSIF v_wrong.source_account_id IS NOT NULL THEN
        PERFORM engine.refuse(
            'same_account', json_build_object('account_id', v_wrong.source_account_id)
        );
    END IF;

    RETURN QUERY
    SELECT p.ordinality, p.source_account_id, p.target_account_id, p.amount, p.metadata
    FROM ROWS FROM (
        jsonb_to_recordset(v_postings) AS (
            source_account_id text, target_account_id text, amount bigint, metadata jsonb
        )
    ) WITH ORDINALITY AS p (source_account_id, target_account_id, amount, metadata, ordinality)
    ORDER BY p.ordinality;
END;
$function$;

COMMENT ON FUNCTION engine.read_postings(json) IS
    'Internal: the postings of a transaction; raises invalid_postings, invalid_amount, '
    'invalid_metadata, same_account.';
REVOKE ALL ON FUNCTION engine.read_postings(json) FROM PUBLIC;
