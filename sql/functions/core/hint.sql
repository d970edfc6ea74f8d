-- hint: what a refusal has to say, with its numbers.
--
--   Returns  the template, filled from detail: {member} becomes that member's text, {"member"} its
--            JSON, so that texts are quoted; what stands in [brackets] is left out where detail has
--            no such member, and elsewhere ? takes its place
CREATE OR REPLACE FUNCTION engine.hint(template text, detail json)
RETURNS text
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    RETURN (
        SELECT string_agg(filled.text, '' ORDER BY s.number)
        FROM regexp_matches(template, E'\\[[^]]*\\]|[^[]+', 'g')
            WITH ORDINALITY AS s (segment, number)
        CROSS JOIN LATERAL (
            -- Of each part: [1] plain text, or [2] a quote and [3] the name of a member.
            SELECT string_agg(
                coalesce(p.part[1], left(CASE
                    WHEN detail -> p.part[3] IS NULL THEN '?'
                    WHEN p.part[2] = '"' THEN (detail -> p.part[3])::text
                    ELSE coalesce(detail ->> p.part[3], 'NULL')
                END, 1000)), '' ORDER BY p.number
            ) AS text,
            bool_and(p.part[3] IS NULL OR detail -> p.part[3] IS NOT NULL) AS complete
            FROM regexp_matches(btrim(s.segment[1], '[]'), E'([^{]+)|\\{("?)([a-z_]+)"?\\}', 'g')
                WITH ORDINALITY AS p (part, number)
        ) AS filled
        WHERE filled.complete OR s.segment[1] NOT LIKE '[%'
    );
END;
$function$;

COMMENT ON FUNCTION engine.hint(text, json) IS
    'Internal: the hint of a refusal, its {members} filled from its detail.';
REVOKE ALL ON FUNCTION engine.hint(text, json) FROM PUBLIC;
