"""Traces: off as it comes, and on by the standard variables; no secret is in a span."""

import json

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from pgteller.shell import create_app, tracing
from pgteller.shell.seen import HEADER
from tests.http_helpers import fresh

# What differs between servers is in SQL, and tested by pgTAP.
pytestmark = pytest.mark.first_server

SECRET = "hush-1f0e3dad99908345"


def close(app):
    app.extensions["refusals"].stop()
    app.extensions["pool"].close()


def test_off_as_it_comes(app_url):
    app = create_app(app_url)
    assert type(app.extensions["tracing"]) is tracing.Untraced
    close(app)


def test_spans_of_request_and_call(app_url):
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    app = create_app(app_url)
    tracing.trace(app, provider)
    body = {"account_id": fresh(), "metadata": {"note": SECRET}}
    headers = {"Authorization": f"Bearer {SECRET}", "Idempotency-Key": SECRET, HEADER: "till-7"}
    assert app.test_client().post("/accounts", json=body, headers=headers).status_code == 201
    call, request = exporter.get_finished_spans()
    assert request.name == "POST /accounts"
    assert call.name == "bank.create_account"
    assert call.parent.span_id == request.context.span_id
    assert call.attributes["pgteller.request_id"] == "till-7"
    told = json.dumps([json.loads(span.to_json()) for span in (call, request)])
    assert SECRET not in told
    close(app)


@pytest.mark.parametrize(
    "variables",
    [
        {"OTEL_TRACES_EXPORTER": "console"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"},
        {"OTEL_TRACES_EXPORTER": "otlp", "OTEL_TRACES_SAMPLER": "always_off"},
    ],
)
def test_on_by_the_standard_variables(variables, monkeypatch):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    app = create_app("host=/nonexistent")
    traced = app.extensions["tracing"]
    assert type(traced) is tracing.Traced
    traced.provider.shutdown()
    close(app)


@pytest.mark.parametrize("name", ["OTEL_SDK_DISABLED", "OTEL_TRACES_EXPORTER"])
def test_off_by_them(name, monkeypatch):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv(name, {"OTEL_SDK_DISABLED": "true"}.get(name, "none"))
    app = create_app("host=/nonexistent")
    assert type(app.extensions["tracing"]) is tracing.Untraced
    close(app)


def test_what_is_missing_is_said(monkeypatch, capsys):
    def missing(_):
        raise ImportError("No module named 'opentelemetry'")

    monkeypatch.setattr(tracing, "_provider", missing)
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "otlp")
    with pytest.raises(SystemExit):
        create_app("host=/nonexistent")
    assert "pip install 'pgteller[otel]'" in capsys.readouterr().err
