-- Tests of engine.unnumbered_legs.
BEGIN;
SELECT plan(11);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.unnumbered_legs'::regproc),
    'account_ids text[], versions bigint[], "limit" bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.unnumbered_legs'::regproc),
    'TABLE(account_id text, version bigint, transaction_id bigint, in_order bigint)',
    'what it returns'
);
SELECT volatility_is('engine', 'unnumbered_legs', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'unnumbered_legs', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.unnumbered_legs'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account('legs.alice', "timestamp" => 1000);
    PERFORM bank.create_account('legs.shop', "timestamp" => 1000);
    UPDATE ledger.accounts AS a SET collecting = true WHERE a.account_id = 'legs.shop';
    PERFORM bank.deposit('legs.alice', 100, "timestamp" => 1000);
    PERFORM bank.transfer('legs.alice', 'legs.shop', 1, "timestamp" => 2000);
    PERFORM bank.deposit('legs.shop', 5, "timestamp" => 2000);
    PERFORM bank.deposit('legs.shop', 6, "timestamp" => 2000);
    PERFORM bank.deposit('legs.alice', 1, "timestamp" => 2000);
    PERFORM engine.lock_account('legs.shop');
END;
$given$;
CREATE FUNCTION pg_temp.found(account_ids text[], versions bigint[], most bigint) RETURNS text
LANGUAGE sql AS $function$
    SELECT string_agg(l.account_id || l.version, ' ' ORDER BY l.in_order, l.account_id, l.version)
    FROM engine.unnumbered_legs(account_ids, versions, most) AS l
    WHERE l.account_id LIKE 'legs.%'
$function$;

-- Works
SELECT is(
    pg_temp.found(ARRAY['legs.alice'], ARRAY[3], 2),
    'legs.alice1 legs.shop1 legs.alice2 legs.alice3 legs.shop2',
    'up to the version found; of a collecting account as many as limit'
);
SELECT is(
    pg_temp.found(ARRAY['legs.alice', 'legs.alice'], ARRAY[1, 2], 1),
    'legs.alice1 legs.shop1 legs.alice2', 'an account may be found twice'
);
SELECT is(pg_temp.found(NULL, NULL, 1), 'legs.shop1', 'none needs to be found');
SELECT is(
    pg_temp.found('{}', '{}', 9), 'legs.shop1 legs.shop2 legs.shop3 legs.shop4',
    'a collecting account is followed anyway'
);
INSERT INTO ledger.events
VALUES
(9007199254740001, 'legs.alice', 1, 1), (9007199254740002, 'legs.alice', 2, 1),
(9007199254740003, 'legs.shop', 1, 1), (9007199254740004, 'legs.shop', 2, 1),
(9007199254740005, 'legs.shop', 3, 1);
SELECT is(
    pg_temp.found(ARRAY['legs.alice'], ARRAY[4], 9), 'legs.alice3 legs.shop4 legs.alice4',
    'only what has no event yet'
);
SELECT is(
    (
        SELECT bool_and(later.in_order >= earlier.in_order)
        FROM engine.unnumbered_legs(NULL, NULL, 9) AS earlier
        INNER JOIN engine.unnumbered_legs(NULL, NULL, 9) AS later
            ON later.account_id = earlier.account_id AND later.version > earlier.version
    ) IS NOT FALSE, true, 'the order agrees with the versions of each account'
);

SELECT * FROM finish();
ROLLBACK;
