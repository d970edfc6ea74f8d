-- verify_currencies: see that every currency is as the chain of @ledger says.
--
--   Returns  the violations of currencies_logged
CREATE OR REPLACE FUNCTION engine.verify_currencies()
RETURNS SETOF engine.violation
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    RETURN QUERY
    SELECT 'currencies_logged', '@ledger', json_build_object(
        'currency', coalesce(c.currency, logged.currency), 'exponent', c.exponent,
        'logged', logged.exponent
    )
    FROM ledger.currencies AS c
    FULL JOIN (
        SELECT began.key COLLATE "C" AS currency, began.value::smallint AS exponent
        FROM ledger.ledger_transactions AS t
        CROSS JOIN LATERAL jsonb_each_text(t.details -> 'currencies') AS began
        WHERE t.account_id = '@ledger' AND t.version = 1
        UNION ALL
        SELECT t.details ->> 'currency', (t.details ->> 'exponent')::smallint
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = '@ledger' AND t.operation = 'create_currency'
    ) AS logged ON logged.currency = c.currency
    WHERE logged.exponent IS DISTINCT FROM c.exponent;
END;
$function$;

COMMENT ON FUNCTION engine.verify_currencies() IS 'Internal: the violations of currencies.';
REVOKE ALL ON FUNCTION engine.verify_currencies() FROM PUBLIC;

-- noqa: disable=LT05
INSERT INTO engine.checks ("check", promise, finder) VALUES
('currencies_logged', 'Currencies are those that the ledger began with and those made since, each with its exponent.', 'verify_currencies');
