"""The document tells the truth: about routes, about functions, and about what they refuse."""

import gzip
import json
import re
import shlex
from pathlib import Path
from urllib.parse import urljoin

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from pgteller.contract import FUNCTIONS
from pgteller.shell import docs, errors, openapi, scraping
from pgteller.shell.files import KINDS
from pgteller.shell.routes import ROUTES

NAMES = [route.name for route in ROUTES]

# The document is made of files, and functions are the same on every server.
pytestmark = pytest.mark.shell


@pytest.fixture(scope="module")
def document(app):
    return app.test_client().get("/openapi.json").json


def operations(document):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_it_is_valid(document):
    validate(document)
    assert document["openapi"].startswith("3.1")


@pytest.mark.parametrize(
    ("path", "share"), [("/openapi.json", 8), ("/docs/swagger-ui-bundle.js", 3), ("/docs", 1)]
)
def test_what_is_large_is_sent_small_and_not_again(app, path, share):
    """Anybody may ask for it."""
    client = app.test_client()
    plain = client.get(path)
    packed = client.get(path, headers={"Accept-Encoding": "br, gzip"})
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / share
    assert (plain.headers.get("Content-Encoding"), packed.headers["Content-Encoding"]) == (
        None,
        "gzip",
    )
    assert plain.headers["ETag"] != packed.headers["ETag"]
    for reply, coding in (plain, "identity"), (packed, "gzip"):
        assert "Accept-Encoding" in reply.headers["Vary"]
        assert reply.headers["Cache-Control"] == "no-cache"
        tag = reply.headers["ETag"]
        for known in tag, f'"other", W/{tag}', "*":
            headers = {"Accept-Encoding": coding, "If-None-Match": known}
            again = client.get(path, headers=headers)
            assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
            assert "Content-Encoding" not in again.headers
            assert again.headers["Vary"] == reply.headers["Vary"]
        headers = {"Accept-Encoding": coding, "If-None-Match": '"other"'}
        assert client.get(path, headers=headers).data == reply.data
        head = client.head(path, headers={"Accept-Encoding": coding})
        assert (head.headers["ETag"], head.data) == (tag, b"")
    refusing = client.get(path, headers={"Accept-Encoding": "gzip;q=0, *;q=0"})
    assert refusing.data == plain.data


def test_it_is_made_once(app, monkeypatch):
    client = app.test_client()
    client.get("/openapi.json")
    monkeypatch.setattr(openapi, "document", pytest.fail)
    assert client.get("/openapi.json").status_code == 200


def test_every_route_is_in_it_and_nothing_else(app, document):
    placeholder = re.compile("<(?:.*?:)?(.*?)>")
    rules = {
        method + " " + placeholder.sub(r"{\1}", rule.rule)
        for rule in app.url_map.iter_rules()
        if not rule.endpoint.startswith(("console.", "docs.")) and rule.endpoint != scraping.NAME
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert {name for name, _ in operations(document)} == rules


def test_examples_fit_their_schemas(document):
    for name, operation in operations(document):
        bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
        for body in bodies:
            for media in body.get("content", {}).values():
                schema = {**media["schema"], "components": document["components"]}
                examples = [one["value"] for one in media.get("examples", {}).values()]
                examples += [media["example"]] if "example" in media else []
                assert examples, name
                for example in examples:
                    Draft202012Validator(schema).validate(example)


def test_every_operation_has_an_example_of_its_own(document):
    """One that was really called: dev/scenario.py makes them."""
    for name, operation in operations(document):
        [success] = [one for status, one in operation["responses"].items() if status < "300"]
        assert success["content"]["application/json"]["example"], name
        for parameter in operation.get("parameters", ()):
            assert parameter["in"] != "path" or "example" in parameter, name


def test_no_example_pays_itself(document):
    for name, operation in operations(document):
        content = operation.get("requestBody", {}).get("content", {})
        example = content.get("application/json", {}).get("example", {})
        if "source_account_id" in example:
            assert example["source_account_id"] != example["target_account_id"], name


def test_everything_is_described(document):
    for name, operation in operations(document):
        assert operation["summary"].endswith("."), name
        for parameter in operation.get("parameters", ()):
            assert parameter["description"].endswith("."), name
    for name, schema in document["components"]["schemas"].items():
        assert schema["description"].endswith("."), name
        for member, property_ in schema["properties"].items():
            assert name == "Problem" or {"description", "const"} & {*property_}, (name, member)
            assert {"type", "const", "$ref", "anyOf"} & {*property_}, (name, member)


def test_what_may_be_left_out_is_not_required_and_has_no_default_of_null(document):
    def schemas(value):
        if isinstance(value, dict):
            yield value
            for member in value.values():
                yield from schemas(member)
        elif isinstance(value, list):
            for member in value:
                yield from schemas(member)

    for schema in schemas(document["paths"]):
        if isinstance(schema.get("type"), list | str):
            assert schema.get("default", "") is not None


def test_every_error_has_its_status(document):
    for name, operation in operations(document):
        for status, response in operation["responses"].items():
            for code in re.findall(r"`(\w+)`", response["description"]):
                assert errors.STATUS[code] == int(status), name


@pytest.mark.parametrize("route", ROUTES, ids=NAMES)
def test_refusals_are_those_of_the_function(document, route):
    """In the document too, and permission_denied where not everybody may call it, or its twin."""
    operation = document["paths"][route.path][route.method.lower()]
    told = {
        code
        for response in operation["responses"].values()
        for code in re.findall(r"`(\w+)`", response["description"])
    }
    known = {name for name, _ in errors.REFUSALS.values()} - {*openapi.ALWAYS}
    assert told & known == set(route.function.refusals)
    assert told >= {*openapi.ALWAYS}
    for_operators = any(one.privileged for one in route.function.arguments.values())
    forbidden = for_operators or len(route.function.roles) < 3
    assert ("permission_denied" in told) == forbidden


@pytest.mark.parametrize("route", ROUTES, ids=NAMES)
def test_arguments_are_those_of_the_function(db, document, route):
    query = """
        SELECT p.proargnames[:p.pronargs], p.pronargs - p.pronargdefaults
        FROM engine.functions AS f
        INNER JOIN pg_proc AS p ON p.oid = f.whole
        WHERE f.name = %s
    """
    arguments, needed = db.execute(query, [route.name]).fetchone()
    operation = document["paths"][route.path][route.method.lower()]
    given = {
        one["name"].lower().replace("-", "_"): one.get("required", False)
        for one in operation["parameters"]
    }
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    schema = content.get("schema", {})
    if schema.get("type") == "array":
        given[route.lines] = True
    for name in schema.get("properties", {}):
        given[name] = name in schema["required"]
    assert given.keys() - {"detail", *route.in_forms} == {*(arguments or ())}
    required = {name for name, is_required in given.items() if is_required}
    assert required - {*route.required} == {*(arguments or ())[:needed]} - {*route.required}


def test_what_is_for_operators_says_so_and_has_no_default(document):
    """Left out, the function that tellers call is called, whose default is its own."""
    batches = document["paths"]["/batches"]["post"]["parameters"]
    [privileged] = [one for one in batches if one["name"] == "privileged"]
    body = document["paths"]["/accounts"]["post"]["requestBody"]["content"]["application/json"]
    members = body["schema"]["properties"]
    for about, schema in (
        (privileged["description"], privileged["schema"]),
        (members["overdraft_limit"]["description"], members["overdraft_limit"]),
        (members["timestamp"]["description"], members["timestamp"]),
    ):
        assert about.endswith(". For operators only.")
        assert "default" not in schema
    assert "For operators only" not in members["metadata"]["description"]


@pytest.mark.parametrize("route", ROUTES, ids=NAMES)
def test_answers_are_those_of_the_function(db, document, route):
    query = """
        SELECT array_agg(a.attname ORDER BY a.attnum)::text[], bool_or(p.proretset)
        FROM pg_proc AS p
        INNER JOIN pg_type AS t ON t.oid = p.prorettype
        INNER JOIN pg_attribute AS a ON a.attrelid = t.typrelid
        WHERE p.pronamespace = 'bank'::regnamespace AND p.proname = %s
    """
    columns, many = db.execute(query, [route.name]).fetchone()
    operation = document["paths"][route.path][route.method.lower()]
    schema = operation["responses"][str(route.status)]["content"]["application/json"]["schema"]
    if many:
        [items] = [one["items"] for one in schema["properties"].values() if "items" in one]
        schema = next(one for one in items.get("anyOf", [items]) if "$ref" in one)
    schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    assert columns is None or list(schema["properties"]) == columns


def test_what_has_no_route_is_for_workers():
    workers = {"claim_deliveries", "finish_deliveries", "finish_delivery", "fold_collected"}
    workers |= {"begin_worker", "beat_worker", "end_worker", "webhook_rules"}
    workers |= {"begin_proof", "finish_proof", "note_progress"}
    itself = {"authenticate", "lagging_sequences", "advance_sequences", "vouch"}
    itself |= {"note_refusals", "ledger_metrics", "ledger_status"}
    itself |= {"begin_session", "resume_session", "end_session"}
    assert {*FUNCTIONS} - {*NAMES} == workers | itself


def test_the_page_asks_nothing_from_outside(client):
    page = client.get("/docs")
    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert "//" not in page.text
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    for lax in "http", "unsafe", "data:", "*":
        assert lax not in policy
    for address in re.findall(r'(?:src|href)="(.*?)"', page.text):
        assert client.get(urljoin("/docs", address)).status_code < 400
    for name in docs.FILES.paths:
        reply = client.get(f"/docs/{name}")
        assert (reply.status_code, reply.mimetype) == (200, KINDS[Path(name).suffix]), name
        assert reply.headers["Content-Security-Policy"] == policy
    for name in "docs.js", "docs.css", "base.css":
        assert "//" not in client.get(f"/docs/{name}").text


def test_a_slash_too_many_leads_to_the_page(client):
    response = client.get("/docs/")
    assert (response.status_code, response.headers["Location"]) == (308, "/docs")


def test_the_page_leads_back_to_the_console(client):
    assert '<a class="brand" href="./">' in client.get("/docs").text


def test_the_document_begins_with_what_a_newcomer_needs(document, client):
    told = document["info"]["description"]
    for word in (
        *("AUTH=keys", "Authorization: Bearer", "minor units", "milliseconds since the epoch"),
        *("application/problem+json", "`code`", "Idempotency-Key", "Prefer: primary"),
    ):
        assert word in " ".join(told.split())
    assert "\n```sh\ncurl localhost:8000/accounts --json " in told
    # Of which the page makes where it has come from.
    assert 'const SOMEWHERE = "localhost:8000";' in client.get("/docs/docs.js").text


def test_what_the_document_shows_first_works(client, document):
    """Its commands, as the shell would have them."""
    [commands] = re.findall(r"```sh\n(.*?)```", document["info"]["description"], re.DOTALL)
    answers = []
    for command in commands.splitlines():
        words = shlex.split(command)
        path = words[1].removeprefix("localhost:8000")
        given = dict(zip(words[2::2], words[3::2], strict=True))
        headers = dict([given["-H"].split(": ")]) if "-H" in given else {}
        body = {"json": json.loads(given["--json"])} if given else {}
        method = "POST" if given else "GET"
        answers.append(client.open(path, method=method, headers=headers, **body))
    assert [answer.status_code for answer in answers] == [201, 200, 200]
    assert answers[-1].json["balance"] == 2500


def test_tags_are_in_words(document):
    """As people read them, which is what a room says of itself."""
    tags = [tag["name"] for tag in document["tags"]]
    assert "API keys" in tags
    for name in tags:
        assert re.fullmatch(r"[A-Z][A-Za-z]*( [a-z]+)*", name), name
    assert {tag for _, one in operations(document) for tag in one["tags"]} == {*tags}


def test_examples_of_problems_name_what_differs(document):
    answers = document["paths"]["/withdrawals"]["post"]["responses"]
    shown = answers["409"]["content"]["application/problem+json"]["examples"]
    told = shown["insufficient_funds"]["value"]["detail"]
    assert told == "Only {available} is available, {required} was asked for."


@pytest.mark.parametrize("name", ["index.css", "../openapi.py", "%2e%2e/wsgi.py", "."])
def test_nothing_else_is_served(client, name):
    assert client.get(f"/docs/{name}").status_code in (404, 302, 308)
