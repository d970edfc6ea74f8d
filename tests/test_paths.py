"""What is in a path: ids of any characters, bytes that are no text, and where it is mounted."""

import http.client
import json
import re
import socket
from contextlib import closing
from urllib.parse import quote, urljoin, urlsplit

import pytest

from pgteller.shell import create_app
from pgteller.shell.routes import ROUTES
from tests.http_helpers import fresh

ODD = [
    *(
        "/",
        "//",
        "/b",
        "//b",
        "/b/",
        "/balance/x",
        "/balances",
        "/Balance",
        "/accounts/x",
        "/..b",
        ".",
    ),
    *(
        "%",
        "%2F",
        "%2f%25",
        "?#&=+;:@",
        "a b",
        "é🏦",
        "汉字",
        "\\",
        "'\";--",
        "~.-_",
        "/...",
        "…",
    ),
]
OF_ACCOUNTS = [route for route in ROUTES if "account_id" in route.in_path]
BELONGING = [route.path.removeprefix("/accounts/{account_id}") for route in OF_ACCOUNTS]


@pytest.fixture
def raw(base_url):
    """Send a path as it is to a real server; the status and the JSON of the answer."""
    with closing(http.client.HTTPConnection(urlsplit(base_url).netloc, timeout=20)) as connection:

        def ask(path, method="GET", body=None):
            headers = {"Content-Type": "application/json"} if body else {}
            connection.request(method, path, body and json.dumps(body), headers)
            response = connection.getresponse()
            answer = json.loads(response.read() or b"null")
            return response.status, answer, response.headers

        yield ask


@pytest.mark.first_server
@pytest.mark.parametrize("route", OF_ACCOUNTS, ids=[route.name for route in OF_ACCOUNTS])
def test_every_path_of_an_account_is_that_of_one_account(app, route):
    """Whatever its id: as WSGI has the path, where %2F is / already."""
    urls = app.url_map.bind("")
    for account_id in [*ODD, *(f"cs{tail}" for tail in ODD)]:
        path = route.path.replace("{account_id}", account_id)
        assert urls.match(path, route.method) == (route.name, {"account_id": account_id})


@pytest.mark.parametrize("name", [name for name in BELONGING if name])
def test_no_id_ends_like_the_path_of_what_belongs_to_an_account(bank, db, name):
    """Else /accounts/cs/balance would be two things, and the answer that of the other one."""
    account_id = fresh() + name
    reply = bank.post("/accounts", account_id=account_id)
    assert (reply.status, reply.code) == (422, "invalid_account_id")
    assert f"ends in {name}," in reply["reason"]


@pytest.mark.parametrize("account_id", [".", "..", "a/../b", "../b", "a/.", "a/./b"])
def test_no_id_has_a_step_of_a_path(bank, account_id):
    """Clients and proxies take it for one, and so lead to another account."""
    assert bank.post("/accounts", account_id=account_id).code == "invalid_account_id"


@pytest.mark.parametrize("tail", ODD)
def test_location_leads_to_the_account(raw, base_url, tail):
    """Also as a client resolves it."""
    account_id = fresh() + tail
    status, _, headers = raw("/accounts", "POST", {"account_id": account_id})
    assert status == 201
    location = urljoin(base_url + "/accounts", headers["Location"]).removeprefix(base_url)
    assert location == headers["Location"] == "/accounts/" + quote(account_id, safe="")
    assert raw(location)[1]["account_id"] == account_id
    for route in OF_ACCOUNTS:
        if route.method == "GET" and route.name != "balance_history":
            path = location + route.path.removeprefix("/accounts/{account_id}")
            status, answer, _ = raw(path)
            assert (status, answer["account_id"]) == (200, account_id), path
    status, answer, _ = raw(location + "/freeze", "POST", {"reason": "why"})
    assert (status, answer["account_id"]) == (200, account_id)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/accounts/%FF%FE", 404),
        ("/accounts/%C0%AF", 404),
        ("/accounts/%ED%A0%80/balance", 404),
        ("/%FF", 404),
        ("/accounts/%EF%BF%BD", 404),
        ("/accounts/%00", 422),
        ("/accounts/%zz", 404),
        ("/accounts/%", 404),
        ("/accounts/a%2", 404),
        ("/accounts/../balances", 404),
        ("/accounts/.", 404),
        ("/accounts//", 404),
        ("/accounts/", 404),
        ("//accounts", 404),
        ("//accounts/x", 404),
        ("/%2Faccounts", 404),
        ("//example.com/..", 404),
        ("/transactions/%2F", 404),
        ("/transactions/1%2F2", 404),
        ("/transactions/..", 404),
        ("/payments/a%2Fb", 404),
        ("/accounts?after=%FF", 422),
        ("/accounts?%FF=1", 422),
        ("/accounts?after=%00", 422),
        ("/accounts?after=%zz", 200),
    ],
)
def test_paths_that_are_no_text_or_lead_nowhere(raw, path, status):
    found, answer, _ = raw(path)
    assert found == status
    assert status == 200 or answer["code"].endswith("not_found" if status == 404 else "request")


def test_bytes_that_are_no_text_are_not_what_stands_for_them(raw):
    """Servers put U+FFFD where they are, so no account has that in its name."""
    account_id = fresh() + "\ufffd"
    status, answer, _ = raw("/accounts", "POST", {"account_id": account_id})
    assert (status, answer["code"]) == (422, "invalid_account_id")
    for path in f"/accounts/{account_id[:-1]}%FF", f"/accounts/{quote(account_id)}":
        status, answer, _ = raw(path)
        assert (status, answer["code"]) == (404, "not_found")
        assert "UTF-8" in answer["detail"]


def test_a_plus_is_a_plus(raw):
    account_id = fresh() + "+a b"
    assert raw("/accounts", "POST", {"account_id": account_id})[0] == 201
    path = f"/accounts/{account_id.replace(' ', '%20')}"
    assert raw(path)[1]["account_id"] == account_id
    assert raw(path.replace("+", "%20"))[0] == 404


@pytest.mark.parametrize("target", ["*", "/a b", "/\x7f"])
def test_a_request_line_that_is_none(base_url, target):
    netloc = urlsplit(base_url)
    with closing(socket.create_connection((netloc.hostname, netloc.port), timeout=20)) as client:
        client.sendall(f"GET {target} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n".encode())
        assert re.match(rb"HTTP/1.1 4\d\d ", client.recv(100))


# Below another path


@pytest.fixture
def mounted(app_url, monkeypatch):
    """A client of the application at /shop/bank, and what a proxy hands on of a path."""
    monkeypatch.setenv("ROOT_PATH", "/shop/bank/")
    app = create_app(app_url)
    yield app.test_client()
    app.extensions["pool"].close()


@pytest.mark.parametrize("handed_on", ["/shop/bank", ""], ids=["whole", "stripped"])
def test_below_another_path(mounted, handed_on):
    account_id = fresh() + "/é"
    opened = mounted.post(handed_on + "/accounts", json={"account_id": account_id})
    assert opened.headers["Location"] == "/shop/bank/accounts/" + quote(account_id, safe="")
    path = opened.headers["Location"].removeprefix("/shop/bank")
    assert mounted.get(handed_on + path).json["account_id"] == account_id
    assert mounted.get(handed_on + path + "/balance").json["account_id"] == account_id
    assert 'href="/shop/bank/docs"' in mounted.get(handed_on + "/").text
    assert mounted.get(handed_on + "/nothing").status_code == 404
    assert mounted.get(handed_on + "/livez").status_code == 200


def test_only_a_whole_part_is_the_prefix(mounted):
    assert mounted.get("/shop/bank").headers["Location"] == "http://localhost/shop/bank/"
    assert mounted.get("/shop/banking/livez").status_code == 404
    assert mounted.get("/shop/livez").status_code == 404


def test_documentation_below_another_path(mounted):
    document = mounted.get("/shop/bank/openapi.json").json
    assert document["servers"] == [{"url": "/shop/bank"}]
    assert "curl localhost:8000/shop/bank/accounts " in document["info"]["description"]
    assert mounted.get("/shop/bank/docs/").headers["Location"] == "/shop/bank/docs"
    assert mounted.get("/shop/bank/docs").status_code == 200
    page = mounted.get("/shop/bank/docs").text
    script = mounted.get("/shop/bank/docs/docs.js").text
    asked = re.findall('(?:href|src)="(?!#)(.*?)"', page) + re.findall(r'fetch\("(.*?)"', script)
    assert {"./", "docs", "docs/docs.css", "docs/docs.js", "openapi.json"} <= {*asked}
    for one in asked:
        whole = urljoin("http://x/shop/bank/docs", one)
        assert whole.startswith("http://x/shop/bank/")
        assert mounted.get(whole.removeprefix("http://x")).status_code < 400, one


@pytest.mark.parametrize("root", ["bank", "/a b", "/a//b", "/é", "http://x/bank", "/a/../b?"])
def test_a_root_path_that_is_none(monkeypatch, capsys, root):
    monkeypatch.setenv("ROOT_PATH", root)
    with pytest.raises(SystemExit) as ended:
        create_app("postgresql://nowhere")
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("ROOT_PATH must be a path")


def test_mounted_by_the_server(app_url):
    """A WSGI server says in SCRIPT_NAME where it is."""
    app = create_app(app_url)
    client = app.test_client()
    there = {"environ_overrides": {"SCRIPT_NAME": "/bank"}}
    account_id = fresh() + "/b"
    opened = client.post("/accounts", json={"account_id": account_id}, **there)
    assert opened.headers["Location"] == "/bank/accounts/" + quote(account_id, safe="")
    assert 'href="/bank/docs"' in client.get("/", **there).text
    app.extensions["pool"].close()
