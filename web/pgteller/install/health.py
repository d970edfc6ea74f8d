"""How a ledger and its database stand: what `status` tells, and what `doctor` looks for.

An operator or auditor may ask, since functions of the ledger tell what is in tables that he may not
read; so may whoever can become its owner.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from pgteller import __version__
from pgteller.install.ledgers import becomes, quoted
from pgteller.install.migrations import (
    Connection,
    InstallError,
    Migration,
    migration_files,
    unapplied,
)
from pgteller.names import Names

TELLER = """
SELECT has_schema_privilege(n.oid, 'USAGE') AND has_function_privilege(p.oid, 'EXECUTE')
FROM pg_proc AS p
INNER JOIN pg_namespace AS n ON n.oid = p.pronamespace
WHERE n.nspname = 'bank' AND p.proname = 'ledger_status'
"""
STATE = """
SELECT
    current_setting('server_version'),
    bank.ledger_status(),
    bank.ledger_metrics(),
    ARRAY(SELECT s.sequence FROM bank.lagging_sequences() AS s ORDER BY s.sequence),
    (
        SELECT coalesce(json_agg(json_build_object(
            'name', w.name, 'alive', w.alive, 'beat_at', w.beat_at
        )), '[]')
        FROM bank.list_workers(NULL) AS w
    ),
    (
        SELECT json_object_agg(k.kind, (
            SELECT p.finding
            FROM bank.list_proofs(k.kind, NULL, NULL, 'desc') AS p
            WHERE p.clean IS NOT NULL
            LIMIT 1
        ))
        FROM unnest('{digest,digest_handed_out,verification}'::text[]) AS k (kind)
    )
"""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    OK: ClassVar[str] = "ok"
    ADVICE: ClassVar[str] = "advice"
    WRONG: ClassVar[str] = "WRONG"

    state: str
    what: str
    cure: str = ""


@contextlib.contextmanager
def asking(connection: Connection, names: Names) -> Iterator[None]:
    """A transaction as somebody who may ask: this login, else the owner that it may become."""
    with connection.transaction(force_rollback=True):
        found = connection.execute(names.render(TELLER).encode()).fetchone()
        if found is None:
            raise InstallError(
                f"The functions of the ledger {names.schema} are of an older version, which does "
                f"not tell: {names.program} migrate."
            )
        if found != (True,):
            if not becomes(connection, names.role("owner")):
                raise InstallError(
                    f"{connection.info.user} may not ask this: GRANT {names.role('operator')} (or "
                    "_auditor) TO it."
                )
            connection.execute(f"SET LOCAL ROLE {names.role('owner')}".encode())
        yield


def state(connection: Connection, names: Names, missing: str) -> dict[str, Any]:
    """What there is to tell of a ledger; docs/operations.md has what each member is."""
    with asking(connection, names):
        row = connection.execute(names.render(STATE).encode()).fetchone()
    assert row is not None
    version, status, metrics, lagging, workers, findings = row
    applied, lags = status["migrations"], metrics["lag_ms"]
    return {
        "pgteller": __version__,
        "postgresql": version,
        "schema": names.schema,
        "roles": names.roles,
        "migration": max((one["id"] for one in applied), default=0),
        "pending_migrations": [str(one) for one in _pending(applied)],
        "functions": missing or "of this version",
        "functions_fit": not missing,
        "accounts": status["accounts"],
        "legs": status["legs"],
        "lagging_sequences": lagging,
        "overdue_ms": max(lag or 0 for work, lag in lags.items() if work != "event"),
        "unnumbered_ms": lags["event"] or 0,
        "workers": [
            {
                "name": one["name"],
                "alive": one["alive"],
                "beat_ms_ago": metrics["timestamp"] - one["beat_at"],
            }
            for one in workers
        ],
        "proofs": [one | {"finding": findings[one["kind"]]} for one in metrics["proofs"]],
    }


def told(state: dict[str, Any]) -> dict[str, Any]:
    """The same for people: a line each."""
    pending = [f"{one} is pending" for one in state["pending_migrations"]]
    behind = ", ".join(state["lagging_sequences"])
    beats = [
        f"{one['name']} {one['beat_ms_ago'] / 1000:.1f} s ago"
        if one["alive"]
        else f"{one['name']} is dead"
        for one in sorted(state["workers"], key=lambda one: not one["alive"])
    ]
    return {
        "pgteller": state["pgteller"],
        "PostgreSQL": state["postgresql"],
        "ledger": f"{state['schema']}, roles {state['roles']}_...",
        "migration": ", ".join([f"{state['migration']:03}", *pending]),
        "functions": state["functions"],
        "accounts": state["accounts"],
        "legs": state["legs"],
        "sequences": f"behind what is in use: {behind} (pgteller doctor)"
        if behind
        else "ahead of what is in use",
        "overdue": _since(state["overdue_ms"]),
        "unnumbered": _since(state["unnumbered_ms"]),
        "workers": ", ".join(beats) or "none",
    } | {LAST[proof["kind"]]: _ago(proof) for proof in state["proofs"]}


def _pending(applied: list[dict[str, Any]]) -> list[Migration]:
    """The migrations of this program that are not among those which the ledger tells of."""
    return unapplied(list(migration_files()), [Migration(**one) for one in applied])


def _since(milliseconds: int) -> str:
    """How long something has been waiting to be done."""
    return f"for {milliseconds / 1000:.0f} s" if milliseconds else "nothing"


LAST = {
    "digest": "last digest kept",
    "digest_handed_out": "last one handed out",
    "verification": "last verification",
}
# What was found last, where anything was looked at, by kind.
FOUND: dict[str, dict[bool | None, str]] = {
    "digest": {
        True: "; the history is that of the one before",
        False: "; NOT clean, the history differs",
        None: "; none was compared with another",
    },
    "digest_handed_out": {None: "; whether it was kept is not known"},
    "verification": {True: ", clean", False: ", NOT clean"},
}


def _ago(proof: dict[str, Any]) -> str:
    """When it was done last, and whether nothing was wrong."""
    if proof["age_ms"] is None:
        return "none that is known"
    seconds = proof["age_ms"] / 1000
    unit, name = next((one for one in ((3600, "h"), (60, "min")) if seconds >= one[0]), (1, "s"))
    finding = f": {proof['finding']}" if proof["finding"] else ""
    return f"{seconds / unit:.0f} {name} ago{FOUND[proof['kind']][proof['clean']]}{finding}"


PROMISED = """
SELECT DISTINCT c.rate_bps, c.delay_ms FROM ledger.cashback_policies AS c
"""


def promises(connection: Connection, names: Names) -> list[tuple[int, int]]:
    """What payments earn in some currency: rates in basis points, and delays in ms."""
    with connection.transaction(force_rollback=True):
        connection.execute(f"SET LOCAL ROLE {names.role('owner')}".encode())
        return connection.execute(names.render(PROMISED).encode()).fetchall()


def earnings(promise: tuple[int, int]) -> str:
    """One of them, for people."""
    rate, delay = promise
    return f"{rate / 100:g} % after {delay / 3_600_000:g} h" if rate else "nothing"


SERVER = """
SELECT
    current_setting('server_version_num')::integer,
    current_setting('server_encoding'),
    current_setting('fsync'),
    current_setting('full_page_writes'),
    current_setting('synchronous_commit'),
    current_setting('log_min_error_statement'),
    current_setting('log_error_verbosity'),
    current_setting('idle_in_transaction_session_timeout'),
    current_setting('default_transaction_isolation'),
    current_database()
"""
ASKED = """
SELECT bank.ledger_status() -> 'migrations', (SELECT count(*) FROM bank.lagging_sequences())
"""
# Who may become the owner besides superusers and whoever asks.
OTHERS = """
SELECT m.rolname::text
FROM pg_roles AS m
WHERE m.rolname <> current_user AND NOT m.rolsuper AND (
    EXISTS (
        SELECT FROM pg_auth_members AS a
        WHERE a.roleid = 'bank_owner'::regrole AND a.member = m.oid
    )
    -- Before PostgreSQL 16 whoever makes roles gives himself any.
    OR m.rolcreaterole AND current_setting('server_version_num')::integer < 160000
)
ORDER BY m.rolname
"""


def examine(connection: Connection, names: Names, missing: str) -> list[Finding]:
    """Everything that there is to look at."""
    row = connection.execute(SERVER).fetchone()
    assert row is not None
    number, encoding, fsync, pages, commit, statement, verbosity, idle, isolation, database = row
    alter = f"ALTER DATABASE {quoted(database)} SET"
    found: list[Finding] = []

    def look(holds: bool, what: str, cure: str, state: str = Finding.WRONG) -> None:
        found.append(Finding(Finding.OK, what) if holds else Finding(state, what, cure))

    major = number // 10_000
    look(15 <= major <= 18, f"PostgreSQL {major} is one of 15 to 18", "Upgrade it.")
    look(encoding == "UTF8", f"the encoding is {encoding}", "Make the database with UTF8.")
    look(
        isolation == "read committed",
        f"transactions are {isolation} unless they say otherwise",
        f"{alter} default_transaction_isolation = 'read committed';",
    )
    look(fsync == "on", f"fsync is {fsync}", "ALTER SYSTEM SET fsync = on;")
    look(pages == "on", f"full_page_writes is {pages}", "ALTER SYSTEM SET full_page_writes = on;")
    look(
        commit != "off",
        f"synchronous_commit is {commit}",
        f"{alter} synchronous_commit = on;  -- what is answered is on disk",
    )
    with asking(connection, names):
        row = connection.execute(names.render(ASKED).encode()).fetchone()
    assert row is not None
    applied, behind = row
    todo = _pending(applied)
    pending = ", ".join(map(str, todo)) or "no migration"
    look(not todo, f"{pending} is pending", f"Run: {names.program} migrate")
    what, _, cure = missing.partition(": ")
    look(not missing, f"the functions are {what or 'those of this version'}", cure)
    look(
        behind == 0,
        "no sequence is behind what is in use",
        f"SELECT * FROM {names.schema}.advance_sequences();",
    )
    owner = names.role("owner")
    others = [quoted(name) for (name,) in connection.execute(names.render(OTHERS).encode())]
    look(
        not others,
        f"{', '.join(others) or 'nobody else'} may become {owner}, and change anything",
        "".join(f"REVOKE {owner} FROM {name}; " for name in others)
        + "-- then pgteller migrate, and verify --outside: what he has changed stays",
        Finding.ADVICE,
    )
    look(
        statement in ("panic", "fatal", "log") and verbosity == "terse",
        "the server's log keeps no statements and no numbers of customers",
        f"{alter} log_min_error_statement = panic; {alter} log_error_verbosity = terse;",
        Finding.ADVICE,
    )
    look(
        idle != "0",
        "a session that leaves a transaction open is ended after a while",
        f"{alter} idle_in_transaction_session_timeout = '60s';",
        Finding.ADVICE,
    )
    return found
