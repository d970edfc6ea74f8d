-- refused_networks: addresses that no webhook is sent to unless ledger.settings allows it.
--
--   Returns  networks: of IPv4 those that are not for everybody's machines, and the metadata of a
--            cloud that lies outside of them; of IPv6 all but 2000::/3, where public addresses are,
--            and what in that stands for others. So ::1, fc00::/7, fe80::/10, ff00::/8, IPv4 as
--            ::ffff:a.b.c.d, NAT64 and Teredo are refused without being told apart
CREATE OR REPLACE FUNCTION engine.refused_networks()
RETURNS cidr[]
LANGUAGE sql
IMMUTABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
    SELECT '{
        0.0.0.0/8, 10.0.0.0/8, 100.64.0.0/10, 127.0.0.0/8, 168.63.129.16/32, 169.254.0.0/16,
        172.16.0.0/12, 192.0.0.0/24, 192.0.2.0/24, 192.88.99.0/24, 192.168.0.0/16, 198.18.0.0/15,
        198.51.100.0/24, 203.0.113.0/24, 224.0.0.0/3,
        ::/3, 2001::/23, 2001:db8::/32, 2002::/16, 3fff::/20, 4000::/2, 8000::/1
    }'::cidr[]
$function$;

COMMENT ON FUNCTION engine.refused_networks() IS
    'Internal: the networks that no webhook is sent to unless ledger.settings allows it.';
REVOKE ALL ON FUNCTION engine.refused_networks() FROM PUBLIC;
