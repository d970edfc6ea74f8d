-- show_hold: a hold as its readers see it.
--
--   Returns  the hold as of now: one whose time is over is expired, whether or not that is posted
CREATE OR REPLACE FUNCTION engine.show_hold(hold ledger.holds, account ledger.accounts)
RETURNS bank.hold_state
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_shown bank.hold_state;
BEGIN
    IF hold.status = 'open'
        AND hold.expires_at <= greatest(engine.now(), account.last_timestamp)
    THEN
        hold.status := 'expired';
        hold.closed_at := hold.expires_at;
    END IF;
    -- Assigned first: RETURN ROW does not take a domain for its base type.
    v_shown := ROW(
        'hold' || hold.hold_number, hold.account_id, hold.target_account_id, hold.amount,
        hold.captured, engine.refunded_of(hold),
        CASE WHEN hold.status = 'open' THEN hold.amount - hold.captured ELSE 0 END,
        hold.status, account.currency, hold.created_at, hold.expires_at, hold.closed_at,
        hold.transaction_id, hold.metadata, hold.captures
    );
    RETURN v_shown;
END;
$function$;

COMMENT ON FUNCTION engine.show_hold(ledger.holds, ledger.accounts) IS
    'Internal: a hold as readers see it, as of now.';
REVOKE ALL ON FUNCTION engine.show_hold(ledger.holds, ledger.accounts) FROM PUBLIC;
