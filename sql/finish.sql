-- Ends a reload: every column of schema bank gets its meaning as its comment, so that \d+ shows it.

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
