"""A few weeks of a small bank, over HTTP: the examples of the documentation are what it answered.

The first call of each route is its example. Writers are given times, so that a repeat answers the
same; whoever copies a request wants the clock's, so those, and that a batch may give them, are not
shown. What only the clock
decides, and hashes over it, is replaced.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import psycopg
from flask.testing import FlaskClient

from pgteller.embedded.database import create_web_role
from pgteller.shell import create_app
from pgteller.shell.probes import PROBES
from pgteller.shell.routes import ROUTES, Route

Json = dict[str, Any]

T = 1767225600000  # the first of January 2026
HOUR = 3_600_000
DAY = 24 * HOUR
NOW = T + 9 * DAY  # stands for the clock
HASH = "9c56cc51b374c3ba189210d5b6d4bf57790d351c96c47c02190ecf1e430635ab"


class Recorder:
    """Calls of routes by the name of their function, and what was first said on each."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.routes = {route.name: route for route in ROUTES}
        self.examples: dict[str, Json] = {}

    def call(self, name: str, /, **arguments: object) -> Json:
        """Call the function over its route; every argument goes where the route has it."""
        route = self.routes[name]
        sent: Json = {
            place: {one: arguments[one] for one in members if one in arguments}
            for place, members in (
                ("path", route.in_path),
                ("query", route.in_query),
                ("body", route.in_body),
            )
        }
        if route.lines:
            sent["body"] = arguments[route.lines]
        answer = self._send(route, sent)
        sent["query"] = {
            name: value
            for name, value in sent["query"].items()
            if not route.in_query[name].privileged
        }
        told = {place: found for place, found in sent.items() if found}
        if "body" in told:
            told["body"] = timeless(told["body"])
        self.examples.setdefault(name, masked(told | {"response": answer}))
        return answer

    def probe(self, name: str, path: str) -> None:
        """Ask what takes nothing."""
        response = self.client.get(path)
        assert response.status_code == 200, response.text
        self.examples[name] = masked({"response": response.get_json()})

    def _send(self, route: Route, sent: Json) -> Json:
        path = route.path.format_map(
            {name: quote(str(value), safe="") for name, value in sent["path"].items()}
        )
        body = {"json": sent["body"]} if route.body or route.lines else {}
        response = self.client.open(path, method=route.method, query_string=sent["query"], **body)
        assert response.status_code == route.status, (route, response.text)
        answer: Json = response.get_json()
        return answer


def timeless(body: Any) -> Any:  # noqa: ANN401, JSON as the body is
    """The body, or each of its items, without the time that makes it repeatable."""
    if isinstance(body, list):
        return [timeless(item) for item in body]
    return {name: member for name, member in body.items() if name != "timestamp"}


def masked(value: object, name: str = "") -> Any:  # noqa: ANN401, JSON as the value is
    """The same without what differs from run to run."""
    if isinstance(value, dict):
        return {name: masked(member, name) for name, member in value.items()}
    if isinstance(value, list):
        return [0] * 256 if "sums" in name else [masked(member) for member in value]
    if name == "postgresql":
        return "18.0"
    if isinstance(value, str) and re.fullmatch("(pgt_)?[0-9a-f]{64}", value):
        return value[:-64] + HASH
    late = DAY if name == "secret_until" else 0
    if isinstance(value, int) and abs(value - late - time.time() * 1000) < HOUR:
        return NOW + late
    return value


@contextlib.contextmanager
def recorder(database_url: str) -> Iterator[Recorder]:
    """A shell on that database, as an operator."""
    app = create_app(create_web_role(database_url))
    try:
        yield Recorder(app.test_client())
    finally:
        app.extensions["pool"].close()


def examples(database_url: str) -> dict[str, Json]:
    """What every route was asked first, and what it answered, in an empty bank."""
    with recorder(database_url) as bank:
        for probe in PROBES:
            bank.probe(probe.name, probe.path)
        accounts(bank)
        money(bank)
        payments(bank)
        holds(bank)
        schedules(bank)
        changes(bank)
        books(bank)
        api_keys(bank)
        refused(bank)
        events(bank, database_url)
        proof(bank, database_url)
        return bank.examples


def accounts(bank: Recorder) -> None:
    """Who is there."""
    bank.call("create_account", account_id="alice", timestamp=T, metadata={"name": "Alice"})
    for account_id in "bob", "carol", "shop":
        bank.call("create_account", account_id=account_id, timestamp=T)
    bank.call("create_account", account_id="alice-usd", currency="USD", timestamp=T)
    bank.call("list_accounts", limit=3)
    bank.call("create_currency", currency="POINTS", exponent=0)
    bank.call("list_currencies", limit=2, after="POINTS")


def money(bank: Recorder) -> None:
    """In, out, to and fro."""
    when = T + 9 * HOUR
    bank.call("deposit", account_id="alice", amount=100000, timestamp=when)
    bank.call("withdraw", account_id="alice", amount=2000, timestamp=when)
    moved = bank.call(
        "transfer",
        source_account_id="alice",
        target_account_id="bob",
        amount=2500,
        timestamp=when,
        metadata={"order": "A-1001"},
    )
    bank.call("get_transaction", transaction_id=moved["transaction_id"])
    bank.call("find", search=str(moved["transaction_id"]))
    bank.call(
        "post",
        postings=[
            {"source_account_id": "alice", "target_account_id": "shop", "amount": 900},
            {"source_account_id": "alice", "target_account_id": "bob", "amount": 75},
            {"source_account_id": "alice", "target_account_id": "@fees", "amount": 25},
        ],
        timestamp=when,
        metadata={"order": "A-1002"},
    )
    bank.call(
        "exchange",
        source_account_id="alice",
        target_account_id="alice-usd",
        amount=10000,
        target_amount=10842,
        timestamp=when,
    )
    bank.call(
        "batch",
        privileged="true",
        operations=[
            {"operation": "deposit", "account_id": "bob", "amount": 50000, "timestamp": when},
            {"operation": "withdraw", "account_id": "carol", "amount": 1, "timestamp": when},
        ],
    )
    bank.call(
        "reverse_transaction",
        transaction_id=moved["transaction_id"],
        reason="sent to the wrong account",
        timestamp=when + HOUR,
    )
    bank.call("audit_transaction", transaction_id=moved["transaction_id"])
    bank.call("list_references", transaction_id=moved["transaction_id"])


def payments(bank: Recorder) -> None:
    """A purchase, its cashback, and half of it back."""
    when = T + DAY
    bank.call("list_cashback_policies", limit=2)
    paid = bank.call(
        "pay", account_id="alice", amount=5000, merchant_account_id="shop", timestamp=when
    )["payment_id"]
    bank.call("get_balance", account_id="alice", timestamp=when + HOUR)
    bank.call("upcoming_cashbacks", time_zone="Europe/Berlin", days=7)
    bank.call("settle_cashbacks", timestamp=when + 2 * DAY)
    bank.call("get_payment", payment_id=paid)
    bank.call("list_cashbacks", account_id="alice", status="deposited")
    bank.call("list_payments", account_id="alice", order="desc", limit=1)
    bank.call("refund_payment", payment_id=paid, amount=2500, timestamp=when + 3 * DAY)
    bank.call("set_cashback_policy", currency="USD", rate_bps=100, delay_ms=DAY, max_amount=500)


def holds(bank: Recorder) -> None:
    """Reserved, raised, taken in part, a part of that back, given up, forgotten."""
    when = T + 4 * DAY
    order = {"account_id": "bob", "target_account_id": "shop"}
    kept = bank.call("hold", **order, amount=10000, timestamp=when)["hold_id"]
    bank.call("raise_hold", hold_id=kept, amount=2000, timestamp=when + HOUR)
    bank.call("capture_hold", hold_id=kept, amount=6000, final=False, timestamp=when + HOUR)
    bank.call("refund_hold", hold_id=kept, amount=1500, timestamp=when + HOUR)
    bank.call("get_hold", hold_id=kept)
    bank.call("list_holds", account_id="bob", status="open")
    bank.call("release_hold", hold_id=kept, timestamp=when + 2 * HOUR)
    bank.call("hold", **order, amount=700, expires_at=when + DAY, timestamp=when + 2 * HOUR)
    bank.call("expire_holds", timestamp=when + 2 * DAY)


def schedules(bank: Recorder) -> None:
    """The rent."""
    when = T + 6 * DAY
    rent = bank.call(
        "schedule_transfer",
        source_account_id="alice",
        target_account_id="bob",
        amount=30000,
        run_at=when,
        every="P1M",
        time_zone="Europe/Berlin",
        timestamp=when - HOUR,
    )["schedule_id"]
    bank.call("run_schedules", timestamp=when + HOUR)
    bank.call("get_schedule", schedule_id=rent)
    bank.call("list_schedules", account_id="alice", status="active")
    bank.call("list_schedule_runs", schedule_id=rent)
    bank.call("cancel_schedule", schedule_id=rent, timestamp=when + HOUR)


def changes(bank: Recorder) -> None:
    """What operators do to accounts."""
    when = T + 7 * DAY
    for step, (name, reason) in enumerate(
        {
            "freeze_account": "card reported as lost",
            "block_account": "account taken over",
            "unfreeze_account": "asked by the holder, with passport",
            "close_account": "asked by the holder",
        }.items()
    ):
        bank.call(name, account_id="carol", reason=reason, timestamp=when + step * HOUR)
    bank.call(
        "set_overdraft_limit",
        account_id="alice",
        overdraft_limit=20000,
        reason="regular income",
        timestamp=when,
    )
    bank.call(
        "set_account_metadata",
        account_id="alice",
        metadata={"name": "Alice", "tier": "gold"},
        timestamp=when,
    )
    bank.call("set_collecting", account_id="shop", collecting=True, timestamp=when)
    low = {"field": "available", "comparison": "lt", "value": 1000}
    monitor = bank.call("create_monitor", account_id="alice", **low, timestamp=when)
    bank.call("list_monitors", account_id="alice")
    bank.call("delete_monitor", monitor_id=monitor["monitor_id"], timestamp=when + HOUR)
    bank.call("create_account", account_id="dan", timestamp=int(time.time() * 1000) + 50_000)
    bank.call("rewind_account", account_id="dan", reason="opened by a clock that was fast")


def books(bank: Recorder) -> None:
    """What can be read of all this."""
    period = {"account_id": "alice", "since": T, "until": T + 8 * DAY}
    bank.call("get_account", account_id="alice")
    bank.call("list_transactions", account_id="alice", limit=3)
    bank.call("get_statement", account_id="bob", since=T + 3 * DAY, until=T + 8 * DAY)
    bank.call("balance_history", **period, buckets=4)
    bank.call("list_balances", timestamp=T + 8 * DAY, limit=2)
    bank.call("list_house_entries", house_account_id="@external", order="desc", limit=1)
    bank.call("trial_balance", currency="EUR", timestamp=T + 8 * DAY)


def api_keys(bank: Recorder) -> None:
    """A shop's own way in."""
    shop = {"name": "shop-backend", "role": "teller", "accounts": ["shop", "till:*"]}
    bank.call("create_api_key", **shop)
    bank.call("list_api_keys")
    bank.call("revoke_api_key", name="shop-backend")


def refused(bank: Recorder) -> None:
    """What is not to be had, and that it was asked for."""
    too_much = {"source_account_id": "bob", "target_account_id": "alice", "amount": 10**9}
    response = bank.client.post("/transfers", json=too_much, headers={"X-Request-ID": "till-7.42"})
    assert response.status_code == 409, response.text
    bank.client.application.extensions["refusals"].stop()
    bank.call("list_refusals", request_id="till-7.42")
    bank.call("list_account_refusals", account_id="bob", code="insufficient_funds", limit=1)
    bank.call("count_refusals")


def events(bank: Recorder, database_url: str) -> None:
    """A webhook whose receiver is not well: what a worker would do is done in its place."""
    bank.call("number_events")
    bank.call("list_events", after=5, limit=2)
    bank.call("ledger_totals")
    bank.call("turnover_history", since=T, until=T + DAY, currency="EUR")
    created = bank.call(
        "create_webhook",
        url="https://example.com/events",
        secret="whsec_5a1f0c7be2d94c03a1e8",
        types=["pay"],
        after=0,
    )
    with psycopg.connect(database_url) as worker:
        claimed = worker.execute(
            "SELECT webhook_id, event_id, attempt, 503 FROM bank.claim_deliveries()"
        ).fetchone()
        worker.execute("SELECT FROM bank.finish_delivery(%s, %s, %s, %s)", claimed)
        worker.execute("SELECT FROM bank.begin_worker('bank-1/4711', '1.0.0')")
    hook = {"webhook_id": created["webhook_id"]}
    bank.call("list_webhooks")
    pending = bank.call("list_deliveries", **hook, status="pending")["deliveries"]
    delivery = hook | {"event_id": pending[0]["event_id"]}
    bank.call("retry_delivery", **delivery)
    bank.call("skip_delivery", **delivery, reason="They have it from the list.")
    bank.call("rotate_webhook_secret", **hook, secret="whsec_91b2d7c3f05e4a6c8d10")
    bank.call("pause_webhook", **hook, reason="They move.")
    bank.call("update_webhook", **hook, url="https://example.com/bank/events", types=["pay"])
    bank.call("resume_webhook", **hook)
    bank.call("pause_webhooks", reason="This is a copy.")
    bank.call("delete_webhook", **hook)
    bank.call("list_workers")


def proof(bank: Recorder, database_url: str) -> None:
    """That nothing of it has been touched."""
    bank.call("verify_ledger")
    bank.call("verify_account", account_id="alice")
    bank.call("verify_digest", digest=bank.call("ledger_digest"))
    with psycopg.connect(database_url, autocommit=True) as worker:
        query = "SELECT proof_number FROM bank.begin_proof('verification')"
        begun = worker.execute(query).fetchone()
        worker.execute("SELECT FROM bank.note_progress(%s, 60, 60)", begun)
        checks = "(SELECT json_agg(row_to_json(v)) FROM bank.verify_ledger() AS v)"
        worker.execute(f"SELECT FROM bank.finish_proof(%s, 0, checks => {checks})", begun)
    [found] = bank.call("list_proofs", kind="verification", limit=1)["proofs"]
    bank.call("list_proof_checks", proof_number=found["proof_number"])
