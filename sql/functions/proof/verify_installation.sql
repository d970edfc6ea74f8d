-- verify_installation: see that everything stands as the last reload has left it.
--
--   Returns  the violations of installed_as_released
--
-- It tells of a function, type, guard or constraint that was changed, removed, put to sleep or
-- added, of privileges that somebody has beyond those that come with the bank, and of what the four
-- roles have become. Whoever may change all that may change engine.release too, or this function:
-- what the release is, only the verifier outside knows.
CREATE OR REPLACE FUNCTION engine.verify_installation()
RETURNS SETOF engine.violation
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    RETURN QUERY
    SELECT 'installed_as_released', NULL, json_build_object(
        'object', coalesce(i.kind || ' ' || i.name, r.kind || ' ' || r.name),
        'found', CASE
            WHEN i.name IS NULL THEN 'gone'
            WHEN r.name IS NULL THEN 'not of the release'
            WHEN i.definition <> r.definition THEN 'changed'
            WHEN i.owner <> r.owner THEN 'another owner: ' || i.owner
            ELSE 'other privileges: ' || i.privileges
        END
    )
    FROM engine.installed AS i
    FULL JOIN engine.release AS r ON r.kind = i.kind AND r.name = i.name
    WHERE (i.definition, i.owner, i.privileges) IS DISTINCT FROM (
        r.definition, r.owner, r.privileges
    );
END;
$function$;

COMMENT ON FUNCTION engine.verify_installation() IS
    'Internal: the objects that are not as the last reload has left them.';
REVOKE ALL ON FUNCTION engine.verify_installation() FROM PUBLIC;

-- noqa: disable=LT05
INSERT INTO engine.checks ("check", promise, finder) VALUES
('installed_as_released', 'Functions, views, tables, types, constraints, indexes, guards, owners, privileges and the rights of the four roles are as the last reload has left them.', 'verify_installation');
