"""Statements, balances over time and over accounts, filters of the history."""

import csv
import io
import json
import re
import time
from itertools import pairwise

import pytest

from tests.http_helpers import DAY, MAX, T0, fresh
from web import statement_pdf
from web.money import major, moment
from web.statement_csv import harmless


@pytest.fixture
def busy(bank):
    """An account with a deposit, two payments, a transfer, and one cashback due but unposted."""
    one, two = bank.account(timestamp=T0), bank.account(timestamp=T0)
    bank.post("/deposits", account_id=one, amount=1000, timestamp=T0 + 10)
    bank.post("/payments", account_id=one, amount=100, timestamp=T0 + 20, metadata={"o": {"n": 1}})
    body = {"source_account_id": one, "target_account_id": two, "amount": 300}
    bank.post("/transfers", **body, timestamp=T0 + 30, metadata={"o": {"n": 2}, "x": 1})
    return one, two


def statement(bank, account_id, **query):
    return bank.get(f"/accounts/{account_id}/statement", **query)


def test_statement(bank, busy):
    reply = statement(bank, busy[0], since=T0 + 10, until=T0 + DAY + 21)
    assert (reply.status, reply["opening"], reply["closing"]) == (200, 0, 602)
    assert (reply["credits"], reply["debits"]) == (1002, 400)
    assert [line["operation"] for line in reply["transactions"]] == [
        "deposit",
        "pay",
        "transfer",
        "cashback",
    ]
    assert reply["transactions"][-1]["deposited"] is False
    assert reply["totals"] == [
        {"operation": "cashback", "count": 1, "credits": 2, "debits": 0},
        {"operation": "deposit", "count": 1, "credits": 1000, "debits": 0},
        {"operation": "pay", "count": 1, "credits": 0, "debits": 100},
        {"operation": "transfer", "count": 1, "credits": 0, "debits": 300},
    ]
    assert reply.headers["Vary"] == "Accept"


def test_statements_do_not_depend_on_settlement(bank, busy):
    period = {"since": T0, "until": T0 + DAY + 21}
    before = statement(bank, busy[0], **period).body
    bank.post("/cashbacks/settlements", timestamp=T0 + DAY + 20)
    after = statement(bank, busy[0], **period).body
    for body in before, after:
        line = body["transactions"].pop()
        assert (line["operation"], line["timestamp"], line["version"]) == (
            "cashback",
            T0 + DAY + 20,
            5,
        )
    assert after == before


def test_statements_join(bank, busy):
    bounds = [0, T0, T0 + 9, T0 + 10, T0 + 11, T0 + 20, T0 + 31, T0 + DAY + 20, T0 + DAY + 21, MAX]
    whole = statement(bank, busy[0], until=MAX)["transactions"]
    lines, closing = [], 0
    for since, until in pairwise(bounds):
        part = statement(bank, busy[0], since=since, until=until)
        assert part["opening"] == closing
        closing = part["closing"]
        assert closing == part["opening"] + part["credits"] - part["debits"]
        assert closing == bank.balance(busy[0], timestamp=until - 1)
        assert all(since <= line["timestamp"] < until for line in part["transactions"])
        lines += part["transactions"]
    assert lines == whole


def test_an_empty_period(bank, busy):
    for moment_of in 0, T0 + 10, T0 + 15, MAX:
        reply = statement(bank, busy[0], since=moment_of, until=moment_of)
        assert (reply["opening"], reply["transactions"]) == (reply["closing"], [])
        assert (reply["credits"], reply["debits"], reply["totals"]) == (0, 0, [])


def test_a_statement_of_everything_up_to_now(bank, busy):
    reply = statement(bank, busy[0])
    assert (reply["since"], reply["opening"], reply["closing"]) == (0, 0, 602)
    assert reply["until"] > T0 + DAY
    soon = int(time.time() * 1000) + 50_000  # as far as clocks may differ, and not yet over
    ahead = bank.account(balance=5, timestamp=soon)
    reply = statement(bank, ahead)
    assert (reply["closing"], reply["until"]) == (5, soon + 1)
    assert statement(bank, ahead, until=soon + 1).body == reply.body
    assert statement(bank, ahead, until=soon)["closing"] == 0


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"since": 2, "until": 1}, "invalid_period"),
        ({"since": -1}, "invalid_timestamp"),
        ({"until": MAX + 2}, "invalid_timestamp"),
        ({"since": "x"}, "invalid_request"),
    ],
)
def test_periods_that_are_none(bank, busy, query, code):
    assert statement(bank, busy[0], **query).code == code
    assert bank.get(f"/accounts/{busy[0]}/transactions", **query).code == code


@pytest.mark.parametrize("path", ["statement", "balance-history?since=0&until=1"])
def test_statements_of_nobody(bank, path):
    assert bank.get(f"/accounts/nobody/{path}").code == "account_not_found"


def test_statement_as_csv(client, bank, busy):
    period = {"since": T0 + 10, "until": T0 + DAY + 21}
    path = f"/accounts/{busy[0]}/statement"
    response = client.get(path, query_string=period, headers={"Accept": "text/csv"})
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(response.text, newline="")))
    assert [row["row"] for row in rows] == ["opening", *["transaction"] * 4, "closing"]
    assert [row["balance"] for row in rows] == ["0.00", "10.00", "9.00", "6.00", "6.02", "6.02"]
    assert [row["balance_minor"] for row in rows] == ["0", "1000", "900", "600", "602", "602"]
    pay = rows[2]
    assert (pay["amount"], pay["amount_minor"], pay["currency"]) == ("-1.00", "-100", "EUR")
    assert (pay["contra_account_id"], pay["time"]) == ("'@payments", "2017-07-14T02:40:00.020Z")
    assert json.loads(pay["metadata"]) == {"o": {"n": 1}}
    assert rows[3]["contra_account_id"] == busy[1]
    assert rows[4]["deposited"] == "false"
    assert response.text.endswith("\r\n")


@pytest.mark.parametrize("first", ["=", "+", "-", "\uff1d", " ="])
def test_no_formula_reaches_a_spreadsheet(client, bank, first):
    evil = first.strip() + 'cmd|"/c calc"!A1,' + fresh()
    bank.post("/accounts", account_id=evil)
    one = bank.account(balance=5)
    bank.post("/transfers", source_account_id=one, target_account_id=evil, amount=5)
    response = client.get(f"/accounts/{one}/statement", headers={"Accept": "text/csv"})
    rows = list(csv.DictReader(io.StringIO(response.text, newline="")))
    assert rows[-2]["contra_account_id"] == "'" + evil


def test_what_is_harmless():
    assert [harmless(text) for text in ("a=b", "", None, "7")] == ["a=b", "", "", "7"]
    assert [harmless(text)[0] for text in ("\t=", " @a", "\uff0ba", "@x")] == ["'"] * 4


def test_money_and_moments_for_people():
    assert [major(amount, 2) for amount in (0, 5, -5, 100, -123456, MAX)] == [
        "0.00",
        "0.05",
        "-0.05",
        "1.00",
        "-1234.56",
        "90071992547409.91",
    ]
    assert (major(-1234, 0), major(1, 3), major(7, 18)) == ("-1234", "0.001", "0." + "0" * 17 + "7")
    assert major(-123456789, 2, thousands=",") == "-1,234,567.89"
    assert moment(0) == "1970-01-01T00:00:00.000Z"
    assert moment(253402300799999) == "9999-12-31T23:59:59.999Z"
    assert moment(MAX) == ""


def test_statement_as_pdf(client, bank, busy):
    path = f"/accounts/{busy[0]}/statement"
    period = {"since": T0, "until": T0 + DAY + 21}
    headers = {"Accept": "application/pdf"}
    response = client.get(path, query_string=period, headers=headers)
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.data.startswith(b"%PDF-1.")
    assert client.get(path, query_string=period, headers=headers).data == response.data


@pytest.mark.parametrize("lines", [0, 1, 100, 500])
def test_a_pdf_has_the_pages_it_needs(lines):
    line = {
        "timestamp": MAX,
        "version": 10**9,
        "operation": "transfer",
        "deposited": None,
        "contra_account_id": "汉" * 64,
        "payment_ref": "payment" + "9" * 16,
        "amount": -MAX,
        "balance_after": -MAX,
    }
    document = {
        "account_id": "🏦" * 64,
        "currency": "ABCDEFGHIJKL",
        "exponent": 2,
        "since": 0,
        "until": MAX,
        "opening": -MAX,
        "closing": MAX,
        "credits": MAX * lines,
        "debits": MAX * lines,
        "totals": [],
        "transactions": [line] * lines,
    }
    pdf = statement_pdf.render(json.dumps(document).encode())
    pages = len(re.findall(rb"/Type /Page\b", pdf))
    assert pages >= 1 + lines // 20
    assert pages <= 2 + lines // 2


@pytest.mark.parametrize(
    ("accept", "given"),
    [
        ("*/*", "application/json"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "application/json"),
        ("application/json", "application/json"),
        ("text/csv;q=0.9, application/pdf;q=0.1", "text/csv"),
        ("application/pdf, text/csv;q=0.5", "application/pdf"),
        ("image/png", "application/json"),
    ],
)
def test_what_accept_asks_for(client, bank, busy, accept, given):
    response = client.get(f"/accounts/{busy[0]}/statement", headers={"Accept": accept})
    assert response.mimetype == given


def test_problems_stay_problems(client, bank):
    response = client.get("/accounts/nobody/statement", headers={"Accept": "application/pdf"})
    assert (response.status_code, response.mimetype) == (404, "application/problem+json")


@pytest.mark.parametrize(
    ("query", "versions"),
    [
        ({"operation": "pay"}, [3]),
        ({"operation": "cashback"}, [5]),
        ({"operation": "hold"}, []),
        ({"amount_min": 1}, [2, 5]),
        ({"amount_max": -100}, [3, 4]),
        ({"amount_min": -100, "amount_max": 2}, [1, 3, 5]),
        ({"amount_min": 1, "amount_max": -1}, []),
        ({"since": T0 + 20}, [3, 4, 5]),
        ({"since": T0 + 21}, [4, 5]),
        ({"until": T0 + 20}, [1, 2]),
        ({"since": T0 + 20, "until": T0 + 21}, [3]),
        ({"since": T0 + 20, "until": T0 + 20}, []),
        ({"since": 0, "until": 0}, []),
        ({"until": MAX}, [1, 2, 3, 4, 5]),
        ({"until": MAX, "timestamp": T0 + DAY}, [1, 2, 3, 4]),
        ({"contra_account_id": "@payments"}, [3]),
        ({"contra_account_id": "@cashback"}, [5]),
        ({"metadata": '{"o": {}}'}, [3, 4]),
        ({"metadata": '{"o": {"n": 2}}'}, [4]),
        ({"metadata": '{"o": {"n": "2"}}'}, []),
        ({"metadata": "{}"}, [3, 4]),
        ({"metadata": "{}", "amount_max": -200}, [4]),
        ({"after": 1, "since": T0 + 10, "limit": 2}, [2, 3]),
        ({"after": 3, "amount_min": 1, "limit": 1}, [5]),
    ],
)
def test_filters(bank, busy, query, versions):
    assert [line["version"] for line in bank.history(busy[0], **query)] == versions
    bank.post("/cashbacks/settlements", timestamp=T0 + DAY + 20)
    assert [line["version"] for line in bank.history(busy[0], **query)] == versions


def test_filter_by_counterparty_and_payment(bank, busy):
    one, two = busy
    assert [line["version"] for line in bank.history(one, contra_account_id=two)] == [4]
    payment = bank.history(one)[2]["payment_ref"]
    assert [line["version"] for line in bank.history(one, payment_ref=payment)] == [3, 5]


def test_pages_of_what_filters_leave(bank):
    one = bank.account(timestamp=T0)
    for number in range(1, 10):
        kind = "/deposits" if number % 2 else "/withdrawals"
        bank.post(kind, account_id=one, amount=1, timestamp=T0 + number)
    found, after = [], {}
    while True:
        page = bank.get(f"/accounts/{one}/transactions", operation="deposit", limit=2, **after)
        found += [line["version"] for line in page["transactions"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert found == [2, 4, 6, 8, 10]


@pytest.mark.parametrize(
    ("metadata", "code"),
    [
        ("[]", "invalid_metadata"),
        ("1", "invalid_metadata"),
        ("{", "invalid_request"),
        ('{"a": "\\u0000"}', "invalid_request"),
    ],
)
def test_metadata_that_filters_nothing(bank, busy, metadata, code):
    assert bank.get(f"/accounts/{busy[0]}/transactions", metadata=metadata).code == code


def test_balance_history(bank, busy):
    path = f"/accounts/{busy[0]}/balance-history"
    reply = bank.get(path, since=T0, until=T0 + 40, buckets=4)
    assert reply.body == {
        "account_id": busy[0],
        "buckets": [
            {"since": T0, "until": T0 + 10, "closing": 0, "lowest": 0, "highest": 0},
            {"since": T0 + 10, "until": T0 + 20, "closing": 1000, "lowest": 0, "highest": 1000},
            {"since": T0 + 20, "until": T0 + 30, "closing": 900, "lowest": 900, "highest": 1000},
            {"since": T0 + 30, "until": T0 + 40, "closing": 600, "lowest": 600, "highest": 900},
        ],
    }
    assert len(bank.get(path, since=T0, until=T0 + 1000)["buckets"]) == 100
    assert len(bank.get(path, since=T0, until=T0 + 7)["buckets"]) == 7
    assert bank.get(path, since=T0, until=T0)["buckets"] == []
    assert len(bank.get(path, since=0, until=MAX, buckets=1000)["buckets"]) == 1000


@pytest.mark.parametrize("parts", [1, 3, 7, 11, 40, 1000])
def test_buckets_are_balances(bank, busy, parts):
    """Whatever the division, with unposted cashback in the last part."""
    since, until = T0 - 3, T0 + DAY + 25
    path = f"/accounts/{busy[0]}/balance-history"
    buckets = bank.get(path, since=since, until=until, buckets=parts)["buckets"]
    edges = [bucket["since"] for bucket in buckets] + [until]
    assert edges == sorted(set(edges))
    assert (edges[0], len(buckets)) == (since, parts)
    for bucket in buckets[:5] + buckets[-5:]:
        assert bucket["closing"] == bank.balance(busy[0], timestamp=bucket["until"] - 1)
        assert bucket["lowest"] <= bucket["closing"] <= bucket["highest"]
    assert buckets[-1]["closing"] == 602


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"since": 0}, "invalid_request"),
        ({"since": 0, "until": 1, "buckets": 0}, "invalid_argument"),
        ({"since": 0, "until": 1, "buckets": 1001}, "invalid_argument"),
        ({"since": 1, "until": 0}, "invalid_period"),
        ({"since": -1, "until": 0}, "invalid_timestamp"),
    ],
)
def test_histories_that_are_none(bank, busy, query, code):
    assert bank.get(f"/accounts/{busy[0]}/balance-history", **query).code == code


def test_balances_of_all_accounts(bank, busy):
    first, second = sorted(busy)
    moment_of = T0 + DAY + 20
    page = bank.get("/balances", timestamp=moment_of, after=first, limit=1)
    assert page["balances"] == [bank.get(f"/accounts/{second}/balance", timestamp=moment_of).body]
    assert bank.get("/balances", timestamp=T0 - 1, after=first, limit=1)["balances"] == []
    now = bank.get("/balances", after=first, limit=1)["balances"][0]
    assert (now["account_id"], now["balance"]) == (second, bank.balance(second))


def test_trial_balance(bank, db):
    db.execute("INSERT INTO ledger.currencies VALUES ('TEST_TRIAL', 2) ON CONFLICT DO NOTHING")
    bank.put("/cashback-policies/TEST_TRIAL", rate_bps=1000, delay_ms=10)
    one = bank.account(balance=1000, currency="TEST_TRIAL", timestamp=T0)
    bank.post("/payments", account_id=one, amount=500, fee=7, timestamp=T0 + 10)
    moments = {
        T0 - 1: {"@customers": 0},
        T0: {"@customers": 1000, "@external": -1000},
        T0 + 19: {"@customers": 493, "@external": -1000, "@fees": 7, "@payments": 500},
    }
    end = {"@cashback": -50, "@customers": 543, "@external": -1000, "@fees": 7, "@payments": 500}
    for moment_of, balances in (moments | {T0 + 20: end}).items():
        lines = bank.get("/trial-balance", currency="TEST_TRIAL", timestamp=moment_of)["lines"]
        assert {line["account_id"]: line["balance"] for line in lines} == balances
    lines = bank.get("/trial-balance", currency="TEST_TRIAL")["lines"]
    assert {line["account_id"]: line["balance"] for line in lines} == end
    assert bank.get("/trial-balance", currency="?").code == "unknown_currency"


def test_all_currencies_sum_to_zero(bank, busy):
    euro, yen = bank.account(balance=1000), bank.account(currency="JPY")
    body = {"source_account_id": euro, "target_account_id": yen}
    bank.post("/exchanges", **body, amount=600, target_amount=1000)
    for query in {}, {"timestamp": T0 + 25}:
        sums = {}
        for line in bank.get("/trial-balance", **query)["lines"]:
            sums[line["currency"]] = sums.get(line["currency"], 0) + line["balance"]
        assert sums
        assert set(sums.values()) == {0}
