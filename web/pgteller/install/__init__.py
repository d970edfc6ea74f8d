"""Bring a database to what `sql/` says.

Migrations that add come first.  Then, in one transaction, schemas `bank` and `engine` are emptied
and every function made anew: either all of them are the new ones or, after any error, all are still
the old ones.  Migrations that take away come last.
"""

from __future__ import annotations

import time
from pathlib import Path

from tqdm import tqdm

from pgteller import __version__
from pgteller.install.migrations import (
    DEFAULT,
    FOLDER,
    Connection,
    InstallError,
    Migration,
    begin,
    connect,
    migrate,
    patiently,
    require_trust,
    run,
)
from pgteller.install.release import (
    difference,
    function_files,
    note_script,
    noted,
    order,
    source_files,
)
from pgteller.names import Names


def source_texts() -> list[str]:
    """All SQL that is installed."""
    return [path.read_text() for path in source_files()]


def is_loaded(admin_url: str, names: Names = DEFAULT) -> bool:
    """Whether the database already has exactly this state of `sql/`, and can be trusted."""
    with connect(admin_url) as connection:
        return is_loaded_in(connection, names)


def is_loaded_in(connection: Connection, names: Names) -> bool:
    """The same over a connection."""
    require_trust(connection, names)
    return not missing_of(connection, names)


def missing_of(connection: Connection, names: Names) -> str:
    """In what the functions there are not those of this code; empty if they are."""
    major = connection.info.server_version // 10_000
    return difference(noted(connection, names), names, major)


def load(
    admin_url: str,
    names: Names = DEFAULT,
    cashback: tuple[int, int] | None = None,
    folder: Path = FOLDER,
    share_roles: bool = False,
) -> None:
    """Apply the migrations that are pending, and remake the functions; never older ones.

    A ledger that is made now begins with `cashback`: a rate in basis points, and a delay in ms. Its
    roles may be those of a ledger in another database with `share_roles`.
    """
    with connect(admin_url) as connection:
        refuse_newer(connection, names)
        if share_roles:
            with connection.transaction():
                connection.execute("SET LOCAL pgteller.share_roles = on")
                begin(connection, names)

    def promise(connection: Connection, migration: Migration) -> None:
        if cashback is not None and migration.id == 1:
            query = "UPDATE ledger.cashback_policies SET rate_bps = %s, delay_ms = %s"
            connection.execute(names.render(query).encode(), cashback)

    migrate(admin_url, folder, names, after=promise)
    make_functions(admin_url, names)
    migrate(admin_url, folder, names, post=True, after=lambda one, _: note(one, names))


def refuse_newer(connection: Connection, names: Names) -> None:
    """Leave alone what a newer version has made."""
    found = noted(connection, names)
    if found and order(found.version) > order(__version__):
        raise InstallError(
            f"The ledger {names.schema} is of pgteller {found.version}, this is {__version__}, "
            "which is older: there is no way down. Upgrade this program."
        )


def make_functions(admin_url: str, names: Names = DEFAULT) -> None:
    """Make every function anew, or change nothing and raise."""
    begun = time.monotonic()
    files = function_files()

    def make(connection: Connection) -> None:
        begin(connection, names)  # takes the lock, since two reloads at once would collide
        refuse_newer(connection, names)
        for path in tqdm(
            files, desc="Making the functions", unit="file", leave=False, disable=None
        ):
            run(connection, path, names)
        note(connection, names)

    with connect(admin_url) as connection:
        patiently(connection, make)
    print(f"Made the functions: {len(files)} files, {time.monotonic() - begun:.1f} s.", flush=True)


def note(connection: Connection, names: Names) -> None:
    """Note which release it is, and how all of it stands, for who verifies."""
    connection.execute(names.render(note_script()).encode())
