"""Rooms: each has a README, its own tests, and calls no helpers but its own and core's."""

import re

import pytest

from dev import PROJECT

FUNCTIONS = PROJECT / "sql" / "functions"
TESTS = PROJECT / "sql" / "tests"
ROOMS = sorted(room.name for room in FUNCTIONS.iterdir())
FILES = [file for file in sorted(FUNCTIONS.glob("*/*.sql")) if file.stem != "room"]
ROOM = {file.stem: file.parent.name for file in FILES}

# What core sets off when it has posted, and events when they have been numbered, and what batches
# ask of the operations that they are of.
BESIDE = {
    "events": {"add_turnovers"},
    "core": {"watch", "fire_monitors"},
    "batches": {"cashback_for", "customers_of", "read_hold", "read_payment", "read_postings"},
}


def test_a_function_has_one_file():
    assert len(ROOM) == len(FILES)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_calls_its_own_helpers_and_those_of_core(room):
    for file in (file for file in FILES if file.parent.name == room):
        code = re.sub(r"--.*", "", file.read_text())
        for helper in re.findall(r"\bengine\.(\w+)\b(?!'::regclass)", code):
            of = ROOM.get(helper, "core")  # else a table or a type, which room.sql makes
            if helper == "checks":  # core's table, to which every room adds; proof's view of it
                continue
            assert of in {room, "core"} or helper in BESIDE.get(room, ()), (file, helper)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_says_what_it_is_in_few_lines(room):
    lines = (FUNCTIONS / room / "README.md").read_text().splitlines()
    assert lines[0] == f"# {room}"
    assert len(lines) <= 20


@pytest.mark.parametrize("room", ROOMS)
def test_a_function_has_a_test_of_the_same_name(room):
    views = {"batch_fields", "cashbacks", "checks", "due", "event_stream", "events", "functions"}
    views |= {"installed", "legs", "meanings", "operations", "postings", "refusals"}
    views |= {"house_entries", "schedule_legs"}
    functions = {file.stem for file in FILES if file.parent.name == room} - views
    assert functions == {test.stem for test in (TESTS / room).iterdir()} - {"room"}


def test_no_backslash_depends_on_a_callers_settings():
    """With standard_conforming_strings off, a plain literal in a body would lose its backslashes.

    A view's is read when it is made, and so is what a reload runs.
    """
    made = {"functions", "part_operators"}
    plain = re.compile(r"(?<![\w'])'(?:[^'\\]|'')*\\")
    for file in FILES:
        code = re.sub(r"--.*", "", file.read_text())
        assert file.stem in made or not plain.search(code), file
