-- The floor: hand-written functions that write the same rows with the same columns and indexes as
-- bank.deposit, bank.transfer, bank.pay and bank.batch, and do nothing else: no checks, no chain, no
-- key, no second account looked at. What PostgreSQL needs for that is the least a ledger can cost.

SET client_min_messages = warning;
DROP SCHEMA IF EXISTS floor CASCADE;
CREATE SCHEMA floor;

CREATE TABLE floor.accounts (LIKE ledger.accounts INCLUDING DEFAULTS INCLUDING INDEXES)
WITH (fillfactor = 70);
CREATE TABLE floor.ledger_transactions
(LIKE ledger.ledger_transactions INCLUDING DEFAULTS INCLUDING INDEXES);
CREATE TABLE floor.payments (LIKE ledger.payments INCLUDING DEFAULTS INCLUDING INDEXES);
CREATE SEQUENCE floor.transaction_seq;
CREATE SEQUENCE floor.payment_seq;

-- A domain is a check too: only the types below them stay.
DO $do$
DECLARE
    v_column record;
BEGIN
    FOR v_column IN
        SELECT c.table_name, c.column_name, c.udt_name
        FROM information_schema.columns AS c
        WHERE c.table_schema = 'floor' AND c.domain_name IS NOT NULL
    LOOP
        EXECUTE format(
            'ALTER TABLE floor.%I ALTER COLUMN %I TYPE %I %s', v_column.table_name,
            v_column.column_name, v_column.udt_name,
            CASE v_column.udt_name WHEN 'text' THEN 'COLLATE "C"' ELSE '' END
        );
    END LOOP;
END;
$do$;


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
    UPDATE floor.accounts
    SET balance = balance + p_amount, version = version + 1, last_timestamp = v_now
    WHERE account_id = p_account_id
    RETURNING version, balance, head INTO v_version, v_balance, v_head;
    INSERT INTO floor.ledger_transactions (
        account_id, version, transaction_id, "timestamp", recorded_at, operation, amount,
        balance_after, held_after, pending_cashback_after, overdraft_limit_after, contra_account_id,
        leg, actor, hash_version, hash
    )
    VALUES (
        p_account_id, v_version, v_id, v_now, v_now, 'deposit', p_amount,
        v_balance, 0, 0, 0, '@external', 1, session_user, 1, v_head
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
    v_first text := least(p_source, p_target);  -- in one order, or two transfers could deadlock
    v_second text := greatest(p_source, p_target);
    v_amount bigint := CASE WHEN v_first = p_source THEN -p_amount ELSE p_amount END;
    v_version bigint;
    v_balance bigint;
    v_head bytea;
BEGIN
    UPDATE floor.accounts
    SET balance = balance + v_amount, version = version + 1, last_timestamp = v_now
    WHERE account_id = v_first
    RETURNING version, balance, head INTO v_version, v_balance, v_head;
    INSERT INTO floor.ledger_transactions (
        account_id, version, transaction_id, "timestamp", recorded_at, operation, amount,
        balance_after, held_after, pending_cashback_after, overdraft_limit_after, contra_account_id,
        leg, actor, hash_version, hash
    )
    VALUES (
        v_first, v_version, v_id, v_now, v_now, 'transfer', v_amount,
        v_balance, 0, 0, 0, v_second, 1, session_user, 1, v_head
    );
    UPDATE floor.accounts
    SET balance = balance - v_amount, version = version + 1, last_timestamp = v_now
    WHERE account_id = v_second
    RETURNING version, balance, head INTO v_version, v_balance, v_head;
    INSERT INTO floor.ledger_transactions (
        account_id, version, transaction_id, "timestamp", recorded_at, operation, amount,
        balance_after, held_after, pending_cashback_after, overdraft_limit_after, contra_account_id,
        leg, actor, hash_version, hash
    )
    VALUES (
        v_second, v_version, v_id, v_now, v_now, 'transfer', -v_amount,
        v_balance, 0, 0, 0, v_first, 2, session_user, 1, v_head
    );
    RETURN v_balance;
END;
$function$;


CREATE FUNCTION floor.pay(p_account_id text, p_amount bigint)
RETURNS bigint
LANGUAGE plpgsql
AS $function$
DECLARE
    v_now bigint := floor(1000 * extract(epoch FROM clock_timestamp()))::bigint;
    v_id bigint := nextval('floor.transaction_seq');
    v_payment_number bigint := nextval('floor.payment_seq');
    v_cashback bigint := p_amount / 50;
    v_due_at bigint := v_now + 86400000;
    v_version bigint;
    v_balance bigint;
    v_pending bigint;
    v_head bytea;
BEGIN
    INSERT INTO floor.payments (
        account_id, payment_number, transaction_id, "timestamp", amount, rate_bps, promised,
        cashback, cashback_due_at, cashback_status
    )
    VALUES (
        p_account_id, v_payment_number, v_id, v_now, p_amount, 200, v_cashback, v_cashback,
        v_due_at, 'pending'
    );
    UPDATE floor.accounts
    SET balance = balance - p_amount, version = version + 1, last_timestamp = v_now,
        pending_cashback = pending_cashback + v_cashback,
        next_due_at = least(next_due_at, v_due_at)
    WHERE account_id = p_account_id
    RETURNING version, balance, pending_cashback, head
    INTO v_version, v_balance, v_pending, v_head;
    INSERT INTO floor.ledger_transactions (
        account_id, version, transaction_id, "timestamp", recorded_at, operation, amount,
        balance_after, held_after, pending_cashback_after, overdraft_limit_after, contra_account_id,
        payment_ref, leg, actor, hash_version, hash
    )
    VALUES (
        p_account_id, v_version, v_id, v_now, v_now, 'pay', -p_amount,
        v_balance, 0, v_pending, 0, '@payments', 'payment' || v_payment_number, 1, session_user,
        1, v_head
    );
    RETURN v_balance;
END;
$function$;


-- The legs of one batch, kept by the benchmark after it has run that batch, inserted again and again
-- with other versions and ids. Only that: no balance is updated.
CREATE TABLE floor.batch_legs (LIKE ledger.ledger_transactions);
CREATE TABLE floor.batch_inserts (LIKE ledger.ledger_transactions INCLUDING INDEXES);
CREATE SEQUENCE floor.batch_seq;

CREATE FUNCTION floor.insert_legs()
RETURNS void
LANGUAGE plpgsql
AS $function$
DECLARE
    v_offset bigint := 1000000 * nextval('floor.batch_seq');
BEGIN
    INSERT INTO floor.batch_inserts (
        account_id, version, transaction_id, "timestamp", recorded_at, operation, amount,
        balance_after, held_after, pending_cashback_after, overdraft_limit_after, contra_account_id,
        leg, actor, hash_version, hash
    )
    SELECT
        account_id, version + v_offset, transaction_id + v_offset, "timestamp", recorded_at,
        operation, amount, balance_after, held_after, pending_cashback_after,
        overdraft_limit_after, contra_account_id, leg, actor, hash_version, hash
    FROM floor.batch_legs;
END;
$function$;
