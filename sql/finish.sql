-- Ends a reload: a new ledger begins its own chain, what only operators may give is parted from
-- what tellers may, and every column of schema bank gets its meaning as its comment, so that \d+
-- shows it.

DO $do$
BEGIN
    PERFORM engine.open_ledger();
    PERFORM engine.part_operators(p.oid)
    FROM pg_proc AS p
    WHERE p.pronamespace = 'bank'::regnamespace
        AND p.provolatile = 'v'
        AND p.proargnames && ARRAY(SELECT o.argument FROM engine.operator_arguments AS o)
        AND has_function_privilege('bank_teller', p.oid, 'EXECUTE');
END;
$do$;

DO $do$
DECLARE
    v_meaning record;
BEGIN
    FOR v_meaning IN
        SELECT m.*
        FROM engine.meanings AS m
        WHERE m.kind IN ('type', 'view') AND m.description IS NOT NULL
    LOOP
        EXECUTE format(
            'COMMENT ON COLUMN bank.%I.%I IS %L',
            v_meaning.place, v_meaning.name, v_meaning.description
        );
    END LOOP;
END;
$do$;
