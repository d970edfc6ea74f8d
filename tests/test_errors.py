"""The table of statuses is complete, and every refusal in it can be met over HTTP."""

import re
from pathlib import Path

import pytest

from pgteller.logs import JsonFormatter
from pgteller.shell import create_app, errors
from pgteller.urls import with_parts
from tests.http_helpers import MAX, T0, Bank, fresh

SQL = Path(__file__).parent.parent / "sql"


@pytest.fixture(scope="module")
def teller(login_url):
    """A client of a server that logs in as a teller, who may give no timestamps."""
    app = create_app(with_parts(login_url, options="-c role=bank_teller"))
    yield Bank(app.test_client())
    app.extensions["pool"].close()


STATUS = "UPDATE ledger.accounts SET status = %s WHERE account_id = ANY(%s)"
CHANGED: list[str] = []


@pytest.fixture(autouse=True)
def status_as_logged(db):
    """Accounts are what their legs say, once a test is done that made one closed by hand."""
    yield
    db.execute(STATUS, ["active", CHANGED])
    CHANGED.clear()


def with_status(bank, db, status):
    account_id = bank.account(balance=10)
    db.execute(STATUS, [status, [account_id]])
    CHANGED.append(account_id)
    return account_id


def captured(bank, account_id):
    path = hold(bank, account_id)
    bank.post(f"{path}/captures")
    return path


def watched(bank, account_id, times):
    about = {"account_id": account_id, "field": "balance", "comparison": "lt"}
    for value in range(times):
        reply = bank.post("/monitors", **about, value=value - 100)
    return reply


def reuse_a_key(bank, account_id):
    bank.post("/deposits", "k", account_id=account_id, amount=1)
    return bank.post("/deposits", "k", account_id=account_id, amount=2)


def transfer(bank, source, target):
    return bank.post("/transfers", source_account_id=source, target_account_id=target, amount=1)


def hold(bank, account_id, **body):
    """The path of a new hold."""
    return "/holds/" + bank.post("/holds", account_id=account_id, amount=5, **body)["hold_id"]


def ended(bank, account_id, step):
    """Release a hold that has been ended."""
    path = hold(bank, account_id)
    bank.post(path + step)
    return bank.post(path + "/release")


def overtime(bank):
    account_id = bank.account(balance=10, timestamp=T0)
    return bank.post(hold(bank, account_id, timestamp=T0, expires_at=T0 + 1) + "/captures")


def cancelled(bank, account_id):
    """Cancel a schedule that was cancelled."""
    body = {"source_account_id": account_id, "target_account_id": bank.account(), "amount": 1}
    made = bank.post("/schedules", **body, run_at=9_000_000_000_000)
    path = f"/schedules/{made['schedule_id']}/cancel"
    bank.post(path)
    return bank.post(path)


def close(bank, account_id, collecting=False):
    if collecting:
        bank.put(f"/accounts/{account_id}/collecting", collecting=True)
    return bank.post(f"/accounts/{account_id}/close", reason="x")


def with_held(bank):
    """No balance, but a hold on the overdraft."""
    account_id = bank.account(overdraft_limit=5)
    hold(bank, account_id)
    return account_id


def with_cashback(bank):
    account_id = bank.account(balance=100)
    bank.post("/payments", account_id=account_id, amount=100)
    return account_id


def with_overdraft(bank):
    account_id = bank.account(overdraft_limit=1)
    bank.post("/withdrawals", account_id=account_id, amount=1)
    return account_id


def long_statement(bank, db):
    account_id = bank.account()
    query = "SELECT count(bank.deposit(%s, 1)) FROM generate_series(1, 10000)"
    db.execute(query, [account_id])
    return bank.get(f"/accounts/{account_id}/statement")


def refund(bank, account_id, *amounts):
    paid = bank.post("/payments", account_id=account_id, amount=5)["payment_id"]
    return [bank.post(f"/payments/{paid}/refunds", amount=amount) for amount in amounts][-1]


def reverse(bank, transaction_id, times=1):
    path = f"/transactions/{transaction_id}/reversal"
    return [bank.post(path, reason="test") for _ in range(times)][-1]


def give_back(bank, account_id, *amounts):
    """Of a transaction of 5, in parts."""
    other = bank.account()
    moved = {"source_account_id": account_id, "target_account_id": other, "amount": 5}
    refers_to = bank.post("/transactions", postings=[moved])["transaction_id"]
    back = {"source_account_id": other, "target_account_id": account_id}
    return [
        bank.post("/transactions", postings=[back | {"amount": amount}], refers_to=refers_to)
        for amount in amounts
    ]


# How to meet each refusal.
def webhook(bank, one, db=None):
    """The path of a webhook; with a database, of two deliveries of an account the second."""
    made = bank.post("/webhooks", url="https://example.com/", account_id=one)
    path = f"/webhooks/{made['webhook_id']}"
    if db is None:
        return path, None
    for _ in range(2):
        bank.post("/deposits", account_id=one, amount=1)
    number_all(bank)
    db.execute("SELECT FROM bank.claim_deliveries()")
    return path, bank.get(f"{path}/deliveries")["deliveries"][-1]["event_id"]


def skip_of(path, event_id):
    return f"{path}/deliveries/{event_id}/skip"


def number_all(bank):
    while bank.post("/events/numberings")["numbered"]:
        pass


CASES = {
    "invalid_batch": lambda bank, one, db: bank.batch([]),
    "invalid_period": lambda bank, one, db: bank.get(
        f"/accounts/{one}/statement", since=2, until=1
    ),
    "statement_too_long": lambda bank, one, db: long_statement(bank, db),
    "same_currency": lambda bank, one, db: bank.post(
        "/exchanges",
        source_account_id=one,
        target_account_id=bank.account(),
        amount=1,
        target_amount=1,
    ),
    "status_unchanged": lambda bank, one, db: bank.post(f"/accounts/{one}/unfreeze", reason="x"),
    "account_not_ahead": lambda bank, one, db: bank.post(f"/accounts/{one}/rewind", reason="x"),
    "account_collecting": lambda bank, one, db: close(bank, bank.account(), collecting=True),
    "balance_not_zero": lambda bank, one, db: close(bank, one),
    "hold_open": lambda bank, one, db: close(bank, with_held(bank)),
    "cashback_pending": lambda bank, one, db: close(bank, with_cashback(bank)),
    "overdraft_in_use": lambda bank, one, db: bank.put(
        f"/accounts/{with_overdraft(bank)}/overdraft-limit", overdraft_limit=0, reason="x"
    ),
    "invalid_account_id": lambda bank, one, db: bank.post("/accounts", account_id="@a"),
    "invalid_amount": lambda bank, one, db: bank.post("/deposits", account_id=one, amount=0),
    "invalid_timestamp": lambda bank, one, db: bank.get(f"/accounts/{one}/balance", timestamp=-1),
    "unknown_currency": lambda bank, one, db: bank.post("/accounts", account_id="x", currency="x"),
    "invalid_metadata": lambda bank, one, db: bank.post(
        "/deposits", account_id=one, amount=1, metadata=[]
    ),
    "invalid_idempotency_key": lambda bank, one, db: bank.post(
        "/deposits", " ", account_id=one, amount=1
    ),
    "invalid_argument": lambda bank, one, db: bank.get(f"/accounts/{one}/cashbacks", status="x"),
    "same_account": lambda bank, one, db: transfer(bank, one, one),
    "timestamp_in_future": lambda bank, one, db: bank.post(
        "/deposits", account_id=one, amount=1, timestamp=2**53 - 1
    ),
    "invalid_postings": lambda bank, one, db: bank.post("/transactions", postings=[]),
    "refund_exceeds_transaction": lambda bank, one, db: give_back(bank, one, 3, 3)[1],
    "partly_refunded": lambda bank, one, db: reverse(bank, give_back(bank, one, 1)[0]["refers_to"]),
    "currency_exists": lambda bank, one, db: bank.put("/currencies/EUR", exponent=3),
    "currency_mismatch": lambda bank, one, db: transfer(bank, one, bank.account(currency="JPY")),
    "idempotency_key_reused": lambda bank, one, db: reuse_a_key(bank, one),
    "account_not_found": lambda bank, one, db: bank.get("/accounts/nobody"),
    "payment_not_found": lambda bank, one, db: bank.get("/payments/payment0"),
    "transaction_not_found": lambda bank, one, db: bank.get("/transactions/0"),
    "account_exists": lambda bank, one, db: bank.post("/accounts", account_id=one),
    "insufficient_funds": lambda bank, one, db: bank.post("/payments", account_id=one, amount=11),
    "account_frozen": lambda bank, one, db: bank.post(
        "/payments", account_id=with_status(bank, db, "frozen"), amount=1
    ),
    "account_blocked": lambda bank, one, db: bank.post(
        "/deposits", account_id=with_status(bank, db, "blocked"), amount=1
    ),
    "account_closed": lambda bank, one, db: transfer(bank, one, with_status(bank, db, "closed")),
    "timestamp_in_past": lambda bank, one, db: bank.post(
        "/deposits", account_id=one, amount=1, timestamp=T0
    ),
    "balance_limit_exceeded": lambda bank, one, db: bank.post(
        "/deposits", account_id=one, amount=MAX
    ),
    "invalid_url": lambda bank, one, db: bank.post("/webhooks", url="example.com"),
    "address_not_allowed": lambda bank, one, db: bank.post("/webhooks", url="http://example.com"),
    "proof_not_found": lambda bank, one, db: bank.get(f"/ledger/proofs/{MAX}/checks"),
    "delivery_not_found": lambda bank, one, db: bank.post(
        f"{webhook(bank, one)[0]}/deliveries/{MAX}/retry"
    ),
    "delivery_ended": lambda bank, one, db: [
        bank.post(path, reason="a test")
        for path in [skip_of(*webhook(bank, one, db))]
        for _ in range(2)
    ][1],
    "delivery_waits": lambda bank, one, db: bank.post(
        "{}/deliveries/{}/retry".format(*webhook(bank, one, db))
    ),
    "webhook_not_found": lambda bank, one, db: bank.post("/webhooks/webhook0/delete"),
    "api_key_not_found": lambda bank, one, db: bank.post("/api-keys/none/revoke"),
    "api_key_exists": lambda bank, one, db: [
        bank.post("/api-keys", name=fresh_name, role="teller")
        for fresh_name in [fresh("key")]
        for _ in range(2)
    ][1],
    "schedule_not_found": lambda bank, one, db: bank.get("/schedules/schedule0"),
    "schedule_ended": lambda bank, one, db: cancelled(bank, one),
    "monitor_not_found": lambda bank, one, db: bank.post("/monitors/monitor0/delete"),
    "hold_not_found": lambda bank, one, db: bank.get("/holds/hold0"),
    "capture_exceeds_hold": lambda bank, one, db: bank.post(
        hold(bank, one) + "/captures", amount=6
    ),
    "hold_captured": lambda bank, one, db: ended(bank, one, "/captures"),
    "hold_released": lambda bank, one, db: ended(bank, one, "/release"),
    "hold_expired": lambda bank, one, db: overtime(bank),
    "hold_not_refundable": lambda bank, one, db: bank.post(hold(bank, one) + "/refunds"),
    "refund_exceeds_hold": lambda bank, one, db: bank.post(
        captured(bank, one) + "/refunds", amount=6
    ),
    "quota_exceeded": lambda bank, one, db: watched(bank, one, 21),
    "refund_exceeds_payment": lambda bank, one, db: refund(bank, one, 6),
    "payment_refunded": lambda bank, one, db: refund(bank, one, 5, 1),
    "not_reversible": lambda bank, one, db: reverse(
        bank, bank.post("/payments", account_id=one, amount=1)["transaction_id"]
    ),
    "already_reversed": lambda bank, one, db: reverse(
        bank, bank.post("/deposits", account_id=one, amount=1)["transaction_id"], times=2
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_refusal(bank, db, name):
    reply = CASES[name](bank, bank.account(balance=10), db)
    assert (reply.code, reply.status) == (name, errors.STATUS[name])
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert reply["type"] == f"urn:pgteller:{name}"
    assert (reply["status"], reply["title"]) == (reply.status, errors.title(name))
    assert reply["detail"].endswith(".")
    assert not re.search(r"[{}\[\]?]", reply["detail"]), "every member of its template is there"


def test_details_say_what_is_wrong_and_what_would_do(bank):
    one = bank.account(balance=2500)
    told = [
        bank.post("/payments", account_id=one, amount=2501),
        bank.get(f"/accounts/{one}/cashbacks", status="open"),
        bank.get(f"/accounts/{one}/holds", status="Open"),
        bank.post("/accounts", account_id="a\u200bb"),
        bank.post("/transfers", source_account_id=one, target_account_id=one, amount=1),
    ]
    assert [reply["detail"] for reply in told] == [
        "Only 2500 is available, 2501 was asked for.",
        'status must be one of pending, deposited, cancelled, not "open".',
        'status must be one of open, captured, released, expired, not "Open".',
        "This cannot be an account id: has a character that cannot be seen, U+200B. Use 1 to 64 "
        "characters in NFC, none of control and none that cannot be seen, no blank at either end, "
        "no leading @, no /balance or the like at the end.",
        f'Name two different accounts, not "{one}" twice.',
    ]


@pytest.mark.parametrize("operation", ["freeze", "Pay"])
def test_a_filter_that_nothing_can_pass_is_refused_with_what_there_is(bank, db, operation):
    one = bank.account()
    reply = bank.get(f"/accounts/{one}/transactions", operation=operation)
    assert (reply.status, reply.code) == (422, "invalid_argument")
    listed = [name for (name,) in db.execute("SELECT operation FROM bank.operations")]
    assert "freeze_account" in listed
    assert reply["expected"] == "one of " + ", ".join(sorted(listed))
    webhook = bank.post("/webhooks", url="https://example.com/", types=["pay", operation])
    assert (webhook.code, webhook["expected"]) == (reply.code, reply["expected"])


def test_what_only_operators_may(bank, teller):
    body = {"account_id": bank.account(), "amount": 1}
    assert teller.post("/deposits", **body).status == 200
    assert teller.batch([{"operation": "deposit", **body}])["posted"] == 1
    timed = {"operation": "deposit", **body, "timestamp": MAX}
    account = {"account_id": fresh(), "overdraft_limit": 1, "timestamp": MAX}
    for reply, function, arguments in (
        (teller.post("/deposits", **body, timestamp=MAX), "deposit", ["timestamp"]),
        (teller.post("/accounts", **account), "create_account", ["overdraft_limit", "timestamp"]),
        (teller.batch([timed], privileged="true"), "batch", ["privileged"]),
    ):
        assert (reply.status, reply.code) == (403, "permission_denied")
        assert (reply["function"], reply["arguments"]) == (function, arguments)
        given = ", ".join(f"`{name}`" for name in arguments)
        assert reply["detail"] == (
            f"The login of this server may not give {given} to {function}: that takes an operator."
        )
    reply = teller.batch([timed])
    assert (reply.status, reply.code) == (422, "invalid_batch")
    assert bank.balance(body["account_id"]) == 2


def test_what_the_login_may_not(teller):
    reply = teller.post("/cashbacks/settlements")
    assert (reply.status, reply.code) == (403, "permission_denied")
    assert {*reply.body} == {"type", "title", "status", "detail", "code", "function"}
    assert reply["detail"] == (
        "The login of this server may not call settle_cashbacks: that takes the role operator."
    )


def test_every_refusal_is_met():
    # See test_digests.py, test_batches.py, test_identity.py and test_interleavings.py.
    elsewhere = {"ledger_busy", "linked_failed", "limited_to_accounts", "invalid_api_key"}
    elsewhere |= {"invalid_session"}
    assert elsewhere.isdisjoint(CASES)
    assert elsewhere | {*CASES} == {name for name, _ in errors.REFUSALS.values()}


def test_the_table_is_that_of_the_database(db):
    listed = db.execute("SELECT code, name FROM bank.refusals").fetchall()
    assert sorted(listed) == sorted((code, name) for code, (name, _) in errors.REFUSALS.items())


def test_the_functions_raise_what_is_listed():
    source = "".join(path.read_text() for path in (SQL / "functions").rglob("*.sql"))
    raised = set(re.findall(r"engine\.refuse\(\s*'([a-z_]+)'\s*[,)]", source))
    statuses = {"account_frozen", "account_blocked", "account_closed"}
    statuses |= {"hold_captured", "hold_released", "hold_expired"}
    # What a check returns, and what is said of the others in a chain.
    statuses |= {"insufficient_funds", "invalid_metadata", "invalid_idempotency_key"}
    statuses |= {"linked_failed"}
    assert "'account_' || status" in source
    assert "'hold_' || v_hold.status" in source
    assert raised | statuses == {name for name, _ in errors.REFUSALS.values()}


def test_members_of_a_refusal_never_displace_the_standard_ones():
    members = dict.fromkeys(["name", "type", "title", "status", "detail", "code"], "theirs")
    document = errors.ProblemError("not_found", "Ours.", **members, number=5).document()
    assert (document["number"], document["name"]) == (5, "theirs")
    assert (document["status"], document["detail"]) == (404, "Ours.")
    assert (document["type"], document["code"]) == ("urn:pgteller:not_found", "not_found")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "GET"])
def test_other_methods(client, method):
    response = client.open("/deposits", method=method)
    assert (response.status_code, response.json["code"]) == (405, "method_not_allowed")
    assert set(response.headers["Allow"].split(", ")) == {"POST", "OPTIONS"}


@pytest.mark.parametrize("path", ["/nothing", "/accounts/", "/deposits/1", "/docs/x/y"])
def test_other_paths(client, path):
    response = client.get(path)
    assert (response.status_code, response.json["code"]) == (404, "not_found")
    assert response.mimetype == "application/problem+json"


def test_head_and_options(client):
    head, get = client.head("/accounts"), client.get("/accounts")
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["Content-Length"] == get.headers["Content-Length"]
    options = client.options("/accounts")
    assert set(options.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


def test_what_nobody_foresaw_leaks_nothing(app_url, caplog):
    app = create_app(app_url)
    app.add_url_rule("/bug", view_func=lambda: {}["secret"])
    response = app.test_client().get("/bug")
    assert (response.status_code, response.json["code"]) == (500, "internal_error")
    assert "secret" not in response.text
    request_id = response.headers["X-Request-ID"]
    assert response.json["instance"] == f"urn:pgteller:request:{request_id}"


# What PostgreSQL raises in class 22: within a function of ours, and on the way into one.
INSIDE = {
    "division by zero": "1 / 0",
    "overflow": "9223372036854775807 + 1",
    "no number": "'secret'::bigint",
    "NUL in JSON": r"""'{"secret": "\u0000"}'::json ->> 'secret'""",
}
OUTSIDE = {
    "too large": ("SELECT bank.get_balance(%s, %s::bigint)", ["a", "9" * 30]),
    "no number": ("SELECT bank.get_balance(%s, %s::bigint)", ["a", "x"]),
    "NUL in text": ("SELECT bank.get_account(%s)", ["a\0b"]),
    "NUL in JSON": ("SELECT bank.deposit('a', 1, metadata => %s)", [r'{"a": "\u0000"}']),
    "no JSON": ("SELECT bank.deposit('a', 1, metadata => %s)", ["{"]),
}
EVALUATE = """
CREATE FUNCTION engine.evaluate(expression text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_answer text;
BEGIN
    EXECUTE 'SELECT ' || expression INTO v_answer;
    RETURN v_answer;
END;
$$
"""


def answer_to(db, app_url, query, parameters):
    """What a request is told that runs this query, as administrator and undone afterwards."""
    app = create_app(app_url)

    def view():
        with db.transaction(force_rollback=True):
            db.execute(EVALUATE)
            db.execute(query, parameters)

    app.add_url_rule("/query", view_func=view)
    return app.test_client().get("/query")


@pytest.mark.parametrize("expression", INSIDE.values(), ids=[*INSIDE])
def test_class_22_within_a_function_is_a_bug_of_ours(db, app_url, caplog, expression):
    response = answer_to(db, app_url, "SELECT engine.evaluate(%s)", [expression])
    assert (response.status_code, response.json["code"]) == (500, "internal_error")
    assert response.json["detail"] == errors.SHELL["internal_error"][1]
    assert "secret" not in response.text
    (record,) = [record for record in caplog.records if record.message == "internal error"]
    assert record.request_id == response.headers["X-Request-ID"]
    assert "secret" not in JsonFormatter().format(record)
    assert record.exc_info[1].sqlstate.startswith("22")
    assert "engine.evaluate" in record.exc_info[1].diag.context


@pytest.mark.parametrize(("query", "parameters"), OUTSIDE.values(), ids=[*OUTSIDE])
def test_class_22_on_the_way_in_is_the_clients(db, app_url, query, parameters):
    response = answer_to(db, app_url, query, parameters)
    assert (response.status_code, response.json["code"]) == (422, "invalid_request")
    assert response.json["detail"]


@pytest.mark.parametrize("path", ["/health/ready", "/nothing", "/openapi.json"])
def test_headers_of_every_answer(client, path):
    headers = client.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert headers["Referrer-Policy"] == "no-referrer"
    kept = "no-cache" if path == "/openapi.json" else "no-store"
    assert headers["Cache-Control"] == kept
