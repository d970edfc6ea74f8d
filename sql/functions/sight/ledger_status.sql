-- ledger_status: what there is to tell of the ledger to who looks after it.
--
--   Returns  JSON: how many accounts and legs, and which migrations have been applied
--   Errors   limited_to_accounts
--
-- It counts accounts, so it is for people and not for monitoring, which has bank.ledger_metrics.
CREATE OR REPLACE FUNCTION bank.ledger_status()
RETURNS json
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    PERFORM engine.refuse_limited();
    RETURN (
        SELECT json_build_object(
            'accounts', count(*) FILTER (WHERE a.account_id NOT LIKE '@%'),
            'legs', coalesce(sum(a.version), 0),
            'migrations', (
                SELECT coalesce(json_agg(row_to_json(m) ORDER BY m.id), '[]')
                FROM (
                    SELECT n.id, n.name, n.checksum FROM ledger.migrations AS n
                ) AS m
            )
        )
        FROM ledger.accounts AS a
    );
END;
$function$;

COMMENT ON FUNCTION bank.ledger_status() IS
    'What there is to tell of the ledger to who looks after it. How many accounts and legs, and '
    'which migrations: `pgteller status` and `doctor` ask, as an operator or auditor. It counts, '
    'so monitoring asks bank.ledger_metrics instead.';
REVOKE ALL ON FUNCTION bank.ledger_status() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.ledger_status() TO bank_operator, bank_auditor;
