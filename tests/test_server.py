"""What only a real web server shows: raw paths, raw bodies, several workers."""

import http.client
import json
from urllib.parse import quote, urlsplit

import pytest

from tests.http_helpers import fresh


@pytest.fixture
def http_connection(base_url):
    connection = http.client.HTTPConnection(urlsplit(base_url).netloc, timeout=20)
    yield connection
    connection.close()


def ask(connection, method, path, body=None, **headers):
    """One request as it is; the status and the JSON of the answer."""
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body, headers, encode_chunked="Transfer-Encoding" in headers)
    response = connection.getresponse()
    return response.status, json.loads(response.read() or b"null")


def post(connection, path, **body):
    return ask(connection, "POST", path, json.dumps(body), Content_Type="application/json")


@pytest.mark.parametrize("tail", ["/b", "//b", "%2F", " é🏦", "?#", "/balance/x"])
def test_ids_in_real_paths(http_connection, tail):
    account_id = fresh() + tail
    assert post(http_connection, "/accounts", account_id=account_id)[0] == 201
    path = f"/accounts/{quote(account_id, safe='')}"
    status, account = ask(http_connection, "GET", path)
    assert (status, account["account_id"]) == (200, account_id)
    status, balance = ask(http_connection, "GET", f"{path}/balance")
    assert (status, balance["account_id"]) == (200, account_id)


def test_a_path_that_is_not_utf8(http_connection):
    assert ask(http_connection, "GET", "/accounts/%FF%FE")[0] == 404
    assert ask(http_connection, "GET", "/accounts/%00")[0] == 422


def test_a_chunked_body(http_connection):
    account_id = fresh()
    body = json.dumps({"account_id": account_id}).encode()
    headers = {"Content_Type": "application/json", "Transfer_Encoding": "chunked"}
    status, _ = ask(http_connection, "POST", "/accounts", iter([body[:5], body[5:]]), **headers)
    assert status == 201


def test_a_chunked_body_over_a_mebibyte(http_connection):
    headers = {"Content_Type": "application/json", "Transfer_Encoding": "chunked"}
    chunks = (b" " * 65536 for _ in range(32))
    status, problem = ask(http_connection, "POST", "/deposits", chunks, **headers)
    assert (status, problem["code"]) == (413, "body_too_large")


@pytest.mark.parametrize("size", [1024 * 1024 + 1, 10 * 1024 * 1024])
def test_a_large_body(http_connection, size):
    headers = {"Content_Type": "application/json"}
    status, problem = ask(http_connection, "POST", "/deposits", b" " * size, **headers)
    assert (status, problem["code"]) == (413, "body_too_large")


def test_every_worker_answers(http_connection, base_url):
    account_id = fresh()
    assert post(http_connection, "/accounts", account_id=account_id)[0] == 201
    for _ in range(8):
        other = http.client.HTTPConnection(urlsplit(base_url).netloc, timeout=20)
        status, balance = ask(other, "GET", f"/accounts/{account_id}/balance")
        other.close()
        assert (status, balance["balance"]) == (200, 0)
