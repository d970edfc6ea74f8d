-- Ends a reload: a new ledger begins its own chain, what only operators may give is parted from
-- what tellers may, every column of schema bank gets its meaning as its comment, so that \d+ shows
-- it, and how all of it stands is noted for engine.verify_installation.

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

SET LOCAL bytea_output = 'hex';
SET LOCAL quote_all_identifiers = off;
SET LOCAL standard_conforming_strings = on;
INSERT INTO engine.release (kind, name, definition, owner, privileges)
SELECT i.kind, i.name, i.definition, i.owner, i.privileges
FROM engine.installed AS i;
