"""One trace holds everything a frame sets going, and nothing anybody said."""

from __future__ import annotations

import asyncio
import json
from uuid import uuid4

import aiohttp
import pytest
import structlog
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from amara import traces
from tests import upstream as scripted
from tests.builders import a_person
from tests.rig import chatting, serving, text_of

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def spans(monkeypatch):
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)
    return kept


def by_name(spans, trace_id):
    mine = [span for span in spans.get_finished_spans() if span.context.trace_id == trace_id]
    return {name: [span for span in mine if span.name == name] for name in {span.name for span in mine}}


def the_trace_of(spans, name):
    return next(span.context.trace_id for span in spans.get_finished_spans() if span.name == name)


async def test_one_trace_holds_frame_run_model_call_tool_and_transaction(spans, service, upstream, token):
    upstream.then(scripted.calls("list_my_bookings", {}), scripted.says("Ninguna."))
    async with chatting(service, token) as chat:
        await chat.ask("¿Mis reservas?")
    await asyncio.gather(*(run.task for run in tuple(service.door.house.runs._live.values())))
    found = by_name(spans, the_trace_of(spans, "run"))
    assert {"frame", "run", "model call", "tool", "transaction"} <= set(found)
    (run,), (tool,) = found["run"], found["tool"]
    ids = {span.context.span_id: span for spans_of in found.values() for span in spans_of}
    assert ids[run.parent.span_id].name == "frame"
    assert [call.parent.span_id for call in found["model call"]] == [run.context.span_id] * 2
    assert tool.parent.span_id == run.context.span_id
    assert tool.context.span_id in {one.parent.span_id for one in found["transaction"]}
    assert dict(tool.attributes) == {"amara.tool": "list_my_bookings"}


async def test_two_turns_are_two_traces(spans, service, token):
    async with chatting(service, token) as chat:
        await chat.ask("Hola")
        await chat.ask("Gracias")
    runs = [span.context.trace_id for span in spans.get_finished_spans() if span.name == "run"]
    assert len(set(runs)) == 2


async def test_a_caller_s_own_trace_goes_on_here(spans, service, token):
    thread_id = str(uuid4())
    body = {"threadId": thread_id, "runId": "r", "messages": [{"id": "m", "role": "user", "content": "Hola"}]}
    headers = {"authorization": f"Bearer {token}", "traceparent": PARENT, "baggage": "name=Laura"}
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{service.url}/v1/agui", json=body, headers=headers) as answer,
    ):
        assert b"RUN_FINISHED" in await answer.read()
    found = by_name(spans, int(PARENT.split("-")[1], 16))
    assert {"request", "run", "model call"} <= set(found)
    assert dict(found["request"][0].attributes) == {"amara.route": "/v1/agui"}


async def test_another_process_goes_on_in_the_same_trace_and_says_that_it_is_linked(spans, urls, owner):
    laura = await a_person(owner)
    async with (
        scripted.upstream() as upstream,
        serving(urls, anthropic_base_url=upstream.url, model="scripted", owner="elsewhere/1/first") as first,
        chatting(first, first.token(laura)) as chat,
    ):
        half = scripted.says("Voy a ", "mirar.")
        half.until = asyncio.Event()
        upstream.then(half)
        await chat.say("Hola")
        await chat.hear_until("TEXT_MESSAGE_CONTENT")
        frame = the_trace_of(spans, "frame")
        await owner.execute(
            "update amara_runs set owner = 'elsewhere/1/gone', lease_expires_at = now() - interval '1 minute'"
            " where status = 'running'"
        )
        async with serving(urls, anthropic_base_url=upstream.url, model="scripted", owner="elsewhere/2/second") as two:
            await asyncio.gather(*(run.task for run in tuple(two.door.house.runs._live.values())))
    runs = [span for span in spans.get_finished_spans() if span.name == "run"]
    taken = [run for run in runs if run.links]
    assert len(taken) == 1
    assert {run.context.trace_id for run in runs} == {taken[0].links[0].context.trace_id}
    assert frame != 0


async def test_no_canary_stands_in_a_trace(spans, urls, owner):
    """J01."""
    laura = await a_person(owner, email="canario@example.com", full_name="Canaria", phone="+573001112233")
    async with (
        scripted.upstream() as upstream,
        serving(urls, anthropic_base_url=upstream.url, anthropic_api_key="sk-ant-canario", model="scripted") as service,
    ):
        token = service.token(laura)
        upstream.then(
            scripted.calls("herramienta_canario", {"address": "Calle Canario 1"}, call_id="toolu_canario"),
            scripted.fails(401, "authentication_error"),
        )
        async with chatting(service, token, thread_id="hilo-canario") as chat:
            await chat.ask("mi correo es canario@example.com", run_id="run-canario", message_id="mensaje-canario")
        async with aiohttp.ClientSession(headers={"authorization": f"Bearer {token}"}) as http:
            await (await http.get(f"{service.url}/v1/amara/conversations/{uuid4()}?canario=1")).read()
            await (await http.post(f"{service.url}/v1/guest/sessions", json={"email": "canario@example.com"})).read()
    told = "".join(span.to_json() for span in spans.get_finished_spans()).lower()
    for canary in (
        "canari",
        "example.com",
        "3001112233",
        str(laura),
        token.lower(),
        "calle",
        "hilo",
        "toolu",
        "sk-ant",
    ):
        assert canary not in told, canary
    assert "modelrefusedus" in told  # how it failed is known, by its class


async def test_where_nobody_looks_a_span_is_nothing(service, token):
    assert not traces.is_on()
    assert traces.here() == {}
    assert traces.enter({"traceparent": PARENT}) is None
    async with chatting(service, token) as chat:
        assert text_of(await chat.ask("Hola")) == "Claro."


def test_a_line_in_a_trace_says_which(spans):
    with traces.span("any"):
        told = traces.name_trace(None, "info", {"event": "x"})
    assert len(told["trace_id"]) == 32
    assert "trace_id" not in traces.name_trace(None, "info", {"event": "x"})


def test_spans_are_sent_nowhere_unless_somebody_says_where():
    assert traces.start({})() is None


async def test_every_request_has_a_number_in_its_answer_and_in_its_lines(service):
    async with aiohttp.ClientSession(service.url) as http:
        async with http.get("/health/live") as answer:
            assert len(answer.headers["x-request-id"]) == 16
        async with http.get("/health/live", headers={"x-request-id": "from-a-proxy.1"}) as answer:
            assert answer.headers["x-request-id"] == "from-a-proxy.1"
        async with http.get("/health/live", headers={"x-request-id": "two words"}) as answer:
            assert answer.headers["x-request-id"] != "two words"


async def test_a_line_about_a_run_carries_the_request_and_the_run(service, upstream, token, capsys):
    before = structlog.get_config()  # whatever else ran in this process may have set it up its own way
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(0),
        logger_factory=structlog.PrintLoggerFactory(),
    )
    try:
        upstream.then(scripted.fails(401, "authentication_error"))
        async with chatting(service, token) as chat:
            await chat.ask("Hola")
    finally:
        structlog.configure(**before)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "turn_failed" in line]
    assert lines
    assert set(lines[0]) >= {"request_id", "run_id", "code"}
