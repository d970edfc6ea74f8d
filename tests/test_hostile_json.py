"""Bodies that nobody should send: each is refused as the client's mistake, and quickly."""

import json

import pytest

from tests.http_helpers import MAX

DEEP = 100_000

NOT_JSON = {
    "nothing": "",
    "a word": "hello",
    "half": '{"account_id": "a", "amount": 5',
    "more": '{"account_id": "a", "amount": 5} {}',
    "trailing comma": '{"account_id": "a", "amount": 5,}',
    "NaN": '{"account_id": "a", "amount": NaN}',
    "-Infinity": '{"account_id": "a", "amount": -Infinity}',
    "NaN in metadata": '{"account_id": "a", "amount": 5, "metadata": {"x": NaN}}',
    "invalid UTF-8": b'{"account_id": "\xff", "amount": 5}',
    "invalid UTF-8 in metadata": b'{"account_id": "a", "amount": 5, "metadata": {"x": "\xc3"}}',
    "UTF-16": '{"account_id": "a", "amount": 5}'.encode("utf-16"),
    "byte order mark": b'\xef\xbb\xbf{"account_id": "a", "amount": 5}',
    "nested arrays": "[" * DEEP + "]" * DEEP,
    "nested objects": '{"x":' * DEEP + "1" + "}" * DEEP,
    "nested metadata": '{"account_id": "a", "amount": 5, "metadata": ' + "[" * DEEP,
    "control character": '{"account_id": "a\x01", "amount": 5}',
    "leading zero": '{"account_id": "a", "amount": 05}',
    "hexadecimal": '{"account_id": "a", "amount": 0x5}',
    "single quotes": "{'account_id': 'a', 'amount': 5}",
}

NOT_FITTING = {
    "null": "null",
    "array": '["a", 5]',
    "text": '"a"',
    "number": "5",
    "true": "true",
    "empty": "{}",
    "no amount": '{"account_id": "a"}',
    "unknown member": '{"account_id": "a", "amount": 5, "admin": true}',
    "key in the body": '{"account_id": "a", "amount": 5, "idempotency_key": "k"}',
    "other case": '{"account_id": "a", "Amount": 5}',
    "amount null": '{"account_id": "a", "amount": null}',
    "amount true": '{"account_id": "a", "amount": true}',
    "amount text": '{"account_id": "a", "amount": "5"}',
    "amount array": '{"account_id": "a", "amount": [5]}',
    "amount 5.5": '{"account_id": "a", "amount": 5.5}',
    "amount 5.0": '{"account_id": "a", "amount": 5.0}',
    "amount 5e0": '{"account_id": "a", "amount": 5e0}',
    "amount 2^63": '{"account_id": "a", "amount": 9223372036854775808}',
    "amount -2^63-1": '{"account_id": "a", "amount": -9223372036854775809}',
    "amount 2^64": '{"account_id": "a", "amount": 18446744073709551616}',
    "amount 10^400": '{"account_id": "a", "amount": 1' + "0" * 400 + "}",
    "amount 10^5000": '{"account_id": "a", "amount": 1' + "0" * 5000 + "}",
    "amount 1e999999": '{"account_id": "a", "amount": 1e999999}',
    "id a number": '{"account_id": 5, "amount": 5}',
    "id with NUL": '{"account_id": "a\\u0000", "amount": 5}',
    "timestamp true": '{"account_id": "a", "amount": 5, "timestamp": true}',
    "timestamp text": '{"account_id": "a", "amount": 5, "timestamp": "2026-01-01"}',
    "twice": '{"account_id": "a", "amount": 1, "amount": 5}',
    "twice, escaped": '{"account_id": "a", "amount": 1, "am\\u006funt": 5}',
    "twice in metadata": '{"account_id": "a", "amount": 5, "metadata": {"x": {"y": 1, "y": 2}}}',
    "metadata with NUL": '{"account_id": "a", "amount": 5, "metadata": {"x": "\\u0000"}}',
    "metadata with NUL name": '{"account_id": "a", "amount": 5, "metadata": {"\\u0000": 1}}',
    "metadata 1e999999": '{"account_id": "a", "amount": 5, "metadata": {"x": 1e999999}}',
    "surrogate in metadata": '{"account_id": "a", "amount": 5, "metadata": {"x": "\\ud800"}}',
}


@pytest.fixture
def deposit(bank):
    """Send a body that names account `a` as a deposit to an account that exists."""
    account_id = bank.account()

    def send(body):
        name = json.dumps(account_id)
        if isinstance(body, bytes):
            body = body.replace(b'"a"', name.encode())
        else:
            body = body.replace('"a"', name)
        reply = bank.send("/deposits", body)
        assert bank.balance(account_id) == 0
        return reply

    return send


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON)
def test_what_is_not_json(deposit, body):
    reply = deposit(body)
    assert (reply.status, reply.code) == (400, "malformed_json")


@pytest.mark.parametrize("body", NOT_FITTING.values(), ids=NOT_FITTING)
def test_what_does_not_fit(deposit, body):
    reply = deposit(body)
    assert (reply.status, reply.code) == (422, "invalid_request")


def test_a_lone_surrogate(deposit):
    assert deposit('{"account_id": "\\ud800", "amount": 5}').status in (400, 422)


def test_the_field_is_named(bank):
    reply = bank.send("/deposits", '{"account_id": "a", "amount": "5"}')
    assert (reply["field"], reply["detail"]) == ("amount", "Expected `int`, got `str`.")
    assert bank.send("/deposits", '{"account_id": "a"}')["field"] == "amount"
    assert bank.send("/deposits", '{"account_id": "a", "amount": 5, "x": 1}')["field"] == "x"


def test_the_largest_whole_number(deposit):
    assert deposit('{"account_id": "a", "amount": 9223372036854775807}').code == "invalid_amount"


def test_large_numbers_in_metadata_are_kept(bank):
    account_id = bank.account()
    number = "1" + "0" * 5000
    body = f'{{"account_id": "{account_id}", "amount": 5, "metadata": {{"x": {number}}}}}'
    assert bank.send("/deposits", body).status == 200


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_other_media_types(bank, content_type):
    reply = bank.send("/deposits", '{"account_id": "a", "amount": 5}', content_type=content_type)
    assert (reply.status, reply.code) == (415, "unsupported_media_type")


def test_a_charset_is_no_harm(bank):
    body = json.dumps({"account_id": bank.account(), "amount": MAX})
    assert bank.send("/deposits", body, "application/json; charset=utf-8").status == 200


@pytest.mark.parametrize("size", [1024 * 1024 + 1, 10 * 1024 * 1024])
def test_bodies_over_a_mebibyte(bank, size):
    reply = bank.send("/deposits", b" " * size)
    assert (reply.status, reply.code) == (413, "body_too_large")
    assert bank.send("/deposits", b" " * 1024 * 1024).code == "malformed_json"
