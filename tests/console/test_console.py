"""Pages of the console, as a browser without JavaScript has them."""

import json
import re
import time
from io import BytesIO
from urllib.parse import urlencode

import psycopg
import pytest
from jinja2 import meta, nodes

from pgteller.console import asking
from pgteller.console.pages import PAGES
from pgteller.console.proving import FINDINGS
from pgteller.console.words import all_operations
from pgteller.contract import OPERATIONS, TYPES
from pgteller.pool import UnavailableError
from pgteller.shell import create_app
from tests.http_helpers import fresh
from tests.pages import HERE, ODD, Browser, Page

pytestmark = pytest.mark.first_server
HOSTILE = """<script>alert("1")</script>'"&amp;{{7*7}}"""


@pytest.fixture
def everything(api, opened, database_url):
    """Each page, about something that is there."""
    account_id = opened(500)
    moved = api("POST", "/payments", {"account_id": account_id, "amount": 100})
    with psycopg.connect(database_url, autocommit=True) as db:
        query = "SELECT proof_number FROM bank.begin_proof('verification')"
        [number] = db.execute(query).fetchone()
        db.execute("SELECT bank.finish_proof(%s)", [number])
    hold = api("POST", "/holds", {"account_id": account_id, "amount": 1})["hold_id"]
    given = {"source_account_id": account_id, "target_account_id": opened(), "amount": 1}
    planned = api("POST", "/schedules", given | {"run_at": 9_000_000_000_000})["schedule_id"]
    return paths(account_id, moved, hold, planned, number)


def paths(account_id, moved, hold_id, schedule_id, proof_number):
    """Each page, about something that is there."""
    queries = {
        "account": {"account_id": account_id},
        "verification": {"account_id": account_id},
        "transaction": {"transaction_id": moved["transaction_id"]},
        "payment": {"payment_id": moved["payment_id"]},
        "hold": {"hold_id": hold_id},
        "schedule": {"schedule_id": schedule_id},
        "house": {"house_account_id": "@external"},
        "deliveries": {"webhook_id": "webhook1"},
        "checks": {"proof_number": proof_number},
        "find": {"search": "a"},
    }
    return [(page.path, queries.get(page.name, {})) for page in PAGES]


def test_every_page(browser, everything):
    for path, query in everything:
        page = browser.get(path, **query)
        assert page.status == 200, path
        headers = page.response.headers
        policy = dict(part.split() for part in headers["Content-Security-Policy"].split(";"))
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == "'self'"
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["Cache-Control"] == "no-store"
        assert headers["Content-Type"] == "text/html; charset=utf-8"
        names = {name for name, _ in page.attributes}
        assert page.tables_are_told, path
        assert not {name for name in names if name.startswith("on") or name == "style"}, path


def test_links_lead_somewhere(browser, everything):
    seen = set()
    for path, query in everything:
        for link in browser.get(path, **query).links:
            name, _, _ = link.partition("?")
            if link.startswith("/") and name not in seen:
                seen.add(name)
                assert browser.client.get(link, headers=HERE).status_code == 200, link
    assert "/docs" in seen


@pytest.mark.parametrize("path", ["/console", "/console/", "/console/sign-in"])
def test_where_people_look_for_it(browser, path):
    """Nobody signs in where there are no keys."""
    page = browser.get(path)
    assert (page.status, page.response.headers["Location"]) == (303, "/")


def test_a_page_that_there_is_not(browser):
    for path in "/console/nothing", "/console/do/post", "/console/static/nothing.js":
        page = browser.get(path)
        assert page.status == 404
        assert page.response.mimetype == "text/html"
    assert "There is no account" in browser.get("/console/account", account_id="nobody").text
    assert browser.get("/console/account", account_id="nobody").status == 404


def test_queries_of_every_page(browser, everything):
    for odd in ODD:
        for page, (path, query) in zip(PAGES, everything, strict=True):
            for name in page.parameters:
                given = urlencode(query | {name: odd}, errors="surrogatepass")
                for part in {}, {"HX-Request": "true", "HX-Target": "history"}:
                    reply = browser.client.get(f"{path}?{given}", headers=HERE | part)
                    assert reply.status_code < 500, (path, given)


def test_what_is_called_so_is_gone_to_at_once(browser, opened, api):
    account_id, other = opened(5000), opened()
    paid = api("POST", "/payments", {"account_id": account_id, "amount": 100})
    held = api("POST", "/holds", {"account_id": account_id, "amount": 100})
    transfer = {"source_account_id": account_id, "target_account_id": other, "amount": 1}
    planned = api("POST", "/schedules", transfer | {"run_at": 9_000_000_000_000})
    watched = {"account_id": account_id, "field": "balance", "comparison": "lt", "value": 1}
    monitor = api("POST", "/monitors", watched)
    account = f"/console/account?account_id={account_id}"
    short = opened(note=f"{account_id} and others")
    api("POST", "/accounts", {"account_id": f"{short}2"})  # which matches as well
    transaction = f"/console/transaction?transaction_id={paid['transaction_id']}"
    for search, where in {
        f" {account_id.upper()} ": account,
        short: f"/console/account?account_id={short}",
        f"#{paid['transaction_id']}": transaction,
        " @fees": "/console/house?house_account_id=@fees",
        paid["payment_id"].upper(): f"/console/payment?payment_id={paid['payment_id']}",
        f"transaction{paid['transaction_id']}": transaction,
        held["hold_id"]: f"/console/hold?hold_id={held['hold_id']}",
        planned["schedule_id"]: f"/console/schedule?schedule_id={planned['schedule_id']}",
        monitor["monitor_id"]: f"{account}#monitors",
        "": "/console/accounts",
    }.items():
        page = browser.get("/console/find", search=search)
        assert (page.status, page.response.headers["Location"]) == (303, where), search


def test_attempts_of_a_scheduled_transfer(browser, opened, api, connect):
    source, target = opened(), opened()
    when = api("GET", f"/accounts/{target}")["last_timestamp"]  # no later than now, for the worker
    given = {"source_account_id": source, "target_account_id": target, "amount": 150}
    given |= {"timestamp": when, "run_at": when, "every": "P1M", "metadata": {"for": "Rent"}}
    schedule_id = api("POST", "/schedules", given)["schedule_id"]
    connect().execute("SELECT bank.run_schedules()")
    page = browser.get("/console/schedule", schedule_id=schedule_id)
    assert "How often Every month" in page.text
    assert "for Rent" in page.text
    assert "refused" in page.text
    assert "Only 0.00 EUR is available, 1.50 EUR was asked for." in page.text
    assert browser.get("/console/schedule", schedule_id="schedule999999").status == 404


def test_what_is_found_besides_is_listed(browser, opened, api):
    account_id, word = opened(5000), fresh("word")
    paid = api("POST", "/payments", {"account_id": account_id, "amount": 100})
    mentions = opened(0, note=f"Asks for {paid['payment_id']}", name=f"Zoë {word}")
    page = browser.get("/console/find", search=paid["payment_id"])
    assert page.status == 200
    assert f"/console/payment?payment_id={paid['payment_id']}" in page.links
    assert f"/console/account?account_id={mentions}" in page.links
    page = browser.get("/console/find", search=f"{word} zoe")
    assert f"/console/account?account_id={mentions}" in page.links
    assert f"/console/accounts?search={word}+zoe" in page.links
    assert page.text.index("Zoë") < page.text.index("Nothing has exactly this id")
    assert "With exactly this id" not in page.text
    assert page.forms[0].fields == {"search": f"{word} zoe"}
    page = browser.get("/console/find", search=f"{word}, zoe;")
    assert f"/console/account?account_id={mentions}" in page.links
    page = browser.get("/console/find", search="@customers")  # which has no entries
    assert page.status == 200
    page = browser.get("/console/find", search=f"{word} zoe nobody")
    assert "No account has these words" in page.text
    assert browser.get("/console/find", search="x" * 101).status == 422


@pytest.mark.parametrize(
    "query",
    [
        "?account_id=a&account_id=b",
        "?nothing=1",
        "?transaction_id=x",
        "?transaction_id=1e3",
        "?transaction_id=99999999999999999999999",
        "?transaction_id=%00",
        "?period=century",
    ],
)
def test_queries_are_looked_at_strictly(browser, query):
    for path in "/", "/console/account", "/console/transaction":
        assert 400 <= browser.client.get(path + query, headers=HERE).status_code < 500


def test_texts_are_texts(browser, opened, api):
    account_id = opened(500, name=HOSTILE, **{HOSTILE: HOSTILE})
    api(
        "POST",
        "/withdrawals",
        {"account_id": account_id, "amount": 1, "metadata": {"description": HOSTILE}},
    )
    for path, query in (
        ("/console/accounts", {}),
        ("/console/account", {"account_id": account_id}),
        ("/console/accounts", {"order": "desc"}),
        ("/console/do/deposit", {"account_id": HOSTILE}),
        ("/console/do/set_account_metadata", {"account_id": account_id}),
    ):
        page = browser.get(path, **query)
        assert "<script>alert" not in page.response.text
        assert "49" not in page.text.split("alert(")[-1][:30]
    page = browser.get("/console/account", account_id=account_id)
    assert HOSTILE in page.text
    assert "<h1><bdi>&lt;script&gt;" in page.response.text  # whatever direction it takes


def test_payments_of_an_account(browser, opened, api):
    payer, shop = opened(10_000), opened()
    given = {"account_id": payer, "merchant_account_id": shop}
    whole, part, none = (api("POST", "/payments", given | {"amount": n}) for n in (999, 2000, 30))
    api("POST", f"/payments/{whole['payment_id']}/refunds", {})
    api("POST", f"/payments/{part['payment_id']}/refunds", {"amount": 500})
    page = browser.get("/console/account", account_id=payer)
    panel = page.text.partition(" Paid by this account ")[2]
    assert panel.index(none["payment_id"]) < panel.index(part["payment_id"])  # the newest first
    assert f"20.00 EUR to {shop} {part['payment_id']}" in panel
    assert "5.00 EUR refunded, 15.00 EUR left" in panel
    assert "all refunded" in panel
    assert "0.30 EUR to" in panel
    offered = [one for one in page.links if "do/refund_payment" in one]
    assert len(offered) == 2  # not where nothing is left
    # Each id leads to where all of it is told.
    [link] = {one for one in page.links if one.endswith(f"payment_id={part['payment_id']}")} - {
        f"/console/do/refund_payment?payment_id={part['payment_id']}"
    }
    told = browser.get(link).text
    assert "What may still be refunded 15.00 EUR" in told
    assert "Refund" in told.partition("What refers to it")[2]
    # Of the transaction of a refund its payment tells more.
    [refund] = api("GET", f"/accounts/{payer}/transactions?operation=refund&limit=1")[
        "transactions"
    ]
    told = browser.get("/console/transaction", transaction_id=refund["transaction_id"]).text
    assert f"What became of its payment, {whole['payment_id']} tells." in told
    # Where not all are shown, the history has them.
    rest = f"/console/account?account_id={payer}&operation=pay#history"
    assert rest not in page.links
    for _ in range(6):
        api("POST", "/payments", given | {"amount": 1})
    assert rest in browser.get("/console/account", account_id=payer).links


def test_why_an_account_is_stopped(browser, opened, api):
    account_id = opened(100)
    about = {"account_id": account_id}
    assert "nothing can be taken" not in browser.get("/console/account", **about).text
    api("POST", f"/accounts/{account_id}/freeze", {"reason": "Lost <card>"})
    api("POST", "/deposits", about | {"amount": 1})
    [entry] = api("GET", f"/accounts/{account_id}/transactions?operation=freeze_account")[
        "transactions"
    ]
    part = {"HX-Request": "true", "HX-Target": "heading"}
    reply = browser.client.get(f"/console/account?account_id={account_id}", headers=HERE | part)
    for page in browser.get("/console/account", **about), Page(reply):
        assert "Frozen: nothing can be taken from it but what is reserved" in page.text
        by = entry["transaction_id"]
        assert re.search(
            rf"gets money\. Since [\d: -]+, by transaction {by} : “ Lost <card> ”", page.text
        )
    api("POST", f"/accounts/{account_id}/block", {"reason": "Fraud"})
    told = browser.get("/console/account", **about).text
    assert "it gets no money but cashback promised before." in told
    assert "“ Fraud ”" in told
    empty = opened()
    api("POST", f"/accounts/{empty}/close", {"reason": "Moved"})
    assert "Closed for ever" in browser.get("/console/account", account_id=empty).text


def test_what_was_reversed_says_so(browser, opened, api):
    source, target = opened(1000), opened()
    sides = {"source_account_id": source, "target_account_id": target}
    moved = api("POST", "/transfers", sides | {"amount": 5})["transaction_id"]
    page = browser.get("/console/transaction", transaction_id=moved)
    assert "reversed by" not in page.text
    assert [one for one in page.links if "do/reverse_transaction" in one]
    undone = api("POST", f"/transactions/{moved}/reversal", {"reason": "A mistake"})
    page = browser.get("/console/transaction", transaction_id=moved)
    assert f"Transaction {moved} Transfer reversed by {undone['transaction_id']}" in page.text
    assert not [one for one in page.links if "do/reverse_transaction" in one]
    page = browser.get("/console/transaction", transaction_id=undone["transaction_id"])
    assert f"Transaction {undone['transaction_id']} Reversal of {moved}" in page.text
    history = browser.get("/console/account", account_id=target).text
    assert f"Reversal of {moved}" in history
    # Whose chain is shown is chosen where there is a choice.
    assert "Whose chain" in page.response.text
    alone = api("POST", "/deposits", {"account_id": source, "amount": 5})["transaction_id"]
    page = browser.get("/console/transaction", transaction_id=alone)
    assert "Whose chain" not in page.response.text


def test_what_the_ledger_keeps_of_a_transaction(browser, opened, api):
    source, target = opened(150_000), opened(currency="JPY")
    sides = {"source_account_id": source, "target_account_id": target}
    amounts = {"amount": 100_050, "target_amount": 163_000}
    sold = api("POST", "/exchanges", sides | amounts)["transaction_id"]
    told = browser.get("/console/transaction", transaction_id=sold).text
    kept = told.partition("Kept by the ledger")[2].partition("Legs")[0]
    assert "Source amount 1,000.50 EUR" in kept
    assert "Amount received 163,000 JPY" in kept
    hold_id = api("POST", "/holds", {"account_id": source, "amount": 100})["hold_id"]
    took = api("POST", f"/holds/{hold_id}/captures", {"amount": 60, "final": True})
    told = browser.get("/console/transaction", transaction_id=took["transaction_id"]).text
    assert "Release the rest Yes" in told
    page = browser.get("/console/hold", hold_id=hold_id)
    assert f"Captured by {took['transaction_id']}" in page.text
    assert f"/console/transaction?transaction_id={took['transaction_id']}" in page.links


def test_what_went_through_the_house(browser, opened, api):
    account_id = opened(1234)
    dollars = opened(77, "USD")
    api("POST", "/withdrawals", {"account_id": account_id, "amount": 34})
    page = browser.get("/console/account", account_id=account_id)
    [link] = {one for one in page.links if "/console/house" in one}
    while api("POST", "/events/numberings", {})["numbered"]:
        pass
    page = browser.get(link)
    told = page.text
    assert "@external House account" in told
    assert re.search(rf"Withdrawal {account_id} \+0\.34 EUR", told)
    assert re.search(rf"Deposit {dollars} \N{{MINUS SIGN}}0\.77 USD", told)
    assert re.search(r"EUR \N{MINUS SIGN}[\d,.]+ EUR", told.partition("Entries")[2])
    about = {"house_account_id": "@external"}
    told = browser.get("/console/house", **about, currency="USD").text
    assert dollars in told
    assert account_id not in told
    told = browser.get("/console/house", **about, operation="withdraw").text
    assert account_id in told
    assert dollars not in told
    today = {"first_day": "2000-01-01", "time_zone": "Europe/Berlin"}
    page = browser.get("/console/house", **about, **today)
    assert account_id in page.text
    # Another filter keeps the days; a span takes their place.
    [kept] = [one for one in page.forms if "operation" in one.fields and "within" in one.fields]
    assert kept.fields.items() >= today.items()
    for days in {"last_day": "2000-01-01"}, {"first_day": "2999-01-01"}:
        assert "No entry matches" in browser.get("/console/house", **about, **days).text
        assert account_id in browser.get("/console/house", **about, **days, within="day").text
    assert browser.get("/console/house", **about, first_day="soon").status == 422
    assert "Give a house account" not in browser.get("/console/house", house_account_id="@x").text
    assert browser.get("/console/house").status == 422


def test_pages_of_a_list_keep_its_filters(browser, opened, api):
    account_id = opened()
    for _ in range(30):
        api("POST", "/deposits", {"account_id": account_id, "amount": 1})
    given = {"account_id": account_id, "operation": "deposit", "span": "day", "within": "week"}
    page = browser.get("/console/account", **given)
    [following] = {one for one in page.links if "&after=" in one and "span=day" in one}
    for name, value in given.items():
        assert f"{name}={value}" in following
    page = browser.get(following)
    assert "First page" in page.text
    [filters] = [one for one in page.forms if "within" in one.fields]
    assert filters.fields | {"operation": "deposit", "span": "day"} == filters.fields


def test_a_part_of_a_curve(browser, opened):
    account_id = opened(500)
    now = int(time.time() * 1000)
    given = {"account_id": account_id, "since": now - 1000, "until": now}
    page = browser.get("/console/account", **given)
    [drawn] = [json.loads(value) for name, value in page.attributes if name == "data-chart"]
    assert drawn["until"][-1] == now
    assert len(drawn["until"]) == 300
    assert "All of it" in page.text
    # Another period is not of that part, another page of the list is.
    assert not [one for one in page.links if "span=" in one and "since=" in one]
    page = browser.get("/console/account", **given | {"until": 1})
    assert page.status == 200
    assert "Invalid period" in page.text


def test_what_moved_in_each_currency(browser, opened, api):
    for currency in "EUR", "JPY":
        opened(500, currency)
    while api("POST", "/events/numberings", {})["numbered"]:
        pass

    def units(page):
        drawn = [json.loads(value) for name, value in page.attributes if name == "data-chart"]
        return [one["unit"] for one in drawn if "unit" in one]

    page = browser.get("/", period="hour")
    links = [one for one in page.links if "currency=" in one]
    assert {"/?period=hour&currency=EUR", "/?period=hour&currency=JPY"} <= {*links}
    assert units(browser.get("/", period="hour", currency="JPY")) == ["JPY"]
    assert units(browser.get("/", currency="nothing")) == units(browser.get("/"))
    assert "Days are those of UTC." in browser.get("/", period="quarter").text


def test_operations_are_offered_by_what_they_are_about(browser, opened):
    page = browser.get("/console/account", account_id=opened())
    groups = [value for name, value in page.attributes if name == "label"]
    assert groups == [*all_operations()]
    assert {"Accounts", "Holds", "Money"} < {*groups}
    offered = [name for _, all_of_it in all_operations().items() for name, _ in all_of_it]
    assert sorted(offered) == sorted(OPERATIONS)
    assert ("transfer", "Transfer") in all_operations()["Money"]


def test_the_ledger_is_no_account_with_money(browser):
    page = browser.get("/console/account", account_id="@ledger")
    assert "The ledger" in page.text
    assert "History" in page.text
    assert "Available" not in page.text


def test_a_part_of_a_page(browser, opened):
    account_id = opened(500)
    reply = browser.client.get(
        "/console/account",
        query_string={"account_id": account_id},
        headers=HERE | {"HX-Request": "true", "HX-Target": "standing"},
    )
    assert reply.text.startswith('<section id="standing"')
    assert "<html" not in reply.text


@pytest.mark.parametrize(("target", "swap"), [("volume", "none"), ("content", None)])
def test_what_is_asked_for_wrongly_is_said_where_a_whole_page_is_shown(browser, target, swap):
    headers = HERE | {"HX-Request": "true", "HX-Target": target}
    reply = browser.client.get("/?nothing=1", headers=headers)
    assert reply.status_code == 422
    assert reply.headers.get("HX-Reswap") == swap
    assert ('id="content"' in reply.text) == (target == "content")


def test_files_are_kept_by_browsers(browser):
    page = browser.get("/")
    files = [
        value
        for name, value in page.attributes
        if name in ("src", "href") and value.startswith("/console/static/")
    ]
    assert len(files) >= 6
    for path in files:
        reply = browser.client.get(path, headers=HERE | {"Accept-Encoding": "gzip"})
        assert reply.status_code == 200
        assert "immutable" in reply.headers["Cache-Control"]
        other = path.partition("?")[0] + "?v=old"
        old = browser.client.get(other, headers=HERE)
        assert old.headers["Cache-Control"] == "no-cache"
        known = HERE | {"If-None-Match": old.headers["ETag"]}
        assert browser.client.get(other, headers=known).status_code == 304


def test_weight(browser, opened):
    """All that a browser loads for a page, as it loads it: less than 150 kB."""
    account_id = opened(500)
    for path, query in (("/", {}), ("/console/account", {"account_id": account_id})):
        packed = HERE | {"Accept-Encoding": "gzip"}
        page = browser.client.get(path, query_string=query, headers=packed)
        assert page.headers["Content-Encoding"] == "gzip"
        weight = len(page.data)
        plain = browser.get(path, **query)
        for name, value in plain.attributes:
            if name in ("src", "href") and value.startswith("/console/static/"):
                weight += len(browser.client.get(value, headers=packed).data)
        assert weight < 150_000


def test_a_statement(browser, opened):
    account_id = opened(500, name="Mara")
    for kind, mimetype in (("csv", "text/csv"), ("pdf", "application/pdf")):
        reply = browser.client.get(
            "/console/statement",
            query_string={"account_id": account_id, "kind": kind},
            headers=HERE,
        )
        assert reply.status_code == 200
        assert reply.mimetype == mimetype
        assert "attachment" in reply.headers["Content-Disposition"]
    # Of days of a calendar, the last one whole.
    query = {"account_id": account_id, "kind": "csv", "time_zone": "Europe/Berlin"}
    reply = browser.client.get(
        "/console/statement",
        query_string=query | {"first_day": "2020-03-01", "last_day": "2020-03-31"},
        headers=HERE,
    )
    assert "2020-03-01-2020-03-31" in reply.headers["Content-Disposition"]
    for days in ({"first_day": "x"}, {"first_day": "2020-02-30"}, {"last_day": "9999-12-31"}):
        assert browser.get("/console/statement", **query, **days).status == 422
    here = f"/console/account?account_id={account_id}"
    page = browser.get_from(
        here, "/console/statement", **query, first_day="2020-03-02", last_day="2020-03-01"
    )
    assert page.status == 422
    assert "The first day is after the last." in page.text
    assert here in page.links
    for query in ({"account_id": account_id}, {"kind": "exe", "account_id": account_id}):
        assert browser.get("/console/statement", **query).status == 422
    assert browser.get("/console/statement", kind="csv", account_id="nobody").status == 404


def test_below_another_path(app_url, monkeypatch, opened):
    monkeypatch.setenv("ROOT_PATH", "/bank")
    app = create_app(app_url)
    browser = Browser(app.test_client())
    account_id = opened(100)
    page = browser.get("/bank/console/account", account_id=account_id)
    assert page.status == 200
    assert all(link.startswith("/bank/") for link in page.links if link.startswith("/"))
    page = browser.send(
        browser.get("/bank/console/do/withdraw", account_id=account_id).forms[-1],
        step="preview",
        amount="1",
    )
    assert page.status == 200
    assert browser.send(page.forms[-1], step="confirmed").status == 200
    app.extensions["pool"].close()


@pytest.mark.parametrize(
    ("webhooks", "kind", "said"),
    [
        ({}, "good", "2, 7 pending"),
        ({"paused": 1}, "good", "2, 1 paused, 7 pending"),
        ({"paused": 2}, "dull", "2, 2 paused, 7 pending"),
        ({"paused": 2, "failing": 1}, "bad", "2, 1 failing, 2 paused, 7 pending"),
        ({"pending": 5007, "capped": True}, "good", "2, at least 5,007 pending"),
    ],
)
def test_how_webhooks_are(browser, monkeypatch, webhooks, kind, said):
    metrics = asking.ask

    def ask(name, arguments, undone=False):
        found = metrics(name, arguments, undone)
        if name == "ledger_metrics":
            assert found["webhooks"].keys() >= {
                "webhooks",
                "failing",
                "paused",
                "pending",
                "capped",
            }
            all_well = {"webhooks": 2, "failing": 0, "paused": 0, "pending": 7, "capped": False}
            found["webhooks"] = all_well | webhooks
        return found

    monkeypatch.setattr(asking, "ask", ask)
    shown = browser.get("/").response.text
    assert f'<li class="{kind}"><span>Webhooks</span><strong>{said}</strong></li>' in shown


def test_a_trial_balance(browser, opened):
    opened(500)
    page = browser.get("/console/trial-balance")
    assert "in balance" in page.text
    assert "out of balance" not in page.text
    assert "@customers" in page.text
    [form] = [one for one in page.forms if "day" in one.fields]
    assert form.fields.keys() == {"day", "time", "time_zone"}
    # Nothing was there at the end of that day, in Berlin.
    given = {"by": "value_at", "day": "2001-02-03", "time_zone": "Europe/Berlin"}
    page = browser.get("/console/trial-balance", **given)
    assert "As of 2001-02-03 22:59:59" in page.text
    assert "2001-02-03T22:59:59.999Z" in page.response.text
    assert not re.search(r"[1-9]\.[0-9]{2} EUR", page.text)
    page = browser.get("/console/trial-balance", **given, time="18:00")
    assert "As of 2001-02-03 17:00:00" in page.text
    assert [link for link in page.links if "day=2001-02-03" in link and "by=" not in link]
    for odd in {"day": "soon"}, {"time": "late"}, {"time_zone": "x"}:
        assert browser.get("/console/trial-balance", **given | odd).status == 422


def test_a_history_of_some_days(browser, opened):
    account_id = opened(500)
    about = {"account_id": account_id, "operation": "deposit"}
    page = browser.get("/console/account", **about, first_day="2000-01-01")
    assert "+5.00 EUR" in page.text
    chosen = [one.fields for one in page.forms if one.fields.get("first_day")]
    [days] = [one for one in chosen if "within" not in one]
    assert days["operation"] == "deposit"
    assert (
        "No entry matches" in browser.get("/console/account", **about, last_day="2000-01-01").text
    )


def test_currencies_in_use_come_first(browser, opened, api):
    opened(100, currency="KWD")
    api("POST", "/events/numberings", {})
    page = browser.get("/console/settings")
    assert "KWD" in page.text
    assert "AFN" not in page.text
    assert "/console/currencies" in page.links
    page = browser.get("/console/currencies", after="KVD")
    assert "KWD 3 Yes" in page.text
    assert "KYD 2 No" in page.text
    assert [link for link in page.links if "do/set_cashback_policy?currency=KYD" in link]


def test_of_pages_only_what_somebody_may_ask_for_is_noted(app_url):
    """Typing errors are none of it; that an account was asked for, or a form forged, is."""
    app = create_app(app_url)
    browser = Browser(app.test_client())
    noted = []
    app.extensions["refusals"].note = noted.append
    for path in "nothing", "static/nothing", "do/nothing", "accounts?nothing=1":
        assert browser.get(f"/console/{path}").status in (404, 422)
    for query in ("account_id=a&account_id=b", "span=x", "after=x"):
        assert browser.get(f"/console/account?{query}").status == 422, query
    for days in ({"first_day": "x"}, {"last_day": "1969-12-30"}, {"since": "9", "until": "8"}):
        page = browser.get("/console/statement", account_id="a", kind="csv", **days)
        assert page.status == 422, days
    form = next(
        form
        for form in browser.get("/console/integrity").forms
        if form.action.endswith("/comparison")
    )
    for raw in b"", b"x", b"{", b"[]", b'{"root": "x"}', b"\xff", b'{"a": 1, "a": 1}':
        page = browser.send(form, digest=(BytesIO(raw), "digest.json"))
        assert page.status == 422, raw
        assert "digest" in page.text
        assert "JSON" not in page.text
    assert browser.get("/console/account", account_id="nobody").status == 404
    assert browser.client.post("/console/do/deposit", headers=HERE).status_code == 422
    assert [one["code"] for one in noted] == ["account_not_found", "invalid_request"]
    app.extensions["pool"].close()


def test_a_part_that_cannot_be_had_says_so(client_with, connect):
    browser = Browser(client_with(LOCK_TIMEOUT="0.1").application.test_client())
    with connect(autocommit=False) as db:
        db.execute("LOCK TABLE ledger.refused_requests")
        page = browser.get("/")
        assert page.status == 200
        assert page.text.count("Lock timeout.") == 1
        assert "Worker" in page.text
        # But what the page is about has to be there.
        db.execute("LOCK TABLE ledger.accounts")
        assert browser.get("/console/account", account_id="a").status == 503
    assert "Lock timeout." not in browser.get("/").text


def test_a_page_does_not_wait_for_each_of_its_parts(client_with, connect):
    browser = Browser(client_with(REQUEST_TIMEOUT="0.1").application.test_client())
    with connect(autocommit=False) as db:
        db.execute("LOCK TABLE ledger.turnovers")
        page = browser.get("/")
    assert page.status == 200
    parts = len(PAGES[0].parts)
    assert page.text.count("Statement timeout.") == parts
    assert page.text.count("so long that this was not asked for") == parts - 1


def test_without_a_database_a_page_is_one_problem(browser, monkeypatch):
    pool, tries = browser.client.application.extensions["pool"], []
    monkeypatch.setattr(pool, "_take", lambda: None)
    monkeypatch.setattr(pool, "_open", lambda: tries.append(1) or gone())

    def gone():
        raise UnavailableError("it is gone")

    for path in "/", "/console/account?account_id=a", "/console/settings":
        page = Page(browser.client.get(path, headers=HERE))
        assert page.status == 503
        assert "Database unavailable" in page.text
        assert page.response.headers["Retry-After"] == "1"
        assert tries == [1]
        tries.clear()


def test_refusals_are_told_in_words(app_url, opened):
    app = create_app(app_url)
    account_id = opened(100)
    given = {"account_id": account_id, "amount": 200}
    assert app.test_client().post("/withdrawals", json=given).status_code == 409
    app.extensions["refusals"].stop()  # which writes down what waits
    browser = Browser(app.test_client())
    page = browser.get("/console/refusals", account_id=account_id)
    assert "Insufficient funds Only 1.00 EUR is available" in page.text
    assert "asked for. insufficient_funds" in page.text
    page = browser.get("/console/refusals", account_id=account_id[:-1])
    assert "account, code, actor and request are to be given whole" in page.text
    app.extensions["pool"].close()


def test_what_a_digest_finds_is_said_in_words(browser, opened, api):
    kinds = TYPES["digest_verification"].columns["finding"].schema["enum"]
    assert {*FINDINGS} == {*kinds}
    opened(100)
    digest = api("POST", "/ledger/digests", {})
    [form] = [
        one for one in browser.get("/console/integrity").forms if one.action.endswith("/comparison")
    ]
    for member, found in ("root", "root_differs"), ("sums", "history_differs"):
        changed = {"root": "0" * 64, "sums": [1, *digest["sums"][1:]]}[member]
        raw = json.dumps(digest | {member: changed}).encode()
        page = browser.send(form, digest=(BytesIO(raw), "digest.json"))
        assert page.status == 200
        assert FINDINGS[found] in page.text
        assert "backup" in page.text


def test_nothing_is_loaded_for_foreign_pages(browser):
    """A page of somebody else's cannot have this server work for it."""
    for site in "cross-site", "same-site":
        for mode, status in (("no-cors", 403), ("cors", 403), ("navigate", 200)):
            headers = HERE | {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode}
            headers.pop("Origin")
            for path in "/", "/accounts":
                assert browser.client.get(path, headers=headers).status_code == status


def test_templates_name_only_what_there_is(browser):
    """Jinja writes nothing for a name that is unknown, and says nothing of it."""
    given = {"about", "arguments", "form", "found", "next", "page", "part", "problem"}
    given |= {"request", "title"}
    given |= {
        "available",
        "back",
        "bare",
        "brief",
        "demo",
        "every",
        "heading",
        "meaning",
        "one",
        "rows",
        "show",
        "title",
    }
    jinja = browser.client.application.jinja_env
    for name in jinja.list_templates():
        source, *_ = jinja.loader.get_source(jinja, name)
        tree = jinja.parse(source)
        imported = {one for found in tree.find_all(nodes.FromImport) for one in found.names}
        imported |= {one.target for one in tree.find_all(nodes.Import)}
        imported |= {one.name for one in tree.find_all(nodes.Name) if one.ctx == "store"}
        unknown = meta.find_undeclared_variables(tree) - imported - {*jinja.globals}
        assert unknown <= given, name
