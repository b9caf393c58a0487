"""What is counted says how much, how long and how it ended, and nothing of anybody."""

from __future__ import annotations

import asyncio
import re
from decimal import Decimal
from uuid import uuid4

import aiohttp
import pytest
import websockets
import yaml

from amara.errors import Unavailable
from amara.metrics import Metrics
from tests import upstream as scripted
from tests.builders import a_person
from tests.rig import Chat, chatting, end_of, serving
from tests.rules.tree import ROOT

TOKEN = "a token of whoever scrapes, thirty-two bytes long"


def figures(text: str) -> dict[str, float]:
    lines = [line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in lines}


async def scraped(service, **headers):
    async with aiohttp.ClientSession() as http, http.get(f"{service.url}/metrics", headers=headers) as answer:
        return answer.status, await answer.text()


def test_what_the_other_side_says_makes_no_series_of_its_own():
    metrics = Metrics()
    for outcome in ("end_turn", "laura@example.com", "x" * 5_000):
        metrics.called(outcome=outcome, seconds=1, fresh=60, output=5, read=40, written=0, cost=None)
    metrics.called(outcome="end_turn", seconds=1, fresh=0, output=0, read=0, written=0, cost=Decimal("0.5"))
    told = figures(metrics.text().decode())
    assert {name for name in told if name.startswith("amara_model_calls_total") and told[name]} == {
        'amara_model_calls_total{outcome="end_turn"}',
        'amara_model_calls_total{outcome="other"}',
    }
    assert told["amara_cached_share"] == 0.4
    assert (told["amara_model_cost_usd_total"], told["amara_model_calls_unpriced_total"]) == (0.5, 3)


async def test_a_day_of_work_is_counted_and_no_canary_gets_out(urls, owner):
    """J01: twelve kinds of what must not get out, through everything that is counted."""
    laura = await a_person(owner, email="canario@example.com", full_name="Canaria Apellido", phone="+573001112233")
    key = "sk-ant-canario-0123456789"
    async with (
        scripted.upstream() as upstream,
        serving(urls, anthropic_base_url=upstream.url, anthropic_api_key=key, model="scripted") as service,
    ):
        token = service.token(laura)
        upstream.then(
            scripted.calls("list_my_bookings", {}, call_id="toolu_canario"),
            scripted.Answer(
                [scripted.start(model="modelo-canario"), *scripted.text("canario de palabras"), *scripted.end()]
            ),
            scripted.calls("herramienta_canario", {"address": "Calle Canario 1"}),
            scripted.fails(401, "authentication_error"),
        )
        async with chatting(service, token, thread_id="hilo-canario") as chat:
            await chat.ask("mi correo es canario@example.com", run_id="run-canario", message_id="mensaje-canario")
            await chat.ask("llámeme al +573001112233")
            async with chatting(service, token, thread_id="hilo-canario") as again:
                status, text = await scraped(service)
                pool = service.door.house.database._pool
                size = pool.get_size(), pool.get_max_size()  # while it is open
                del again
        async with aiohttp.ClientSession() as http:
            event = {"event_type": "SearchStarted", "event_id": str(uuid4()), "session_id": "visita-canario"}
            for _ in range(2):
                await (await http.post(f"{service.url}/v1/events", json=event)).read()
            await (
                await http.post(f"{service.url}/v1/events", json=[{"event_type": "tipo-canario", "properties": 3}])
            ).read()
            bot = {"user-agent": "Googlebot/2.1 (+http://www.google.com/bot.html)"}
            await (await http.post(f"{service.url}/v1/events", json=event, headers=bot)).read()
            await (await http.post(f"{service.url}/v1/guest/sessions", json={"email": "canario@example.com"})).read()
        told = figures((await scraped(service))[1])
        everything = text + (await scraped(service))[1]
    assert status == 200
    for canary in (
        "canario",
        "Canari",
        "example.com",
        "3001112233",
        str(laura),
        token,
        key,
        "Calle",
        "hilo",
        "mensaje",
        "toolu",
        "visita",
    ):
        assert canary.lower() not in everything.lower(), canary
    assert told['amara_runs_total{end="finished"}'] == 1
    assert told['amara_runs_total{end="failed"}'] == 1
    assert told['amara_model_calls_total{outcome="model_refused"}'] == 1
    assert told["amara_first_delta_seconds_count"] >= 1
    assert told['amara_tool_seconds_count{end="done",tool="list_my_bookings"}'] == 1
    assert told['amara_tool_seconds_count{end="refused",tool="unknown"}'] == 1
    assert told['amara_model_tokens_total{kind="input"}'] == 30
    assert {
        name.partition("became=")[2][1:-2]: number for name, number in told.items() if "amara_events_total" in name
    } == {"accepted": 1, "duplicate": 1, "rejected": 1, "bot": 1}
    live = figures(text)
    assert (live["amara_sockets_open"], live["amara_runs_live"], live["amara_breaker_open"]) == (2, 0, 0)
    assert (live["amara_pool_open"], live["amara_pool_most"]) == size


async def test_every_figure_is_there_before_anything_has_happened(service):
    """Of a series that begins with its first event, an alert does not see that it grew."""
    told = figures((await scraped(service))[1])
    expected = {
        *("amara_sockets_open", "amara_runs_live", "amara_first_delta_seconds_count", "amara_delta_seconds_count"),
        *(f'amara_runs_total{{end="{end}"}}' for end in ("finished", "failed", "cancelled", "interrupted")),
        *(f'amara_model_calls_total{{outcome="{end}"}}' for end in ("end_turn", "model_overloaded", "lost", "other")),
        *(f'amara_model_tokens_total{{kind="{kind}"}}' for kind in ("input", "output", "cache_read", "cache_write")),
        *("amara_model_cost_usd_total", "amara_model_calls_unpriced_total", "amara_cached_share"),
        *("amara_model_call_seconds_count", "amara_purses_empty_total", "amara_breaker_open", "amara_model_well"),
        *(f'amara_resumes_total{{how="{how}"}}' for how in ("cursor", "run", "resync", "nothing")),
        *(f'amara_takeovers_total{{how="{how}"}}' for how in ("finished", "closed")),
        *(f'amara_events_total{{became="{word}"}}' for word in ("accepted", "rejected", "duplicate", "bot")),
        *("amara_pool_lent", "amara_pool_open", "amara_pool_most", "amara_database_well", "amara_events_waiting"),
    }
    assert expected - told.keys() == set()


async def test_who_comes_back_is_counted_by_how(service, token):
    async def back(since):
        async with websockets.connect(service.socket_url(chat.thread_id)) as socket:
            again = Chat(socket, chat.thread_id)
            await again.send({"type": "hello", "token": token, "since": since})
            await again.hear_until("welcome")

    async with chatting(service, token) as chat:
        run_id = await chat.say("Hola")
        heard = await chat.hear_until("RUN_FINISHED")
        await back(heard[-1]["id"])
        await back("1-1")
        query = {"runId": run_id, "offset": "-1"}
        for thread_id, run in ((chat.thread_id, query), (chat.thread_id, query | {"runId": "another"})):
            async with websockets.connect(
                service.socket_url(thread_id, **run), additional_headers={"authorization": f"Bearer {token}"}
            ) as socket:
                await end_of(socket)
    told = figures((await scraped(service))[1])
    hows = {how: told[f'amara_resumes_total{{how="{how}"}}'] for how in ("cursor", "resync", "run", "nothing")}
    assert hows == {"cursor": 1, "resync": 1, "run": 1, "nothing": 1}


async def test_a_run_that_is_taken_over_is_counted_and_so_is_its_lost_call(urls, owner):
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
        await owner.execute(
            "update amara_runs set owner = 'elsewhere/1/gone', lease_expires_at = now() - interval '1 minute'"
        )
        async with serving(urls, anthropic_base_url=upstream.url, model="scripted", owner="elsewhere/2/second") as two:
            await asyncio.gather(*(run.task for run in tuple(two.door.house.runs._live.values())))
            told = figures((await scraped(two))[1])
    assert told['amara_takeovers_total{how="finished"}'] == 1
    assert told['amara_model_calls_total{outcome="lost"}'] == 1
    assert told['amara_model_calls_total{outcome="end_turn"}'] == 1
    assert told['amara_runs_total{end="finished"}'] == 1


@pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded", "x-real-ip", "via"])
async def test_who_comes_through_a_proxy_of_this_machine_is_not_of_this_machine(service, header):
    """J04."""
    assert (await scraped(service))[0] == 200
    assert (await scraped(service, **{header: "127.0.0.1"}))[0] == 404


async def test_with_a_token_it_is_for_who_shows_it_and_off_it_is_not_there(urls):
    async with serving(urls, metrics="token", metrics_token=TOKEN) as service:
        assert (await scraped(service))[0] == 404
        assert (await scraped(service, authorization="Bearer something else"))[0] == 404
        assert (await scraped(service, authorization=f"Bearer {TOKEN}", via="1.1 proxy"))[0] == 200
    async with serving(urls, metrics="off") as service:
        assert (await scraped(service))[0] == 404


async def test_every_alert_asks_for_what_is_counted_and_leads_to_what_to_do(service):
    groups = yaml.safe_load((ROOT / "docs/deploy/alerts.yaml").read_text(encoding="utf-8"))["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    told = (await scraped(service))[1]
    counted = set(re.findall(r"^# TYPE (\w+)", told, re.MULTILINE))
    named = {name for rule in rules for name in re.findall(r"\bamara_\w+", rule["expr"])}
    assert len(rules) >= 9
    assert named - counted == set()
    headings = re.findall(r"^#+ (.+)$", (ROOT / "docs/operations.md").read_text(encoding="utf-8"), re.MULTILINE)
    places = {f"docs/operations.md#{heading.lower().replace(' ', '-')}" for heading in headings}
    assert {rule["annotations"]["runbook"] for rule in rules} <= places


async def test_a_database_that_is_away_is_seen_in_the_figures(service):
    assert figures((await scraped(service))[1])["amara_database_well"] == 1
    database = service.door.house.database

    async def write() -> None:
        async with database.service() as db:
            await db.execute("set transaction read only")  # as a standby is
            await db.execute("update amara_runs set status = status")

    with pytest.raises(Unavailable):
        await write()
    # Before anybody else has come to ask it something, and found it there.
    assert figures(service.door.house.metrics.text().decode())["amara_database_well"] == 0
    async with database.service():
        pass
    assert figures((await scraped(service))[1])["amara_database_well"] == 1
