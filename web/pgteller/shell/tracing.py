"""OpenTelemetry traces, where the environment asks for them by its standard variables.

OTEL_EXPORTER_OTLP_ENDPOINT (or OTEL_TRACES_EXPORTER=otlp, or console) turns them on: a span for
each request, by the instrumentation of Flask, and one within it for its call of the database. They
need `pip install pgteller[otel]`.
"""

from __future__ import annotations

import contextlib
import os
from contextlib import AbstractContextManager
from typing import Any

from flask import Flask, g

from pgteller import settings

# Should somebody have headers captured, not these.
SANITIZED = "OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SANITIZE_FIELDS"
SECRETS = "authorization,cookie,set-cookie,proxy-authorization,idempotency-key"

NOTHING: AbstractContextManager[object] = contextlib.nullcontext()


class Untraced:
    """Where nobody wants to know."""

    def call(self, function: str) -> AbstractContextManager[object]:
        """Nothing to do around a call of the database."""
        return NOTHING


class Traced(Untraced):
    """Where spans are sent somewhere."""

    def __init__(self, provider: Any) -> None:  # noqa: ANN401, of a package that may be missing
        self.provider = provider
        self.tracer = provider.get_tracer("pgteller")

    def call(self, function: str) -> AbstractContextManager[object]:
        """A span for one, which has its name and the request's, and no arguments."""
        attributes = {"db.system.name": "postgresql", "db.operation.name": function}
        if "seen" in g:
            attributes["pgteller.request_id"] = g.seen.request_id
        span: AbstractContextManager[object] = self.tracer.start_as_current_span(
            function, attributes=attributes
        )
        return span


def install(app: Flask) -> None:
    """Trace requests, if that is wanted."""
    app.extensions["tracing"] = Untraced()
    wanted = settings.one_of("OTEL_TRACES_EXPORTER")
    endpoint = settings.text("OTEL_EXPORTER_OTLP_ENDPOINT") or settings.text(
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
    )
    if endpoint and not settings.given("OTEL_TRACES_EXPORTER"):
        wanted = "OTLP"  # which is what somebody means who names an endpoint
    disabled = settings.one_of("OTEL_SDK_DISABLED")
    if wanted == "NONE" or disabled == "TRUE":
        return
    try:
        provider = _provider(wanted)
    except ImportError as problem:
        settings.end(f"OTEL_...: {problem}. pip install 'pgteller[otel]' brings what traces need.")
    trace(app, provider)


def trace(app: Flask, provider: Any) -> None:  # noqa: ANN401
    """Have this provider's exporter get the spans of an application."""
    from opentelemetry.instrumentation.flask import FlaskInstrumentor  # noqa: PLC0415

    os.environ.setdefault(SANITIZED, SECRETS)
    FlaskInstrumentor().instrument_app(  # type: ignore[no-untyped-call]
        app, tracer_provider=provider
    )
    app.extensions["tracing"] = Traced(provider)


def _provider(exporter: str) -> Any:  # noqa: ANN401
    """As the other variables of the standard say: sampler, batches, resource and the rest."""
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import (  # noqa: PLC0415
        BatchSpanProcessor,
        ConsoleSpanExporter,
        SpanExporter,
    )

    os.environ.setdefault("OTEL_SERVICE_NAME", "pgteller")
    found: SpanExporter = ConsoleSpanExporter()
    if exporter == "OTLP":
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
            OTLPSpanExporter,
        )

        found = OTLPSpanExporter()
    provider = TracerProvider(resource=Resource.create())
    provider.add_span_processor(BatchSpanProcessor(found))
    return provider
