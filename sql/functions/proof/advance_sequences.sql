-- advance_sequences: bring every sequence past the numbers in use.
--
--   Returns  the sequences that lagged, with the number each had drawn last, and has now
--   Writes   sequences, at once and for good: a rollback does not take it back
--   Locks    nothing
--
-- It draws numbers until one is reached that is in use, and sets nothing: so no sequence ever goes
-- back, whoever else draws meanwhile (setval would need all writers to be kept out). It draws two
-- million a second; whoever stops it can call it again, and it goes on from there.
CREATE OR REPLACE FUNCTION bank.advance_sequences()
RETURNS SETOF bank.sequence_advance
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_lag bank.sequence_lag;
    v_sequence regclass;
    v_drawn bigint;
BEGIN
    FOR v_lag IN SELECT s.sequence, s.drawn, s.in_use FROM bank.lagging_sequences() AS s LOOP
        v_sequence := v_lag.sequence;
        v_drawn := v_lag.drawn;
        WHILE v_drawn < v_lag.in_use LOOP
            v_drawn := nextval(v_sequence);
        END LOOP;
        RETURN NEXT ROW(v_lag.sequence, v_lag.drawn, v_drawn)::bank.sequence_advance;
    END LOOP;
END;
$function$;

COMMENT ON FUNCTION bank.advance_sequences() IS
    'Bring every sequence past the numbers in use. Harmless to repeat; for after a restore or '
    'logical replication, before anything is written.';
REVOKE ALL ON FUNCTION bank.advance_sequences() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.advance_sequences() TO bank_operator;
