-- functions: the functions of schema bank, each with all the arguments that there are of it.
--
-- What operators alone may give has been taken out of the functions of tellers, and stands in the
-- twin of that name and _at: see engine.part_operators.
CREATE VIEW engine.functions AS
SELECT
    p.proname::text AS name,
    p.oid AS plain,
    coalesce(t.oid, p.oid) AS whole
FROM pg_catalog.pg_proc AS p
LEFT JOIN pg_catalog.pg_proc AS t
    ON p.pronamespace = t.pronamespace AND t.proname = p.proname || '_at'
WHERE p.pronamespace = 'bank'::regnamespace AND p.proname NOT LIKE '%\_at';
COMMENT ON VIEW engine.functions IS
    'Internal: each function of schema bank, and its twin for operators where there is one.';
