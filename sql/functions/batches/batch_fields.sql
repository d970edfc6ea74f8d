-- batch_fields: the operations that a batch takes, and the fields of each.
--
-- A field is an argument of the function of that name, so nothing here says it again; type is the
-- JSON type that it must have, NULL where any will do. privileged: only operators may give it;
-- withheld: only they may call the function. This list of operations, engine.batch_item and
-- engine.batch_accounts are what a new one needs.
CREATE VIEW engine.batch_fields AS
SELECT
    s.name AS operation,
    a.name AS field,
    a.number,
    CASE a.type
        WHEN 'text'::regtype THEN 'string'
        WHEN 'bigint'::regtype THEN 'number'
        WHEN 'boolean'::regtype THEN 'boolean'
    END AS type,
    a.name IN (SELECT o.argument FROM engine.operator_arguments AS o) AS privileged,
    NOT has_function_privilege('bank_teller', s.plain, 'EXECUTE') AS withheld
FROM engine.functions AS s
INNER JOIN pg_catalog.pg_proc AS p ON s.whole = p.oid
CROSS JOIN LATERAL
    unnest(p.proargnames[:p.pronargs], p.proargtypes::oid[])
    WITH ORDINALITY AS a (name, type, number)
WHERE s.name IN (
    'deposit', 'withdraw', 'transfer', 'pay', 'post', 'hold', 'raise_hold', 'capture_hold',
    'release_hold', 'refund_hold', 'refund_payment', 'reverse_transaction', 'exchange'
);
COMMENT ON VIEW engine.batch_fields IS
    'Internal: the operations that a batch takes, with their fields and the JSON types of these.';
