-- record_change: put a change of an account's status or settings on record.
--
--   Returns  the account as its readers see it
--   Writes   the account's settings as given and one zero-amount leg, unless details is NULL: there
--            was nothing to change; ledger.idempotency_keys for a key
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
    v_shown bank.account;
BEGIN
    IF details IS NOT NULL THEN
        UPDATE ledger.accounts AS a
        SET status = account.status,
            collecting = account.collecting,
            monitored = account.monitored,
            rewound = account.rewound,
            overdraft_limit = account.overdraft_limit,
            metadata = account.metadata
        WHERE a.account_id = account.account_id;
        v_transaction_id := coalesce(transaction_id, nextval('ledger.transaction_seq'));
        parties.account := account;
        PERFORM engine.book(
            parties, v_transaction_id, operation, 0, metadata => record_change.metadata,
            details => record_change.details
        );
    END IF;
    v_shown := engine.show_account(engine.read_account(account.account_id));
    IF idempotency_key IS NOT NULL THEN
        PERFORM engine.remember(
            account.account_id, idempotency_key, operation, parties.request_hash,
            row_to_json(v_shown)
        );
    END IF;
    RETURN v_shown;
END;
$function$;

COMMENT ON FUNCTION engine.record_change(
    engine.parties, ledger.accounts, text, jsonb, jsonb, text, bigint
) IS 'Internal: changes an account''s settings, posts the zero-amount leg, answers the account.';
REVOKE ALL ON FUNCTION engine.record_change(
    engine.parties, ledger.accounts, text, jsonb, jsonb, text, bigint
) FROM PUBLIC;
