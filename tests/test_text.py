"""Hostile text in every text argument of every function: refused, or kept exactly as it was given.

Functions and arguments come from the catalog, routes from the OpenAPI document, so that new ones
are attacked without being named here; what they need to be given besides is in VALUES.
"""

import json
import re
from urllib.parse import quote

import psycopg
import pytest

import pgteller
from pgteller.shell import openapi
from pgteller.shell.probes import PROBES
from pgteller.shell.routes import ROUTES

T = 1_700_000_000_000

TEXTS = {
    "quote": "o'clock",
    "statement": "'; DROP TABLE ledger.accounts; --",
    "call": "') FROM bank.deposit('text.b', 1) --",
    "double quotes": '"a","b"',
    "backslashes": "a\\b\\'c\\\\",
    "escapes": "\\x41 \\u0041 \\101 E'\\n'",
    "dollars": "$$; DROP SCHEMA bank CASCADE; $$ $function$ $1 ${x}",
    "percent": "%s %1$s %I %L %(x)s %% 100%",
    "right to left": "\u202eevil\u202c\u200f\u2067x",
    "combining": "e\u0301 \u00e9 \u1100\u1161",
    "beyond the first plane": "\U0001f3e6\U0010fffd",
    "row": '(a,"b",,)',
    "JSON": '{"a": [1, null]}',
    "markup": "<script>alert(1)</script>&amp;",
    "wildcards": "a%b_c*?[x]",
    "control characters": "a\tb\r\nc\x07\x1b[31m",
    "blanks": "  a  ",
    "nothing": "",
    "the word NULL": "NULL",
    "a house account": "@external",
    "long": "x'" * 500_000,
    "long and wide": "\U0001f3e6" * 250_000,
}

# What else a function is given: by the name of the argument, or of the function and the argument.
VALUES = {
    "account_id": "text.a",
    "house_account_id": "@external",
    "source_account_id": "text.a",
    "target_account_id": "text.b",
    "amount": 5,
    "target_amount": 6,
    "value": 5,
    "reason": "why",
    "field": "balance",
    "comparison": "gt",
    "limit": 10,
    "overdraft_limit": 5,
    "collecting": True,
    "currency": "EUR",
    "rate_bps": 100,
    "delay_ms": 1000,
    "max_amount": 100,
    "lease_ms": 1000,
    "worker_number": 1,
    "legs_seen": 5,
    "legs": 5,
    "share": 5,
    "sending": "{}",
    "finished": "[]",
    "overlap_ms": 1000,
    "version": "1.0",
    "find.search": "text.a",
    "begin_worker.name": "text/1",
    "vouch.name": "auth0|text",
    "begin_session.session_sha256": "0f" * 32,
    "skip_delivery.event_id": 2,
    "role": "teller",
    "accounts": ["text.a"],
    "refusals": "[]",
    "kind": "digest",
    "create_api_key.name": "text.key",
    "since": 0,
    "until": T + 1,
    "turnover_history.every": "ever",
    "buckets": 2,
    "run_at": T + 1000,
    "metadata": "{}",
    "url": "https://example.com/hook",
    "event_id": 1,
    "attempt": 7,
    "http_status": 500,
    "operations": '[{"operation": "deposit", "account_id": "text.a", "amount": 5}]',
    "postings": '[{"source_account_id": "text.a", "target_account_id": "@fees", "amount": 5}]',
    "create_account.account_id": "text.new",
    "create_currency.currency": "TEXT",
    "exponent": 2,
    "exchange.target_account_id": "text.usd",
    "unfreeze_account.account_id": "text.frozen",
    "close_account.account_id": "text.empty",
    "rewind_account.account_id": "text.ahead",
    "set_account_metadata.metadata": "{}",
}

# Made by the functions named, as the world is made; their answers give the ids.
WORLD = """
SELECT bank.create_account(n) FROM unnest(ARRAY['text.a', 'text.b', 'text.frozen', 'text.empty',
    'text.bystander']) AS n;
SELECT bank.create_account('text.usd', 'USD');
SELECT bank.create_account_at('text.ahead', "timestamp" => engine.now() + 50000);
SELECT bank.deposit(n, 100000) FROM unnest(ARRAY['text.a', 'text.b', 'text.bystander']) AS n;
SELECT bank.freeze_account('text.frozen', 'why');
"""
IDS = {
    "payment_id": "SELECT payment_id FROM bank.pay('text.a', 500)",
    "hold_id": "SELECT hold_id FROM bank.hold('text.a', 50)",
    "secret_sha256": "SELECT encode(sha256(convert_to(secret, 'UTF8')), 'hex') "
    "FROM bank.create_api_key('text.one', 'teller')",
    "session_sha256": "SELECT encode(sha256('text'), 'hex') "
    "FROM bank.create_api_key('text.three', 'teller') AS k, LATERAL bank.begin_session("
    "encode(sha256(convert_to(k.secret, 'UTF8')), 'hex'), encode(sha256('text'), 'hex')) AS s",
    "revoke_api_key.name": "SELECT name FROM bank.create_api_key('text.two', 'teller')",
    "refund_hold.hold_id": "SELECT h.hold_id FROM bank.hold('text.a', 50) AS h, "
    "LATERAL bank.capture_hold(h.hold_id, 9) AS c",
    "transaction_id": "SELECT transaction_id FROM bank.transfer('text.a', 'text.b', 5)",
    "proof_number": "SELECT proof_number FROM bank.begin_proof('digest')",
    "monitor_id": "SELECT monitor_id FROM bank.create_monitor('text.a', 'balance', 'lt', 5)",
    "schedule_id": "SELECT schedule_id FROM bank.schedule_transfer('text.a', 'text.b', 5, {later})",
    "webhook_id": "SELECT webhook_id FROM bank.create_webhook('https://example.com/', after => 0)",
    "digest": "SELECT bank.ledger_digest(3600000)::text",
}

FUNCTIONS = """
SELECT p.proname, array_agg(a.name ORDER BY a.number),
    array_agg(format_type(a.type, NULL) ORDER BY a.number), p.pronargs - p.pronargdefaults
FROM pg_proc AS p
CROSS JOIN unnest(p.proargnames[:p.pronargs], p.proargtypes::oid[])
    WITH ORDINALITY AS a (name, type, number)
WHERE p.pronamespace = 'bank'::regnamespace AND p.proname NOT LIKE '\\_%'
GROUP BY p.oid
ORDER BY p.proname
"""

TABLES = """
SELECT string_agg(format(
    'SELECT %L AS name, to_jsonb(t)::text AS content FROM %s AS t', c.oid::regclass, c.oid::regclass
), ' UNION ALL ')
FROM pg_class AS c
WHERE c.relnamespace = 'ledger'::regnamespace AND c.relkind = 'r'
"""

CATALOG = """
SELECT md5(string_agg(x.object, ',' ORDER BY x.object)) FROM (
    SELECT 'relation ' || c.oid::regclass AS object FROM pg_class AS c
    WHERE c.relnamespace::regnamespace::text IN ('bank', 'ledger', 'public')
    UNION ALL
    SELECT 'function ' || p.oid::regprocedure FROM pg_proc AS p
    WHERE p.pronamespace::regnamespace::text IN ('bank', 'ledger', 'public')
    UNION ALL
    SELECT 'role ' || r.rolname FROM pg_roles AS r WHERE r.rolname LIKE 'bank%'
) AS x
"""

# How a text gets into an argument of a type; all of them are sent beside the statement, not in it.
WRAPPED = {
    "text": lambda text: text,
    "text[]": lambda text: [text],
    "jsonb": lambda text: json.dumps({"key": text, text[:100]: "value"}),
    "json": lambda text: json.dumps([{"operation": "deposit", "account_id": text, "amount": 1}]),
}


class World:
    """A small bank, and what its functions take."""

    def __init__(self, connection):
        self.connection = connection
        connection.execute(WORLD)
        later = connection.execute(
            "SELECT (extract(epoch FROM now()) * 1000)::bigint + 86400000"
        ).fetchone()[0]
        self.values = VALUES | {"run_at": later}
        for name, query in IDS.items():
            self.values[name] = connection.execute(query.format(later=later)).fetchone()[0]
        connection.execute("SELECT FROM bank.number_events()")
        connection.execute("SELECT FROM bank.claim_deliveries(lease_ms => 86400000)")
        # Planned once: psycopg forgets what it prepared whenever something is rolled back.
        connection.prepare_threshold = None
        (tables,) = connection.execute(TABLES).fetchone()
        connection.execute(f"PREPARE content AS {tables}")
        connection.execute(f"PREPARE catalog AS {CATALOG}")
        self.functions = connection.execute(FUNCTIONS).fetchall()

    def content(self):
        """Everything that is in the tables, as JSON, of which only what changes need be read."""
        return {*self.connection.execute("EXECUTE content").fetchall()}

    def catalog(self):
        """What there is besides data."""
        return self.connection.execute("EXECUTE catalog").fetchone()

    def given(self, function, names, required):
        """What it takes to call a function: its required arguments, and those VALUES adds."""
        plain = function.removesuffix("_at")
        own = {name: self.values.get(f"{plain}.{name}") for name in names}
        return {
            name: self.values.get(name) if own[name] is None else own[name]
            for name in names
            if name in required or own[name] is not None
        }

    def call(self, function, given, types):
        """The answer; names are from the catalog, values are parameters."""
        arguments = ", ".join(f'"{name}" => %s::{types[name]}' for name in given)
        query = f"SELECT to_jsonb(r) FROM bank.{function}({arguments}) AS r"
        return [row for (row,) in self.connection.execute(query, [*given.values()]).fetchall()]


@pytest.fixture(scope="module")
def world(new_ledger):
    with new_ledger() as url, psycopg.connect(url, autocommit=True) as connection:
        yield World(connection)


def holds(value, text):
    """Whether JSON holds exactly this text, as a member's name or value."""
    if isinstance(value, dict):
        return any(name == text or holds(inner, text) for name, inner in value.items())
    if isinstance(value, list):
        return any(holds(inner, text) for inner in value)
    return value == text


def text_arguments(world):
    for function, names, types, required in world.functions:
        kinds = dict(zip(names, types, strict=True))
        for name in names:
            # How many of each webhook are in somebody's hands is kept nowhere.
            if kinds[name] in WRAPPED and name != "sending":
                yield function, name, kinds, names[:required]


def test_every_function_can_be_called(world):
    """Else its arguments would be refused for another reason than the text in them."""
    for function, names, types, required in world.functions:
        kinds = dict(zip(names, types, strict=True))
        given = world.given(function, names, names[:required])
        assert None not in given.values(), f"{function}: tell VALUES what to give {given}"
        with world.connection.transaction(force_rollback=True):
            world.call(function, given, kinds)


@pytest.mark.parametrize("text", TEXTS.values(), ids=[*TEXTS])
def test_text_in_every_argument(world, text):
    before, catalog = world.content(), world.catalog()
    kept = set()
    for function, name, kinds, required in text_arguments(world):
        given = world.given(function, kinds, required)
        given[name] = WRAPPED[kinds[name]](text)
        where = f"{function}({name})"
        with world.connection.transaction(force_rollback=True):
            try:
                with world.connection.transaction():
                    answer = world.call(function, given, kinds)
            except psycopg.Error as error:
                assert error.sqlstate.startswith("TL"), f"{where}: {error}"
                assert len(error.diag.message_detail or "") < 10_000, where
                json.loads(error.diag.message_detail or "{}")
                continue
            after = world.content()
            assert world.catalog() == catalog, where
            removed = [json.loads(row) for _, row in before - after]
            added = [json.loads(row) for _, row in after - before]
            for row in removed + added:
                assert row.get("account_id") != "text.bystander", where
            if added:
                assert holds(added, text) or holds(answer, text), where
                kept.add(where)
    assert kept or len(text) > 10_000
    assert world.content() == before


NUMBERS = [-(2**63), -(2**53), -1, 0, 2**31, 2**53 - 1, 2**53, 2**63 - 1]


@pytest.mark.parametrize("number", NUMBERS)
def test_number_in_every_argument(world, number):
    """Taken or refused by name: what overflows within a function is a bug."""
    tried = 0
    for function, names, types, required in world.functions:
        kinds = dict(zip(names, types, strict=True))
        for name in names:
            least = {"bigint": -(2**63), "integer": -(2**31)}.get(kinds[name])
            if least is None or not least <= number < -least or name == "patience":
                continue
            given = world.given(function, kinds, names[:required]) | {name: number}
            with world.connection.transaction(force_rollback=True):
                try:
                    world.call(function, given, kinds)
                except psycopg.Error as error:
                    assert error.sqlstate.startswith("TL"), f"{function}({name}): {error}"
            tried += 1
    assert tried > 20


# Over HTTP, which is about the shell: the functions get such text above, on every server.


DOCUMENT = openapi.document(ROUTES, PROBES, pgteller.__version__)
WITH_BODY = {f"{route.method} {route.path}": route for route in ROUTES if route.body}
NUL = "a\x00b"


def texts_of(schema):
    """The members of a body that are text."""
    for name, member in schema["properties"].items():
        if "string" in member.get("type", ()):
            yield name


@pytest.mark.first_server
@pytest.mark.direct
@pytest.mark.parametrize("route", WITH_BODY.values(), ids=[*WITH_BODY])
def test_nul_in_bodies(client, route):
    content = DOCUMENT["paths"][route.path][route.method.lower()]["requestBody"]["content"]
    media = content["application/json"]
    path = re.sub("{.*?}", "1", route.path)
    names = ["metadata"] if "metadata" in str(media["schema"]) else []
    for name in [*texts_of(media["schema"]), *names]:
        value = {"key": NUL} if name == "metadata" else NUL
        response = client.open(path, method=route.method, json=media["example"] | {name: value})
        assert response.status_code in (400, 404, 422), (name, response.text)
        assert response.json["code"] != "not_found"


@pytest.mark.first_server
@pytest.mark.direct
@pytest.mark.parametrize("text", [NUL, *TEXTS.values()], ids=["NUL", *TEXTS])
def test_text_in_paths_and_queries(client, text):
    """Reads find nothing by it, or refuse it; nothing fails."""
    for route in ROUTES:
        if route.method != "GET" or len(text) > 10_000:
            continue
        path = re.sub("{.*?}", quote(text, safe=""), route.path)
        for query in [{}, *({name: text} for name in route.query.__struct_fields__)]:
            response = client.get(path, query_string=query)
            assert response.status_code in (200, 302, 404, 422), (path, query, response.text)
