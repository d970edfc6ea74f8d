"""Signing in to the console with an API key: cookies, tokens, roles, and how sessions end."""

import re
import time
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from pgteller.console.actions import ACTIONS
from pgteller.console.pages import PAGES
from pgteller.contract import FUNCTIONS
from pgteller.shell import create_app, identity
from tests.http_helpers import fresh
from tests.pages import HERE, Browser, Page

pytestmark = pytest.mark.first_server


@pytest.fixture(scope="module")
def app(app_url):
    """A web server that wants keys."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUTH", "keys")
        app = create_app(app_url)
    yield app
    app.extensions["pool"].close()


@pytest.fixture
def key(database_url):
    """Makes a key; its name and secret."""

    def key(role="operator", accounts=None):
        with psycopg.connect(database_url, autocommit=True) as db:
            name = fresh("key")
            query = "SELECT secret FROM bank.create_api_key(%s, %s, %s)"
            return name, db.execute(query, [name, role, accounts]).fetchone()[0]

    return key


@pytest.fixture
def signed_in(app, key):
    """A browser that has signed in, as somebody of that role."""

    def signed_in(role="operator", accounts=None):
        browser = Browser(app.test_client())
        _, secret = key(role, accounts)
        assert sign_in(browser, secret).status == 303
        return browser

    return signed_in


def sign_in(browser, secret, **fields):
    form = browser.get("/console/sign-in").forms[-1]
    return browser.send(form, key=secret, **fields)


def cookie_of(response):
    [cookie] = response.headers.getlist("Set-Cookie")
    return cookie


def forget(app):
    """What this process has found out of secrets lately."""
    app.extensions["known"].good.clear()
    app.extensions["known"].bad.clear()


def test_whoever_has_not_signed_in_is_asked_to(app):
    browser = Browser(app.test_client())
    for page in PAGES:
        reply = browser.get(page.path, account_id="a b")
        assert reply.status == 303, page.path
        where = urlsplit(reply.response.headers["Location"])
        assert where.path == "/console/sign-in"
        assert parse_qs(where.query)["next"] == [f"{page.path}?account_id=a+b"]
        part = browser.client.get(page.path, headers=HERE | {"HX-Request": "true"})
        assert part.status_code == 401
        assert part.headers["HX-Redirect"].startswith("/console/sign-in")
    for action in ACTIONS:
        assert browser.get(f"/console/do/{action}").status == 303
        reply = browser.client.post(f"/console/do/{action}", headers=HERE)
        assert reply.status_code == 303


def test_signing_in(app, key):
    browser = Browser(app.test_client())
    name, secret = key("teller")
    page = sign_in(browser, secret, next="/console/accounts?search=x")
    assert page.status == 303
    assert page.response.headers["Location"] == "/console/accounts?search=x"
    cookie = cookie_of(page.response)
    assert re.match(r"pgteller_bank=pgs_[\w-]{43}; ", cookie)
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= {*cookie.split("; ")}
    assert "Secure" not in cookie  # of this machine's own
    assert secret not in cookie
    page = browser.get("/console/accounts")
    assert name in page.text
    assert "teller" in page.text


def test_two_cookies_of_one_name_are_none(app, signed_in):
    """Another server of this host may set one for a part of the paths, which would come first."""
    browser, other = signed_in(), signed_in("auditor")
    secrets = [one.client.get_cookie("pgteller_bank").value for one in (other, browser)]
    both = "; ".join(f"pgteller_bank={secret}" for secret in secrets)
    client = app.test_client(use_cookies=False)
    assert client.get("/", headers=HERE | {"Cookie": both}).status_code == 303
    assert (
        client.get("/", headers=HERE | {"Cookie": f"pgteller_bank={secrets[1]}"}).status_code == 200
    )


def test_of_a_transfer_a_key_limited_to_one_side_sees_that_side(signed_in, database_url):
    source, target = fresh(), fresh()
    with psycopg.connect(database_url, autocommit=True) as db:
        for account_id in source, target:
            db.execute("SELECT FROM bank.create_account(%s, 'EUR')", [account_id])
        db.execute("SELECT FROM bank.deposit(%s, 374000)", [source])
        query = "SELECT transaction_id FROM bank.transfer(%s, %s, 374000)"
        [transaction_id] = db.execute(query, [source, target]).fetchone()
    for accounts, other in ([target], source), ([source], target), (None, None):
        page = signed_in("teller", accounts).get(
            "/console/transaction", transaction_id=transaction_id
        )
        assert f"What moved {source} 3,740.00 EUR {target} Posted" in page.text
        assert (f"The entries of {other} are not for this key." in page.text) == bool(accounts)


def test_who_may_not_know_which_currencies_are_in_use_is_told_of_all(signed_in):
    for role, in_use in ("teller", False), ("operator", True):
        page = signed_in(role).get("/console/settings")
        assert ("Currencies in use, and what payments earn" in page.text) == in_use
        assert ("Currencies, and what payments earn" in page.text) != in_use


def test_servers_at_other_ports_of_a_host_sign_nobody_out(app, key):
    """A browser has one box of cookies for all ports of a host."""
    client, (_, secret) = app.test_client(), key()
    for port in "8000", "8001":
        there = {"Host": f"localhost:{port}", "Origin": f"http://localhost:{port}"}
        reply = client.post("/console/sign-in", data={"key": secret}, headers=there)
        assert cookie_of(reply).startswith(f"pgteller_bank_{port}=pgs_")
    for port, status in ("8000", 200), ("8001", 200), ("8002", 303):
        there = {"Host": f"localhost:{port}"}
        assert client.get("/console/accounts", headers=there).status_code == status


@pytest.mark.parametrize("host", ["bank.example", "bank.example:8000", "10.0.0.1", "localhost.x"])
def test_elsewhere_the_cookie_needs_tls(app, key, host):
    _, secret = key()
    there = {"Host": host, "Origin": f"http://{host}"}
    reply = app.test_client().post("/console/sign-in", data={"key": secret}, headers=there)
    assert reply.status_code == 303
    assert "; Secure" in cookie_of(reply)
    port = host.partition(":")[2]
    name = f"__Host-pgteller_bank_{port}" if port else "__Host-pgteller_bank"
    assert cookie_of(reply).startswith(f"{name}=pgs_")


@pytest.mark.parametrize("secret", ["", "x", "pgt_" + "0" * 64, "pgs_" + "0" * 43, "\0", "é" * 9])
def test_a_key_that_counts_for_nothing(app, secret):
    browser = Browser(app.test_client())
    page = sign_in(browser, secret)
    assert page.status in (401, 422)
    assert "Set-Cookie" not in page.response.headers
    assert page.forms[-1].action == "/console/sign-in"


@pytest.mark.parametrize(
    "there",
    [
        *("https://evil.example/", "//evil.example/", "/\\evil.example", "\\\\evil.example", "x"),
        *("javascript:alert(1)", "/\n/evil.example", "/\t/evil.example", "http:evil.example", ""),
    ],
)
def test_it_leads_to_no_other_server(app, key, there):
    page = sign_in(Browser(app.test_client()), key()[1], next=there)
    assert page.response.headers["Location"] == "/"
    page = Browser(app.test_client()).get("/console/sign-in", next=there)
    assert page.forms[-1].fields["next"] == "/"


@pytest.mark.parametrize("origin", [None, "null", "http://evil.example", "http://localhost:1"])
def test_nobody_is_signed_in_by_a_foreign_page(app, key, origin):
    headers = {"Host": "localhost"} | ({} if origin is None else {"Origin": origin})
    reply = app.test_client().post("/console/sign-in", data={"key": key()[1]}, headers=headers)
    assert reply.status_code == 403
    assert "Set-Cookie" not in reply.headers


def test_signing_out(app, signed_in):
    browser = signed_in()
    before = browser.client.get_cookie("pgteller_bank").value
    [form] = [one for one in browser.get("/").forms if one.action.endswith("sign-out")]
    assert browser.send(form, form_token="x").status == 422
    assert browser.get("/").status == 200
    page = browser.send(form)
    assert page.status == 303
    assert "Max-Age=0" in cookie_of(page.response)
    assert browser.client.get_cookie("pgteller_bank") is None
    assert browser.get("/").status == 303
    # Nor does the old secret count for whoever has kept it.
    client = app.test_client()
    client.set_cookie("pgteller_bank", before)
    assert client.get("/", headers=HERE).status_code == 303


def test_signing_in_anew_ends_the_session_before(app, key):
    """And it takes no secret that somebody has put into the browser."""
    client, (_, secret) = app.test_client(), key()
    client.set_cookie("pgteller_bank", planted := "pgs_" + "a" * 43)
    seen = [planted]
    for _ in range(2):
        assert sign_in(Browser(client), secret).status == 303
        seen.append(client.get_cookie("pgteller_bank").value)
        assert client.get("/console/accounts", headers=HERE).status_code == 200
    assert len({*seen}) == 3
    for old in seen[:2]:
        client.set_cookie("pgteller_bank", old)
        assert client.get("/console/accounts", headers=HERE).status_code == 303
    client.set_cookie("pgteller_bank", seen[2])
    assert sign_in(Browser(client), "pgt_no").status == 401
    assert client.get("/console/accounts", headers=HERE).status_code == 200


@pytest.mark.parametrize("scripted", [False, True])
def test_a_session_that_ends_before_what_was_shown_is_sent(app, key, database_url, scripted):
    """Nothing is done, and whoever sent it is told."""
    account_id, (name, secret) = fresh(), key()
    browser = Browser(app.test_client())
    sign_in(browser, secret)
    with psycopg.connect(database_url, autocommit=True) as db:
        db.execute("SELECT bank.create_account(%s)", [account_id])
        form = browser.get("/console/do/deposit", account_id=account_id).forms[-1]
        confirm = browser.send(form, step="preview", amount="1").forms[-1]
        db.execute("SELECT bank.revoke_api_key(%s)", [name])
        forget(app)
        page = f"/console/account?account_id={account_id}"
        shown = {"HX-Request": "true", "HX-Current-URL": f"http://localhost{page}"}
        headers = HERE | (shown if scripted else {})
        sent = confirm.fields | {"step": "confirmed"}
        reply = browser.client.post(confirm.action, data=sent, headers=headers)
        assert reply.status_code == (401 if scripted else 303)
        where = reply.headers["HX-Redirect" if scripted else "Location"]
        assert parse_qs(urlsplit(where).query)["next"] == [page if scripted else "/"]
        assert "what you sent last was not done" in browser.get(where).text
        query = "SELECT balance FROM bank.get_account(%s)"
        assert db.execute(query, [account_id]).fetchone() == (0,)


@pytest.mark.parametrize(
    "shown",
    ["", "http://[", "javascript:alert(1)", "http://x//evil.example/", "http://x/\\evil", "//evil"],
)
def test_what_htmx_says_is_shown_leads_nowhere_else(app, shown):
    headers = HERE | {"HX-Request": "true", "HX-Current-URL": shown}
    reply = app.test_client().get("/console/accounts", headers=headers)
    assert reply.status_code == 401
    assert reply.headers["HX-Redirect"] == "/console/sign-in?next=%2F"


def test_a_session_is_no_key_and_a_key_no_session(app, key, signed_in):
    browser = signed_in()
    session = browser.client.get_cookie("pgteller_bank").value
    for secret in (session, session.replace("pgs_", "pgt_")):
        reply = app.test_client().get("/accounts", headers={"Authorization": f"Bearer {secret}"})
        assert reply.status_code == 401
    assert browser.client.get("/accounts", headers=HERE).status_code == 401
    client = app.test_client()
    client.set_cookie("pgteller_bank", key()[1])
    assert client.get("/", headers=HERE).status_code == 303


def test_a_revoked_key_ends_its_sessions(app, key, database_url):
    name, secret = key()
    browser = Browser(app.test_client())
    sign_in(browser, secret)
    assert browser.get("/").status == 200
    with psycopg.connect(database_url, autocommit=True) as db:
        db.execute("SELECT bank.revoke_api_key(%s)", [name])
    forget(app)
    page = browser.get("/console/accounts")
    assert page.status == 303
    assert urlsplit(page.response.headers["Location"]).path == "/console/sign-in"


def test_an_idle_session_ends(app, key, database_url):
    name, secret = key()
    browser = Browser(app.test_client())
    sign_in(browser, secret)
    with psycopg.connect(database_url, autocommit=True) as db:
        move = "UPDATE ledger.sessions SET used_at = used_at - %s WHERE api_key = %s"
        db.execute(move, [29 * 60_000, name])
        forget(app)
        assert browser.get("/").status == 200  # which is a use of it
        db.execute(move, [30 * 60_000 + 1, name])
        forget(app)
        assert browser.get("/").status == 303


@pytest.mark.parametrize("role", ["teller", "operator", "auditor"])
def test_buttons_follow_the_role(signed_in, role, database_url):
    with psycopg.connect(database_url, autocommit=True) as db:
        account_id = fresh()
        db.execute("SELECT bank.create_account(%s)", [account_id])
    browser = signed_in(role)
    page = browser.get("/console/account", account_id=account_id)
    assert page.status == 200
    buttons = {link.split("/do/")[1].split("?")[0] for link in page.links if "/do/" in link}
    may = {name for name in ACTIONS if f"bank_{role}" in FUNCTIONS[name].roles}
    offered = {name for name, action in ACTIONS.items() if action.place == "account"}
    assert buttons == may & offered - {"unfreeze_account"}
    # Who may see nothing of an overview begins with the accounts.
    assert browser.get("/").status == (303 if role == "teller" else 200)
    assert browser.get("/console/refusals").status == (403 if role == "teller" else 200)


def test_a_forged_form_of_a_teller_is_refused(signed_in, database_url):
    account_id = fresh()
    with psycopg.connect(database_url, autocommit=True) as db:
        db.execute("SELECT bank.create_account(%s)", [account_id])
    browser = signed_in("teller")
    token = browser.get("/console/do/deposit").forms[-1].fields["form_token"]
    given = {"form_token": token, "account_id": account_id, "reason": "Because"}
    for step in ({"step": "preview"}, {"step": "confirmed", "idempotency_key": "k"}):
        reply = browser.client.post("/console/do/freeze_account", data=given | step, headers=HERE)
        assert reply.status_code == 403
        assert "may not call freeze_account" in Page(reply).text
    # What only operators may give is not among a teller's fields, and is not taken from him.
    form = browser.get("/console/do/deposit").forms[-1]
    assert "timestamp" not in form.fields
    page = browser.send(
        form, step="preview", account_id=account_id, amount="1", timestamp="2001-01-01T00:00"
    )
    assert page.status == 200
    assert "2001" not in page.text


def test_a_limited_key_sees_its_accounts_alone(signed_in, database_url):
    mine, other = fresh("mine"), fresh("other")
    with psycopg.connect(database_url, autocommit=True) as db:
        for account_id in (mine, other):
            db.execute("SELECT bank.create_account(%s)", [account_id])
    browser = signed_in("operator", [mine])
    assert mine in browser.get("/console/accounts").text
    assert other not in browser.get("/console/accounts").text
    assert browser.get("/console/account", account_id=mine).status == 200
    assert browser.get("/console/account", account_id=other).status == 404
    assert browser.get("/").status == 200
    assert browser.do("deposit", account_id=mine, amount="1").status == 200
    assert browser.do("deposit", account_id=other, amount="1").status == 404


@pytest.mark.parametrize("role", ["teller", "operator", "auditor"])
def test_everybody_finds_what_is_for_him(signed_in, role, database_url):
    mine, theirs = fresh("mine"), fresh("theirs")
    with psycopg.connect(database_url, autocommit=True) as db:
        for account in mine, theirs:
            db.execute("SELECT bank.create_account(%s)", [account])
            db.execute("SELECT bank.deposit(%s, 500)", [account])
        query = "SELECT payment_id FROM bank.pay(%s, 100)"
        own, foreign = (db.execute(query, [one]).fetchone()[0] for one in (mine, theirs))
    everything, limited = signed_in(role), signed_in(role, [mine])
    for payment in own, foreign:
        assert everything.get("/console/find", search=payment).status == 303
    assert limited.get("/console/find", search=own).status == 303
    for search in foreign, theirs:
        page = limited.get("/console/find", search=search)
        assert page.status == 200
        assert "Nothing has exactly this id" in page.text
        assert "No account has these words" in page.text


def test_the_log_names_the_key(app, key, database_url):
    name, secret = key()
    account_id = fresh()
    with psycopg.connect(database_url, autocommit=True) as db:
        db.execute("SELECT bank.create_account(%s)", [account_id])
    browser = Browser(app.test_client())
    sign_in(browser, secret)
    assert browser.do("deposit", account_id=account_id, amount="1").status == 200
    with psycopg.connect(database_url, autocommit=True) as db:
        query = "SELECT actor FROM bank.legs WHERE account_id = %s AND operation = 'deposit'"
        [(actor,)] = db.execute(query, [account_id]).fetchall()
        assert actor.endswith(f"/{name}")


def test_secrets_in_cookies_are_found():
    secret = "pgs_" + "A-_9" * 10 + "abc"
    for cookies in (f"pgteller_bank={secret}", f"a=b; x={secret}; c=d"):
        assert identity.sessions(cookies) == [secret]
    for cookies in ("", "a=b", f"a={secret}x", f"a=x{secret}", secret[:-1]):
        assert identity.sessions(cookies) == []
    assert len(identity.sessions(f"a={secret}; " * 99)) == identity.MOST_SESSIONS


def test_only_who_may_keep_proofs_begins_one_from_a_page(signed_in, database_url):
    for role, status in (("operator", 303), ("auditor", 403), ("teller", 403)):
        browser = signed_in(role)
        token = browser.get("/console/accounts").forms[1].fields["form_token"]
        reply = browser.client.post(
            "/console/verification", data={"form_token": token}, headers=HERE
        )
        assert reply.status_code == status, role
    with psycopg.connect(database_url, autocommit=True) as db:
        deadline = time.monotonic() + 60
        query = "SELECT count(*) FROM ledger.proofs WHERE ended_at IS NULL"
        while db.execute(query).fetchone() != (0,):
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_one_verification_at_a_time(signed_in, database_url):
    """The database says so, however many ask at once."""
    browser = signed_in("operator")
    token = browser.get("/console/integrity").forms[1].fields["form_token"]
    with psycopg.connect(database_url, autocommit=True) as db:
        query = "SELECT proof_number FROM bank.begin_proof('verification')"
        [going_on] = db.execute(query).fetchone()
        for _ in range(3):
            reply = browser.client.post(
                "/console/verification", data={"form_token": token}, headers=HERE
            )
            assert reply.status_code == 303
        newest = "SELECT max(proof_number) FROM ledger.proofs"
        assert db.execute(newest).fetchone() == (going_on,)
        db.execute("SELECT bank.finish_proof(%s)", [going_on])
