-- read_schedule: a schedule's row, without a lock.
--
--   Returns  the row
--   Errors   schedule_not_found
--
-- A schedule changes only under the lock of the account that pays.
CREATE OR REPLACE FUNCTION engine.read_schedule(schedule_id text)
RETURNS ledger.schedules
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_schedule ledger.schedules;
BEGIN
    SELECT s.* INTO v_schedule
    FROM ledger.schedules AS s
    WHERE s.schedule_number = substring(
        read_schedule.schedule_id FROM '^schedule([1-9][0-9]{0,15})$'
    )::bigint AND engine.is_own(s.account_id);
    IF NOT FOUND THEN
        PERFORM engine.refuse(
            'schedule_not_found', json_build_object('schedule_id', left(schedule_id, 64))
        );
    END IF;
    RETURN v_schedule;
END;
$function$;

COMMENT ON FUNCTION engine.read_schedule(text) IS
    'Internal: a schedule''s row without a lock; raises schedule_not_found.';
REVOKE ALL ON FUNCTION engine.read_schedule(text) FROM PUBLIC;
