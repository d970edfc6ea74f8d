"""Look for statements and functions that a caller's objects could hijack, with pgspot.

What runs as somebody else, or is run by an administrator, must find `=` and `format` where
PostgreSQL keeps them, not where a user has put his own.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from pgteller.install.migrations import ROLES, SQL, migration_files
from pgteller.install.release import NOTE, function_files

# Findings that are none here: code, what it is about, why.
ACCEPTED: list[tuple[str, str, str]] = [
    (
        "PS002",  # CREATE OR REPLACE of a function somebody else may have made before
        r"(bank|engine|ledger)\..*",
        "roles.sql has made sure that the schemas are bank_owner's, where nobody else may create",
    ),
]

# A helper is SECURITY INVOKER and granted to nobody, so it runs with the search_path of a function
# of schema bank, which always has one: sql/tests/catalog.sql makes sure of both. It is looked at
# with that one; a search_path of its own would keep it from being inlined.
HELPER = re.compile(
    r"(CREATE OR REPLACE FUNCTION engine\.(?:(?!^AS ).)*?^SECURITY INVOKER\n)", re.M | re.S
)

FINDING = re.compile(r"(PS\d+): (.*?): (.*) at line \d+", re.DOTALL)


def main() -> int:
    """Print what is found; the exit status is 1 where there is anything."""
    scripts = {
        "roles.sql": [ROLES],
        "schema.sql": [ROLES, SQL / "schema.sql"],
        "the migrations": [ROLES, *migration_files().values()],
        "the functions": [*function_files(), NOTE],
    }
    found = [
        f"{name}: {finding}"
        for name, files in scripts.items()
        for finding in findings("".join(path.read_text() + "\n" for path in files))
    ]
    print(*found, sep="\n", end="\n" if found else "")
    files = {path for paths in scripts.values() for path in paths}
    print(f"pgspot: {len(files)} files, {len(found)} findings")
    return 1 if found else 0


def findings(script: str) -> list[str]:
    """What pgspot says of a script, without what is accepted.

    Bodies in PL/pgSQL are left to plpgsql_check: pgspot's parser refuses variables of a table's
    type, and has nothing to add where the function's search_path is safe.
    """
    program = Path(sys.executable).with_name("pgspot")
    command = [str(program), "--no-plpgsql"]
    script = HELPER.sub(r"\1SET search_path = pg_catalog, pg_temp\n", script)
    result = subprocess.run(command, input=script, capture_output=True, text=True, check=False)
    lines = result.stdout.splitlines()
    if not any(line.strip().startswith("Errors:") for line in lines):
        return [result.stdout + result.stderr]
    said = [line for line in lines if line.strip() and not line.strip().startswith("Errors:")]
    return [line for line in said if not _accepted(line)]


def _accepted(line: str) -> bool:
    found = FINDING.fullmatch(line)
    return found is not None and any(
        found[1] == code and re.fullmatch(about, found[3]) for code, about, _ in ACCEPTED
    )


if __name__ == "__main__":
    sys.exit(main())
