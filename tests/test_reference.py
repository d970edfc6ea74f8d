"""The reference pages say what the contract says; `make contract` writes them anew."""

import re

import pytest

from dev import PROJECT, reference
from dev.examples import README
from dev.http_pages import TO_DO, pretty
from dev.markdown import anchor
from dev.reference import FOLDERS, with_function_table, write
from pgteller.shell import errors
from pgteller.shell.routes import ROUTES

DOCS = PROJECT / "docs"
PAGES = reference.pages()
READ = [
    *PROJECT.glob("*.md"),
    *(
        file
        for folder in ("docs", "deploy", "examples")
        for file in (PROJECT / folder).rglob("*.md")
    ),
]


def test_pages():
    files = {path: (DOCS / path).read_text() for path in ("sql-api.md", "http-api.md")}
    for folder in FOLDERS:
        files |= {f"{folder}/{file.name}": file.read_text() for file in (DOCS / folder).iterdir()}
    assert files == PAGES


def test_the_page_of_a_room_that_is_no_more_goes(tmp_path):
    write(tmp_path)
    (tmp_path / "http" / "cheques.md").write_text("# Cheques")
    write(tmp_path)
    found = {file.relative_to(tmp_path).as_posix() for file in tmp_path.rglob("*.md")}
    assert found == {*PAGES}


@pytest.mark.parametrize("index", ["sql-api.md", "http-api.md"])
def test_every_page_of_a_room_is_linked(index):
    folder = index.partition("-")[0]
    linked = set(re.findall(r"\]\((\w+/\w+\.md)", PAGES[index]))
    assert linked == {path for path in PAGES if path.startswith(f"{folder}/")}


@pytest.mark.parametrize("file", READ, ids=lambda file: str(file.relative_to(PROJECT)))
def test_links_lead_somewhere(file):
    """To files that are there, and headings that they have."""
    text = re.sub(r"^```.*?^```$", "", file.read_text(), flags=re.DOTALL | re.MULTILINE)
    for link in re.findall(r"\]\((?!https?:|mailto:)([^)\s]+)\)", text):
        path, _, heading = link.partition("#")
        there = (file.parent / path).resolve() if path else file
        assert there.exists(), link
        if heading:
            headings = re.findall(r"^#+ (.*)$", there.read_text(), flags=re.MULTILINE)
            assert heading in map(anchor, headings), link


def test_a_route_is_told_of_with_all_that_it_takes_and_refuses():
    for route in ROUTES:
        page = PAGES[f"http/{route.function.room}.md"]
        [section] = re.findall(
            rf"^## {re.escape(f'{route.method} {route.path}')}\n(.*?)(?=^## |\Z)",
            page,
            flags=re.DOTALL | re.MULTILINE,
        )
        given = {*route.function.arguments} - {"idempotency_key"}
        given |= {"Idempotency-Key"} if route.idempotent else set()
        arguments, _, refusals = section.partition("```sh\ncurl ")
        assert {*re.findall(r"^\| `(.*?)` \|", arguments, re.MULTILINE)} >= given, route
        refused = re.findall(r"^\| `(\w+)` \| (\d+) \|", refusals, re.MULTILINE)
        told = [(name, str(errors.STATUS[name])) for name in route.function.refusals]
        assert refused == told, route


def test_an_amount_and_a_time_say_their_unit():
    page = PAGES["http/money.md"]
    assert "| `amount` | body | integer, minor units, 1 to 2^53-1 | yes |" in page
    assert "| `timestamp` | body | integer, ms since the epoch | no |" in page
    assert "| `currency` | body | text | default `EUR` |" in PAGES["http/accounts.md"]


def test_what_to_do_is_said_of_no_problem_that_is_not_there():
    assert {*TO_DO} <= {*errors.STATUS}
    for name, problem in TO_DO.items():
        assert problem.endswith("."), name


def test_examples_are_cut_where_they_are_long():
    assert pretty([1, 2, 3]) == "[1, 2, 3]"
    assert pretty({"all": [1, 2, 3, 4]}) == '{"all": [1, 2, 3, 4]}'
    long = {"some": ["x" * 60] * 5, "none": []}
    assert pretty(long).splitlines() == [
        "{",
        '  "some": [',
        f'    "{"x" * 60}",',
        f'    "{"x" * 60}",',
        '    "… 3 more"',
        "  ],",
        '  "none": []',
        "}",
    ]


def test_function_table():
    assert README.read_text() == with_function_table(README.read_text())


def test_whoever_reads_of_calls_reads_of_twins():
    """PostgreSQL's own error does not lead there."""
    index = PAGES["sql-api.md"]
    for told in index.partition("\n## ")[0], README.read_text().partition("\n## Functions")[2]:
        assert "_at(" in told
        assert "function does not exist" in told
        assert "`_at`" in told
