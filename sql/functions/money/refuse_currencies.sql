-- refuse_currencies: raise where a posting goes from one currency to another.
--
--   Errors   currency_mismatch
CREATE OR REPLACE FUNCTION engine.refuse_currencies(postings engine.posting[])
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_wrong record;
BEGIN
    SELECT s.currency AS source_currency, t.currency AS target_currency INTO v_wrong
    FROM unnest(postings) AS p
    INNER JOIN ledger.accounts AS s ON s.account_id = p.source_account_id
    INNER JOIN ledger.accounts AS t ON t.account_id = p.target_account_id
    WHERE s.currency <> t.currency
    ORDER BY p.number
    LIMIT 1;
    IF FOUND THEN
        PERFORM engine.refuse('currency_mismatch', row_to_json(v_wrong));
    END IF;
END;
$function$;

COMMENT ON FUNCTION engine.refuse_currencies(engine.posting[]) IS
    'Internal: raises currency_mismatch.';
REVOKE ALL ON FUNCTION engine.refuse_currencies(engine.posting[]) FROM PUBLIC;
