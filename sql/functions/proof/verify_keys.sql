-- verify_keys: see that answers given under idempotency keys tell of what is there.
--
--   Returns  the violations of responses_point_at_rows
--
-- Only the response's own members count, of a batch's response those of each result: what callers
-- put into their metadata is theirs.
CREATE OR REPLACE FUNCTION engine.verify_keys()
RETURNS SETOF engine.violation
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    RETURN QUERY
    SELECT 'responses_point_at_rows', k.owner, json_build_object(
        'idempotency_key', k.idempotency_key, 'transaction_id', named.id
    )
    FROM ledger.idempotency_keys AS k
    CROSS JOIN LATERAL (
        SELECT id::bigint
        FROM jsonb_path_query(
            k.response::jsonb, '$.transaction_id ? (@.type() == "number")', '{}', true
        ) AS id
    ) AS named
    WHERE NOT EXISTS (
            SELECT FROM ledger.ledger_transactions AS t WHERE t.transaction_id = named.id
        )
        AND NOT EXISTS (
            SELECT FROM ledger.collected_credits AS c WHERE c.transaction_id = named.id
        );

    RETURN QUERY
    SELECT 'responses_point_at_rows', k.owner, json_build_object(
        'idempotency_key', k.idempotency_key, 'payment_id', named.id
    )
    FROM ledger.idempotency_keys AS k
    CROSS JOIN LATERAL (
        SELECT id #>> '{}'
        FROM jsonb_path_query(
            k.response::jsonb, '$.payment_id ? (@.type() == "string")', '{}', true
        ) AS id
    ) AS named (id)
    WHERE NOT EXISTS (
        SELECT FROM ledger.payments AS p WHERE 'payment' || p.payment_number = named.id
    );
END;
$function$;

COMMENT ON FUNCTION engine.verify_keys() IS
    'Internal: the violations of idempotent responses.';
REVOKE ALL ON FUNCTION engine.verify_keys() FROM PUBLIC;

-- noqa: disable=LT05
INSERT INTO engine.checks ("check", promise, finder) VALUES
('responses_point_at_rows', 'Transactions and payments that an idempotent response names exist.', 'verify_keys');
