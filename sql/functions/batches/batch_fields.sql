-- batch_fields: the operations that a batch takes, and the fields of each.
--
-- A field is an argument of the function of that name, so nothing here says it again; type is the
-- JSON type that it must have, NULL where any will do. This list of operations, engine.batch_item
-- and engine.batch_accounts are what a new one needs.
CREATE VIEW engine.batch_fields AS
SELECT
    p.proname::text AS operation,
    a.name AS field,
    a.ordinality AS number,
    CASE t.type
        WHEN 'text'::regtype THEN 'string'
        WHEN 'bigint'::regtype THEN 'number'
        WHEN 'boolean'::regtype THEN 'boolean'
    END AS type
FROM pg_proc AS p
CROSS JOIN LATERAL unnest(p.proargnames) WITH ORDINALITY AS a (name, ordinality)
INNER JOIN LATERAL unnest(p.proargtypes) WITH ORDINALITY AS t (type, ordinality)
    ON a.ordinality = t.ordinality
WHERE p.pronamespace = 'bank'::regnamespace
    AND p.proname IN (
        'deposit', 'withdraw', 'transfer', 'pay', 'post', 'hold', 'capture_hold', 'release_hold',
        'refund_payment', 'reverse_transaction', 'exchange'
    );
COMMENT ON VIEW engine.batch_fields IS
    'Internal: the operations that a batch takes, with their fields and the JSON types of these.';
