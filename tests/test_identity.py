"""API keys over HTTP: who comes in, as what, and what he sees of others' accounts."""

import json
import logging
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from pgteller.contract import FUNCTIONS
from pgteller.embedded.server import SHELL_LOGIN
from pgteller.sending import Caller
from pgteller.shell import create_app, identity
from pgteller.shell.probes import PROBES
from pgteller.shell.routes import ROUTES
from pgteller.urls import with_parts
from tests.cli import pgteller
from tests.http_helpers import fresh


@pytest.fixture(scope="module")
def keyed(app_url):
    """A web server that wants keys."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUTH", "keys")
        app = create_app(app_url)
    yield app
    app.extensions["pool"].close()


@pytest.fixture
def made(database_url):
    """Makes a key, and tells its secret."""

    def made(role="teller", accounts=None, expires_at=None):
        with psycopg.connect(database_url, autocommit=True) as db:
            name = fresh("key")
            query = "SELECT secret FROM bank.create_api_key(%s, %s, %s, %s)"
            return name, db.execute(query, [name, role, accounts, expires_at]).fetchone()[0]

    return made


@pytest.fixture
def ask(keyed, client):
    """A request with a secret: status and document. `client` has it go by pgbouncer, too."""

    def ask(secret, method, path, body=None, **headers):
        if secret is not None:
            headers["Authorization"] = f"Bearer {secret}"
        reply = keyed.test_client().open(path, method=method, json=body, headers=headers)
        return reply.status_code, reply.get_json(silent=True) or {}

    return ask


def test_nobody_comes_in_without_a_key(ask):
    for secret in (None, "pgt_" + "0" * 64, "x"):
        for route in ROUTES:
            path = route.path.format_map(dict.fromkeys(route.in_path, "1"))
            status, problem = ask(secret, route.method, path, None if route.method == "GET" else {})
            assert status == 401, route
            expected = "unauthenticated" if secret is None else "invalid_api_key"
            assert problem["code"] == expected, route


@pytest.mark.parametrize(
    "header",
    ["", "Basic YTpi", "Bearer", "Bearer ", "Bearer a b", "Token x", "Bearer \u00e4", "bearer"],
)
def test_what_is_no_bearer(keyed, header):
    reply = keyed.test_client().get("/accounts", headers={"Authorization": header})
    assert (reply.status_code, reply.json["code"]) == (401, "unauthenticated")
    assert reply.headers["WWW-Authenticate"] == "Bearer"


def test_health_and_docs_are_for_everybody(keyed):
    for path in *(probe.path for probe in PROBES), "/docs", "/openapi.json":
        assert keyed.test_client().get(path, follow_redirects=True).status_code == 200, path


def test_the_database_says_what_a_role_may(ask, made):
    """Every route, by the privileges that the contract has of its function."""
    secrets = {role: made(role)[1] for role in ("teller", "operator", "auditor")}
    for route in ROUTES:
        path = route.path.format_map(dict.fromkeys(route.in_path, "1"))
        body = None if route.method == "GET" else _least(route)
        path += _query({"since": 0, "until": 1} if "since" in route.in_query else {})
        for role, secret in secrets.items():
            status, problem = ask(secret, route.method, path, body)
            may = f"bank_{role}" in FUNCTIONS[route.name].roles
            assert (problem.get("code") == "permission_denied") == (not may), (route, role, problem)
            assert (status == 403) == (not may), (route, role, problem)
            if not may:
                assert (problem["function"], problem["role"]) == (route.name, role)
                allowed = [one[5:] for one in FUNCTIONS[route.name].roles]
                told = problem["detail"].partition("that takes the role ")[2]
                assert sorted(told.rstrip(".").split(" or ")) == sorted(allowed)


def test_what_is_for_operators_is_named(ask, made):
    """Where a role may call the function; where it may not, that is what is said."""
    body = {"account_id": "nobody", "amount": 1, "timestamp": 1}
    _, problem = ask(made("teller")[1], "POST", "/deposits", body)
    assert (problem["role"], problem["arguments"]) == ("teller", ["timestamp"])
    _, problem = ask(made("auditor")[1], "POST", "/deposits", body)
    assert problem["role"] == "auditor"
    assert "arguments" not in problem
    assert problem["detail"].startswith("The role auditor may not call deposit:")


def _least(route):
    """A body that is well-formed, and about nothing that there is."""
    if route.lines:
        return [{"operation": "deposit", "account_id": "nobody", "amount": 1}]
    values = {"integer": 1, "string": "x", "boolean": True, "array": ["x"], "object": {}}
    body = {}
    for name, argument in route.in_body.items():
        if argument.required or name in route.required:
            schema = argument.schema
            body[name] = (
                schema["enum"][0] if "enum" in schema else values[schema.get("type", "object")]
            )
    if route.name == "post":
        body["postings"] = [{"source_account_id": "x", "target_account_id": "y", "amount": 1}]
    if route.name == "verify_digest":
        body["digest"] = {"digest": {}}
    return body


def test_the_name_of_the_key_is_the_actor(ask, made, database_url):
    name, secret = made()
    account = fresh("actor")
    assert ask(secret, "POST", "/accounts", {"account_id": account})[0] == 201
    with psycopg.connect(database_url) as db:
        query = "SELECT actor FROM bank.legs WHERE account_id = %s"
        assert db.execute(query, [account]).fetchone()[0].partition("/")[2] == name


def test_nothing_is_left_for_the_next_one(ask, made):
    """A connection is whose statement it runs, and of nobody else afterwards."""
    _, limited = made("teller", ["only:*"])
    _, operator = made("operator")
    for _ in range(20):
        assert ask(limited, "GET", "/trial-balance")[1].get("code") == "permission_denied"
        assert ask(operator, "GET", "/webhooks")[0] == 200
        assert ask(limited, "GET", "/webhooks")[0] == 403


def test_a_key_that_ends(ask, made, monkeypatch):
    clock = time.monotonic
    _, secret = made(expires_at=int(time.time() * 1000) + 400)
    assert ask(secret, "GET", "/accounts")[0] == 200
    deadline = clock() + 30
    monkeypatch.setattr(identity, "BELIEVED", 0.0)
    monkeypatch.setattr(identity.time, "monotonic", lambda: clock() + 10)
    while ask(secret, "GET", "/accounts")[0] != 401:
        assert clock() < deadline


def test_a_key_is_not_believed_beyond_its_end(ask, made, monkeypatch):
    """Though it was asked for just before."""
    ends = int(time.time()) + 60
    _, secret = made(expires_at=ends * 1000)
    seen = []

    def asked(function, arguments):
        seen.append(function)
        return row(function, arguments)

    row = identity.db.row
    monkeypatch.setattr(identity.db, "row", asked)
    clock, now = time.monotonic(), ends - 2.0
    monkeypatch.setattr(identity.time, "time", lambda: now)
    for passed, looked_up in (0.0, 1), (1.9, 1), (2.1, 2), (2.2, 3):
        monkeypatch.setattr(identity.time, "monotonic", lambda passed=passed: clock + passed)
        now = ends - 2.0 + passed
        assert ask(secret, "GET", "/accounts")[0] == 200
        assert seen.count("authenticate") == looked_up


def test_a_key_that_is_revoked_is_noticed_within_five_seconds(ask, made, database_url, monkeypatch):
    name, secret = made()
    assert ask(secret, "GET", "/accounts")[0] == 200
    with psycopg.connect(database_url, autocommit=True) as db:
        db.execute("SELECT bank.revoke_api_key(%s)", [name])
    clock = time.monotonic
    monkeypatch.setattr(identity.time, "monotonic", lambda: clock() + identity.BELIEVED)
    status, problem = ask(secret, "GET", "/accounts")
    assert (status, problem["code"]) == (401, "invalid_api_key")


def test_no_secret_is_told(ask, made, caplog):
    caplog.set_level(logging.DEBUG)
    _, secret = made()
    answers = [ask(secret, "GET", "/accounts/nobody"), ask(secret + "x", "GET", "/accounts")]
    told = json.dumps(answers) + caplog.text
    assert secret not in told


def test_many_at_once(ask, made):
    secrets = [made("teller", [f"many{number}:*"])[1] for number in range(8)]

    def use(number):
        own, other = f"many{number}:a", f"many{(number + 1) % 8}:a"
        assert ask(secrets[number], "POST", "/accounts", {"account_id": own})[0] in (201, 409)
        for _ in range(10):
            assert ask(secrets[number], "GET", f"/accounts/{own}/balance")[0] == 200
            assert ask(secrets[number], "GET", f"/accounts/{other}/balance")[0] == 404

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(use, range(8)))


@pytest.fixture(scope="module")
def others(database_url):
    """An account of somebody else's, and one of everything that can belong to it."""
    theirs, mine = fresh("theirs"), fresh("mine")
    with psycopg.connect(database_url, autocommit=True) as db:
        for account in theirs, mine:
            db.execute("SELECT bank.create_account_at(%s, overdraft_limit => 1000)", [account])
            db.execute("SELECT bank.deposit(%s, 1000)", [account])
        made = {"account_id": theirs, "source_account_id": theirs, "target_account_id": theirs}
        for name, query in {
            "payment_id": "SELECT payment_id FROM bank.pay(%s, 100)",
            "hold_id": "SELECT hold_id FROM bank.hold(%s, 10)",
            "monitor_id": "SELECT monitor_id FROM bank.create_monitor(%s, 'balance', 'gte', 1)",
            "schedule_id": "SELECT schedule_id FROM bank.schedule_transfer(%s, '" + mine + "', 1, "
            "9000000000000)",
            "transaction_id": "SELECT transaction_id FROM bank.deposit(%s, 1)",
        }.items():
            made[name] = db.execute(query, [theirs]).fetchone()[0]
        while db.execute("SELECT numbered FROM bank.number_events()").fetchone()[0]:
            pass
    return mine, theirs, made


# What shows one's own of all there is, and what is no account's.
OWN = {"count_refusals", "find", "list_accounts", "list_balances", "list_events", "list_refusals"}
OF_NOBODY = {"list_cashback_policies", "list_currencies"}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_another_account_is_not_there(ask, made, others, route):
    mine, theirs, of_theirs = others
    _, secret = made("operator", [mine, "prefix:*"])
    nothing = {"event_id": "1", "proof_number": "1"}
    path = route.path.format_map(
        {name: of_theirs.get(name, nothing.get(name, "x")) for name in route.in_path}
    )
    body = None if route.method == "GET" else _least(route)
    if isinstance(body, dict):
        body |= {name: value for name, value in of_theirs.items() if name in body}
    if route.name == "post":
        body["postings"][0] |= {"source_account_id": mine, "target_account_id": theirs}
    if route.name == "batch":
        body[0]["account_id"] = theirs
    if route.name == "schedule_transfer":
        body["run_at"] = 9_000_000_000_000
    if route.name in ("schedule_transfer", "exchange", "transfer"):
        body["source_account_id"] = mine
    query = {"since": 0, "until": 1} if "since" in route.in_query else {}
    if route.name == "find":
        query = {"search": of_theirs["payment_id"]}
    status, answer = ask(secret, route.method, path + _query(query), body)
    about_one = {*route.function.arguments} & {*of_theirs, "postings"}
    if route.name == "batch":
        assert answer["results"][0]["code"] == "account_not_found"
    elif route.name in OWN | OF_NOBODY:
        assert status == 200
        assert theirs not in json.dumps(answer)
    elif about_one and route.name not in ("create_account", "create_webhook", "update_webhook"):
        assert status == 404, answer
        assert answer["code"].endswith("_not_found")
    else:
        assert (status, answer["code"]) == (403, "limited_to_accounts")


def _query(values):
    return "?" + "&".join(f"{name}={value}" for name, value in values.items()) if values else ""


def test_who_opens_what_is_not_his_is_told_what_is(ask, made, others):
    mine, theirs, _ = others
    _, secret = made("teller", [mine, "prefix:*"])
    for name in theirs, fresh("new"):  # of which one is there
        status, answer = ask(secret, "POST", "/accounts", {"account_id": name})
        assert (status, answer["code"]) == (403, "limited_to_accounts")
        assert answer["accounts"] == [mine, "prefix:*"]
        assert f'"{name}" is none of them: ["{mine}","prefix:*"]' in answer["detail"]


def test_an_entry_with_a_blank_at_an_end_is_refused(ask, made):
    _, secret = made("operator")
    key = {"name": fresh("key"), "role": "teller", "accounts": ["shop", " till7:*"]}
    status, answer = ask(secret, "POST", "/api-keys", key)
    assert (status, answer["code"], answer["value"]) == (422, "invalid_argument", " till7:*")
    assert "neither begins nor ends with a blank" in answer["detail"]


def test_ones_own_are_there(ask, made, others):
    mine, _, _ = others
    _, secret = made("operator", [mine, "prefix:*"])
    new = f"prefix:{fresh('new')}"
    assert ask(secret, "POST", "/accounts", {"account_id": new})[0] == 201
    moved = {"source_account_id": mine, "target_account_id": new, "amount": 5}
    status, receipt = ask(secret, "POST", "/transfers", moved)
    assert status == 200, receipt
    legs = ask(secret, "GET", f"/transactions/{receipt['transaction_id']}")[1]["legs"]
    assert [leg["amount"] for leg in legs] == [-5, 5]
    listed = ask(secret, "GET", "/accounts")[1]["accounts"]
    assert [account for account in listed if account not in (mine, new)] == []
    for leg in ask(secret, "GET", f"/accounts/{mine}/transactions")[1]["transactions"]:
        found = ask(secret, "GET", f"/transactions/{leg['transaction_id']}")[1]["legs"]
        assert {one["account_id"] for one in found} <= {mine, new, "@external"}
    paid = ask(secret, "POST", "/payments", {"account_id": mine, "amount": 100})[1]
    assert ask(secret, "POST", f"/payments/{paid['payment_id']}/refunds", {})[0] == 200
    reversal = f"/transactions/{receipt['transaction_id']}/reversal"
    assert ask(secret, "POST", reversal, {"reason": "a test"})[0] == 200


def test_pages_of_ones_own_neither_skip_nor_repeat(ask, made, others, database_url):
    mine, theirs, _ = others
    _, secret = made("auditor", [mine])
    with psycopg.connect(database_url, autocommit=True) as db:
        for number in range(30):
            account = mine if number % 7 == 0 else theirs
            db.execute("SELECT bank.deposit(%s, 1)", [account])
        while db.execute("SELECT numbered FROM bank.number_events()").fetchone()[0]:
            pass
        query = "SELECT event_id FROM bank.events WHERE account_id = %s ORDER BY event_id"
        expected = [event for (event,) in db.execute(query, [mine])]
    for order, events in ("asc", expected), ("desc", expected[::-1]):
        seen, after = [], ""
        while after is not None:
            page = ask(
                secret, "GET", f"/events?limit=3&order={order}{after and f'&after={after}'}"
            )[1]
            seen += [event["event_id"] for event in page["events"]]
            after = page["next"]
        assert seen == events


def test_idempotency_keys_are_ones_own(ask, made, others):
    """Of what belongs to no account, such as a post; and nobody is answered for another account."""
    mine, theirs, _ = others
    (_, one), (_, other) = made(), made()
    posting = {"source_account_id": mine, "target_account_id": theirs, "amount": 1}
    key = {"Idempotency-Key": fresh("once")}
    first = ask(one, "POST", "/transactions", {"postings": [posting]}, **key)[1]
    assert ask(one, "POST", "/transactions", {"postings": [posting]}, **key)[1] == first
    another = ask(other, "POST", "/transactions", {"postings": [posting]}, **key)[1]
    assert another["transaction_id"] != first["transaction_id"]

    _, limited = made("teller", [mine])
    deposit = {"account_id": theirs, "amount": 1}
    assert ask(one, "POST", "/deposits", deposit, **key)[0] == 200
    item = {"operation": "deposit", **deposit, "idempotency_key": key["Idempotency-Key"]}
    for secret, code in (one, None), (limited, "account_not_found"):
        answer = ask(secret, "POST", "/batches", [item])[1]
        assert answer["results"][0]["code"] == code, answer
    assert ask(limited, "POST", "/deposits", deposit, **key)[1]["code"] == "account_not_found"


@pytest.mark.direct
def test_a_login_that_cannot_take_every_role_serves_nobody(database_url, monkeypatch):
    monkeypatch.setenv("AUTH", "keys")
    login = f"no_auditor_{fresh('x').replace('-', '_')}"
    with psycopg.connect(database_url, autocommit=True) as db:
        db.execute(f"CREATE ROLE {login} LOGIN PASSWORD 'x'")
        db.execute(f"GRANT bank_operator TO {login}")
        try:
            url = with_parts(database_url, user=login, password="x")
            done = pgteller("serve", url=url, AUTH="keys")
            assert done.exit_code == 2
            told = f"{login} cannot take the role of a key: GRANT bank_auditor TO it."
            assert told in done.output
            assert pgteller("account", "list", url=url, AUTH="").exit_code == 0
        finally:
            db.execute(f"DROP ROLE {login}")


@pytest.mark.parametrize(
    ("variable", "code"),
    [("LOCK_TIMEOUT", "lock_timeout"), ("REQUEST_TIMEOUT", "statement_timeout")],
)
def test_a_request_has_a_deadline(app_url, database_url, monkeypatch, variable, code):
    monkeypatch.setenv(variable, "0.2")
    account = fresh("slow")
    app = create_app(app_url)
    asked = app.test_client()
    assert asked.post("/accounts", json={"account_id": account}).status_code == 201
    deposit = {"account_id": account, "amount": 5}
    with psycopg.connect(database_url) as holder:
        lock = "SELECT FROM ledger.accounts WHERE account_id = %s FOR UPDATE"
        holder.execute(lock, [account])
        reply = asked.post("/deposits", json=deposit)
        assert (reply.status_code, reply.json["code"]) == (503, code)
        assert reply.headers["Retry-After"] == "1"
        assert "nothing was done" in reply.json["detail"]
    assert asked.get(f"/accounts/{account}/balance").json["balance"] == 0
    assert asked.post("/deposits", json=deposit).status_code == 200
    app.extensions["pool"].close()


@pytest.mark.first_server
def test_a_key_makes_no_more_requests_than_it_may(app_url, made, db, monkeypatch):
    monkeypatch.setenv("AUTH", "keys")
    monkeypatch.setenv("RATE_LIMIT", "5/minute")
    app = create_app(app_url)
    (name_of_eager, eager), (_, other) = made(), made()
    asked = app.test_client()

    def get(secret):
        return asked.get("/accounts", headers={"Authorization": f"Bearer {secret}"})

    assert [get(eager).status_code for _ in range(7)] == [200] * 5 + [429] * 2
    reply = get(eager)
    assert reply.json["code"] == "too_many_requests"
    with app.app_context():
        app.extensions["refusals"].stop()
    query = "SELECT caller, detail FROM ledger.refused_requests WHERE status = 429"
    assert db.execute(query).fetchall() == [(name_of_eager, {"left_out": 0})]
    assert reply.headers["Retry-After"] == "1"
    assert get(other).status_code == 200
    assert get("pgt_" + "0" * 64).status_code == 401
    assert asked.get("/livez").status_code == 200
    app.extensions["pool"].close()


@pytest.mark.direct
def test_bounds_hold_for_a_session_and_who_it_is_for_a_statement(app_url):
    """What an error undoes is given again, and nobody is taken for who came before."""
    app = create_app(app_url)
    asked = "SELECT pg_catalog.concat_ws(' ', current_user, current_setting('statement_timeout'))"
    login = SHELL_LOGIN
    teller = (("role", "bank_teller"),)

    def bounds(seconds):
        return (("statement_timeout", f"{seconds}000"),)

    with app.extensions["pool"].connection() as connection:

        def said(*caller):
            return connection.sender.value(Caller(*caller), asked, {}).decode()

        assert said() == f"{login} 0"
        assert said(teller, bounds(7)) == "bank_teller 7s"
        assert said() == f"{login} 7s"
        assert said((), bounds(7)) == f"{login} 7s"
        with pytest.raises(psycopg.errors.DivisionByZero):
            connection.sender.value(Caller(teller, bounds(9)), "SELECT 1 / 0", {})
        assert said() == f"{login} 7s"
        assert said((), bounds(9)) == f"{login} 9s"
        with pytest.raises(psycopg.errors.DivisionByZero):
            connection.sender.value(Caller(teller, bounds(9)), "SELECT 1 / 0", {})
        assert said(teller, bounds(9)) == "bank_teller 9s"
    app.extensions["pool"].close()


def test_nothing_refers_to_what_is_of_others(ask, made, others):
    """Neither by itself nor in a batch: it would tell which transactions there are."""
    mine, _, of_theirs = others
    another = fresh("mine")
    _, secret = made("teller", [mine, another])
    assert ask(secret, "POST", "/accounts", {"account_id": another})[0] == 201
    postings = [{"source_account_id": mine, "target_account_id": another, "amount": 1}]
    answers = []
    for transaction_id in of_theirs["transaction_id"], 2**53 - 1:
        body = {"postings": postings, "refers_to": transaction_id}
        status, problem = ask(secret, "POST", "/transactions", body)
        assert (status, problem.pop("transaction_id")) == (404, transaction_id)
        items = [{"operation": "post", **body}]
        (item,) = ask(secret, "POST", "/batches", items)[1]["results"]
        answers.append((problem["code"], sorted(problem), item["code"], sorted(item)))
    assert answers[0] == answers[1]
    assert answers[0][0] == answers[0][2] == "transaction_not_found"


def test_no_hold_is_for_an_account_of_others(ask, made, others):
    """Neither by itself nor in a batch: it would tell of that account, and keep it from closing."""
    mine, theirs, _ = others
    _, secret = made("teller", [mine])
    body = {"account_id": mine, "target_account_id": theirs, "amount": 1}
    assert ask(secret, "POST", "/holds", body)[1]["code"] == "account_not_found"
    status, answer = ask(secret, "POST", "/batches", [{"operation": "hold", **body}])
    assert (status, answer["results"][0]["code"]) == (200, "account_not_found")
