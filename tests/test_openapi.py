"""The document tells the truth: about routes, about functions, and about what they refuse."""

import inspect
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from web import errors
from web.routes import ROUTES, load

FUNCTIONS = Path(__file__).parent.parent / "sql" / "functions"


@pytest.fixture
def document(client):
    return client.get("/openapi.json").json


def operations(document):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def function_of(route):
    """The function that a route's handler names."""
    found = re.search(
        r'db\.(?:row|outcomes|rows|page)\(\s*"(\w+)"', inspect.getsource(route.handler)
    )
    return found and found[1]


load()
CALLING = [route for route in ROUTES if function_of(route)]
NAMES = [route.name for route in CALLING]


def test_it_is_valid(document):
    validate(document)
    assert document["openapi"].startswith("3.1")


def test_every_route_is_in_it_and_nothing_else(app, document):
    placeholder = re.compile("<(?:.*?:)?(.*?)>")
    rules = {
        method + " " + placeholder.sub(r"{\1}", rule.rule)
        for rule in app.url_map.iter_rules()
        if not rule.endpoint.startswith("docs.")
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


def test_example_requests_work(bank):
    """In the order in which somebody would try them."""
    bank.post("/accounts", account_id="bob")
    for path in "/accounts", "/deposits", "/withdrawals", "/deposits", "/payments":
        content = bank.document["paths"][path]["post"]["requestBody"]["content"]
        assert bank.post(path, **content["application/json"]["example"]).status < 300


def test_every_error_has_its_status(document):
    for name, operation in operations(document):
        for status, response in operation["responses"].items():
            for code in re.findall(r"`(\w+)`", response["description"]):
                assert errors.STATUS[code] == int(status), name


@pytest.mark.parametrize("route", CALLING, ids=NAMES)
def test_refusals_are_those_of_the_function(route):
    [file] = FUNCTIONS.rglob(f"{function_of(route)}.sql")
    header = file.read_text().partition("CREATE OR")[0]
    known = {name for name, _ in errors.REFUSALS.values()}
    told = set(re.findall(r"\w+", header.partition("Errors ")[2].partition("\n--\n")[0])) & known
    assert set(route.refusals) - {"permission_denied"} == told


@pytest.mark.parametrize("route", CALLING, ids=NAMES)
def test_arguments_are_those_of_the_function(db, route):
    query = """
        SELECT p.proargnames[:p.pronargs] FROM pg_proc AS p
        WHERE p.pronamespace = 'bank'::regnamespace AND p.proname = %s
    """
    (arguments,) = db.execute(query, [function_of(route)]).fetchone()
    given = [*route.parameters, *route.query.__struct_fields__]
    given += route.body.__struct_fields__ if route.body else ()
    given += [route.items.argument] if route.items else []
    given += ["idempotency_key"] if route.idempotent else []
    assert set(given) - {"detail"} == set(arguments)


@pytest.mark.parametrize("route", CALLING, ids=NAMES)
def test_answers_are_those_of_the_function(db, document, route):
    query = """
        SELECT array_agg(a.attname ORDER BY a.attnum)::text[], bool_or(p.proretset)
        FROM pg_proc AS p
        INNER JOIN pg_type AS t ON t.oid = p.prorettype
        INNER JOIN pg_attribute AS a ON a.attrelid = t.typrelid
        WHERE p.pronamespace = 'bank'::regnamespace AND p.proname = %s
    """
    columns, many = db.execute(query, [function_of(route)]).fetchone()
    schemas = document["components"]["schemas"]
    schema = schemas[route.answer.__name__]
    if many:
        [items] = [one["items"] for one in schema["properties"].values() if "items" in one]
        [name] = re.findall(r"schemas/(\w+)", str(items))
        schema = schemas[name]
    assert list(schema["properties"]) == columns


def test_the_page_asks_nothing_from_outside(client):
    page = client.get("/docs")
    assert page.status_code == 200
    assert "//" not in page.text
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "http" not in policy
    for address in re.findall(r'(?:src|href)="(.*?)"', page.text):
        assert client.get(address).status_code == 200
    assert "//" not in client.get("/docs/docs.js").text


def test_the_front_door_leads_to_the_docs(client):
    response = client.get("/")
    assert (response.status_code, response.headers["Location"]) == (302, "/docs")


@pytest.mark.parametrize("name", ["index.css", "../openapi.py", "%2e%2e/wsgi.py", "."])
def test_nothing_else_is_served(client, name):
    assert client.get(f"/docs/{name}").status_code in (404, 302)
