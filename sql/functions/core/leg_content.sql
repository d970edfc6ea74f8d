-- leg_content: what the hash of a leg covers, by rule 1.
--
--   Returns  the values of the leg, in this order, joined by commas: account_id, version,
--            transaction_id, leg, timestamp, value_at, recorded_at, operation, amount,
--            balance_after, held_after, pending_cashback_after, overdraft_limit_after,
--            contra_account_id, payment_ref, refers_to, folded_in, actor, on_behalf_of, metadata,
--            posting_metadata, details, key_hash in hexadecimal
--
-- Numbers stand in decimal, NULL as nothing; texts and JSON as SQL literals (quotes doubled, with a
-- backslash in them doubled too and an E in front), NULL as the word NULL. So no two legs give the
-- same text, and no setting changes it. format() takes half the time of a row's text form.
--
-- The rule never changes. A column that comes later is not covered until a rule 2, beside this one,
-- says so; each leg knows its rule (hash_version).
--
-- One expression, so that it inlines.
CREATE OR REPLACE FUNCTION engine.leg_content(
    account_id text,
    version bigint,
    transaction_id bigint,
    leg integer,
    "timestamp" bigint,
    value_at bigint,
    recorded_at bigint,
    operation text,
    amount bigint,
    balance_after bigint,
    held_after bigint,
    pending_cashback_after bigint,
    overdraft_limit_after bigint,
    contra_account_id text,
    payment_ref text,
    refers_to bigint,
    folded_in bigint,
    actor text,
    on_behalf_of text,
    metadata jsonb,
    posting_metadata jsonb,
    details jsonb,
    key_hash bytea
)
RETURNS text
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
    SELECT format(
        '%L,%s,%s,%s,%s,%s,%s,%L,%s,%s,%s,%s,%s,%L,%L,%s,%s,%L,%L,%L,%L,%L,%s',
        account_id, version, transaction_id, leg, "timestamp", value_at, recorded_at, operation,
        amount, balance_after, held_after, pending_cashback_after, overdraft_limit_after,
        contra_account_id, payment_ref, refers_to, folded_in, actor, on_behalf_of, metadata,
        posting_metadata, details, encode(key_hash, 'hex')
    )
$function$;

COMMENT ON FUNCTION engine.leg_content(
    text, bigint, bigint, integer, bigint, bigint, bigint, text, bigint, bigint, bigint, bigint,
    bigint, text, text, bigint, bigint, text, text, jsonb, jsonb, jsonb, bytea
) IS 'Internal: the text that the hash of a leg covers, by rule 1.';
REVOKE ALL ON FUNCTION engine.leg_content(
    text, bigint, bigint, integer, bigint, bigint, bigint, text, bigint, bigint, bigint, bigint,
    bigint, text, text, bigint, bigint, text, text, jsonb, jsonb, jsonb, bytea
) FROM PUBLIC;
