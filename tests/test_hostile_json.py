"""Bodies that nobody should send: each is refused as the client's mistake, and quickly."""

import gzip
import json
import re
import time

import pytest

from pgteller.shell.parsing import LINES
from pgteller.shell.shapes import BATCHED
from tests.http_helpers import MAX

DEEP = 100_000
JSON = "application/json"

# What the parser refuses never comes to a database.
of_the_shell = pytest.mark.shell


def nested(levels):
    """An object of that many levels."""
    return '{"x":' * levels + "1" + "}" * levels


PYTHON = re.compile(r"\b(?:int|str|bool|float|dict|list|tuple|None|True|False|\w*Error)\b")

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
    "open arrays": "[" * DEEP,
    "open metadata": '{"account_id": "a", "amount": 5, "metadata": ' + "[" * DEEP,
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
    "nested arrays": "[" * DEEP + "]" * DEEP,
    "nested objects": '{"x":' * DEEP + "1" + "}" * DEEP,
    "nested metadata": f'{{"account_id": "a", "amount": 5, "metadata": {nested(40)}}}',
    "nested among texts": '{"x": ' + '["]", ' * 40 + "[]" + "]" * 40 + "}",
    "metadata 1e1000": '{"account_id": "a", "amount": 5, "metadata": {"x": 1e1000}}',
    "metadata 0e-16383": '{"account_id": "a", "amount": 5, "metadata": {"x": 0e-16383}}',
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


@of_the_shell
@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON)
def test_what_is_not_json(deposit, body):
    reply = deposit(body)
    assert (reply.status, reply.code) == (400, "malformed_json")


@of_the_shell
@pytest.mark.parametrize("body", NOT_FITTING.values(), ids=NOT_FITTING)
def test_what_does_not_fit(deposit, body):
    reply = deposit(body)
    assert (reply.status, reply.code) == (422, "invalid_request")
    assert not PYTHON.search(reply["detail"])


@of_the_shell
def test_a_lone_surrogate(deposit):
    assert deposit('{"account_id": "\\ud800", "amount": 5}').status in (400, 422)


@of_the_shell
def test_the_field_is_named(bank):
    reply = bank.send("/deposits", '{"account_id": "a", "amount": "5"}')
    assert (reply["field"], reply["detail"]) == ("amount", "Expected `integer`, got `string`.")
    assert bank.send("/deposits", '{"account_id": "a"}')["field"] == "amount"
    assert bank.send("/deposits", '{"account_id": "a", "amount": 5, "x": 1}')["field"] == "x"


@of_the_shell
@pytest.mark.parametrize(
    ("path", "body", "told"),
    [
        ("/deposits", {"account_id": 5, "amount": 5}, "Expected `string`, got `integer`."),
        ("/deposits", {"account_id": "a", "amount": 5.5}, "Expected `integer`, got `number`."),
        ("/deposits", {"account_id": "a", "amount": True}, "Expected `integer`, got `boolean`."),
        ("/deposits", "1", "Expected `object`, got `integer`."),
        (
            "/accounts",
            {"account_id": "a", "currency": 1},
            "Expected `string | null`, got `integer`.",
        ),
        ("/webhooks", {"url": "a", "types": "a"}, "Expected `array | null`, got `string`."),
        ("/batches", [{"operation": None}], "Expected `string`."),
        (
            "/batches",
            [{"operation": "depositt"}],
            "`operation` must be one of " + ", ".join(f"`{name}`" for name in BATCHED) + ".",
        ),
        ("/batches", [{"operation": "deposit", "int": 1}], "Request contains unknown field `int`."),
        ("/accounts?detail=True", None, "Expected `boolean | null`, got `string`."),
        ("/accounts?limit=None", None, "Expected `integer | null`, got `string`."),
        ("/accounts?limit=-1", None, "Expected `integer` >= 1."),
        (
            "/accounts/a/statement?separator=%00",
            None,
            "`separator` must be one of `,`, `;`.",
        ),
        (
            "/accounts/a/statement?since=2026-11-01",
            None,
            "Expected `integer | null`, got `string`: it is milliseconds since the epoch, such as "
            "1767225600000.",
        ),
    ],
)
def test_types_are_named_as_in_json(bank, path, body, told):
    if body is None:
        reply = bank.get(path)
    else:
        reply = bank.send(path, body if isinstance(body, str) else json.dumps(body))
    assert (reply.status, reply["detail"]) == (422, told)


@of_the_shell
@pytest.mark.parametrize("number", [2**63, -(2**63) - 1])
def test_a_number_that_is_no_bigint_is_named(deposit, number):
    reply = deposit(f'{{"account_id": "a", "amount": {number}}}')
    assert (reply.code, reply["field"]) == ("invalid_request", "amount")


def test_the_largest_whole_number(deposit):
    assert deposit('{"account_id": "a", "amount": 9223372036854775807}').code == "invalid_amount"


KEPT = {
    "large": '{"x": 1' + "0" * 308 + "}",
    "exponents": '{"x": 1e308, "y": -1e308, "z": 1e-308, "t": 1.5E+000001}',
    "texts like numbers": '{"x": "1e131071", "1e131071": "9e99999"}',
    "32 levels": nested(32),
    "1000 values": json.dumps({"x": [*range(1000)]}),
    "brackets in texts": json.dumps({"x": "[{" * 5000, '"\\[': '\\"[' * 500}),
}
LIMITS = {
    "33 levels": (nested(33), "too many levels"),
    "1001 values": (json.dumps({"x": [*range(1001)]}), "too many values"),
    "beyond 1e308": ('{"x": 2e308}', "too large a number"),
    "5000 digits": ('{"x": 1' + "0" * 5000 + "}", "too large a number"),
}


@pytest.mark.parametrize("metadata", KEPT.values(), ids=KEPT)
def test_metadata_that_is_kept(bank, metadata):
    account_id = bank.account()
    body = f'{{"account_id": "{account_id}", "amount": 5, "metadata": {metadata}}}'
    assert bank.send("/deposits", body).status == 200
    kept = json.dumps(bank.history(account_id)[-1]["metadata"])
    assert json.loads(kept, parse_int=float) == json.loads(metadata, parse_int=float)


@pytest.mark.parametrize(("metadata", "reason"), LIMITS.values(), ids=LIMITS)
def test_metadata_that_is_too_much(deposit, bank, metadata, reason, caplog):
    """The bank's own limits, wherever metadata stand."""
    reply = deposit(f'{{"account_id": "a", "amount": 5, "metadata": {metadata}}}')
    assert (reply.status, reply.code, reply["reason"]) == (422, "invalid_metadata", reason)
    assert f"not with {reason}." in reply["detail"]
    one, other = bank.account(5), bank.account()
    item = f'{{"operation": "deposit", "account_id": "{one}", "amount": 5, "metadata": {metadata}}}'
    [result] = bank.send("/batches", f"[{item}]")["results"]
    assert not caplog.records  # it could be noted, too
    assert (result["code"], result["detail"]) == ("invalid_metadata", {"reason": reason})
    postings = f"""[{{
        "source_account_id": "{one}", "target_account_id": "{other}", "amount": 5,
        "metadata": {metadata}
    }}]"""
    assert bank.send("/transactions", f'{{"postings": {postings}}}').code == "invalid_metadata"
    found = bank.get(f"/accounts/{one}/transactions", metadata=metadata)
    assert (found.code, found["reason"]) == ("invalid_metadata", reason)


# What took PostgreSQL or Python half a minute, or a gigabyte.
BOMBS = {
    "numbers of 131 072 digits": '{"x": [' + ", ".join(["1e131071"] * 3000) + "]}",
    "numbers of 16 383 decimals": '{"x": [' + ", ".join(["0e-16383"] * 3000) + "]}",
    "many numbers of 999 decimals": '{"x": [' + ", ".join(["0e-999"] * 3000) + "]}",
    "many members, one twice": "{" + "".join(f'"{n}":1,' for n in range(24000)) + '"23999":1}',
}


@of_the_shell
@pytest.mark.parametrize("metadata", BOMBS.values(), ids=BOMBS)
def test_what_would_expand(bank, metadata):
    account_id = bank.account()
    item = f'{{"operation": "deposit", "account_id": "{account_id}", "amount": 5, "metadata": '
    begun = time.monotonic()
    for path, body, content_type in [
        ("/deposits", item.replace('"operation": "deposit", ', "") + metadata + "}", JSON),
        ("/batches", f"[{item}{metadata}}}]", JSON),
        ("/batches", f"{item}{metadata}}}\n", LINES),
    ]:
        reply = bank.send(path, body, content_type)
        assert (reply.status, reply.code) == (422, "invalid_request")
    assert bank.balance(account_id) == 0
    reply = bank.get(f"/accounts/{account_id}/transactions", metadata=metadata)
    assert (reply.status, reply.code, reply["field"]) == (422, "invalid_request", "metadata")
    assert time.monotonic() - begun < 2


@of_the_shell
@pytest.mark.parametrize("value", ["1,", "{},", '"",'])
def test_a_batch_of_too_many_values(bank, value):
    body = '[{"operation": "deposit", "account_id": "a", "amount": 5, "metadata": {"x": ['
    reply = bank.send("/batches", body + value * 300_000 + "0]}}]")
    assert (reply.status, reply.code) == (413, "body_too_large")


LONG_NAMES = [" - at `$" * 60_000, "field `" * 60_000, "x" * 500_000]


@of_the_shell
@pytest.mark.parametrize("name", LONG_NAMES, ids=["place", "field", "long"])
def test_names_that_are_long_are_not_repeated(bank, name):
    begun = time.monotonic()
    for body in ({"account_id": "a", "amount": 5, name: 1}, {"metadata": {name: 1, "x": 2}}):
        text = json.dumps(body).replace('"x": 2', f'"{name}": 2')
        reply = bank.send("/deposits", text)
        assert (reply.status, reply.code) == (422, "invalid_request")
        assert len(json.dumps(reply.body)) < 1000
    assert time.monotonic() - begun < 2


@of_the_shell
@pytest.mark.parametrize(
    "metadata", ['{"x": 1, "x": 2}', '{"x": NaN}', "{", "nested", '{"x": 1e5000}', '"\\ud800']
)
def test_json_in_a_query(bank, metadata):
    """It is held to what holds for a body."""
    metadata = nested(100) if metadata == "nested" else metadata
    reply = bank.get(f"/accounts/{bank.account()}/transactions", metadata=metadata)
    assert (reply.status, reply.code, reply["field"]) == (422, "invalid_request", "metadata")
    assert "metadata" in reply["detail"]


@of_the_shell
@pytest.mark.parametrize("coding", ["gzip", "br", "deflate", "gzip, identity", "aws-chunked"])
@pytest.mark.parametrize("path", ["/deposits", "/batches", "/holds/1/release"])
def test_codings_of_a_body(client, path, coding):
    """A coded body is not mistaken for one that is not JSON."""
    body = gzip.compress(b'{"account_id": "a", "amount": 5}')
    headers = {"Content-Encoding": coding}
    response = client.post(path, data=body, content_type=JSON, headers=headers)
    assert (response.status_code, response.json["code"]) == (415, "unsupported_media_type")
    assert "Content-Encoding" in response.json["detail"]
    assert response.headers["Accept-Encoding"] == "identity"


def test_a_body_that_is_said_to_be_as_it_is(client, bank):
    body = {"account_id": bank.account(), "amount": 5}
    headers = {"Content-Encoding": "Identity"}
    assert client.post("/deposits", json=body, headers=headers).status_code == 200


@of_the_shell
@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_other_media_types(bank, content_type):
    reply = bank.send("/deposits", '{"account_id": "a", "amount": 5}', content_type=content_type)
    assert (reply.status, reply.code) == (415, "unsupported_media_type")


def test_a_charset_is_no_harm(bank):
    body = json.dumps({"account_id": bank.account(), "amount": MAX})
    assert bank.send("/deposits", body, "application/json; charset=utf-8").status == 200


@of_the_shell
@pytest.mark.parametrize("size", [1024 * 1024 + 1, 10 * 1024 * 1024])
def test_bodies_over_a_mebibyte(bank, size):
    reply = bank.send("/deposits", b" " * size)
    assert (reply.status, reply.code) == (413, "body_too_large")
    assert bank.send("/deposits", b" " * 1024 * 1024).code == "malformed_json"
