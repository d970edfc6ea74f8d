"""Functions, tables, types, guards, owners, privileges and roles, against those of the release.

`release.json` says how everything stands in a ledger that was installed from this code; `make
contract` writes it. What PostgreSQL prints differently from one major version to the next is there
for those versions that it was made with, and is not checked on others.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from pgteller.outside.findings import Findings
from pgteller.outside.session import Session

RELEASE = Path(__file__).with_name("release.json")
ROLES = ("bank_owner", "bank_teller", "bank_operator", "bank_auditor")
CHECK = "installed_as_released"

OF_OURS = "n.nspname IN ('bank', 'engine', 'ledger')"
RELATION = (
    "FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace "
    "JOIN pg_roles AS o ON o.oid = c.relowner"
)

# kind, schema, name, more of the name, owner, privileges, and then the definition, in columns of
# catalogs. The functions of PostgreSQL that are called print what the catalogs hold as trees.
QUERIES = (
    f"""
    SELECT
        'schema', NULL, n.nspname, '', o.rolname,
        coalesce(n.nspacl, acldefault('n', n.nspowner))::text
    FROM pg_namespace AS n JOIN pg_roles AS o ON o.oid = n.nspowner
    WHERE {OF_OURS}
    """,
    f"""
    SELECT
        'function', NULL, p.oid::regprocedure::text, '', o.rolname,
        coalesce(p.proacl, acldefault('f', p.proowner))::text,
        pg_get_function_arguments(p.oid), pg_get_function_result(p.oid), l.lanname, p.prokind,
        p.provolatile, p.proisstrict, p.prosecdef, p.proleakproof, p.proparallel,
        p.proconfig::text, p.prosrc, p.probin, pg_get_function_sqlbody(p.oid),
        (to_jsonb(a) - 'aggfnoid')::text
    FROM pg_proc AS p
    JOIN pg_namespace AS n ON n.oid = p.pronamespace
    JOIN pg_roles AS o ON o.oid = p.proowner
    JOIN pg_language AS l ON l.oid = p.prolang
    LEFT JOIN pg_aggregate AS a ON a.aggfnoid = p.oid
    WHERE {OF_OURS}
    """,
    f"""
    SELECT
        'view', n.nspname, c.relname, '', o.rolname,
        coalesce(c.relacl, acldefault('r', c.relowner))::text,
        c.reloptions::text, pg_get_viewdef(c.oid)
    {RELATION}
    WHERE {OF_OURS} AND c.relkind IN ('v', 'm')
    """,
    f"""
    SELECT
        'sequence', n.nspname, c.relname, '', o.rolname,
        coalesce(c.relacl, acldefault('s', c.relowner))::text,
        s.seqtypid::regtype::text, s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache,
        s.seqcycle
    {RELATION}
    JOIN pg_sequence AS s ON s.seqrelid = c.oid
    WHERE {OF_OURS}
    """,
    f"""
    SELECT
        'table', n.nspname, c.relname, '', o.rolname,
        coalesce(c.relacl, acldefault('r', c.relowner))::text,
        c.relkind, c.relpersistence, c.relrowsecurity, c.relforcerowsecurity, c.reloptions::text
    {RELATION}
    WHERE {OF_OURS} AND c.relkind IN ('r', 'p', 'f')
    """,
    f"""
    SELECT
        'column', n.nspname, c.relname, '.' || a.attname, NULL, a.attacl::text,
        format_type(a.atttypid, a.atttypmod), nullif(a.attcollation, 0)::regcollation::text,
        a.attnotnull, a.attgenerated, a.attidentity, pg_get_expr(d.adbin, d.adrelid)
    {RELATION}
    JOIN pg_attribute AS a ON a.attrelid = c.oid AND NOT a.attisdropped
    LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE {OF_OURS} AND (c.relkind IN ('r', 'p', 'f') AND a.attnum > 0 OR a.attacl IS NOT NULL)
    """,
    # All but arrays, and the rows of tables and views, which are as these are.
    f"""
    SELECT
        'type', n.nspname, t.typname, '', o.rolname,
        coalesce(t.typacl, acldefault('T', t.typowner))::text,
        t.typtype, format_type(nullif(t.typbasetype, 0), t.typtypmod),
        nullif(t.typcollation, 0)::regcollation::text, t.typnotnull,
        pg_get_expr(t.typdefaultbin, 0),
        ARRAY(
            SELECT concat_ws(
                ' ', quote_ident(a.attname), format_type(a.atttypid, a.atttypmod),
                nullif(a.attcollation, 0)::regcollation::text
            )
            FROM pg_attribute AS a
            WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
            ORDER BY a.attnum
        )::text,
        ARRAY(
            SELECT e.enumlabel FROM pg_enum AS e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder
        )::text
    FROM pg_type AS t
    JOIN pg_namespace AS n ON n.oid = t.typnamespace
    JOIN pg_roles AS o ON o.oid = t.typowner
    LEFT JOIN pg_class AS c ON c.oid = t.typrelid
    WHERE {OF_OURS} AND (t.typrelid = 0 OR c.relkind = 'c')
        AND NOT EXISTS (SELECT FROM pg_type AS e WHERE e.typarray = t.oid)
    """,
    # What there is none of: operators, collations, casts of these types, and the like.
    f"""
    SELECT DISTINCT i.type, NULL, i.identity, '', NULL, NULL
    FROM pg_depend AS d
    LEFT JOIN pg_type AS t ON d.refclassid = 'pg_type'::regclass AND t.oid = d.refobjid
    JOIN pg_namespace AS n ON n.oid = CASE
        WHEN d.refclassid = 'pg_namespace'::regclass THEN d.refobjid ELSE t.typnamespace
    END
    CROSS JOIN pg_identify_object(d.classid, d.objid, d.objsubid) AS i
    WHERE {OF_OURS} AND CASE
        WHEN t.oid IS NULL
            THEN d.classid NOT IN ('pg_class'::regclass, 'pg_proc'::regclass, 'pg_type'::regclass)
        ELSE d.classid = 'pg_cast'::regclass
    END
    """,
    # What is taken for PostgreSQL's own, since pg_catalog is where all is looked for first, and
    # casts of its types by somebody's functions. An extension may bring such things; below 16384
    # are those of initdb.
    """
    SELECT i.type, NULL, i.identity, '', NULL, NULL
    FROM (
        SELECT 'pg_proc'::regclass AS classid, p.oid FROM pg_proc AS p
        WHERE p.pronamespace = 'pg_catalog'::regnamespace
        UNION ALL
        SELECT 'pg_operator'::regclass, o.oid FROM pg_operator AS o
        WHERE o.oprnamespace = 'pg_catalog'::regnamespace
        UNION ALL
        SELECT 'pg_type'::regclass, t.oid FROM pg_type AS t
        WHERE t.typnamespace = 'pg_catalog'::regnamespace
        UNION ALL
        SELECT 'pg_cast'::regclass, c.oid FROM pg_cast AS c
        WHERE c.castfunc >= 16384 AND c.castsource < 16384 AND c.casttarget < 16384
    ) AS put
    CROSS JOIN pg_identify_object(put.classid, put.oid, 0) AS i
    WHERE put.oid >= 16384 AND NOT EXISTS (
        SELECT FROM pg_depend AS e
        WHERE e.classid = put.classid AND e.objid = put.oid AND e.deptype = 'e'
    )
    """,
    f"""
    SELECT
        'index', n.nspname, c.relname, '', o.rolname, NULL,
        pg_get_indexdef(c.oid), i.indisvalid, i.indisready
    {RELATION}
    JOIN pg_index AS i ON i.indexrelid = c.oid
    WHERE {OF_OURS}
    """,
    # Not those of NOT NULL, which only PostgreSQL 18 has, and columns say.
    f"""
    SELECT
        'constraint', n.nspname, coalesce(c.relname, t.typname), ' ' || s.conname, NULL, NULL,
        pg_get_constraintdef(s.oid), s.convalidated
    FROM pg_constraint AS s
    JOIN pg_namespace AS n ON n.oid = s.connamespace
    LEFT JOIN pg_class AS c ON c.oid = s.conrelid
    LEFT JOIN pg_type AS t ON t.oid = s.contypid
    WHERE {OF_OURS} AND s.contype <> 'n'
    """,
    # The names of those that keep foreign keys are numbers, different in every database.
    f"""
    SELECT
        'trigger', n.nspname, c.relname,
        ' ' || coalesce(s.conname || ' ' || t.tgtype, t.tgname), NULL, NULL,
        t.tgenabled, CASE WHEN NOT t.tgisinternal THEN pg_get_triggerdef(t.oid) END
    {RELATION}
    JOIN pg_trigger AS t ON t.tgrelid = c.oid
    LEFT JOIN pg_constraint AS s ON s.oid = t.tgconstraint
    WHERE {OF_OURS}
    """,
    f"""
    SELECT 'rule', n.nspname, c.relname, ' ' || r.rulename, NULL, NULL, pg_get_ruledef(r.oid)
    {RELATION}
    JOIN pg_rewrite AS r ON r.ev_class = c.oid AND r.rulename <> '_RETURN'
    WHERE {OF_OURS}
    """,
    f"""
    SELECT 'row security policy', n.nspname, c.relname, ' ' || p.polname, NULL, NULL
    {RELATION}
    JOIN pg_policy AS p ON p.polrelid = c.oid
    WHERE {OF_OURS}
    """,
    # A child's rows are read as those of the table, and none of its guards hold there.
    f"""
    SELECT 'child', n.nspname, c.relname, ' ' || i.inhrelid::regclass::text, NULL, NULL
    {RELATION}
    JOIN pg_inherits AS i ON i.inhparent = c.oid
    WHERE {OF_OURS}
    """,
    # Roles belong to the whole server: what they may, and which others they are. Who has been
    # made one of them is for the user to say.
    """
    SELECT
        'role', NULL, r.rolname, '', NULL, NULL,
        r.rolcanlogin, r.rolinherit, r.rolsuper, r.rolcreaterole, r.rolcreatedb, r.rolreplication,
        r.rolbypassrls,
        ARRAY(
            SELECT concat_ws(' ', g.rolname, CASE WHEN bool_or(m.admin_option) THEN 'admin' END)
            FROM pg_auth_members AS m JOIN pg_roles AS g ON g.oid = m.roleid
            WHERE m.member = r.oid GROUP BY g.rolname ORDER BY g.rolname
        )::text
    FROM pg_roles AS r
    WHERE r.rolname IN ('bank_owner', 'bank_teller', 'bank_operator', 'bank_auditor')
    """,
)
# Tables that are part of the code: what rooms say of themselves when they are loaded. (What the
# reload itself has noted of all this is for the verifier inside.)
CODE_TABLES = """
SELECT c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = 'engine' AND c.relkind = 'r' AND c.relname <> 'release'
"""
# What a role, a database or the server is set to; its list is looked through here.
SETTINGS = """
SELECT coalesce(r.rolname, ''), coalesce(d.datname, ''), s.setconfig
FROM pg_db_role_setting AS s
LEFT JOIN pg_roles AS r ON r.oid = s.setrole
LEFT JOIN pg_database AS d ON d.oid = s.setdatabase
UNION ALL
SELECT '', '', ARRAY['session_replication_role=' || g.reset_val]
FROM pg_settings AS g
WHERE g.name = 'session_replication_role' AND g.reset_val <> 'origin'
    AND NOT EXISTS (
        SELECT FROM pg_db_role_setting AS s
        WHERE 'session_replication_role=' || g.reset_val = ANY(s.setconfig)
    )
"""
MIGRATIONS = "SELECT m.id, m.name, m.checksum, m.breaking FROM ledger.migrations AS m"

_GRANT = re.compile(r'("(?:[^"\\]|\\.)*"|[^,"{}]+)')


class Standing(NamedTuple):
    """How an object stands."""

    definition: str
    owner: str | None
    privileges: str


def installed(session: Session) -> dict[str, Standing]:
    """Every object of the three schemas, and the roles, by kind and name, under default names."""
    found: dict[str, Standing] = {}
    original = session.names.original
    for query in QUERIES:
        for kind, schema, name, more, owner, acl, *definition in session.rows(query):
            whole = ".".join(filter(None, (schema, name))) + more
            told = [None if one is None else original(_text(one)) for one in definition]
            found[f"{kind} {original(whole)}"] = Standing(
                sha256(json.dumps(told).encode()).hexdigest(),
                owner and original(owner),
                original(privileges(acl, owner)),
            )
    for (table,) in session.rows(CODE_TABLES):
        name = '"' + table.replace('"', '""') + '"'
        rows = sorted(
            original(b"\t".join(row).decode())
            for row in session.fields(f"SELECT t.* FROM engine.{name} AS t")
        )
        told_by = sha256("\n".join(rows).encode()).hexdigest()
        found[f"rows of engine.{table}"] = Standing(told_by, None, "")
    for role, database, settings in session.rows(SETTINGS):
        for setting in settings:
            if setting.startswith("session_replication_role="):  # it puts every trigger to sleep
                name = " ".join(filter(None, (setting, role, database)))
                found[f"setting {name}"] = Standing("", None, "")
    for number, name, checksum, is_breaking in session.rows(MIGRATIONS):
        applied = f"{checksum} breaking" if is_breaking else checksum
        found[f"migration {number:03}_{name}"] = Standing(applied, None, "")
    return found


def _text(value: object) -> str:
    """A column of a catalog, as JSON would not have it otherwise."""
    return value.decode() if isinstance(value, bytes) else str(value)  # of the type "char"


def privileges(acl: str | None, owner: str | None) -> str:
    """What others than the owner may; `default` where nobody has ever said."""
    if acl is None:
        return "default"
    grants = [
        re.sub(r"\\(.)", r"\1", item[1:-1]) if item.startswith('"') else item
        for item in _GRANT.findall(acl)
    ]
    return ", ".join(
        sorted(grant.rpartition("/")[0] for grant in grants if not _is_of(grant, owner))
    )


def _is_of(grant: str, owner: str | None) -> bool:
    return owner is not None and grant.startswith((f"{owner}=", f'"{owner}"='))


def expected(major: int) -> tuple[dict[str, Standing], list[str]]:
    """How all stands in a ledger as released; and of what that is not known for this version."""
    released: dict[str, dict[str, Any]] = json.loads(RELEASE.read_text())["objects"]
    known: dict[str, Standing] = {}
    unknown: list[str] = []
    for name, standing in released.items():
        definition = standing["definition"]
        if isinstance(definition, dict):
            definition = definition.get(str(major))
        if definition is None:
            unknown.append(name)
        else:
            known[name] = Standing(definition, standing["owner"], standing["privileges"])
    return known, unknown


def operations() -> frozenset[bytes]:
    """Every operation that a leg can be of."""
    told: Iterable[str] = json.loads(RELEASE.read_text())["operations"]
    return frozenset(operation.encode() for operation in told)


def compare(session: Session, findings: Findings) -> list[str]:
    """Say what stands otherwise than released; tell what is not known for this server's version."""
    known, unknown = expected(session.connection.info.server_version // 10_000)
    found = installed(session)
    for name in sorted({*known, *found} - {*unknown}):
        is_, should_be = found.get(name), known.get(name)
        if is_ == should_be:
            continue
        if is_ is None:
            what = "gone"
        elif should_be is None:
            what = "not of the release"
        elif is_.definition != should_be.definition:
            what = "changed"
        elif is_.owner != should_be.owner:
            what = f"another owner: {is_.owner}"
        else:
            what = f"other privileges: {is_.privileges}"
        findings.wrong(CHECK, None, object=session.names.render(name), found=what)
    for name in sorted({*unknown} - found.keys()):
        findings.wrong(CHECK, None, object=session.names.render(name), found="gone")
    return unknown
