-- Empties the code schemas, bank and engine, so that the reload which follows in the same
-- transaction leaves nothing stale behind. Without CASCADE: where a view of yours depends on a
-- function, this fails with PostgreSQL's own message, the transaction rolls back and nothing has
-- changed.

SET search_path = pg_catalog, pg_temp;
SET ROLE bank_owner;

DO $do$
DECLARE
    v_schemas oid[] := ARRAY['bank'::regnamespace, 'engine'::regnamespace];
    v_names text;
BEGIN
    SELECT string_agg(c.oid::regclass::text, ', ') INTO v_names
    FROM pg_class AS c
    WHERE c.relnamespace = ANY(v_schemas) AND c.relkind = 'v';
    IF v_names IS NOT NULL THEN
        EXECUTE 'DROP VIEW ' || v_names;
    END IF;

    -- Aggregates first, which depend on functions.
    SELECT string_agg(p.oid::regprocedure::text, ', ') INTO v_names
    FROM pg_proc AS p
    WHERE p.pronamespace = ANY(v_schemas) AND p.prokind = 'a';
    IF v_names IS NOT NULL THEN
        EXECUTE 'DROP AGGREGATE ' || v_names;
    END IF;

    SELECT string_agg(p.oid::regprocedure::text, ', ') INTO v_names
    FROM pg_proc AS p
    WHERE p.pronamespace = ANY(v_schemas);
    IF v_names IS NOT NULL THEN
        EXECUTE 'DROP FUNCTION ' || v_names;
    END IF;

    SELECT string_agg(c.oid::regclass::text, ', ') INTO v_names
    FROM pg_class AS c
    WHERE c.relnamespace = ANY(v_schemas) AND c.relkind = 'r';
    IF v_names IS NOT NULL THEN
        EXECUTE 'DROP TABLE ' || v_names;
    END IF;

    SELECT string_agg(c.oid::regclass::text, ', ') INTO v_names
    FROM pg_class AS c
    WHERE c.relnamespace = ANY(v_schemas) AND c.relkind = 'c';
    IF v_names IS NOT NULL THEN
        EXECUTE 'DROP TYPE ' || v_names;
    END IF;
END;
$do$;
