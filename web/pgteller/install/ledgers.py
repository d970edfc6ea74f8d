"""Which ledgers a database has, and as which role they are looked after."""

from __future__ import annotations

import psycopg

from pgteller.install.migrations import Connection, InstallError, connect
from pgteller.names import ROLES, Names

# The code schema is known by the comment that every reload writes, its roles by its owner.
FOUND = """
SELECT n.nspname::text, n.nspowner::regrole::text
FROM pg_catalog.pg_namespace AS n
WHERE pg_catalog.obj_description(n.oid, 'pg_namespace') LIKE 'pgteller functions: %'
ORDER BY n.nspname
"""

ABOUT = {
    "owner": "owns tables and functions; nobody logs in as it.",
    "teller": "moves money on the server clock and reads accounts.",
    "operator": "a teller who also gives timestamps, settles and manages.",
    "auditor": "reads everything through views and functions, changes nothing.",
}


def ledgers(connection: Connection) -> list[Names]:
    """Every ledger of the database."""
    rows = connection.execute(FOUND).fetchall()
    return [Names(schema, owner.removesuffix("_owner")) for schema, owner in rows]


def ledger(admin_url: str, schema: str) -> Names | None:
    """The ledger of that name, if it is there."""
    with connect(admin_url) as connection:
        return next((one for one in ledgers(connection) if one.schema == schema), None)


def missing_roles(connection: Connection, names: Names) -> list[str]:
    """Those that there are not yet."""
    query = "SELECT rolname FROM pg_catalog.pg_roles WHERE rolname = ANY(%s)"
    wanted = [names.role(role) for role in ROLES]
    there = {name for (name,) in connection.execute(query, [wanted])}
    return [name for name in wanted if name not in there]


def require_power(connection: Connection, names: Names) -> None:
    """See that this login can make what is missing, and say who can if not."""
    (who, makes_roles, makes_schemas) = connection.execute(
        "SELECT current_user::text, r.rolsuper OR r.rolcreaterole, "
        "pg_catalog.has_database_privilege(current_database(), 'CREATE') "
        "FROM pg_catalog.pg_roles AS r WHERE r.rolname = current_user"
    ).fetchone() or ("", False, False)
    schemas = f"--schema {names.schema} " if names.schema != "bank" else ""
    if missing := missing_roles(connection, names):
        if not makes_roles:
            raise InstallError(
                f"{who} may not make roles, and {', '.join(missing)} are missing. Have somebody "
                f"who may run what `pgteller {schemas}init --print-roles` prints."
            )
    elif not _becomes(connection, names.role("owner")):
        raise InstallError(
            f"{who} may not become {names.role('owner')}, which others have made. Have them run "
            f'GRANT {names.role("owner")} TO "{who}", or give this ledger roles of its own: '
            f"pgteller {schemas}init --roles NAME."
        )
    if not makes_schemas:
        raise InstallError(
            f"{who} may not make schemas here: its owner can GRANT CREATE ON DATABASE to it."
        )


def _becomes(connection: Connection, role: str) -> bool:
    """Whether this login may SET ROLE, or give itself the right to."""
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(
                psycopg.sql.SQL("GRANT {} TO CURRENT_USER").format(psycopg.sql.Identifier(role))
            )
            connection.execute(psycopg.sql.SQL("SET ROLE {}").format(psycopg.sql.Identifier(role)))
    except psycopg.errors.InsufficientPrivilege:
        pass
    else:
        return True
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(psycopg.sql.SQL("SET ROLE {}").format(psycopg.sql.Identifier(role)))
    except psycopg.errors.InsufficientPrivilege:
        return False
    return True


def roles_script(names: Names, who: str, database: str) -> str:
    """What somebody runs who may make roles, so that `who` can install without that right."""
    lines = [f"-- Roles for the pgteller ledger {names.schema}, to be installed by {who}."]
    for role, about in ABOUT.items():
        lines.append(f"CREATE ROLE {names.role(role)} NOLOGIN;")
        lines.append(f"COMMENT ON ROLE {names.role(role)} IS 'pgteller: {about}';")
    lines += [
        f"GRANT {names.role('teller')} TO {names.role('operator')};",
        f'GRANT {names.role("owner")} TO "{who}";',
        f'GRANT CREATE ON DATABASE "{database}" TO "{who}";',
    ]
    return "\n".join(lines) + "\n"
