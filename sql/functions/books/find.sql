-- find: what has exactly this id: an account, a transaction, a payment, a hold and so on.
--
--   Returns  a row for each thing that is called so, of those that the caller may see
--   Errors   invalid_argument (search)
--
-- A number may have # before it, as people write it. Every look is one along a primary key, or the
-- index by transaction. So an account is sought as it is written, in small letters and in capitals,
-- and not in every way to mix them.
CREATE OR REPLACE FUNCTION bank.find(search text)
RETURNS SETOF bank.found
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_id text := regexp_replace(search, E'^\\s+|\\s+$', '', 'g');
    v_parts text[] := regexp_match(
        lower(v_id COLLATE "C"),
        '^#?(transaction|payment|hold|schedule|monitor|)([1-9][0-9]{0,15})$'
    );
    v_kind text := coalesce(nullif(v_parts[1], ''), 'transaction');
    v_number bigint := v_parts[2];
BEGIN
    IF (char_length(search) BETWEEN 1 AND 100) IS NOT TRUE THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'search', 'value', left(search, 64), 'expected', '1 to 100 characters'
        ));
    END IF;
    RETURN QUERY
    SELECT
        'account', a.account_id::text, a.account_id::text, NULL::bigint, NULL::bigint, a.currency,
        a.created_at
    FROM ledger.accounts AS a
    WHERE a.account_id = ANY(ARRAY[
            v_id, normalize(v_id), lower(normalize(v_id)), upper(normalize(v_id))
        ])
        AND engine.is_own(a.account_id)
    ORDER BY a.account_id;
    CASE v_kind
        WHEN 'transaction' THEN
            RETURN QUERY
            SELECT
                v_kind, l.transaction_id::text, l.account_id, l.transaction_id, l.amount,
                l.currency, l."timestamp"
            FROM bank.legs AS l
            WHERE l.transaction_id = v_number AND engine.is_own(l.account_id)
            -- A customer's side before the house's.
            ORDER BY l.account_id LIKE '@%', l.leg
            LIMIT 1;
        WHEN 'payment' THEN
            RETURN QUERY
            SELECT
                v_kind, v_kind || v_number, p.account_id, p.transaction_id, p.amount::bigint,
                a.currency, p."timestamp"
            FROM ledger.payments AS p
            INNER JOIN ledger.accounts AS a ON p.account_id = a.account_id
            WHERE p.payment_number = v_number AND engine.is_own(p.account_id);
        WHEN 'hold' THEN
            RETURN QUERY
            SELECT
                v_kind, v_kind || v_number, h.account_id, h.transaction_id, h.amount::bigint,
                a.currency, h.created_at
            FROM ledger.holds AS h
            INNER JOIN ledger.accounts AS a ON h.account_id = a.account_id
            WHERE h.hold_number = v_number AND engine.is_own(h.account_id);
        WHEN 'schedule' THEN
            RETURN QUERY
            SELECT
                v_kind, v_kind || v_number, s.account_id, NULL::bigint, s.amount, a.currency,
                s.created_at
            FROM ledger.schedules AS s
            INNER JOIN ledger.accounts AS a ON s.account_id = a.account_id
            WHERE s.schedule_number = v_number AND engine.is_own(s.account_id);
        WHEN 'monitor' THEN
            RETURN QUERY
            SELECT
                v_kind, v_kind || v_number, m.account_id, m.transaction_id, NULL::bigint,
                a.currency, m.created_at
            FROM ledger.monitors AS m
            INNER JOIN ledger.accounts AS a ON m.account_id = a.account_id
            WHERE m.monitor_number = v_number AND engine.is_own(m.account_id);
    END CASE;
END;
$function$;

COMMENT ON FUNCTION bank.find(text) IS
    'What has exactly this id: an account, a transaction, a payment, a hold and so on. In capitals '
    'or not, whatever blanks are around it, with # before it or not; nothing where nothing is '
    'called so. How such a thing stands its own function tells.';
REVOKE ALL ON FUNCTION bank.find(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.find(text) TO bank_teller, bank_auditor;
