"""Pages and forms of the console, as a browser without JavaScript has them."""

import json
import time

import psycopg
import pytest

from pgteller.console.actions import ACTIONS
from pgteller.console.pages import PAGES
from pgteller.shell import create_app
from tests.http_helpers import DAY, fresh
from tests.pages import HERE, Browser

pytestmark = pytest.mark.first_server

HOSTILE = """<script>alert("1")</script>'"&amp;{{7*7}}"""


@pytest.fixture
def browser(client_with):
    return Browser(client_with().application.test_client())


@pytest.fixture
def api(client_with):
    """Asks the API."""
    client = client_with()

    def api(method, path, body=None, **headers):
        reply = client.open(path, method=method, json=body, headers=headers)
        assert reply.status_code < 400, reply.json
        return reply.json

    return api


@pytest.fixture
def opened(api):
    """Opens an account, with some money."""

    def opened(amount=0, currency="EUR", **metadata):
        account_id = fresh()
        given = {"account_id": account_id, "currency": currency, "metadata": metadata}
        api("POST", "/accounts", given)
        if amount:
            api("POST", "/deposits", {"account_id": account_id, "amount": amount})
        return account_id

    return opened


@pytest.fixture
def everything(api, opened, database_url):
    """Each page, about something that is there."""
    account_id = opened(500)
    moved = api("POST", "/payments", {"account_id": account_id, "amount": 100})
    with psycopg.connect(database_url, autocommit=True) as db:
        query = "SELECT proof_number FROM bank.begin_proof('verification')"
        [number] = db.execute(query).fetchone()
        db.execute("SELECT bank.finish_proof(%s)", [number])
    return paths(account_id, moved["transaction_id"], number)


@pytest.fixture
def balance(api):
    return lambda account_id: api("GET", f"/accounts/{account_id}/balance")["balance"]


def paths(account_id, transaction_id, proof_number):
    """Each page, about something that is there."""
    queries = {
        "account": {"account_id": account_id},
        "verification": {"account_id": account_id},
        "transaction": {"transaction_id": transaction_id},
        "deliveries": {"webhook_id": "webhook1"},
        "checks": {"proof_number": proof_number},
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


def test_every_action_has_a_form(browser):
    for name in ACTIONS:
        page = browser.get(f"/console/do/{name}")
        assert page.status == 200, name
        assert page.forms[-1].action == f"/console/do/{name}"


def test_a_page_that_there_is_not(browser):
    for path in "/console/nothing", "/console/do/post", "/console/static/nothing.js":
        page = browser.get(path)
        assert page.status == 404
        assert page.response.mimetype == "text/html"
    assert "There is no account" in browser.get("/console/account", account_id="nobody").text
    assert browser.get("/console/account", account_id="nobody").status == 404


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
    assert HOSTILE in browser.get("/console/account", account_id=account_id).text


def test_a_transfer(browser, opened, balance):
    source, target = opened(10_000), opened()
    page = browser.get("/console/do/transfer", source_account_id=source)
    assert "100.00" in page.text
    form = page.forms[-1]
    assert form.fields["source_account_id"] == source
    page = browser.send(
        form, step="preview", target_account_id=target, amount="25.5", note="Dinner"
    )
    assert page.status == 200
    assert "74.50" in page.text
    assert (balance(source), balance(target)) == (10_000, 0)
    confirm = page.forms[-1]
    done = browser.send(confirm, step="confirmed")
    assert done.status == 200
    assert (balance(source), balance(target)) == (7450, 2550)
    assert done.response.headers["HX-Trigger"] == "ledger-changed"
    # The same once more, as a double click or a reload has it.
    again = browser.send(confirm, step="confirmed")
    assert again.status == 200
    assert [link for link in again.links if "transaction" in link] == [
        link for link in done.links if "transaction" in link
    ]
    assert (balance(source), balance(target)) == (7450, 2550)
    told = browser.get("/console/account", account_id=source).text
    assert "Dinner" in told


def test_a_refusal_in_words(browser, opened, balance):
    source, target = opened(1000), opened()
    page = browser.do(
        "transfer", source_account_id=source, target_account_id=target, amount="10.01"
    )
    assert page.status == 409
    assert "Only 10.00 EUR is available, 10.01 EUR was asked for." in page.text
    # What was typed is still there.
    assert page.forms[-1].fields["amount"] == "10.01"
    assert balance(source) == 1000


def test_what_is_refused_between_preview_and_posting(browser, opened, api, balance):
    source, target = opened(1000), opened()
    given = {"source_account_id": source, "target_account_id": target, "amount": "10"}
    form = browser.get("/console/do/transfer").forms[-1]
    page = browser.send(form, step="preview", **given)
    api("POST", "/withdrawals", {"account_id": source, "amount": 1})
    page = browser.send(page.forms[-1], step="confirmed")
    assert page.status == 409
    assert "Only 9.99 EUR is available" in page.text
    assert balance(target) == 0


def test_a_preview_can_be_changed(browser, opened):
    source, target = opened(1000), opened()
    given = {"source_account_id": source, "target_account_id": target, "amount": "10"}
    form = browser.get("/console/do/transfer").forms[-1]
    page = browser.send(form, step="preview", note="Rent", **given)
    page = browser.send(page.forms[-1], step="edit")
    assert {**page.forms[-1].fields, "note": "Rent"} == page.forms[-1].fields | {"note": "Rent"}
    assert page.forms[-1].fields["note"] == "Rent"
    assert {name: page.forms[-1].fields[name] for name in given} == given


@pytest.mark.parametrize(
    "case",
    [
        ("EUR", "0.01", 1),
        ("EUR", "1", 100),
        ("EUR", "1.", 100),
        ("EUR", "1.10", 110),
        ("EUR", " 12.3 ", 1230),
        ("EUR", "90071992547409.91", 2**53 - 1),
        ("JPY", "100", 100),
        ("JPY", "100.", 100),
        ("KWD", "1.234", 1234),
        ("KWD", "0.001", 1),
    ],
)
def test_amounts(browser, opened, balance, case):
    currency, text, minor = case
    account_id = opened(currency=currency)
    page = browser.do("deposit", account_id=account_id, amount=text)
    assert page.status == 200, page.text
    assert balance(account_id) == minor


@pytest.mark.parametrize(
    "text",
    [
        *(
            "0",
            "0.00",
            "-1",
            "0.001",
            "1.000",
            "0.010",
            "1,00",
            "1,000.00",
            "1 000",
            "1e3",
            "NaN",
            "x",
            "1.2.3",
        ),
        *(".5", "+1", "\u0661", "90071992547409.92", "999999999999999999", "1" * 100, "0x10"),
    ],
)
def test_amounts_that_are_none(browser, opened, balance, text):
    account_id = opened(100)
    page = browser.do("deposit", account_id=account_id, amount=text)
    assert page.status in (409, 422), page.text
    assert balance(account_id) == 100


def test_times_are_of_the_zone_of_whoever_types(browser, opened, api):
    account_id = opened(1000)
    other = opened()
    soon = int(time.time()) * 1000 + 30 * DAY
    local = time.strftime("%Y-%m-%dT%H:%M", time.gmtime(soon / 1000 + 2 * 3600))
    page = browser.do(
        "schedule_transfer",
        source_account_id=account_id,
        target_account_id=other,
        amount="1",
        run_at=local,
        zone_here="Etc/GMT-2",
    )
    assert page.status == 200, page.text
    [schedule] = api("GET", f"/accounts/{account_id}/schedules")["schedules"]
    assert schedule["run_at"] == soon // 60_000 * 60_000


@pytest.mark.parametrize("text", ["tomorrow", "2026-13-01", "9" * 17, "99999-01-01", "2026"])
def test_times_that_are_none(browser, opened, text):
    page = browser.do(
        "hold", account_id=opened(1000), amount="1", expires_at=text, zone_here="Nowhere/At_all"
    )
    assert page.status == 422, page.text


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("2031-03-30T01:59", 200),
        ("2031-03-30T02:30", 422),  # which clocks leave out
        ("2031-10-26T02:30", 422),  # which they show twice
        ("2031-10-26T02:30+01:00", 200),
        ("203112311800", 422),
        ("1932654600000", 200),
    ],
)
def test_times_that_are_not_clear_are_refused(browser, opened, text, status):
    given = {"account_id": opened(1000), "amount": "1", "expires_at": text}
    page = browser.do("hold", **given, zone_here="Europe/Berlin")
    assert page.status == status, page.text


def test_no_form_without_its_token(browser, opened, balance):
    account_id = opened()
    form = browser.get("/console/do/deposit", account_id=account_id).forms[-1]
    page = browser.send(form, step="preview", amount="1")
    confirm = page.forms[-1]
    token = confirm.fields.pop("form_token")
    for forged in ({}, {"form_token": ""}, {"form_token": token[:-1]}, {"form_token": "x" * 64}):
        page = browser.send(confirm, step="confirmed", **forged)
        assert page.status == 422
    # Nor with that of another browser.
    other = Browser(browser.client.application.test_client())
    theirs = other.get("/console/do/deposit").forms[-1].fields["form_token"]
    assert theirs != token
    assert browser.send(confirm, step="confirmed", form_token=theirs).status == 422
    assert balance(account_id) == 0


@pytest.mark.parametrize("origin", [None, "null", "http://evil.example", "http://localhost:81", ""])
def test_no_form_from_elsewhere(browser, opened, balance, origin):
    account_id = opened()
    form = browser.get("/console/do/deposit", account_id=account_id).forms[-1]
    confirm = browser.send(form, step="preview", amount="1").forms[-1]
    headers = {"Host": "localhost"} | ({} if origin is None else {"Origin": origin})
    data = confirm.fields | {"step": "confirmed"}
    reply = browser.client.post(confirm.action, data=data, headers=headers)
    assert reply.status_code == 403
    assert balance(account_id) == 0


def test_forms_are_no_way_into_the_api(browser, opened):
    browser.get("/")
    reply = browser.client.post(
        "/deposits", data={"account_id": opened(), "amount": "1"}, headers=HERE
    )
    assert reply.status_code == 415


def test_a_part_of_a_page(browser, opened):
    account_id = opened(500)
    reply = browser.client.get(
        "/console/account",
        query_string={"account_id": account_id},
        headers=HERE | {"HX-Request": "true", "HX-Target": "standing"},
    )
    assert reply.text.startswith('<section id="standing"')
    assert "<html" not in reply.text


def test_files_are_kept_by_browsers(browser):
    page = browser.get("/")
    files = [
        value
        for name, value in page.attributes
        if name in ("src", "href") and value.startswith("/console/static/")
    ]
    assert len(files) >= 5
    for path in files:
        reply = browser.client.get(path, headers=HERE | {"Accept-Encoding": "gzip"})
        assert reply.status_code == 200
        assert "immutable" in reply.headers["Cache-Control"]
        old = browser.client.get(path.partition("?")[0] + "?v=old", headers=HERE)
        assert old.headers["Cache-Control"] == "no-cache"


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


def test_a_trial_balance(browser, opened):
    opened(500)
    page = browser.get("/console/trial-balance")
    assert "in balance" in page.text
    assert "out of balance" not in page.text
    assert "@customers" in page.text


def test_a_preview_leaves_nothing(browser, opened, database_url):
    """Not a leg, and not a lock."""
    account_id = opened(1000)
    with psycopg.connect(database_url, autocommit=True) as db:
        count = "SELECT count(*) FROM ledger.ledger_transactions WHERE account_id = %s"
        before = db.execute(count, [account_id]).fetchone()
        form = browser.get("/console/do/freeze_account", account_id=account_id).forms[-1]
        page = browser.send(form, step="preview", reason="To see")
        assert page.status == 200
        assert "frozen" in page.text
        db.execute("SET lock_timeout = '1s'")
        db.execute(
            "SELECT FROM ledger.accounts WHERE account_id = %s FOR UPDATE NOWAIT", [account_id]
        )
        assert db.execute(count, [account_id]).fetchone() == before
    # The connection is as it was: what is posted over it next stays.
    assert browser.do("deposit", account_id=account_id, amount="1").status == 200


def test_a_key_is_shown_once(browser):
    name = fresh("key")
    page = browser.get("/console/do/create_api_key").forms[-1]
    preview = browser.send(page, step="preview", name=name, role="teller")
    assert preview.status == 200
    assert "pgt_" not in preview.text  # that of the preview counts for nothing
    done = browser.send(preview.forms[-1], step="confirmed")
    assert "pgt_" in done.text
    assert "pgt_" not in browser.get("/console/keys").text
    again = browser.send(preview.forms[-1], step="confirmed")
    assert again.status == 409


def test_metadata_in_a_form(browser, opened, api):
    account_id = opened(name="Mara")
    form = browser.get("/console/do/set_account_metadata", account_id=account_id).forms[-1]
    assert json.loads(form.fields["metadata"]) == {"name": "Mara"}
    for text in ("{", "[]", '{"a": 1, "a": 2}', "null", '{"a": NaN}'):
        page = browser.send(form, step="preview", metadata=text)
        assert page.status == 422, text
    page = browser.do("set_account_metadata", account_id=account_id, metadata='{"name": "Mo"}')
    assert page.status == 200
    assert api("GET", f"/accounts/{account_id}")["metadata"] == {"name": "Mo"}


def test_a_form_that_is_sent_as_it_comes_changes_nothing(browser, api):
    """What it is filled with is what there is, in the units in which it is typed."""
    policy = {"rate_bps": 150, "delay_ms": 3_600_000, "max_amount": 5050}
    api("PUT", "/cashback-policies/KWD", policy)
    types = ["deposit", "withdraw"]
    webhook = api("POST", "/webhooks", {"url": "https://example.com/hook", "types": types})
    name = webhook["webhook_id"]
    for shown, action in (
        (browser.get("/console/settings", after="KRW"), "do/set_cashback_policy?currency=KWD"),
        (browser.get("/console/webhooks"), f"do/update_webhook?webhook_id={name}&"),
    ):
        [link] = [one for one in shown.links if action in one]
        page = browser.send(browser.get(link).forms[-1], step="preview")
        assert page.status == 200, page.text
        assert browser.send(page.forms[-1], step="confirmed").status == 200
    [found] = [
        one
        for one in api("GET", "/cashback-policies?after=KRW&limit=5")["cashback_policies"]
        if one["currency"] == "KWD"
    ]
    assert found == {"currency": "KWD", **policy}
    [found] = [one for one in api("GET", "/webhooks")["webhooks"] if one["webhook_id"] == name]
    assert found["types"] == types
    api("POST", f"/webhooks/{name}/delete", {})


def test_flags_begin_as_the_function_has_them(browser, opened, api):
    account_id = opened(10_000)
    hold = api("POST", "/holds", {"account_id": account_id, "amount": 4000})["hold_id"]
    page = browser.do("capture_hold", hold_id=hold, amount="1")
    assert page.status == 200
    assert api("GET", f"/holds/{hold}")["remaining"] == 0


def test_an_overdraft_limit_is_in_the_currency_of_the_account(browser, api):
    for currency, limit in (("", 125_000), ("JPY", 1250), ("KWD", 1_250_000)):
        account_id = fresh()
        typed = "1250"
        page = browser.do(
            "create_account", account_id=account_id, currency=currency, overdraft_limit=typed
        )
        assert page.status == 200, page.text
        assert api("GET", f"/accounts/{account_id}")["overdraft_limit"] == limit
    page = browser.do("create_account", account_id=fresh(), currency="NONE", overdraft_limit="1")
    assert page.status == 422


@pytest.mark.parametrize(
    "metadata",
    [
        {"now": 10**20, "timestamp": -(10**20), "expires_at": 1e300},
        {"name": ["a"], "description": {"b": 1}},
        {"name": None, "description": False, "amount": 5},
        {"name": {"a": [1, {"b": None}]}, "description": 1.5},
    ],
)
def test_metadata_of_any_kind(browser, api, metadata):
    account_id = fresh()
    api("POST", "/accounts", {"account_id": account_id, "metadata": metadata})
    given = {"account_id": account_id, "amount": 1, "metadata": metadata}
    moved = api("POST", "/deposits", given)["transaction_id"]
    assert browser.get("/console/account", account_id=account_id).status == 200
    assert browser.get("/console/transaction", transaction_id=moved).status == 200
    assert browser.get("/console/accounts", search=account_id).status == 200


@pytest.mark.parametrize(
    ("metadata", "status"),
    [
        ("", 200),
        ('{"n": 1.00000000000000000001}', 200),
        ("{}", 200),
        ('{"description": "theirs"}', 422),
        ('{"a": 1, "a": 2}', 422),
        ('{"a": "\\ud800"}', 422),
        ("[" * 9999, 422),
        ("[1]", 422),
        ("{", 422),
    ],
)
def test_a_note_beside_metadata(browser, opened, metadata, status):
    page = browser.do(
        "deposit", account_id=opened(), amount="1", note='A "note"', metadata=metadata
    )
    assert page.status == status, page.text


def test_what_is_only_tried_is_no_refusal(browser, opened, database_url):
    account_id = opened(100)
    page = browser.do("withdraw", account_id=account_id, amount="2")
    assert page.status == 409
    browser.client.application.extensions["refusals"].stop()
    with psycopg.connect(database_url, autocommit=True) as db:
        query = "SELECT count(*) FROM bank.list_refusals(account_id => %s)"
        assert db.execute(query, [account_id]).fetchone() == (0,)


def test_nothing_is_loaded_for_foreign_pages(browser):
    """A page of somebody else's cannot have this server work for it."""
    for site in "cross-site", "same-site":
        for mode, status in (("no-cors", 403), ("cors", 403), ("navigate", 200)):
            headers = HERE | {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode}
            headers.pop("Origin")
            for path in "/", "/accounts":
                assert browser.client.get(path, headers=headers).status_code == status
