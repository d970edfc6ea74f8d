"""Whether the roles of a ledger are what they must be before anything of it is run.

Who may create things in a database may give them any name, and say in a comment that they are ours.
What nobody but a role that makes roles can do is to have an owner who is no login and was made for
this.  And who is a member of the owner can put anything into the functions: a superuser must not
call them, for then it is run as a superuser.
"""

from __future__ import annotations

from typing import Any

import psycopg

from pgteller.names import Names

# What is wrong with the roles that are there; NULL if nothing is.
PROBLEM = """
WITH RECURSIVE owners (role) AS (
    SELECT a.member FROM pg_catalog.pg_auth_members AS a
    WHERE a.roleid = pg_catalog.to_regrole('bank_owner')::pg_catalog.oid
    UNION
    SELECT a.member FROM pg_catalog.pg_auth_members AS a
    INNER JOIN owners AS o ON o.role = a.roleid
)
SELECT pg_catalog.string_agg(p.problem, '; ' ORDER BY p.problem) FROM (
    SELECT pg_catalog.format('%I is a login, and no role of a ledger', r.rolname) AS problem
    FROM pg_catalog.pg_roles AS r
    WHERE r.rolname IN ('bank_owner', 'bank_teller', 'bank_operator', 'bank_auditor')
        AND r.rolcanlogin
    UNION ALL
    SELECT pg_catalog.format('%I has no comment that says it is a role of a ledger', r.rolname)
    FROM pg_catalog.pg_roles AS r
    WHERE r.rolname IN ('bank_owner', 'bank_teller', 'bank_operator', 'bank_auditor')
        AND NOT r.rolcanlogin
        AND coalesce(pg_catalog.shobj_description(r.oid, 'pg_authid'::pg_catalog.name), '')
            NOT LIKE 'pgteller: %'
    UNION ALL
    SELECT pg_catalog.format(
        '%1$I is a member of bank_owner, so what a superuser runs of this ledger could be anything '
        'of his: connect as him or as a login that is no superuser, or REVOKE bank_owner FROM %1$I',
        r.rolname
    )
    FROM owners AS o
    INNER JOIN pg_catalog.pg_roles AS r ON r.oid = o.role
    WHERE NOT r.rolsuper AND EXISTS (
        -- Whoever may become one, too: code that is called may RESET ROLE, and SET another.
        SELECT FROM pg_catalog.pg_roles AS s
        WHERE s.rolsuper AND pg_catalog.pg_has_role(session_user, s.oid, 'MEMBER')
    )
    UNION ALL
    SELECT pg_catalog.format(
        'schema %I belongs to %I, not to bank_owner (after a restore without comments: '
        'pgteller init --roles NAME, where NAME_owner is its owner)',
        n.nspname, pg_catalog.pg_get_userbyid(n.nspowner)
    )
    FROM pg_catalog.pg_namespace AS n
    WHERE n.nspname IN ('bank', 'engine', 'ledger')
        AND n.nspowner IS DISTINCT FROM pg_catalog.to_regrole('bank_owner')::pg_catalog.oid
) AS p
"""

# The same as a statement that fails.
REQUIRE = f"""
DO $trust$
DECLARE
    v_problem text := (
{PROBLEM}
    );
BEGIN
    IF v_problem IS NOT NULL THEN
        RAISE EXCEPTION 'nothing is run here: %', v_problem;
    END IF;
END;
$trust$;
"""


def problem_of(connection: psycopg.Connection[Any], names: Names) -> str | None:
    """What is wrong with the roles and the owner of the schemas, as far as they are there."""
    row = connection.execute(names.render(PROBLEM).encode()).fetchone()
    return row[0] if row else None
