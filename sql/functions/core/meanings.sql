-- meanings: what every argument, result and column of schema bank is, as the terms say.
--
-- The most particular term counts: of the place, else of all arguments, else of everywhere. A
-- function that returns a value and no row has a result of its own name, as it has in a query.
CREATE VIEW engine.meanings AS
WITH named AS (
    SELECT
        s.name AS place,
        'argument' AS kind,
        a.number,
        a.name,
        a.type
    FROM engine.functions AS s
    INNER JOIN pg_catalog.pg_proc AS p ON s.whole = p.oid
    CROSS JOIN LATERAL
        unnest(p.proargnames[:p.pronargs], p.proargtypes::oid[])
        WITH ORDINALITY AS a (name, type, number)
    UNION ALL
    SELECT
        s.name AS place,
        'result' AS kind,
        0 AS number,
        s.name,
        p.prorettype AS type
    FROM engine.functions AS s
    INNER JOIN pg_catalog.pg_proc AS p ON s.plain = p.oid
    INNER JOIN pg_catalog.pg_type AS t ON p.prorettype = t.oid
    WHERE t.typtype <> 'c'
    UNION ALL
    SELECT
        c.relname::text,
        CASE c.relkind WHEN 'v' THEN 'view' ELSE 'type' END,
        a.attnum,
        a.attname::text,
        a.atttypid
    FROM pg_catalog.pg_class AS c
    INNER JOIN pg_catalog.pg_attribute AS a ON c.oid = a.attrelid AND a.attnum > 0
    WHERE c.relnamespace = 'bank'::regnamespace AND c.relkind IN ('c', 'v')
)

SELECT
    n.place,
    n.kind,
    n.number,
    n.name,
    m.description,
    m.checked,
    format_type(n.type, NULL) AS type,
    coalesce(general.schema, '{}') || m.schema AS schema
FROM named AS n
LEFT JOIN engine.terms AS general ON n.name = general.name AND general.places = '{}'
LEFT JOIN LATERAL (
    SELECT t.*
    FROM engine.terms AS t
    WHERE t.name = n.name AND (
        t.places = '{}'
        OR t.places @> ARRAY[n.place]
        OR n.kind = 'argument' AND t.places @> ARRAY['arguments']
    )
    ORDER BY t.places @> ARRAY[n.place] DESC, t.places <> '{}' DESC
    LIMIT 1
) AS m ON true;
COMMENT ON VIEW engine.meanings IS
    'What every argument, result and column of schema bank is called, is made of and means.';
