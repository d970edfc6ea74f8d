"""Random requests: made from the OpenAPI document, and made of bytes that are nearly JSON.

FUZZ_SEED in the environment tries others than those of every day, FUZZ_EXAMPLES more of them.
"""

import json
import random
import re
import time

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, seed, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    negative_data_rejection,
    positive_data_acceptance,
    unsupported_method,
)

import pgteller
from pgteller.embedded.database import create_web_role
from pgteller.shell import create_app, openapi
from pgteller.shell.errors import SHELL
from pgteller.shell.parsing import LINES
from pgteller.shell.probes import PROBES
from pgteller.shell.routes import ROUTES
from tests.fuzz import EXAMPLES, SEED

# They are about the shell; and what pgbouncer or another PostgreSQL would add is tested elsewhere.
pytestmark = [pytest.mark.first_server, pytest.mark.direct]

LONGEST = 5  # seconds that any of these requests may take, on a slow and busy machine

DOCUMENT = openapi.document(ROUTES, PROBES, pgteller.__version__)
WITH_BODY = {f"{route.method} {route.path}": route for route in ROUTES if route.body}

bounded = settings(
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
)

applications = []  # the one under test, once there is one


def gateway(environ, start_response):
    return applications[-1](environ, start_response)


schema = schemathesis.openapi.from_dict(DOCUMENT)
schema.app = gateway
# What fits the document may still be refused for what only the bank knows.
acceptance = schema.config.checks.positive_data_acceptance
acceptance.expected_statuses = [*acceptance.expected_statuses, "422"]
rejection = schema.config.checks.negative_data_rejection
rejection.expected_statuses = [*rejection.expected_statuses, "413"]


@schemathesis.serializer(LINES)
def lines(_, value):
    """Lines of JSON, which OpenAPI knows as mere text."""
    return (value if isinstance(value, str) else json.dumps(value)).encode(errors="replace")


@pytest.fixture(scope="module", autouse=True)
def app(new_ledger):
    """An application with a database of its own, which nobody else need find in order."""
    with new_ledger() as url:
        app = create_app(create_web_role(url))
        applications.append(app)
        yield app
        app.extensions["pool"].close()


@schema.parametrize()
@seed(SEED)
@settings(bounded, max_examples=EXAMPLES)
def test_requests_made_from_the_document(case):
    """Every check of schemathesis holds: of the answer, of what is taken and of what is not."""
    # /holds/expirations takes GET too: that asks for a hold of this name, which cannot exist.
    excluded = [allow_header_conformance, unsupported_method] if is_ambiguous(case.path) else []
    if case.media_type == LINES:
        excluded.append(positive_data_acceptance)  # few texts are lines of JSON
    if case.path == "/batches":
        excluded.append(negative_data_rejection)  # a value is refused in the result of its item
    response = case.call_and_validate(excluded_checks=excluded)
    if case.meta.generation.mode is GenerationMode.POSITIVE and response.status_code == 422:
        # The bank may have its reasons, the shell has none to refuse what fits its document.
        assert response.json()["code"] not in SHELL or is_beyond_schemas(case), response.text


def is_beyond_schemas(case):
    """Whether it holds what a schema cannot tell apart.

    That is 1.0 and 1, text with NUL and other text, and in a query JSON and other text.
    """
    whole = re.search(r"[0-9]\.0\b|\\x00", f"{case.body} {case.query}")
    return whole is not None or "metadata" in (case.query or {})


def is_ambiguous(path):
    """Whether it is also the path of a thing that somebody could have called like that."""
    others = [other.replace("{account_id}", ".+") for other in DOCUMENT["paths"] if other != path]
    return any(re.fullmatch(re.sub("{.*?}", "[^/]+", other), path) for other in others)


# What parsers stumble over, each to be put anywhere.
NASTY = [
    b"null", b"true", b"-0", b"1.0", b"1e5", b"1e999", b"NaN", b"-Infinity", b"9" * 400, b"0x10",
    b'""', b'"\\u0000"', b'"\\ud800"', b'"\\udc00\\ud800"', b'"\xff\xfe"', b'"\xed\xa0\x80"',
    b"[", b"]", b"{", b"}", b'"', b"\\", b",", b":", b"//", b"\x00", b"\xef\xbb\xbf", b"[" * 5000,
    b'{"a":' * 5000, b'"' + b"a" * 70000 + b'"', b"'; DROP TABLE accounts; --", b"%s%(x)s{}$1",
]  # fmt: skip


def value(draw, depth=2):
    """Anything that JSON can say, small."""
    kind = draw.randrange(7 if depth else 5)
    if kind < 5:
        number = draw.choice([0, 1, -1, draw.randint(-(2**70), 2**70), draw.randint(-300, 300)])
        real = draw.choice([0.5, -0.0, 1e300, float("inf"), float("nan"), draw.uniform(-9, 9)])
        return [None, draw.random() < 0.5, number, real, text(draw)][kind]
    some = range(draw.randrange(4))
    if kind == 5:
        return [value(draw, depth - 1) for _ in some]
    return {text(draw): value(draw, depth - 1) for _ in some}


def text(draw):
    """Of characters of every length, lone surrogates among them."""
    most = draw.choice([0x7F, 0xFF, 0xFFFF, 0x10FFFF])
    return "".join(chr(draw.randint(0, most)) for _ in range(draw.randrange(6)))


def nearly_json(draw, example):
    """A valid body: with other values, then with bytes cut out, put in and turned."""
    members = dict(example)
    for name in draw.sample([*members, "x"], draw.randrange(min(3, len(members) + 2))):
        members[name] = value(draw)
    body = bytearray(
        json.dumps(members, ensure_ascii=draw.random() < 0.5), "utf-8", "surrogatepass"
    )
    for _ in range(draw.randrange(4)):
        start = draw.randint(0, len(body))
        end = min(len(body), start + draw.randrange(9))
        other = draw.randbytes(draw.randrange(5))
        body[start:end] = draw.choice([other, draw.choice(NASTY)])
    return bytes(body)


@pytest.mark.parametrize("route", WITH_BODY.values(), ids=[*WITH_BODY])
def test_bytes_that_are_nearly_json(client, route):
    """Never a failure of ours, never a hang, and always an answer that is JSON."""
    path = re.sub("{.*?}", "1", route.path)
    content = DOCUMENT["paths"][route.path][route.method.lower()]["requestBody"]["content"]

    draw = random.Random(f"{SEED} {route.method} {route.path}")
    for _ in range(4 * EXAMPLES):
        body = nearly_json(draw, content["application/json"]["example"])
        begun = time.monotonic()
        response = client.open(
            path, method=route.method, data=body, content_type="application/json"
        )
        assert time.monotonic() - begun < LONGEST, body
        assert response.status_code < 500, body
        assert isinstance(response.json, dict), body
