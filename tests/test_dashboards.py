"""Dashboard and alerts ask for nothing that /metrics does not tell."""

import json
import re
import tempfile
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from dev import PROJECT
from pgteller.pool import Pool
from pgteller.shell import create_app
from pgteller.shell.errors import STATUS
from pgteller.worker.timetable import Plan, Timetable
from tests.http_helpers import T0, Bank

# What differs between servers is in SQL, and tested by pgTAP.
pytestmark = pytest.mark.first_server

FOLDER = PROJECT / "docs" / "operations"
# What Prometheus adds to every series.
ADDED = {"job", "instance"}

_SELECTOR = re.compile(r"\b(pgteller_\w+)(?:{([^}]*)})?")
_MATCHER = re.compile(r'(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"')
_GROUPING = re.compile(r"\b(?:by|without)\s*\(([^)]*)\)")


def dashboard():
    return json.loads((FOLDER / "grafana-dashboard.json").read_text())


def alerts():
    (group,) = yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"]
    return group["rules"]


def expressions():
    """Each with the labels that its legend or summary names."""
    for panel in dashboard()["panels"]:
        for target in panel["targets"]:
            yield target["expr"], re.findall(r"{{(\w+)}}", target["legendFormat"])
    for rule in alerts():
        yield rule["expr"], re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"])


@pytest.fixture(scope="module")
def told(app_url):
    """What /metrics tells after a bit of everything: values of labels by metric and label."""
    app = create_app(app_url)
    bank = Bank(app.test_client())
    account = bank.account(balance=100_000, timestamp=T0)
    bank.post("/payments", account_id=account, amount=10_000)
    bank.post("/withdrawals", account_id=account, amount=10**9)
    with tempfile.TemporaryDirectory() as folder:
        timetable = Timetable(Pool(app_url, 1, 5.0), Plan(0.001, 0.001, Path(folder)))
        for _ in range(2):
            assert timetable.look()
        timetable.stop()
    bank.post("/ledger/digests")
    text = app.test_client().get("/metrics").text
    app.extensions["refusals"].stop()
    app.extensions["pool"].close()
    found: dict[str, dict[str, set[str]]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = found.setdefault(sample.name, {})
            for name, value in sample.labels.items():
                labels.setdefault(name, set()).add(value)
    return found


def test_every_name_and_label_is_told(told):
    seen = set()
    for expression, legend in expressions():
        selectors = _SELECTOR.findall(expression)
        assert selectors, expression
        labels = set(legend)
        for names in _GROUPING.findall(expression):
            labels |= {name.strip() for name in names.split(",")}
        for metric, matchers in selectors:
            seen.add(metric)
            assert metric in told, (metric, expression)
            given = dict(_MATCHER.findall(matchers))
            assert {*given} | labels <= {*told[metric]} | ADDED, expression
            for label in {*given} & {"kind", "method"}:
                assert {*given[label].split("|")} <= told[metric][label], expression
    # And nothing that is told is shown nowhere.
    shown = {re.sub("_(bucket|sum|count)$", "", name) for name in seen}
    assert {re.sub("_(bucket|sum|count)$", "", name) for name in told} == shown


def test_codes_and_statuses_of_alerts_are_ours():
    for rule in alerts():
        for code in re.findall(r'code="(\w+)"', rule["expr"]):
            assert code in STATUS
        assert rule["labels"]["severity"] in ("page", "ticket")


def test_alerts_are_explained():
    text = (PROJECT / "docs" / "observability.md").read_text()
    for rule in alerts():
        assert f"`{rule['alert']}`" in text


def test_metrics_are_explained(told):
    text = (PROJECT / "docs" / "observability.md").read_text()
    for name in told:
        plain = re.sub("_(bucket|sum|count)$", "", name)
        assert f"`{plain}`" in text, plain


def test_panels_have_places_of_their_own():
    taken = set()
    for panel in dashboard()["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells
