"""Spans for who wants to see where the time goes: frame → run → model call → tool → transaction, one trace.

Only the OpenTelemetry API is needed. Where nobody has set up its SDK a span is nothing at all. Attributes are words and
numbers of ours: no text, no name, no token.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from contextvars import Token
from typing import Any

from opentelemetry import context, propagate, trace
from opentelemetry.trace import Link, ProxyTracerProvider, SpanKind, Status, StatusCode
from structlog.types import EventDict

Carrier = Mapping[str, str]


def is_on() -> bool:
    """Somebody has set up an SDK."""
    return not isinstance(trace.get_tracer_provider(), ProxyTracerProvider)


@contextmanager
def span(
    name: str, *, after: Carrier | None = None, link: Carrier | None = None, is_server: bool = False, **said: str | int
) -> Iterator[None]:
    """What happens inside is one span; a failure is known by its class alone.

    Args:
        name: ours.
        after: where it goes on from, as `here` said it, a trace of its own where that was nowhere; none: from the span
            around it.
        link: what it belongs to without being part of it.
        is_server: somebody outside waits for it.
        said: attributes.
    """
    if not is_on():
        yield
        return
    links = [Link(trace.get_current_span(propagate.extract(link)).get_span_context())] if link else []
    tracer = trace.get_tracer("amara")
    with tracer.start_as_current_span(
        name,
        context=None if after is None else propagate.extract(after, context.Context()),
        kind=SpanKind.SERVER if is_server else SpanKind.INTERNAL,
        attributes={f"amara.{key}": value for key, value in said.items()},
        links=links,
        record_exception=False,  # a message may hold what somebody wrote
        set_status_on_exception=False,
    ) as its:
        try:
            yield
        except Exception as error:
            its.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise


def here() -> dict[str, str]:
    """Where we are, for who goes on elsewhere: `traceparent`; nothing where there are no traces.

    Source: W3C Trace Context.
    """
    carrier: dict[str, str] = {}
    if is_on():
        propagate.inject(carrier)
    return {"traceparent": carrier["traceparent"]} if "traceparent" in carrier else {}


def enter(headers: Mapping[str, str]) -> Token[Any] | None:
    """Goes on with the trace of who asked, for the rest of this task; with `traceparent` alone, never with baggage."""
    parent = headers.get("traceparent")
    return context.attach(propagate.extract({"traceparent": parent})) if parent and is_on() else None


def name_trace(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """A processor of structlog: a line that is written inside a trace says which."""
    if is_on():
        its: MutableMapping[str, Any] = event
        found = trace.get_current_span().get_span_context()
        if found.is_valid:
            its["trace_id"] = f"{found.trace_id:032x}"
    return event


def start(environment: Mapping[str, str]) -> Callable[[], None]:
    """Sends spans where `OTEL_EXPORTER_OTLP_ENDPOINT` says, if it says so; what this answers sends the last of them.

    Raises:
        ImportError: the extra `tracing` is not installed.
    """
    if not environment.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        return lambda: None
    sdk = importlib.import_module("opentelemetry.sdk.trace")
    export = importlib.import_module("opentelemetry.sdk.trace.export")
    resources = importlib.import_module("opentelemetry.sdk.resources")
    otlp = importlib.import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter")
    named = {"service.name": environment.get("OTEL_SERVICE_NAME", "amara")}
    provider = sdk.TracerProvider(resource=resources.Resource.create(named))
    provider.add_span_processor(export.BatchSpanProcessor(otlp.OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    stop: Callable[[], None] = provider.shutdown
    return stop
