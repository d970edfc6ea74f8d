-- part_operators: take out of a function of tellers the arguments that only operators may give.
--
--   Writes   the function without them, and for operators a twin, (name)_at, that has all
--
-- Who may do what is then decided by EXECUTE and nothing else, and what the two do is written once.
-- An argument that is gone is a variable that is NULL: PL/pgSQL finds it by the label, as
-- "deposit.timestamp", where it would find the argument.
CREATE OR REPLACE FUNCTION engine.part_operators(parted regprocedure)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_name text;
    v_body text;
    v_whole text;
    v_arguments text;
    v_kept text;
    v_types text;
    v_all_types text;
    v_gone text;
    v_variables text;
    v_comment text := obj_description(parted, 'pg_proc');
BEGIN
    SELECT p.proname, p.prosrc, pg_get_functiondef(p.oid), pg_get_function_arguments(p.oid)
    INTO v_name, v_body, v_whole, v_arguments
    FROM pg_proc AS p
    WHERE p.oid = parted;
    SELECT
        string_agg(a.declared, ', ' ORDER BY a.number) FILTER (WHERE a.kept),
        string_agg(a.type, ', ' ORDER BY a.number) FILTER (WHERE a.kept),
        string_agg(a.type, ', ' ORDER BY a.number),
        string_agg(a.name, ', ' ORDER BY a.number) FILTER (WHERE NOT a.kept),
        string_agg(
            format(E'    %I %s;  -- operators give it\n', a.name, a.type), '' ORDER BY a.number
        ) FILTER (WHERE NOT a.kept)
    INTO v_kept, v_types, v_all_types, v_gone, v_variables
    FROM (
        SELECT
            given.name,
            given.number,
            format_type(given.type, NULL) AS type,
            concat_ws(
                ' ', quote_ident(given.name), format_type(given.type, NULL),
                'DEFAULT ' || pg_get_function_arg_default(p.oid, given.number::integer)
            ) AS declared,
            given.name NOT IN (SELECT o.argument FROM engine.operator_arguments AS o) AS kept
        FROM pg_proc AS p
        CROSS JOIN LATERAL
            unnest(p.proargnames[:p.pronargs], p.proargtypes::oid[])
            WITH ORDINALITY AS given (name, type, number)
        WHERE p.oid = parted
    ) AS a;

    IF v_body !~ '^\s*DECLARE\n' THEN
        RAISE EXCEPTION '% has no DECLARE for what is taken out of it', parted;
    END IF;
    EXECUTE 'DROP FUNCTION ' || parted;
    EXECUTE replace(
        replace(v_whole, format('bank.%I(', v_name), format('bank.%I(', v_name || '_at')),
        v_body, regexp_replace(v_body, format('\m%s\.', v_name), v_name || '_at.', 'g')
    );
    EXECUTE replace(
        replace(v_whole, v_arguments, v_kept),
        v_body, regexp_replace(
            v_body, '^\s*DECLARE\n', format(E'\n<<%s>>\nDECLARE\n%s', v_name, v_variables)
        )
    );
    EXECUTE format('COMMENT ON FUNCTION bank.%I(%s) IS %L', v_name, v_types, v_comment);
    EXECUTE format('REVOKE ALL ON FUNCTION bank.%I(%s) FROM PUBLIC', v_name, v_types);
    EXECUTE format('GRANT EXECUTE ON FUNCTION bank.%I(%s) TO bank_teller', v_name, v_types);
    EXECUTE format(
        'COMMENT ON FUNCTION bank.%I(%s) IS %L', v_name || '_at', v_all_types,
        format('%s With what only operators may give: %s.', v_comment, v_gone)
    );
    EXECUTE format('REVOKE ALL ON FUNCTION bank.%I(%s) FROM PUBLIC', v_name || '_at', v_all_types);
    EXECUTE format(
        'GRANT EXECUTE ON FUNCTION bank.%I(%s) TO bank_operator', v_name || '_at', v_all_types
    );
END;
$function$;

COMMENT ON FUNCTION engine.part_operators(regprocedure) IS
    'Internal: makes of a function of tellers two, of which only operators may call the one with '
    'the arguments that are theirs alone.';
REVOKE ALL ON FUNCTION engine.part_operators(regprocedure) FROM PUBLIC;
