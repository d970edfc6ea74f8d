-- Tests of engine.refused_networks.
BEGIN;
SELECT plan(7);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.refused_networks'::regproc),
    '',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.refused_networks'::regproc), 'cidr[]', 'what it returns');
SELECT volatility_is('engine', 'refused_networks', 'immutable', 'it is immutable');
SELECT isnt_definer('engine', 'refused_networks', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.refused_networks'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT is_empty(
    $$SELECT a.address FROM unnest('{
        0.0.0.0, 10.1.2.3, 100.64.0.1, 127.0.0.1, 168.63.129.16, 169.254.169.254, 172.31.255.255, 192.0.0.192,
        192.0.2.1, 192.168.1.1, 198.19.0.1, 198.51.100.1, 203.0.113.1, 224.0.0.1, 255.255.255.255,
        ::, ::1, ::ffff:8.8.8.8, 64:ff9b::808:808, 64:ff9b:1::1, 100::1, 2001::1, 2001:db8::1, 2002::1, 3fff::1,
        fc00::1, fd00:ec2::254, fe80::1, fec0::1, ff02::1
    }'::inet[]) AS a (address) WHERE NOT a.address <<= ANY(engine.refused_networks())$$,
    'what is not public'
);
SELECT is_empty(
    $$SELECT a.address FROM unnest('{
        1.1.1.1, 9.255.255.255, 11.0.0.1, 100.63.255.255, 100.128.0.1, 126.1.1.1, 128.0.0.1, 172.15.0.1, 172.32.0.1,
        192.167.1.1, 223.255.255.255, 2001:4860:4860::8888, 2606:4700::1111, 2a00:1450::1, 2003::1
    }'::inet[]) AS a (address) WHERE a.address <<= ANY(engine.refused_networks())$$,
    'and not what is'
);

SELECT * FROM finish();
ROLLBACK;
