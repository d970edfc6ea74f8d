-- record_change: put a change of an account's status or settings on record.
--
--   Returns  the account as its readers see it
--   Writes   the account's settings as given and one zero-amount leg; nothing where details is
--            NULL, for there was nothing to change, and there is no key to seal;
--            ledger.idempotency_keys for a key
--   Locks    nothing: engine.prepare has locked the account
--
-- account: its row, with what changes set: status, collecting, monitored, rewound,
-- overdraft_limit, metadata. transaction_id: NULL where none is drawn yet.
CREATE OR REPLACE FUNCTION engine.record_change(
    parties engine.parties,
    account ledger.accounts,
    operation text,
    details jsonb,
    metadata jsonb,
    idempotency_key text,
    transaction_id bigint DEFAULT NULL
)
RETURNS bank.account
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_transaction_id bigint;
    v_after ledger.accounts := account;
    v_shown bank.account;
BEGIN
    IF details IS NULL AND idempotency_key IS NULL THEN
        RETURN engine.show_account(account);
    END IF;
    v_transaction_id := coalesce(transaction_id, nextval('ledger.transaction_seq'));
    v_after.version := account.version + 1;
    v_after.last_timestamp := parties."timestamp";
    v_after.head := NULL;
    v_shown := engine.show_account(v_after);
    IF idempotency_key IS NOT NULL THEN
        parties.key_hash := engine.remember(
            account.account_id, idempotency_key, operation, parties.request_hash,
            row_to_json(v_shown)
        );
    END IF;
    UPDATE ledger.accounts AS a
    SET status = account.status,
        collecting = account.collecting,
        monitored = account.monitored,
        rewound = account.rewound,
        overdraft_limit = account.overdraft_limit,
        metadata = account.metadata
    WHERE a.account_id = account.account_id;
    parties.account := account;
    PERFORM engine.book(
        parties, v_transaction_id, operation, 0, metadata => record_change.metadata,
        details => coalesce(details, '{"unchanged": true}')
    );
    RETURN engine.with_head(v_shown);
END;
$function$;

COMMENT ON FUNCTION engine.record_change(
    engine.parties, ledger.accounts, text, jsonb, jsonb, text, bigint
) IS 'Internal: changes an account''s settings, posts the zero-amount leg, answers the account.';
REVOKE ALL ON FUNCTION engine.record_change(
    engine.parties, ledger.accounts, text, jsonb, jsonb, text, bigint
) FROM PUBLIC;
