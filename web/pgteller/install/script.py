"""A ledger as one SQL file, for whoever installs by psql or by a migration tool of their own.

It is one statement, so that it is whole or not at all wherever it runs: in a transaction of its own
or in the tool's.  It leaves the role and the search_path as they were.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pgteller import __version__
from pgteller.install.migrations import (
    BREAKING,
    CONTEXT,
    DEFAULT,
    RECORD,
    ROLES,
    Migration,
    after_functions,
    before_functions,
    flags,
    migration_files,
)
from pgteller.install.release import function_files, note_script, order, this_stem
from pgteller.install.trust import REQUIRE
from pgteller.names import Names

QUOTE = "$pgteller_part$"

BEGIN = """\
-- pgteller {version}: {what}.
-- Made from sql/ of the project; see docs/install.md. One statement: whole or not at all.
DO $pgteller$
DECLARE
    c_names CONSTANT pg_catalog.text[] := ARRAY[
        'search_path', 'role', 'standard_conforming_strings', 'quote_all_identifiers',
        'bytea_output', 'lock_timeout'
    ];
    v_settings pg_catalog.text[] := ARRAY[pg_catalog.current_setting('search_path')];
    v_number integer;
BEGIN
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    FOR v_number IN 2 .. cardinality(c_names) LOOP
        v_settings[v_number] := current_setting(c_names[v_number]);
    END LOOP;
    PERFORM
        set_config('standard_conforming_strings', 'on', true),
        set_config('quote_all_identifiers', 'off', true),
        -- Others queue behind who waits for a lock.
        set_config('lock_timeout', '5s', true);
"""
AGAIN = """\
    PERFORM set_config('role', v_settings[2], true);
"""
INSTALLED = """\
    IF obj_description(to_regnamespace('bank')::oid, 'pg_namespace') LIKE concat(
        '%({release}', current_setting('server_version_num')::integer / 10000, ')')
    THEN
        RAISE NOTICE 'pgteller {version} is installed: there is nothing to do';
    ELSIF EXISTS (SELECT FROM pg_class AS c WHERE c.relnamespace = to_regnamespace('ledger')) THEN
        RAISE EXCEPTION 'there is a ledger of another version in schema bank' USING
            HINT = 'Upgrade it: pgteller migrate, or the file that leads from that one here.';
    ELSE
"""
NEWER = """\
    IF string_to_array(
        substring(obj_description(to_regnamespace('bank')::oid, 'pg_namespace')
            FROM '[(]pgteller ([0-9.]+),'), '.'
    )::integer[] > ARRAY[{version}] THEN
        RAISE EXCEPTION 'the ledger in schema bank is newer than this file' USING
            HINT = 'There is no way down.';
    END IF;
"""
MEANWHILE = """\
    IF EXISTS (SELECT FROM pg_class AS c WHERE c.relnamespace = to_regnamespace('ledger')) THEN
        RAISE EXCEPTION 'somebody has just installed this ledger' USING HINT = 'Run this again.';
    END IF;
"""
MISSING = """\
    IF to_regnamespace('ledger') IS NULL THEN
        RAISE EXCEPTION 'there is no ledger in schema bank' USING
            HINT = 'Install it: pgteller init, or the file that installs this version.';
    END IF;
"""
OTHER = """\
    IF (SELECT max(m.id) FROM ledger.migrations AS m) <> {last} THEN
        RAISE EXCEPTION 'the ledger in schema bank is of another version than {since}' USING
            HINT = 'Use the file that leads from that one here.';
    END IF;
"""
END = """\
    FOR v_number IN REVERSE cardinality(c_names) .. 1 LOOP
        PERFORM pg_catalog.set_config(c_names[v_number], v_settings[v_number], true);
    END LOOP;
END;
$pgteller$;
"""


def install_script(names: Names = DEFAULT) -> str:
    """All that makes a ledger where there is none."""
    begin = BEGIN.format(version=__version__, what="a ledger") + _executed([REQUIRE])
    check = INSTALLED.format(version=__version__, release=this_stem())
    body = _body(migration_files(), MEANWHILE)
    return names.render(begin + check + body + "    END IF;\n" + END)


def upgrade_script(since: str, last: int, names: Names = DEFAULT) -> str:
    """All that leads here from version `since`, whose newest migration was `last`."""
    begin = BEGIN.format(version=__version__, what=f"a ledger of version {since} brought here")
    begin += _executed([REQUIRE])
    version = ", ".join(map(str, order(__version__)))
    # The lock comes with the roles: what is looked at then stays as it is.
    check = NEWER.format(version=version) + OTHER.format(last=last, since=since)
    newer = {one: path for one, path in migration_files().items() if one.id > last}
    return names.render(begin + MISSING + _body(newer, check) + END)


def _body(migrations: dict[Migration, Path], check: str) -> str:
    """The roles, what comes before the functions, all of them made anew, and what comes after.

    `check` is for the moment at which nobody else can be at it.
    """
    note = note_script()
    early = [
        part for one, path in before_functions(migrations).items() for part in _applied(one, path)
    ]
    body = (
        _begun([])
        + check
        + _executed(early)
        + _begun([*(path.read_text() for path in function_files()), note])
    )
    for migration, path in after_functions(migrations).items():
        body += _begun([*_applied(migration, path), note])
    return body


def _begun(parts: Iterable[str]) -> str:
    """What goes by itself into a transaction where the program does it."""
    return AGAIN + _executed([ROLES.read_text(), *parts])


def _applied(migration: Migration, path: Path) -> list[str]:
    """A migration as the owner, and its row."""
    breaking = BREAKING in flags(path)
    values = f"{migration.id}, '{migration.name}', '{migration.checksum}'"
    record = RECORD.partition("VALUES")[0] + (
        f"VALUES ({values}, floor(extract(EPOCH FROM clock_timestamp()) * 1000), {breaking});\n"
    )
    return [f"{CONTEXT};\n", path.read_text(), f"{CONTEXT};\n{record}"]


def _executed(parts: Iterable[str]) -> str:
    return "".join(f"    EXECUTE {QUOTE}\n{part.rstrip()}\n{QUOTE};\n" for part in parts)
