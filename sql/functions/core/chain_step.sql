-- chain_step: the next hash of a chain; what aggregate engine.chain does for each leg.
--
--   Returns  the hash over the state so far, or over head for the first leg, and the content
CREATE OR REPLACE FUNCTION engine.chain_step(state bytea, head bytea, content text)
RETURNS bytea
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    RETURN engine.seal(coalesce(state, head), content);
END;
$function$;

COMMENT ON FUNCTION engine.chain_step(bytea, bytea, text) IS
    'Internal: the transition of aggregate engine.chain.';
REVOKE ALL ON FUNCTION engine.chain_step(bytea, bytea, text) FROM PUBLIC;

-- As window functions: the hash of each leg of an account, and the running sum, which the built-in
-- one of bigint would work out in numeric.
-- noqa: disable=LT01,CP05
CREATE AGGREGATE engine.chain(head bytea, content text) (
    SFUNC = engine.chain_step,
    STYPE = bytea
);
COMMENT ON AGGREGATE engine.chain(bytea, text) IS
    'Internal: over the contents of legs in order, the hash of the newest.';
REVOKE ALL ON FUNCTION engine.chain(bytea, text) FROM PUBLIC;

CREATE AGGREGATE engine.total(bigint) (
    SFUNC = int8pl,
    STYPE = bigint,
    INITCOND = '0'
);
COMMENT ON AGGREGATE engine.total(bigint) IS 'Internal: the sum of bigints as bigint.';
REVOKE ALL ON FUNCTION engine.total(bigint) FROM PUBLIC;
