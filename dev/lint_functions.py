"""Check the body of every PL/pgSQL function with plpgsql_check; CREATE FUNCTION looks at none.

Debian builds plpgsql_check for PostgreSQL 15, so a throw-away server of that version is used.  The
library is found through a setting, and its SQL is loaded by hand: nothing has to be installed.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from pathlib import Path

import psycopg

from dev.debian import NotAvailableError, unpacked
from dev.testbed import scratch_database
from pgteller.embedded.programs import PostgresError, installations, state_dir
from pgteller.embedded.server import temporary_server
from pgteller.install import load

MAJOR = 15

# Argument names are the names of JSON fields; one that is also a keyword ("limit") is meant.
FINDINGS = """
SELECT function.oid::regprocedure::text, finding.level, finding.lineno, finding.message,
    finding.detail, finding.hint
FROM pg_proc AS function
JOIN pg_language AS language ON language.oid = function.prolang
LEFT JOIN LATERAL (
    SELECT min(tgrelid) AS relation FROM pg_trigger WHERE tgfoid = function.oid
) AS used_by ON true
CROSS JOIN LATERAL plpgsql_check_function_tb(
    function.oid, coalesce(used_by.relation, 0), fatal_errors => false
) AS finding
WHERE language.lanname = 'plpgsql'
    AND function.pronamespace IN (
        'bank'::regnamespace, 'engine'::regnamespace, 'ledger'::regnamespace
    )
    AND finding.message NOT LIKE 'name of parameter % is reserved keyword'
ORDER BY 1, finding.lineno
"""

COUNT = """
SELECT count(*) FROM pg_proc AS function
JOIN pg_language AS language ON language.oid = function.prolang
WHERE language.lanname = 'plpgsql'
    AND function.pronamespace IN (
        'bank'::regnamespace, 'engine'::regnamespace, 'ledger'::regnamespace
    )
"""


def main() -> int:
    """Print what is found; an error makes the exit status 1, a warning does not."""
    bin_dir = installations().get(MAJOR)
    if bin_dir is None:
        print(f"plpgsql_check: NOT RUN, it needs a PostgreSQL {MAJOR} installed here.")
        return 0
    library, script = plpgsql_check()
    with tempfile.TemporaryDirectory(dir=state_dir()) as folder:
        Path(folder).chmod(0o755)
        shutil.copy(library, folder)
        settings = {"fsync": "off", "dynamic_library_path": f"$libdir:{folder}"}
        with (
            temporary_server(bin_dir, **settings) as server,
            scratch_database(server.url("postgres")) as url,
        ):
            load(url)
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(script.encode())
                findings = connection.execute(FINDINGS).fetchall()
                (count,) = connection.execute(COUNT).fetchone() or (0,)
    for name, level, line, message, detail, hint in findings:
        print(f"{name}: line {line}: {level}: {message}")
        for more in filter(None, (detail, hint)):
            print(f"    {more}")
    errors = sum(finding[1] == "error" for finding in findings)
    print(f"plpgsql_check: {count} functions, {errors} errors, {len(findings) - errors} warnings")
    return 1 if errors else 0


def plpgsql_check() -> tuple[Path, str]:
    """The library, and the SQL that CREATE EXTENSION would run."""
    root = Path("/")
    if not (root / f"usr/lib/postgresql/{MAJOR}/lib/plpgsql_check.so").exists():
        root = unpacked(f"postgresql-{MAJOR}-plpgsql-check")
    library = root / f"usr/lib/postgresql/{MAJOR}/lib/plpgsql_check.so"
    scripts = (root / f"usr/share/postgresql/{MAJOR}/extension").glob("plpgsql_check--?.?.sql")
    script = max(scripts).read_text()
    for placeholder, value in ("MODULE_PATHNAME", "plpgsql_check"), ("@extschema@", "public"):
        script = script.replace(placeholder, value)
    return library, re.sub(r"^\\.*$", "", script, flags=re.MULTILINE)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (PostgresError, NotAvailableError, psycopg.Error) as problem:
        sys.exit(str(problem))
