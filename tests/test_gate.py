"""Which requests come in at all: from where, by what name, of which origin and media type."""

import pytest

from pgteller.shell import gate
from pgteller.shell.routes import ROUTES
from tests.cli import pgteller
from tests.http_helpers import fresh

# What differs between servers is in SQL, and tested by pgTAP.
pytestmark = pytest.mark.first_server


def code(reply):
    return reply.json["code"] if reply.status_code >= 400 else reply.status_code


# Without keys


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "localhost:8000", "LOCALHOST", "127.0.0.1", "127.0.0.1:1", "[::1]"),
        "[::1]:8000",
    ],
)
def test_names_of_this_machine(client_with, host):
    assert code(client_with().get("/accounts", headers={"Host": host})) == 200


@pytest.mark.parametrize(
    "host",
    [
        *(
            "",
            "evil.example",
            "evil.example:8000",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
        ),
        *("localhost@evil.example", "evil.example#localhost", "0.0.0.0", "[::]", "127.0.0.2"),
        *(
            "localhost:",
            "localhost:8000:1",
            "localhost:x",
            "localhost/",
            "[::1",
            "::1",
            "[::ffff:7f00:1]",
        ),
        *(
            "localhost evil.example",
            "localhost,evil.example",
            "192.168.0.1",
            "bank.local",
            "a..b",
            "2130706433",
        ),
        *("localhost.", "0x7f.1", "127.1", "localhost\t", "l\u00f6calhost"),
    ],
)
@pytest.mark.parametrize("path", ["/accounts", "/docs", "/openapi.json", "/livez", "/nothing"])
def test_names_of_others(client_with, host, path):
    client = client_with()
    assert code(client.get(path, headers={"Host": host})) == "unknown_host"


def test_a_name_is_refused_before_anything_is_done(client_with, bank):
    account = fresh()
    client = client_with()
    refused = client.post(
        "/accounts", json={"account_id": account}, headers={"Host": "evil.example"}
    )
    assert (refused.status_code, code(refused)) == (421, "unknown_host")
    assert bank.get(f"/accounts/{account}").code == "account_not_found"


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1", "localhost"],
)
def test_addresses_of_this_machine(client_with, address):
    there = {"environ_overrides": {"REMOTE_ADDR": address}}
    assert code(client_with().get("/accounts", **there)) == 200


@pytest.mark.parametrize(
    "address",
    ["192.168.0.5", "10.0.0.1", "8.8.8.8", "fe80::1", "::ffff:10.0.0.1", "", "unix", "169.254.1.1"],
)
def test_addresses_of_others(client_with, address):
    there = {"environ_overrides": {"REMOTE_ADDR": address}}
    assert code(client_with().get("/accounts", **there)) == "keys_needed"
    assert code(client_with(AUTH="keys").get("/accounts", **there)) == "unauthenticated"


@pytest.mark.parametrize(
    "forged", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "X-Forwarded-Host"]
)
def test_who_asks_is_not_believed(client_with, forged):
    there = {"environ_overrides": {"REMOTE_ADDR": "10.0.0.1"}}
    reply = client_with().get("/accounts", headers={forged: "127.0.0.1"}, **there)
    assert code(reply) == "keys_needed"
    reply = client_with().get("/accounts", headers={forged: "localhost", "Host": "evil.example"})
    assert code(reply) == "unknown_host"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.0.1", "bank.example"])
def test_it_starts_on_no_other_address(app_url, host):
    done = pgteller("serve", url=app_url, HOST=host)
    assert done.exit_code == 2
    assert "Without keys this would let anybody" in done.output


# Names that are allowed


def test_names_that_are_allowed(client_with):
    client = client_with(ALLOWED_HOSTS="Bank.example  shop.example")
    for host in "bank.example", "BANK.example:8000", "shop.example", "localhost":
        assert code(client.get("/accounts", headers={"Host": host})) == 200
    assert code(client.get("/accounts", headers={"Host": "x.bank.example"})) == "unknown_host"


def test_with_keys_only_those_that_are_named(client_with):
    anybody, named = (
        client_with(AUTH="keys"),
        client_with(AUTH="keys", ALLOWED_HOSTS="bank.example"),
    )
    other = {"Host": "other.example"}
    assert code(anybody.get("/accounts", headers=other)) == "unauthenticated"
    assert code(named.get("/accounts", headers=other)) == "unknown_host"
    assert code(named.get("/accounts", headers={"Host": "localhost"})) == "unknown_host"
    assert code(named.get("/livez", headers=other)) == 200
    assert code(named.get("/health/ready", headers=other)) == 200


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ALLOWED_HOSTS", "bank.example:8000"),
        ("ALLOWED_HOSTS", "http://bank.example"),
        ("ALLOWED_HOSTS", "*"),
        ("ALLOWED_HOSTS", "a,b"),
        ("CORS_ORIGINS", "*"),
        ("CORS_ORIGINS", "shop.example"),
        ("CORS_ORIGINS", "https://shop.example/"),
        ("CORS_ORIGINS", "null"),
        ("CORS_ORIGINS", "https://*.example"),
        ("AUTH", "yes"),
        ("RATE_LIMIT", "many"),
        ("RATE_LIMIT", "5"),
    ],
)
def test_settings_of_no_use(app_url, name, value):
    done = pgteller("serve", url=app_url, **{"AUTH": "keys", name: value})
    assert done.exit_code == 2
    assert done.output.startswith(f"{name} must be ")


# Pages of others


@pytest.mark.parametrize(
    "origin",
    [
        *("http://evil.example", "https://evil.example", "null", "http://localhost:3000", ""),
        *("http://localhost.evil.example", "file://", "localhost", "http://localhost@evil.example"),
        *(
            "http://evil.example/localhost",
            "chrome-extension://abc",
            "http://127.0.0.1",
            "http://[",
        ),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_pages_of_others(client_with, bank, origin, method):
    account = fresh()
    reply = client_with().open(
        "/accounts" if method == "POST" else "/balances",
        method=method,
        json={"account_id": account} if method == "POST" else None,
        headers={"Origin": origin},
    )
    assert (reply.status_code, code(reply)) == (403, "foreign_origin")
    assert "Access-Control-Allow-Origin" not in reply.headers
    assert bank.get(f"/accounts/{account}").code == "account_not_found"


def test_pages_of_its_own(client_with):
    client = client_with(ALLOWED_HOSTS="bank.example")
    for origin, host in (
        ("http://localhost", "localhost"),
        ("http://localhost:8000", "localhost:8000"),
        ("https://bank.example", "bank.example"),
    ):
        reply = client.get("/accounts", headers={"Origin": origin, "Host": host})
        assert code(reply) == 200
        assert "Access-Control-Allow-Origin" not in reply.headers


def test_pages_that_are_allowed(client_with):
    origins = "https://shop.example", "http://localhost:3000", "http://[::1]:3000"
    client = client_with(CORS_ORIGINS=" ".join(origins))
    for origin in origins:
        reply = client.post("/accounts", json={"account_id": fresh()}, headers={"Origin": origin})
        assert code(reply) == 201
        assert reply.headers["Access-Control-Allow-Origin"] == origin
        assert "Location" in reply.headers["Access-Control-Expose-Headers"]
        assert "Access-Control-Allow-Credentials" not in reply.headers
        assert "Origin" in reply.headers["Vary"]
    for origin in "https://shop.example.evil.example", "https://shopxexample", "http://[::1]:30000":
        other = client.get("/accounts", headers={"Origin": origin})
        assert code(other) == "foreign_origin"
        assert "Access-Control-Allow-Origin" not in other.headers


def test_a_browser_that_asks_first(client_with):
    client = client_with(CORS_ORIGINS="https://shop.example", AUTH="keys")
    asked = {
        "Origin": "https://shop.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization, content-type, idempotency-key",
    }
    reply = client.options("/transfers", headers=asked)
    assert reply.status_code == 200
    assert reply.headers["Access-Control-Allow-Origin"] == "https://shop.example"
    assert "POST" in reply.headers["Access-Control-Allow-Methods"]
    assert reply.headers["Access-Control-Allow-Headers"] == (
        "authorization, content-type, idempotency-key"
    )
    reply = client.options("/transfers", headers=asked | {"Origin": "https://evil.example"})
    assert code(reply) == "foreign_origin"
    # Of what failed the page is told why.
    reply = client.get("/accounts", headers={"Origin": "https://shop.example"})
    assert code(reply) == "unauthenticated"
    assert reply.headers["Access-Control-Allow-Origin"] == "https://shop.example"


# Forms


FORMS = [
    None,
    "",
    "text/plain",
    "text/plain; application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/jsonx",
    "text/json",
    "application/json-patch+json",
    "application/problem+json",
]
CHANGING = [route for route in ROUTES if route.method != "GET"]


@pytest.mark.parametrize("media_type", FORMS)
@pytest.mark.parametrize("body", [b"", b"{}", b'{"x":1}'])
def test_what_a_form_can_send_changes_nothing(client_with, media_type, body):
    client = client_with()
    for route in CHANGING:
        path = route.path.format_map(dict.fromkeys(route.in_path, "1"))
        reply = client.open(path, method=route.method, data=body, content_type=media_type)
        assert (reply.status_code, code(reply)) == (415, "unsupported_media_type"), route


def test_an_empty_form_of_a_foreign_page_refunds_nothing(client_with, bank):
    account = fresh()
    bank.post("/accounts", account_id=account)
    bank.post("/deposits", account_id=account, amount=100)
    payment = bank.post("/payments", account_id=account, amount=60)
    path = f"/payments/{payment['payment_id']}/refunds"
    client = client_with()
    assert code(client.post(path)) == "unsupported_media_type"
    assert code(client.post(path, content_type="text/plain")) == "unsupported_media_type"
    assert bank.get(f"/accounts/{account}/balance")["balance"] == 40
    assert code(client.post(path, content_type="application/json")) == 200
    assert bank.get(f"/accounts/{account}/balance")["balance"] == 100


@pytest.mark.parametrize(
    "media_type", ["application/json", "application/json; charset=utf-8", "Application/JSON"]
)
def test_json_in_any_spelling(client_with, media_type):
    body = b'{"account_id":"%s"}' % fresh().encode()
    assert code(client_with().post("/accounts", data=body, content_type=media_type)) == 201


# Headers


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("GET", "/accounts"), ("GET", "/nothing"), ("POST", "/accounts"), ("GET", "/docs")),
        *(("GET", "/livez"), ("DELETE", "/accounts"), ("GET", "/openapi.json")),
        ("OPTIONS", "/accounts"),
    ],
)
def test_headers_of_every_answer(client_with, method, path):
    headers = client_with().open(path, method=method).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == (
        "no-cache" if path in ("/docs", "/openapi.json") else "no-store"
    )


@pytest.mark.parametrize(
    ("base", "path", "told"),
    [
        *(("https://bank.example", path, True) for path in ("/accounts", "/", "/livez", "/no")),
        ("https://bank.example:8443", "/", False),  # where others may be at other ports
        *((f"https://{here}", "/", False) for here in ("localhost", "127.0.0.1", "[::1]")),
        ("http://bank.example", "/", False),
    ],
)
def test_a_name_that_speaks_tls_is_asked_by_tls_from_then_on(client_with, base, path, told):
    client = client_with(ALLOWED_HOSTS="bank.example")
    given = client.get(path, base_url=base).headers.getlist("Strict-Transport-Security")
    assert given == (["max-age=2592000"] if told else [])


@pytest.mark.parametrize(
    ("address", "here"),
    [
        *(("127.0.0.1", True), ("::1", True), ("[::1]", True), ("localhost", True)),
        *(("0.0.0.0", False), ("::", False), ("", False), ("example.com", False)),
        *(("::ffff:127.0.0.1", True), ("::ffff:1.2.3.4", False), ("127.0.0.1 ", False)),
    ],
)
def test_what_is_here(address, here):
    assert gate.is_here(address) is here
