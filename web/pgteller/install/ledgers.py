"""Which ledgers a database has, and as which role they are looked after."""

from __future__ import annotations

import re

import psycopg

from pgteller.install.migrations import ROLES as MADE_BY
from pgteller.install.migrations import Connection, InstallError, require_trust
from pgteller.names import ROLES, Names, UnfitNameError

# The code schema is known by the comment that every reload writes, its roles by its owner.  Anybody
# may write such a comment: what makes it a ledger is said in trust.
FOUND = """
SELECT n.nspname::pg_catalog.text, o.rolname::pg_catalog.text
FROM pg_catalog.pg_namespace AS n
INNER JOIN pg_catalog.pg_roles AS o ON o.oid = n.nspowner
WHERE pg_catalog.obj_description(n.oid, 'pg_namespace'::pg_catalog.name)
    LIKE 'pgteller functions: %'
ORDER BY n.nspname
"""

COMMENTED = re.compile(r"\('bank_(\w+)', '(pgteller: [^']*)'\)")  # in roles.sql


def ledgers(connection: Connection) -> tuple[list[Names], list[str]]:
    """Every ledger of the database, and what is wrong with what else says that it is one."""
    found, wrong = [], []
    for schema, owner in connection.execute(FOUND).fetchall():
        try:
            names = _named(schema, owner)
            require_trust(connection, names)
        except (InstallError, UnfitNameError) as problem:
            wrong.append(f"{schema}: {problem}")
        else:
            found.append(names)
    return found, wrong


def ledger(connection: Connection, schema: str) -> Names | None:
    """The ledger of that name, if it is there, and no matter whom it belongs to."""
    for found, owner in connection.execute(FOUND).fetchall():
        if found == schema:
            return _named(schema, owner)
    return None


def _named(schema: str, owner: str) -> Names:
    if not owner.endswith("_owner"):
        raise InstallError(
            f"The ledger {schema} belongs to {owner}, as after a restore where its roles were "
            f"missing. Drop its schemas, make the roles that it had ({Names(schema).program} init "
            "--roles NAME --print-roles), and restore it again."
        )
    return Names(schema, owner.removesuffix("_owner"))


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
    own = f" --roles {names.roles}" if names.roles != names.schema else ""
    if missing := missing_roles(connection, names):
        if not makes_roles:
            raise InstallError(
                f"{who} may not make roles, and {', '.join(missing)} are missing. Have somebody "
                f"who may run what `{names.program} init{own} --print-roles` prints."
            )
    elif not becomes(connection, names.role("owner")):
        raise InstallError(
            f"{who} may not become {names.role('owner')}, which is there already: it may own a "
            f"ledger in another database. Give this one roles of its own: {names.program} init "
            f"--roles NAME. Or where it is made for this one, have whoever made it run GRANT "
            f"{names.role('owner')} TO {quoted(who)}."
        )
    if not makes_schemas:
        raise InstallError(
            f"{who} may not make schemas here: its owner can GRANT CREATE ON DATABASE to it."
        )


def require_owner(connection: Connection, names: Names) -> None:
    """See that this login may do what only the owner may."""
    if not becomes(connection, names.role("owner")):
        raise InstallError(
            f"{connection.info.user} is no member of {names.role('owner')}, as whoever installed "
            "the ledger is: this is for who looks after the database. An operator or "
            "auditor may ask `pgteller status`, `doctor` and `verify`."
        )


def becomes(connection: Connection, role: str) -> bool:
    """Whether this login may SET ROLE, or give itself the right to."""
    for ways in ("SET ROLE {0}",), ("GRANT {0} TO CURRENT_USER", "SET ROLE {0}"):
        try:
            with connection.transaction(force_rollback=True):
                for way in ways:
                    connection.execute(psycopg.sql.SQL(way).format(psycopg.sql.Identifier(role)))
        except psycopg.errors.InsufficientPrivilege:
            continue
        return True
    return False


def roles_script(names: Names, who: str, database: str) -> str:
    """What somebody runs who may make roles, so that `who` can install without that right."""
    lines = [f"-- Roles for the pgteller ledger {names.schema}, to be installed by {quoted(who)}."]
    for role, comment in COMMENTED.findall(MADE_BY.read_text()):
        lines.append(f"CREATE ROLE {names.role(role)} NOLOGIN;")
        lines.append(f"COMMENT ON ROLE {names.role(role)} IS '{comment}';")
    lent = ", ".join(names.role(role) for role in ROLES if role != "owner")
    lines += [
        f"GRANT {names.role('teller')} TO {names.role('operator')};",
        f"GRANT {lent} TO {quoted(who)} WITH ADMIN OPTION;  -- to be granted on",
        f"GRANT {names.role('owner')} TO {quoted(who)};",
        f"GRANT CREATE ON DATABASE {quoted(database)} TO {quoted(who)};",
    ]
    return "\n".join([lines[0], "BEGIN;", *lines[1:], "COMMIT;"]) + "\n"


def quoted(name: str) -> str:
    """The name of a login or database as SQL has it, on one line whatever is in it."""
    if name.isprintable():
        return '"' + name.replace('"', '""') + '"'
    escaped = (
        one if one.isprintable() and one not in '\\"' else f"\\+{ord(one):06x}" for one in name
    )
    return 'U&"' + "".join(escaped) + '"'
