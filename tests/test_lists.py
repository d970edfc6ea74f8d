"""Lists: pages of any size, from the beginning or from the end, over every route that has them."""

import json

import psycopg
import pytest

from pgteller.embedded.database import create_web_role
from pgteller.shell import create_app
from pgteller.shell.routes import ROUTES
from tests.http_helpers import DAY, T0, Bank

LISTS = [route for route in ROUTES if route.cursor]
NAMES = [route.name for route in LISTS]
ROWS = 10_000
REFUSAL = {
    "refused_at": T0,
    "request_id": "lists",
    "method": "POST",
    "route": "/deposits",
    "status": 409,
    "code": "account_frozen",
    "account_ids": ["alice"],
    "detail": {},
}


@pytest.fixture(scope="module")
def bank(own_url):
    """A bank of its own, in which there is some of everything."""
    app = create_app(create_web_role(own_url))
    bank = Bank(app.test_client())
    for name in "alice", "bob", "a/b", "\N{SNOWMAN}":
        bank.post("/accounts", account_id=name, timestamp=T0)
    for name in "alice", "bob":
        bank.post("/deposits", account_id=name, amount=5000, timestamp=T0)
    for number in range(1, 5):
        bank.post("/payments", account_id="alice", amount=number * 100, timestamp=T0 + number)
    for number in range(4):
        times = {"timestamp": T0 + 10, "expires_at": T0 + 20 + number}
        bank.post("/holds", account_id="alice", amount=5, **times)
        watched = {"field": "balance", "comparison": "lt", "value": number}
        bank.post("/monitors", account_id="alice", timestamp=T0 + 10, **watched)
        rent = {"source_account_id": "bob", "target_account_id": "a/b", "amount": 1}
        days = {"run_at": T0 + DAY, "every": "P1D", "until": T0 + 5 * DAY, "timestamp": T0 + 10}
        assert bank.post("/schedules", **rent, **days).status == 200
    while bank.post("/schedules/runs", timestamp=T0 + 9 * DAY)["remaining"]:
        pass
    moved = {"source_account_id": "@external", "target_account_id": "\N{SNOWMAN}", "amount": 9}
    posted = bank.post("/transactions", postings=[moved])["transaction_id"]
    back = {"source_account_id": "\N{SNOWMAN}", "target_account_id": "@external", "amount": 1}
    for _ in range(4):
        bank.post("/transactions", postings=[back], refers_to=posted)
    assert bank.post("/events/numberings").status == 200
    for number in range(3):
        bank.post("/api-keys", name=f"key{number}", role="teller")
        bank.post("/webhooks", url=f"https://example.com/{number}", after=0)
    with psycopg.connect(own_url) as connection:
        connection.execute("SELECT FROM bank.claim_deliveries()")
        connection.execute(
            "SELECT FROM generate_series(1, 3) AS n, bank.begin_worker('host/' || n, '1.0')"
        )
        for _ in range(3):
            connection.execute("SELECT FROM bank.begin_proof('digest')")
            connection.execute("SELECT FROM bank.note_refusals(%s)", [json.dumps([REFUSAL])])
    yield bank
    app.extensions["pool"].close()


WHERE = {"schedule_id": "schedule1", "webhook_id": "webhook1", "house_account_id": "@external"}
WHERE_ELSE = {"list_schedules": "bob"}


def path(bank, route):
    [posted] = bank.history("\N{SNOWMAN}", operation="post", amount_min=9)
    where = {
        "account_id": WHERE_ELSE.get(route.name, "alice"),
        "transaction_id": posted["transaction_id"],
    }
    return route.path.format_map(WHERE | where)


def listed(bank, route, size, **query):
    """All pages of that size: each item by its cursor."""
    found = []
    while True:
        page = bank.get(path(bank, route), limit=size, **query)
        assert page.status == 200, page
        items = [one[route.cursor] if isinstance(one, dict) else one for one in page[route.items]]
        assert len(items) == size or page["next"] is None
        found += items
        if page["next"] is None:
            return found
        assert page["next"] == items[-1]
        query["after"] = page["next"]


@pytest.mark.parametrize("route", LISTS, ids=NAMES)
def test_pages_from_either_end(bank, route):
    whole = listed(bank, route, 1000)
    assert len(whole) >= 3, "have the bank above make more of it"
    assert len({*whole}) == len(whole)
    for size in 1, 2, 3, len(whole):
        if size == 1 and len(whole) > 100:
            continue
        assert listed(bank, route, size, order="asc") == whole, size
        assert listed(bank, route, size, order="desc") == whole[::-1], size


@pytest.mark.parametrize("route", LISTS, ids=NAMES)
@pytest.mark.parametrize("order", ["descending", "DESC", "1"])
def test_an_order_that_is_none(bank, route, order):
    reply = bank.get(path(bank, route), order=order)
    assert (reply.status, reply.code, reply["argument"]) == (422, "invalid_argument", "order")
    assert bank.get(path(bank, route) + "?order=").code == "invalid_request"


def test_what_is_due_is_the_newest(bank):
    lines = bank.history("alice", order="desc", limit=5)
    assert [line["hash"] is None for line in lines] == [True] * 5
    assert [line["version"] for line in lines] == [
        lines[0]["version"] - number for number in range(5)
    ]
    assert [line["operation"] for line in lines[:4]] == ["cashback"] * 4


MANY = """
    INSERT INTO ledger.holds (account_id, hold_number, transaction_id, created_at, amount)
    SELECT 'big', 1000000 + n, 1, 1, 1 FROM generate_series(1, %(rows)s) AS n;
    INSERT INTO ledger.accounts (account_id, currency, last_timestamp, created_at)
    SELECT 'many' || n, 'EUR', 1, 1 FROM generate_series(1, %(rows)s) AS n;
"""


@pytest.fixture(scope="module")
def big(own_url, bank):
    """A connection to where there is much of what grows."""
    with psycopg.connect(own_url, autocommit=True) as connection:
        connection.execute("SELECT FROM bank.create_account('big')")
        connection.execute("SELECT FROM bank.deposit('big', 100000000)")
        item = {"operation": "pay", "account_id": "big", "amount": 50}
        connection.execute("SELECT FROM bank.batch(%s)", [json.dumps([item] * ROWS)])
        connection.execute(psycopg.ClientCursor(connection).mogrify(MANY, {"rows": ROWS}))
        while connection.execute("SELECT * FROM bank.number_events(10000)").fetchone()[0]:
            pass
        connection.execute("VACUUM (ANALYZE)")
        yield connection


GROWING = {
    "list_transactions('big', ": 7000,
    "list_transactions('big', operation => 'pay', ": 7000,
    "list_cashbacks('big', ": f"payment{ROWS - 3000}",
    "list_payments('big', ": f"payment{ROWS - 3000}",
    "list_house_entries('@payments', ": "7000-1",
    "list_house_entries('@payments', operation => 'pay', currency => 'EUR', ": "7000-1",
    "list_house_entries('@payments', since => 1, until => 9000000000000, ": "7000-1",
    "list_holds('big', ": f"hold{1_000_000 + 7000}",
    "list_events(": 7000,
    "list_accounts(": "many7000",
    "list_accounts(search => 'MANY', currency => 'EUR', ": "many7000",
    "list_balances(": "many7000",
}


@pytest.mark.parametrize("call", GROWING)
def test_a_page_reads_no_more_than_it_shows(big, call):
    """Whichever end it begins at, and wherever it goes on: 20 of 10 000 rows, however often."""

    def blocks(order, after):
        query = f'SELECT * FROM bank.{call}"limit" => 20, "order" => \'{order}\', after => {after})'
        for _ in range(8):  # beyond the plans that PostgreSQL makes for one call each
            ((plan,),) = big.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {query}").fetchall()
        top = plan[0]["Plan"]
        assert top["Actual Rows"] == 20
        return top["Shared Hit Blocks"] + top["Shared Read Blocks"]

    everything = f'SELECT count(*) FROM bank.{call}"limit" => NULL)'
    assert big.execute(everything).fetchone()[0] > ROWS - 1
    for after in "NULL", f"'{GROWING[call]}'":
        assert blocks("desc", after) < 1.5 * blocks("asc", after) + 20 < 400
