"""The release: how everything stands in a database that was installed from this code.

`make contract` writes it to release.json of the package, for the verifier that runs outside. What
major versions of PostgreSQL print differently is kept by version, for those that are here.
"""

from __future__ import annotations

import json
from typing import Any

import psycopg

from dev.testbed import scratch_database, servers, test_server
from pgteller.install import load
from pgteller.outside.installation import RELEASE, Standing, installed
from pgteller.outside.session import Session

Json = dict[str, Any]


def standing(database_url: str) -> tuple[int, dict[str, Standing]]:
    """The server's major version, and how all stands in a database that was just loaded."""
    session = Session(database_url)
    try:
        return session.connection.info.server_version // 10_000, installed(session)
    finally:
        session.close()


def operations(database_url: str) -> list[str]:
    """Every operation that a room has declared."""
    with psycopg.connect(database_url) as connection:
        rows = connection.execute("SELECT operation FROM bank.operations ORDER BY operation")
        return [operation for (operation,) in rows]


def release(declared: list[str], stands: dict[int, dict[str, Standing]], before: Json) -> Json:
    """The file, from how all stands on servers of some versions, and from what it was before."""
    names = sorted({name for found in stands.values() for name in found})
    objects = before.get("objects", {})
    return {
        "majors": sorted({*stands, *before.get("majors", ())}),
        "operations": declared,
        "objects": {name: _object(name, stands, objects.get(name, {})) for name in names},
    }


def _object(name: str, stands: dict[int, dict[str, Standing]], before: Json) -> Json:
    by_major = {str(major): found[name] for major, found in stands.items() if name in found}
    standings = {(one.owner, one.privileges) for one in by_major.values()}
    if len(standings) > 1 or len(by_major) < len(stands):
        raise ValueError(f"{name} is not the same on all servers")
    [(owner, privileges)] = standings
    definitions = {major: one.definition for major, one in by_major.items()}
    known = before.get("definition")
    if isinstance(known, dict) and definitions.items() & known.items():
        definitions = known | definitions  # of versions that are not here it says what it said
    alike = len({*definitions.values()}) == 1
    return {
        "definition": definitions.popitem()[1] if alike else dict(sorted(definitions.items())),
        "owner": owner,
        "privileges": privileges,
    }


def current() -> Json:
    """What the file should be."""
    stands = {}
    declared: list[str] = []
    for bin_dir in servers().values():
        with test_server(bin_dir) as admin_url, scratch_database(admin_url) as url:
            load(url)
            major, found = standing(url)
            stands[major] = found
            declared = operations(url)
    before = json.loads(RELEASE.read_text()) if RELEASE.exists() else {}
    return release(declared, stands, before)
