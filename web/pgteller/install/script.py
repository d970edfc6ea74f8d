"""A ledger as one SQL file, for whoever installs by psql or by a migration tool of their own.

It is one statement, so that it is whole or not at all wherever it runs: in a transaction of its own
or in the tool's.  It leaves the role and the search_path as they were.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pgteller import __version__
from pgteller.install import REMEMBER, function_files, source_digest
from pgteller.install.migrations import (
    BREAKING,
    CONTEXT,
    DEFAULT,
    RECORD,
    ROLES,
    Migration,
    migration_files,
)
from pgteller.names import Names

QUOTE = "$pgteller_{}$"

BEGIN = """\
-- pgteller {version}: {what}.
-- Made from sql/ of the project; see docs/install.md. One statement: whole or not at all.
DO $pgteller$
DECLARE
    v_role text := current_setting('role');
    v_path text := current_setting('search_path');
BEGIN
"""
INSTALLED = """\
    IF to_regclass('ledger.migrations') IS NOT NULL THEN
        IF obj_description(to_regnamespace('bank')::oid, 'pg_namespace') LIKE '%(sql {digest})' THEN
            RAISE NOTICE 'pgteller {version} is installed: there is nothing to do';
            RETURN;
        END IF;
        RAISE EXCEPTION 'there is a ledger of another version in schema bank' USING
            HINT = 'Upgrade it: pgteller migrate, or the file that leads from that one here.';
    END IF;
"""
MISSING = """\
    IF to_regclass('ledger.migrations') IS NULL THEN
        RAISE EXCEPTION 'there is no ledger in schema bank' USING
            HINT = 'Install it: pgteller init, or the file that installs this version.';
    END IF;
    IF (SELECT max(m.id) FROM ledger.migrations AS m) <> {last} THEN
        RAISE EXCEPTION 'the ledger in schema bank is of another version than {since}' USING
            HINT = 'Use the file that leads from that one here.';
    END IF;
"""
END = """\
    PERFORM set_config('role', v_role, true), set_config('search_path', v_path, true);
END;
$pgteller$;
"""


def install_script(names: Names = DEFAULT) -> str:
    """All that makes a ledger where there is none."""
    begin = BEGIN.format(version=__version__, what="a ledger")
    check = INSTALLED.format(version=__version__, digest=source_digest())
    return names.render(begin + check + _body(migration_files())) + END


def upgrade_script(since: str, last: int, names: Names = DEFAULT) -> str:
    """All that leads here from version `since`, whose newest migration was `last`."""
    begin = BEGIN.format(version=__version__, what=f"a ledger of version {since} brought here")
    check = MISSING.format(last=last, since=since)
    newer = {one: path for one, path in migration_files().items() if one.id > last}
    return names.render(begin + check + _body(newer)) + END


def _body(migrations: dict[Migration, Path]) -> str:
    """The roles, the migrations, and all functions made anew."""
    parts = [ROLES.read_text()]
    for migration, path in migrations.items():
        text = path.read_text()
        breaking = text.partition("\n")[0].rstrip() == BREAKING
        values = f"{migration.id}, '{migration.name}', '{migration.checksum}'"
        record = RECORD.partition("VALUES")[0] + (
            f"VALUES ({values}, floor(extract(EPOCH FROM clock_timestamp()) * 1000), {breaking});\n"
        )
        parts += [f"{CONTEXT};\n", text, f"{CONTEXT};\n{record}"]
    parts += [ROLES.read_text(), *(path.read_text() for path in function_files())]
    parts.append(REMEMBER.format(digest=source_digest()))
    return "".join(_executed(parts))


def _executed(parts: Iterable[str]) -> Iterable[str]:
    for number, part in enumerate(parts, start=1):
        quote = QUOTE.format(number)
        yield f"    EXECUTE {quote}\n{part.rstrip()}\n{quote};\n"
