-- verify_sequences: see that no number will be given twice.
--
--   Returns  the violations of sequences_lead
CREATE OR REPLACE FUNCTION engine.verify_sequences()
RETURNS SETOF engine.violation
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    RETURN QUERY
    SELECT 'sequences_lead', NULL, row_to_json(s)
    FROM bank.lagging_sequences() AS s;
END;
$function$;

COMMENT ON FUNCTION engine.verify_sequences() IS
    'Internal: the violations of sequences.';
REVOKE ALL ON FUNCTION engine.verify_sequences() FROM PUBLIC;

-- noqa: disable=LT05
INSERT INTO engine.checks ("check", promise, finder) VALUES
('sequences_lead', 'No sequence is behind the largest number in use.', 'verify_sequences');
