-- Empties schema bank, so that the reload which follows in the same transaction leaves no stale
-- overload behind. Without CASCADE: where a view of yours depends on a function, this fails with
-- PostgreSQL's own message, the transaction rolls back and nothing has changed.

SET search_path = pg_catalog, pg_temp;
SET ROLE bank_owner;

DO $do$
DECLARE
    v_names text;
BEGIN
    SELECT string_agg(format('bank.%I', c.relname), ', ') INTO v_names
    FROM pg_class AS c
    WHERE c.relnamespace = 'bank'::regnamespace AND c.relkind = 'v';
    IF v_names IS NOT NULL THEN
        EXECUTE 'DROP VIEW ' || v_names;
    END IF;

    SELECT string_agg(p.oid::regprocedure::text, ', ') INTO v_names
    FROM pg_proc AS p
    WHERE p.pronamespace = 'bank'::regnamespace;
    IF v_names IS NOT NULL THEN
        EXECUTE 'DROP FUNCTION ' || v_names;
    END IF;

    SELECT string_agg(format('bank.%I', c.relname), ', ') INTO v_names
    FROM pg_class AS c
    WHERE c.relnamespace = 'bank'::regnamespace AND c.relkind = 'c';
    IF v_names IS NOT NULL THEN
        EXECUTE 'DROP TYPE ' || v_names;
    END IF;
END;
$do$;
