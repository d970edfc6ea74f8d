"""Statements, balances over time and over accounts, filters of the history."""

import csv
import io
import json
import os
import random
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from urllib.parse import unquote

import pytest

from dev import PROJECT
from pgteller.money import major
from pgteller.statements import attachment, file_name
from pgteller.statements import csv as statement_csv
from pgteller.statements import pdf as statement_pdf
from pgteller.statements.csv import harmless, harmless_json
from tests import pdf_text
from tests.http_helpers import DAY, MAX, T0, fresh

CSV = {"Accept": "text/csv"}
PDF = {"Accept": "application/pdf"}


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


def as_csv(client, account_id, separator=",", **query):
    """The rows of a statement, by the names of their columns."""
    if separator != ",":
        query["separator"] = separator
    path = f"/accounts/{account_id}/statement"
    response = client.get(path, query_string=query, headers=CSV)
    assert response.status_code == 200, response.text
    text = response.data.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=separator))


def as_pdf(client, account_id, **query):
    path = f"/accounts/{account_id}/statement"
    response = client.get(path, query_string=query, headers=PDF)
    assert response.status_code == 200, response.text
    return response.data


def document(lines=(), **members):
    """What bank.get_statement answers, made up."""
    return {
        "account_id": "alice",
        "holder": None,
        "currency": "EUR",
        "exponent": 2,
        "since": 0,
        "until": MAX,
        "time_zone": "UTC",
        "opening_time": "1970-01-01T00:00:00.000Z",
        "closing_time": "2026-10-31T23:59:59.999Z",
        "as_of": None,
        "as_of_time": None,
        "opening": 0,
        "credits": 0,
        "debits": 0,
        "closing": 0,
        "totals": [],
        "transactions": [*lines],
    } | members


LINE = {
    "transaction_id": 7,
    "timestamp": T0,
    "value_at": T0,
    "operation": "transfer",
    "amount": -500,
    "balance_after": 500,
    "contra_account_id": "bob",
    "payment_ref": None,
    "deposited": None,
    "refers_to": None,
    "metadata": None,
    "posting_metadata": None,
    "details": None,
    "version": 2,
    "time": "2017-07-14T02:40:00.000Z",
    "value_time": "2017-07-14T02:40:00.000Z",
    "title": "Transfer",
    "description": None,
}


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
    made = {"as_of", "as_of_time"}
    again = statement(bank, ahead, until=soon + 1).body
    assert [again.pop(name) >= reply.body.pop(name) for name in made] == [True, True]
    assert again == reply.body
    assert statement(bank, ahead, until=soon)["closing"] == 0


UNFINISHED = {"as_of": 1792922400000, "as_of_time": "2026-10-25T06:40:00.000+01:00"}
SAID = "As of 2026-10-25 06:40:00, the period is not over"


@pytest.mark.parametrize("ends_in", [None, 3_600_000, -1])
def test_a_statement_tells_whether_its_period_is_over(client, bank, busy, ends_in):
    now = int(time.time() * 1000)
    query = {"since": T0} | ({} if ends_in is None else {"until": now + ends_in})
    over = ends_in == -1
    reply = statement(bank, busy[0], **query)
    assert (reply["as_of"] is None) == (reply["as_of_time"] is None) == over
    assert over or abs(reply["as_of"] - now) < 60_000
    said = as_csv(client, busy[0], **query)[-1]["description"]
    assert ("the period is not over" in said) != over
    text = pdf_text.text(as_pdf(client, busy[0], **query))
    assert ("the period is not over" in text) != over
    for headers in CSV, PDF:
        path = f"/accounts/{busy[0]}/statement"
        response = client.get(path, query_string=query, headers=headers)
        assert ("-not-over." in response.headers["Content-Disposition"]) != over


def test_every_page_says_that_the_period_is_not_over():
    drawn = statement_pdf.render(document([LINE] * 100, **UNFINISHED))
    texts = pdf_text.text(drawn).splitlines()
    pages = [text for text in texts if text.startswith("Page ")]
    assert len(pages) > 1
    assert texts.count(SAID) == len(pages)
    assert f"{SAID}: more may follow." in texts


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


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "UTC+2", "CEST", "../../etc/passwd"])
@pytest.mark.parametrize("accept", ["application/json", "text/csv", "application/pdf"])
def test_time_zones_that_are_none(client, busy, zone, accept):
    response = client.get(
        f"/accounts/{busy[0]}/statement",
        query_string={"time_zone": zone},
        headers={"Accept": accept},
    )
    assert (response.status_code, response.json["code"]) == (422, "invalid_argument")
    assert (response.json["argument"], response.json["value"]) == ("time_zone", zone)


def test_statement_as_csv(client, bank, busy):
    rows = as_csv(client, busy[0], since=T0 + 10, until=T0 + DAY + 21)
    assert [row["row"] for row in rows] == ["opening", *["transaction"] * 4, "closing"]
    assert [row["balance"] for row in rows] == ["0.00", "10.00", "9.00", "6.00", "6.02", "6.02"]
    assert [row["balance_minor"] for row in rows] == ["0", "1000", "900", "600", "602", "602"]
    pay = rows[2]
    assert (pay["amount"], pay["amount_minor"], pay["currency"]) == ("-1.00", "-100", "EUR")
    assert (pay["contra_account_id"], pay["time"]) == ("'@payments", "2017-07-14T02:40:00.020Z")
    assert json.loads(pay["metadata"]) == {"o": {"n": 1}}
    assert rows[3]["contra_account_id"] == busy[1]
    assert rows[4]["deposited"] == "false"
    assert {row["account_id"] for row in rows} == {busy[0]}
    response = client.get(f"/accounts/{busy[0]}/statement", headers=CSV)
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.text.endswith("\r\n")


def test_a_clerk_reads_whose_it_is_when_and_what_for(client, bank, busy):
    one = bank.account(timestamp=T0, metadata={"name": "Łukasz Żółć"})
    note = {"description": "Rent,\nOctober"}
    bank.post("/deposits", account_id=one, amount=1234567, timestamp=T0 + DAY, value_at=T0 - DAY)
    body = {"source_account_id": one, "target_account_id": busy[1], "amount": 300}
    bank.post("/transfers", **body, timestamp=T0 + 2 * DAY, metadata=note)
    period = {"since": T0, "until": T0 + 3 * DAY, "time_zone": "Europe/Berlin"}

    opening, deposit, transfer, closing = as_csv(client, one, **period)
    assert {row["holder"] for row in (opening, deposit, transfer, closing)} == {"Łukasz Żółć"}
    assert (opening["time"], closing["time"]) == (
        "2017-07-14T04:40:00.000+02:00",
        "2017-07-17T04:39:59.999+02:00",
    )
    assert (opening["timestamp"], closing["timestamp"]) == (str(T0), str(T0 + 3 * DAY - 1))
    assert (deposit["value_at"], deposit["value_time"], deposit["time"]) == (
        str(T0 - DAY),
        "2017-07-13T04:40:00.000+02:00",
        "2017-07-15T04:40:00.000+02:00",
    )
    assert (transfer["title"], transfer["description"]) == ("Transfer", "Rent,\nOctober")

    pdf = as_pdf(client, one, **period)
    assert pdf_text.row(pdf, "Account holder") == ["Account holder", "Łukasz Żółć"]
    assert pdf_text.row(pdf, one) == ["Account", one]
    assert pdf_text.row(pdf, "Time zone") == ["Time zone", "Europe/Berlin"]
    assert pdf_text.row(pdf, "Period") == ["Period", "2017-07-14 04:40:00 to 2017-07-17 04:39:59"]
    assert pdf_text.row(pdf, "2017-07-15") == [
        "2017-07-15 04:40:00",
        "Deposit",
        deposit["transaction_id"],
        "12,345.67",
        "12,345.67",
    ]
    assert "value 2017-07-13" in pdf_text.text(pdf)
    assert f"Transfer to {busy[1]}" in pdf_text.text(pdf)
    assert "Rent, October" in pdf_text.text(pdf)
    assert pdf_text.row(pdf, "2017-07-17 04:39:59")[:1] == ["Period"]
    closed = [line for line in pdf_text.text(pdf).split("\n") if line == "2017-07-17 04:39:59"]
    assert len(closed) == 1  # beside the closing balance
    assert "@" not in pdf_text.text(pdf)


def test_what_moves_no_money_is_there_on_wish(client, bank, busy):
    one = bank.account(balance=1000, timestamp=T0)
    bank.post("/holds", account_id=one, amount=100, timestamp=T0 + 1)
    bank.post(f"/accounts/{one}/freeze", reason="check", timestamp=T0 + 2)
    history = [line["operation"] for line in statement(bank, one)["transactions"]]
    assert history == ["open", "deposit", "hold", "freeze_account"]
    for wish, operations in ("false", ["deposit"]), ("true", history):
        rows = as_csv(client, one, all_entries=wish)
        assert [row["operation"] for row in rows[1:-1]] == operations
        shown = pdf_text.text(as_pdf(client, one, all_entries=wish))
        assert ("Money reserved" in shown) == ("Account frozen" in shown) == (wish == "true")
        assert pdf_text.row(as_pdf(client, one, all_entries=wish), "In all")[1] == str(
            len(operations)
        )
    assert [row["operation"] for row in as_csv(client, one)[1:-1]] == ["deposit"]


@pytest.mark.parametrize(
    ("currency", "told", "comma"),
    [
        ("JPY", "1234567", "1234567"),
        ("KWD", "1234.567", "1234,567"),
        ("EUR", "12345.67", "12345,67"),
    ],
)
def test_amounts_in_units_of_the_currency(client, bank, currency, told, comma):
    one = bank.account(balance=1234567, currency=currency, timestamp=T0)
    rows = as_csv(client, one)
    assert [row["balance"] for row in rows[1:]] == [told, told]
    assert rows[1]["amount"] == told
    rows = as_csv(client, one, separator=";")
    assert [rows[1]["amount"], rows[2]["balance"]] == [comma, comma]
    pdf = as_pdf(client, one)
    whole, point, decimals = told.partition(".")
    assert pdf_text.row(pdf, "Deposit")[3:] == [f"{int(whole):,}{point}{decimals}"] * 2


def test_csv_for_excel(client, bank, busy):
    path = f"/accounts/{busy[0]}/statement"
    plain = client.get(path, headers=CSV).data
    assert plain.startswith(b"row,version,")
    wishes = {"bom": "true", "separator": ";"}
    marked = client.get(path, query_string=wishes, headers=CSV).data
    assert marked.startswith(b"\xef\xbb\xbfrow;version;")
    assert b";-1,00;-100;" in marked
    response = client.get(path, query_string={"separator": "|"}, headers=CSV)
    assert (response.status_code, response.json["field"]) == (422, "separator")


@pytest.mark.parametrize("separator", [",", ";"])
@pytest.mark.parametrize("first", ["=", "+", "-", "\uff1d", " ="])
def test_no_formula_reaches_a_spreadsheet(client, bank, first, separator):
    evil = first.strip() + 'cmd|"/c calc"!A1,' + fresh()
    bank.post("/accounts", account_id=evil)
    one = bank.account(balance=5)
    body = {"source_account_id": one, "target_account_id": evil, "amount": 5}
    bank.post("/transfers", **body, metadata={"description": first + "1+1"})
    row = as_csv(client, one, separator=separator)[-2]
    assert row["contra_account_id"] == "'" + evil
    assert row["description"] == "'" + first + "1+1"


@pytest.mark.parametrize("written", [",", ";"])
@pytest.mark.parametrize("read", [",", ";", "\n"])
@pytest.mark.parametrize("skipped", ["", " ", '"', ' "', "\u00a0", "\u3000", "\ufeff"])
def test_no_formula_whatever_separates(written, read, skipped):
    """A spreadsheet that separates by something else makes other cells of the same file.

    It knows no quotes then, for those of a cell that is none to it do not stand at its front.
    """
    evil = f"x{read}{skipped}=1+1{read}x"
    data = {"description": evil, "a": [evil, "=1"]}
    line = LINE | {"contra_account_id": evil, "description": evil, "metadata": data}
    text = statement_csv.render(document([line], holder=evil), separator=written).decode()
    for cell in re.split(rf"\r\n|{read}", text):
        assert not re.match(r'[\s"\ufeff]*[=+@\uff1d]', cell), cell
    row = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=written))[1]
    assert json.loads(row["metadata"]) == data


def test_what_is_harmless():
    assert [harmless(text) for text in ("a=b", "", None, "7")] == ["a=b", "", "", "7"]
    assert [harmless(text)[0] for text in ("\t=", " @a", "\uff0ba", "@x", "\tx")] == ["'"] * 5
    assert harmless("a;=b, -c; d=e") == "a;'=b,' -c; d=e"
    assert harmless_json({"a": -1, "b": ["=1", "x@y", "x;@y"]}) == (
        '{"a": -1, "b": ["\\u003d1", "x@y", "x;\\u0040y"]}'
    )
    assert harmless_json(None) == ""


@pytest.mark.parametrize(
    ("account_id", "plain", "exact"),
    [
        ("alice", "statement-alice-2026-10-31", None),
        ("a/b\\c:d", "statement-a_b_c_d-2026-10-31", None),
        ('x"; filename="evil.exe', "statement-x___filename__evil.exe-2026-10-31", None),
        ("../../etc", "statement-.._.._etc-2026-10-31", None),
        ("Łódź", "statement-_d_-2026-10-31", "statement-Łódź-2026-10-31"),
        ("汉" * 64, "statement-_-2026-10-31", f"statement-{'汉' * 53}-2026-10-31"),
    ],
)
def test_names_of_files(account_id, plain, exact):
    name = file_name(document(account_id=account_id), "csv")
    header = attachment(name)
    assert header.isascii()
    assert header.count('"') == 2
    star = header.partition("; filename*=UTF-8''")[2]
    if exact:
        assert unquote(star) == f"{exact}.csv" == name
    assert header.startswith(f'attachment; filename="{plain}.csv"')
    period = {"since": T0, "opening_time": "2026-10-01T00:00:00.000+02:00"}
    assert file_name(document(**period), "pdf") == "statement-alice-2026-10-01-2026-10-31.pdf"
    unfinished = document(**period, **UNFINISHED)
    assert file_name(unfinished, "pdf") == "statement-alice-2026-10-01-2026-10-31-not-over.pdf"


def test_statements_are_files(client, bank, busy):
    for headers, extension in (CSV, "csv"), (PDF, "pdf"):
        response = client.get(
            f"/accounts/{busy[0]}/statement",
            query_string={"since": T0, "until": T0 + DAY, "time_zone": "Pacific/Auckland"},
            headers=headers,
        )
        name = f"statement-{busy[0]}-2017-07-14-2017-07-15.{extension}"
        assert response.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert "Content-Disposition" not in client.get(f"/accounts/{busy[0]}/statement").headers


def test_money_for_people():
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
    assert major(-123456789, 2, thousands=".", point=",") == "-1.234.567,89"


def test_statement_as_pdf(client, bank, busy):
    path = f"/accounts/{busy[0]}/statement"
    period = {"since": T0, "until": T0 + DAY + 21}
    response = client.get(path, query_string=period, headers=PDF)
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.data.startswith(b"%PDF-1.")
    assert client.get(path, query_string=period, headers=PDF).data == response.data
    assert pdf_text.row(response.data, "Cashback (due)")[3:] == ["0.02", "6.02"]
    assert pdf_text.row(response.data, "In all")[1:] == ["4", "10.02", "-4.00"]


@pytest.mark.parametrize(
    "words",
    [
        "Zażółć gęślą jaźń, Łódź",
        "Příliš žluťoučký kůň úpěl ďábelské ódy",
        "Árvíztűrő tükörfúrógép",
        "Țara și orașele: șț ŞŢ ăâî",
        "Nguyễn Thị Hồng Ân: ặ ẫ ổ ữ ợ",
        "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία, Ϊ ΰ",
        "Съешь ещё этих мягких булок, Їжак, Ђорђе",
        "Straße, smørrebrød, Þingvellir, Ħamrun, Ğüzel İş, 1 € £ ¥ „“…",
    ],
)
def test_letters_of_many_languages(words):
    line = LINE | {"contra_account_id": words, "description": words}
    drawn = statement_pdf.render(document([line], holder=words))
    shown = pdf_text.text(drawn)
    assert "{" not in shown
    assert pdf_text.row(drawn, "Account holder") == ["Account holder", words]
    assert re.sub(r"\s", "", shown).count(re.sub(r"\s", "", words)) == 3
    assert b"/FontFile2" in drawn  # in the document, and only what it takes of it
    assert len(drawn) < 60_000


def test_what_the_font_has_not_is_told_by_number():
    line = LINE | {"contra_account_id": "汉🏦", "description": "a\u0301 \x07\u202e\ufeff"}
    shown = pdf_text.text(statement_pdf.render(document([line])))
    assert "Transfer to {6C49}{1F3E6}" in shown
    assert "á {0007}{202E}{FEFF}" in shown


def test_long_texts_are_cut_and_never_an_id():
    line = LINE | {"contra_account_id": "W" * 64, "description": "many words " * 1000}
    shown = pdf_text.text(statement_pdf.render(document([line], holder="name " * 1000)))
    assert shown.replace("\n", "").count("W" * 64) == 1
    assert len(re.findall("many", shown)) < 140 / len("many words")
    assert len(re.findall("name", shown)) < 140 / len("name")


@pytest.mark.parametrize("exponent", [0, 2, 18])
def test_the_largest_amounts_stand_in_one_piece(exponent):
    """A figure of which the last digit stands below is read as another one."""
    line = LINE | {"amount": -MAX, "balance_after": MAX}
    whole = {"exponent": exponent, "credits": MAX * 1000, "opening": -MAX, "closing": MAX}
    drawn = statement_pdf.render(document([line], **whole))
    least, most = major(-MAX, exponent, ","), major(MAX, exponent, ",")
    assert pdf_text.row(drawn, "Transfer to bob")[3:] == [least, most]
    assert pdf_text.text(drawn).split("\n").count(least) == 3
    assert major(MAX * 1000, exponent, ",") in pdf_text.text(drawn).split("\n")


@pytest.mark.parametrize("lines", [0, 1, 100, 500])
def test_a_pdf_has_the_pages_it_needs(lines):
    line = LINE | {
        "version": 10**9,
        "contra_account_id": "汉" * 64,
        "payment_ref": "payment" + "9" * 16,
        "amount": -MAX,
        "balance_after": -MAX,
    }
    members = {"account_id": "🏦" * 64, "currency": "ABCDEFGHIJKL", "opening": -MAX, "closing": MAX}
    members |= {"credits": MAX * lines, "debits": MAX * lines}
    pdf = statement_pdf.render(document([line] * lines, **members))
    pages = len(re.findall(rb"/Type /Page\b", pdf))
    assert 1 + lines // 20 <= pages <= 2 + lines // 2
    assert f"Page {pages} of {pages}" in pdf_text.text(pdf)
    places = [place for page in pdf_text.pages(pdf) for place in page]
    assert all(0 < place.y < 842 and 0 < place.x < 595 for place in places)


def test_a_long_pdf_takes_no_time():
    draw = random.Random(1)
    lines = [
        LINE
        | {
            "contra_account_id": "".join(chr(draw.randrange(0x4E00, 0x9FFF)) for _ in range(64)),
            "payment_ref": f"payment{10**15 + number}",
            "amount": number - MAX,
            "balance_after": MAX - number,
        }
        for number in range(4000)
    ]
    begun = time.process_time()
    statement_pdf.render(document(lines))
    assert time.process_time() - begun < 2.5


def test_threads_draw_at_once():
    """Each the same bytes as alone: reportlab's fonts have a reading position of their own."""
    documents = [
        document([LINE | {"contra_account_id": words}] * 20)
        for words in ("Łódź, Żółć, ǻǽǿ", "Příliš žluťoučký kůň", "Nguyễn ặ ẫ ổ", "Ελλάδα, ΰ")
    ]
    alone = [statement_pdf.render(one) for one in documents]
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(8) as pool:
            drawn = list(pool.map(statement_pdf.render, documents * 20))
    finally:
        sys.setswitchinterval(usual)
    assert drawn == alone * 20


@pytest.mark.first_server
def test_a_font_that_is_none_ends_the_web_server(tmp_path):
    nothing = tmp_path / "nothing.ttf"
    nothing.write_text("no font")
    for path in (nothing, tmp_path / "missing.ttf", tmp_path):
        variables = os.environ | {"DATABASE_URL": "postgresql:///", "STATEMENT_FONT": str(path)}
        ended = subprocess.run(
            [sys.executable, "-c", "import pgteller.shell.wsgi"],
            cwd=PROJECT,
            env=variables,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert ended.returncode == 2
        assert ended.stderr.startswith(f"STATEMENT_FONT: {path} is no TrueType font")
        assert "Traceback" not in ended.stderr


def test_problems_of_statements_stay_problems(client, bank):
    for headers in CSV, PDF:
        response = client.get("/accounts/nobody/statement", headers=headers)
        assert (response.status_code, response.mimetype) == (404, "application/problem+json")
        assert "Content-Disposition" not in response.headers


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
    db.execute("SELECT FROM bank.create_currency('TEST_TRIAL', 2)")
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
