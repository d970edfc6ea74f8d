-- The floor: hand-written functions that write the same rows with the same columns and indexes as
-- bank.deposit, bank.transfer and bank.pay, and do nothing else. No checks, no chain, no key.

DROP SCHEMA IF EXISTS floor CASCADE;
CREATE SCHEMA floor;

CREATE TABLE floor.accounts (LIKE ledger.accounts INCLUDING DEFAULTS INCLUDING INDEXES)
WITH (fillfactor = 70);
CREATE TABLE floor.ledger_transactions (LIKE ledger.ledger_transactions INCLUDING INDEXES);
CREATE TABLE floor.payments (LIKE ledger.payments INCLUDING INDEXES);
CREATE TABLE floor.cashbacks (LIKE ledger.cashbacks INCLUDING DEFAULTS INCLUDING INDEXES);
CREATE SEQUENCE floor.transaction_seq;
CREATE SEQUENCE floor.payment_seq;


CREATE FUNCTION floor.deposit(p_account_id text, p_amount bigint)
RETURNS bigint
LANGUAGE plpgsql
AS $function$
DECLARE
    v_now bigint := floor(1000 * extract(epoch FROM clock_timestamp()))::bigint;
    v_id bigint := nextval('floor.transaction_seq');
    v_version bigint;
    v_balance bigint;
    v_head bytea;
BEGIN
    UPDATE floor.accounts SET balance = balance + p_amount, version = version + 1, last_timestamp = v_now
    WHERE account_id = p_account_id
    RETURNING version, balance, head INTO v_version, v_balance, v_head;
    INSERT INTO floor.ledger_transactions VALUES (
        p_account_id, v_version, v_id, v_now, v_now, 'deposit', p_amount, v_balance, 0, 0,
        '@external', NULL, NULL, NULL, NULL, v_head
    );
    RETURN v_balance;
END;
$function$;

CREATE FUNCTION floor.transfer(p_source text, p_target text, p_amount bigint)
RETURNS bigint
LANGUAGE plpgsql
AS $function$
DECLARE
    v_now bigint := floor(1000 * extract(epoch FROM clock_timestamp()))::bigint;
    v_id bigint := nextval('floor.transaction_seq');
    v_version bigint;
    v_balance bigint;
    v_head bytea;
    v_result bigint;
    v_first text := least(p_source, p_target);
    v_second text := greatest(p_source, p_target);
BEGIN
    UPDATE floor.accounts
    SET balance = balance + CASE WHEN v_first = p_source THEN -p_amount ELSE p_amount END,
        version = version + 1, last_timestamp = v_now
    WHERE account_id = v_first
    RETURNING version, balance, head INTO v_version, v_balance, v_head;
    INSERT INTO floor.ledger_transactions VALUES (
        v_first, v_version, v_id, v_now, v_now, 'transfer',
        CASE WHEN v_first = p_source THEN -p_amount ELSE p_amount END, v_balance, 0, 0,
        v_second, NULL, NULL, NULL, NULL, v_head
    );
    UPDATE floor.accounts
    SET balance = balance + CASE WHEN v_second = p_source THEN -p_amount ELSE p_amount END,
        version = version + 1, last_timestamp = v_now
    WHERE account_id = v_second
    RETURNING version, balance, head INTO v_version, v_balance, v_head;
    INSERT INTO floor.ledger_transactions VALUES (
        v_second, v_version, v_id, v_now, v_now, 'transfer',
        CASE WHEN v_second = p_source THEN -p_amount ELSE p_amount END, v_balance, 0, 0,
        v_first, NULL, NULL, NULL, NULL, v_head
    );
    RETURN v_balance;
END;
$function$;
