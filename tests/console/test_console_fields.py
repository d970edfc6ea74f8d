"""What people type into forms, and what functions take instead: both ways, exactly."""

import json
import re

import pytest

from pgteller.console import fields, members, typed, words
from pgteller.console.actions import ACTIONS
from pgteller.console.fields import Field
from pgteller.console.hints import GROUPS, HEADINGS, SUMMARIES, event_groups, hint, summary
from pgteller.console.kinds import Place
from pgteller.console.members import JSON, Row
from pgteller.console.refusing import EXPECTED, FIELDS
from pgteller.contract import FUNCTIONS, OPERATIONS, REFUSALS
from pgteller.shell.errors import SHELL, ProblemError
from tests.pages import JARGON


def refused(found, *given):
    """Why, where it is."""
    with pytest.raises(ProblemError) as problem:
        found(*given)
    return problem.value.detail


def field(function, name):
    return Field(name, FUNCTIONS[function].arguments[name], required=False, function=function)


def all_fields():
    return [one for name in ACTIONS for one in fields.of(name, FUNCTIONS[name].arguments)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        *(("0", 0), ("0.01", 1), ("2.5", 250), ("2.50 %", 250), (" 2.55% ", 255), ("100", 10_000)),
        *(("2.", 200), ("-1", -100), ("12345678901234567", 1_234_567_890_123_456_700)),
    ],
)
def test_rates(text, found):
    assert typed.basis_points(text, "rate_bps") == found


@pytest.mark.parametrize(
    "text", ["2.555", "2.550", "2,5", "", "%", "2.5 % %", "1e2", ".5", "x", "\u0665", "NaN"]
)
def test_rates_that_are_none(text):
    assert refused(typed.basis_points, text, "rate_bps")


def test_rates_are_written_as_they_are_typed():
    for found in (*range(1001), 9999, 10_000):
        assert typed.basis_points(typed.percent(found), "rate_bps") == found
    assert [typed.percent(found) for found in (0, 1, 10, 250, 10_000)] == [
        *("0", "0.01", "0.1", "2.5", "100")
    ]


@pytest.mark.parametrize(
    ("number", "unit", "found", "words_"),
    [
        ("36", "hours", 129_600_000, "36 hours"),
        ("24", "hours", 86_400_000, "1 day"),
        ("0", "days", 0, "0 days"),
        (" 90 ", "minutes", 5_400_000, "90 minutes"),
        ("1", "milliseconds", 1, "1 millisecond"),
        ("3652500", "days", 315_576_000_000_000, "3652500 days"),
    ],
)
def test_lengths(number, unit, found, words_):
    assert typed.length(number, unit, "delay_ms") == found
    assert words.length(found) == words_
    again, largest = typed.measured(found)
    assert typed.length(str(again), largest, "delay_ms") == found


@pytest.mark.parametrize(
    ("number", "unit"), [("1.5", "days"), ("-1", "days"), ("", "days"), ("36 h", "days"), ("1", "")]
)
def test_lengths_that_are_none(number, unit):
    assert "36 hours rather than 1.5 days" in refused(typed.length, number, unit, "delay_ms")


@pytest.mark.parametrize(
    ("text", "duration", "words_"),
    [
        ("10 days", "P10D", "every 10 days"),
        ("every 6 Months", "P6M", "every 6 months"),
        ("day", "P1D", "every day"),
        ("1 year and 6 months", "P1Y6M", "every 1 year and 6 months"),
        ("2 days, 12 hours and 5 minutes", "P2DT12H5M", "every 2 days, 12 hours and 5 minutes"),
        ("90 minutes", "PT90M", "every 90 minutes"),
        ("p2w", "P2W", "every 2 weeks"),
        ("1000 days", "P1000D", "every 1000 days"),
    ],
)
def test_how_often(text, duration, words_):
    assert typed.often(text, "every") == duration
    assert typed.every(duration) == words_
    assert typed.often(words_, "every") == duration


@pytest.mark.parametrize(
    "text",
    [
        "",
        "10",
        "m",
        "1.5 days",
        "2 months, 1 year",
        "1 day and 2 days",
        "-1 day",
        "P",
        "PT",
        "P1234567D",
    ],
)
def test_how_often_that_is_none(text):
    assert "10 days" in refused(typed.often, text, "every")


def test_how_often_of_no_duration():
    assert [typed.every(text) for text in ("P", "x", "PT0S", "P0Y1M")] == [
        *("P", "x", "PT0S", "every month")
    ]
    assert all(typed.every(one).capitalize() == said for one, said in typed.OFTEN.items())


def test_a_repetition_is_one_thing_or_the_other():
    every = field("schedule_transfer", "every")
    assert every.read({}, Place()) is None
    assert every.read({"every": "P1M"}, Place()) == "P1M"
    assert every.read({"every": "other", "every.other": "10 days"}, Place()) == "P10D"
    for texts in ({"every.other": "10 days"}, {"every": "P1M", "every.other": "x"}):
        assert "Choose Other" in refused(every.read, texts, Place())
    assert refused(every.read, {"every": "other"}, Place())
    for value in "P1M", "P10D", "P1Y6M":
        assert every.read(every.written(value, Place()), Place()) == value


DOCUMENTS = [
    "{}",
    '{"a": "b"}',
    '{"a": ""}',
    '{" a ": " b "}',
    '{"n": 1.10, "big": 9007199254740993, "exact": 0.1000000000000000000001}',
    '{"t": true, "none": null, "text": "5", "quote": "\\"", "list": [1, "2"], "in": {"a": 1.0}}',
    '{"lines": "a\\nb", "nul": "\\u0000", "tab": "a\\tb", "emoji": "\U0001f600"}',
]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_rows_keep_all_of_metadata(document):
    rows = members.rows(document)
    again = members.document(members.typed(members.parts(rows)), "metadata")
    kept = {"parse_int": str, "parse_float": str}
    assert json.loads(again, **kept) == json.loads(document, **kept)
    # As does a browser, of which one line is a line.
    assert not any("\n" in text for row in rows for text in row)


def test_rows_change_nothing_but_what_is_changed():
    rows = members.rows('{"n": 1.10, "big": 9007199254740993, "name": "Mara"}')
    assert rows == [
        Row("n", "1.10", JSON),
        Row("big", "9007199254740993", JSON),
        Row("name", "Mara"),
    ]
    rows[2] = Row("name", "5")
    assert members.document(rows, "m") == '{"n": 1.10, "big": 9007199254740993, "name": "5"}'
    assert members.document([Row("a", "5"), Row("b", "5", JSON)], "m") == '{"a": "5", "b": 5}'


@pytest.mark.parametrize(
    "document", ["[]", "5", "{", "", '{"": 1}', '{"a\\nb": 1}', '{"a": 1, "a": 2}', '"a"']
)
def test_what_no_row_can_show(document):
    assert members.rows(document) is None
    assert field("deposit", "metadata").written(document, Place()) == {"metadata": document}


def test_metadata_of_many_members_is_shown_as_json():
    many = json.dumps(dict.fromkeys(map(str, range(members.MOST + 1)), 1))
    assert members.rows(many) is None


@pytest.mark.parametrize(
    ("rows", "where"),
    [
        ([Row("a", "1"), Row("b", "2"), Row("a", "3")], "m.2.name"),
        ([Row("", "1")], "m.0.name"),
        ([Row("a", '1, "b": 2', JSON)], "m.0.value"),
        ([Row("a", "", JSON)], "m.0.value"),
        ([Row("a", "nothing", JSON)], "m.0.value"),
        ([Row("a", "NaN", JSON)], "m.0.value"),
        ([Row("a", "1"), Row("b", '{"c": 1, "c": 2}', JSON)], "m.1.value"),
    ],
)
def test_rows_that_are_refused(rows, where):
    with pytest.raises(ProblemError) as problem:
        members.document(rows, "m")
    assert problem.value.members["field"] == where


def test_empty_rows_are_none():
    texts = {"metadata.0.kind": "text", "metadata.1.kind": "json", "metadata.7.name": "a"}
    metadata = field("deposit", "metadata")
    assert metadata.read(texts, Place()) == '{"a": ""}'
    assert metadata.read({"metadata.0.kind": "text"}, Place()) is None
    both = texts | {"metadata": "{}"}
    assert "not in both" in refused(metadata.read, both, Place())
    every = FUNCTIONS["set_account_metadata"].arguments["metadata"]
    needed = Field("metadata", every, required=True)
    assert needed.read({}, Place()) == "{}"


def test_each_kind_of_event_has_one_box():
    boxes = [name for _, group in event_groups() for name, _ in group]
    assert sorted(boxes) == sorted(OPERATIONS)
    assert len({title for title, _ in event_groups()}) == len(GROUPS)
    types = field("create_webhook", "types")
    assert types.read({}, Place()) is None
    texts = types.written(["withdraw", "deposit"], Place())
    assert types.read(texts, Place()) == ["deposit", "withdraw"]


def test_forms_speak_to_people():
    for one in all_fields():
        where = f"{one.function}.{one.name}"
        assert not JARGON.search(one.label), where
        assert not JARGON.search(hint(one)), where
        assert len(hint(one)) <= 120, where
    for name in ACTIONS:
        assert not JARGON.search(summary(FUNCTIONS[name])), name
    assert {*SUMMARIES, *HEADINGS} <= {*ACTIONS}
    for said in EXPECTED.values():
        assert not JARGON.search(said), said


def test_refusals_speak_to_people_of_what_they_have():
    for code, said in words.FOR_PEOPLE.items():
        named = set(re.findall(r'\{"?([a-z_]+)"?\}', said))
        for_programs = REFUSALS[code]["hint"] if code in REFUSALS else SHELL[code][1]
        assert named <= set(re.findall(r'\{"?([a-z_]+)"?\}', for_programs)), code
        assert not JARGON.search(re.sub(r"\{[^}]*\}", "", said)), code
    assert {*FIELDS} <= {*REFUSALS}
    arguments = {one.name for one in all_fields()}
    assert {*EXPECTED} <= arguments
    assert {name for names in FIELDS.values() for name in names.split()} <= arguments
