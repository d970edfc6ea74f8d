-- create_account: open an account.
--
--   Returns  the new account; a repeat under the same key gets the first answer again
--   Writes   ledger.accounts, one zero-amount leg `open`, the start of the account's hash chain
--   Locks    the new account; of two at once with one id the second waits for the first
--   Errors   invalid_account_id, invalid_metadata, invalid_idempotency_key, limited_to_accounts,
--            invalid_argument (overdraft_limit), invalid_timestamp, timestamp_in_future,
--            idempotency_key_reused, unknown_currency, account_exists
CREATE OR REPLACE FUNCTION bank.create_account(
    account_id text,
    currency text DEFAULT 'EUR',
    overdraft_limit bigint DEFAULT 0,
    "timestamp" bigint DEFAULT NULL,
    metadata jsonb DEFAULT NULL,
    idempotency_key text DEFAULT NULL
)
RETURNS bank.account_opened
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v engine.parties;
    v_account ledger.accounts;
    v_timestamp bigint := create_account."timestamp";
    v_now bigint := engine.now();
    v_transaction_id bigint;
    v_hash bytea;
    v_response json;
    v_opened bank.account_opened;
BEGIN
    IF engine.is_plain_id(create_account.account_id) IS NOT TRUE THEN
        PERFORM engine.check_account_id(create_account.account_id);
    END IF;
    IF engine.is_plain(1, metadata, idempotency_key, NULL) IS NOT TRUE THEN
        PERFORM engine.refuse_request(1, metadata, idempotency_key);
    END IF;
    IF current_setting('pgteller.accounts', true) <> '' THEN
        PERFORM engine.refuse_name(create_account.account_id);
    END IF;
    IF overdraft_limit NOT BETWEEN 0 AND 9007199254740991 THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'overdraft_limit', 'value', overdraft_limit,
            'expected', '0 to 9007199254740991'
        ));
    END IF;
    IF v_timestamp IS NOT NULL THEN
        PERFORM engine.refuse_timestamp(v_timestamp, 0);
    ELSE
        v_timestamp := v_now;
    END IF;

    INSERT INTO ledger.accounts
        (account_id, currency, overdraft_limit, last_timestamp, created_at, metadata)
    SELECT
        create_account.account_id, c.currency, coalesce(create_account.overdraft_limit, 0),
        v_timestamp, v_timestamp, coalesce(create_account.metadata, '{}')
    FROM ledger.currencies AS c
    WHERE c.currency = create_account.currency
    ON CONFLICT ON CONSTRAINT accounts_pkey DO NOTHING
    RETURNING * INTO v_account;
    IF idempotency_key IS NOT NULL THEN
        v_hash := engine.request_hash(json_build_object(
            'currency', currency, 'overdraft_limit', coalesce(overdraft_limit, 0),
            'timestamp', create_account."timestamp", 'metadata', metadata::text
        ));
    END IF;
    IF v_account.account_id IS NULL THEN
        IF idempotency_key IS NOT NULL THEN
            v_response := engine.replay(
                create_account.account_id, idempotency_key, 'create_account', v_hash
            );
            IF v_response IS NOT NULL THEN
                RETURN json_populate_record(NULL::bank.account_opened, v_response);
            END IF;
        END IF;
        IF NOT EXISTS (
            SELECT FROM ledger.currencies AS c WHERE c.currency = create_account.currency
        ) THEN
            PERFORM engine.refuse(
                'unknown_currency', json_build_object('currency', create_account.currency)
            );
        END IF;
        PERFORM engine.refuse(
            'account_exists', json_build_object('account_id', create_account.account_id)
        );
    END IF;

    v.account := v_account;
    v."timestamp" := v_timestamp;
    v.recorded_at := v_now;
    v_transaction_id := nextval('ledger.transaction_seq');
    v_opened := ROW(
        v_account.account_id, true, v_account.currency, v_account.status, v_account.balance,
        v_account.overdraft_limit, v_account.overdraft_limit, v_transaction_id, v_timestamp,
        v_account.metadata
    );
    IF idempotency_key IS NOT NULL THEN
        v.key_hash := engine.remember(
            create_account.account_id, idempotency_key, 'create_account', v_hash,
            row_to_json(v_opened)
        );
    END IF;
    PERFORM engine.book(
        v, v_transaction_id, 'open', 0, metadata => create_account.metadata,
        details => jsonb_build_object(
            'currency', v_account.currency, 'overdraft_limit', v_account.overdraft_limit
        )
    );
    RETURN v_opened;
END;
$function$;

COMMENT ON FUNCTION bank.create_account(text, text, bigint, bigint, jsonb, text) IS
    'Open an account.';
REVOKE ALL ON FUNCTION bank.create_account(text, text, bigint, bigint, jsonb, text) FROM PUBLIC;
-- Tellers get it without what is operators' to give, see engine.part_operators.
GRANT EXECUTE ON FUNCTION bank.create_account(text, text, bigint, bigint, jsonb, text)
TO bank_teller;
