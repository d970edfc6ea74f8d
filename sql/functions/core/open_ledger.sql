-- open_ledger: begin the house's own chain with what the ledger begins with.
--
--   Writes   where there is none, the account @ledger and its first leg, whose details tell the
--            currencies and cashback policies that a new ledger has
--   Locks    nothing
--
-- Called at the end of every reload. What decides where money goes is derived from sealed legs, and
-- these two tables have rows before anybody has called anything. XXX is the code for no currency.
CREATE OR REPLACE FUNCTION engine.open_ledger()
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_now bigint := engine.now();
    v_account ledger.accounts;
    v engine.parties;
BEGIN
    INSERT INTO ledger.accounts (account_id, currency, status, last_timestamp, created_at)
    VALUES ('@ledger', 'XXX', 'closed', v_now, v_now)
    ON CONFLICT ON CONSTRAINT accounts_pkey DO NOTHING
    RETURNING * INTO v_account;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    v := ROW(v_account, NULL, v_now, v_now, NULL, NULL, NULL);
    PERFORM engine.book(
        v, nextval('ledger.transaction_seq'), 'open', 0,
        details => jsonb_build_object(
            'currency', 'XXX', 'overdraft_limit', 0,
            'currencies', (
                SELECT jsonb_object_agg(c.currency, c.exponent) FROM ledger.currencies AS c
            ),
            'cashback_policies', (
                SELECT jsonb_object_agg(p.currency, jsonb_build_object(
                    'rate_bps', p.rate_bps, 'delay_ms', p.delay_ms, 'max_amount', p.max_amount
                ))
                FROM ledger.cashback_policies AS p
            )
        )
    );
END;
$function$;

COMMENT ON FUNCTION engine.open_ledger() IS
    'Internal: begins the chain of @ledger with what a new ledger has.';
REVOKE ALL ON FUNCTION engine.open_ledger() FROM PUBLIC;
