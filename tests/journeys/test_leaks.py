"""J01: whatever breaks, nothing of a person and no secret stands in a line, a problem, a span or a figure.

Each canary is put where its kind really goes, and then what it stands in is made to fail for good: the database refuses
the row and quotes it, the model's side quotes the request, a relay the address, a parser the text it cannot read.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
import websockets
from aiohttp import web

from amara.model.claude import Patience
from tests import upstream as scripted
from tests.builders import a_person
from tests.ears import PATIENCE_S, Ears, listening
from tests.guest import post_office
from tests.guest.shopping import a_guest, a_helper
from tests.receiver import SECRET as WEBHOOK_SECRET
from tests.receiver import Told, receiving
from tests.rig import SECRET, WRITE_KEY, Service, chatting, end_of, serving
from tests.wire import last_run

Json = dict[str, Any]

MAIL, PHONE, NAME = "canario@example.com", "+573005550199", "Canaria Desdichada"
HOME, WORDS, SAID = "Calle Canario 77", "palabras de canario", "respuesta de canario"
KEY = "sk-ant-canario-0123456789"
TICKET, GUESSED = "tiquete-de-canario", "CANARI"
SCRAPER = "a canary of whoever scrapes, thirty-two bytes long"
POSTS = [
    *("/v1/guest/sessions", "/v1/guest/bookings", "/v1/guest/recovery", "/v1/guest/convert", "/v1/events", "/v1/batch"),
    *("/v1/amara/tickets", "/v1/agui", f"/v1/amara/drafts/{uuid4()}/confirm", "/v1/demo/account", "/v1/auth/anonymous"),
]
BROKEN = [
    *("turn_failed", "turn_broken", "run_broken", "run_not_closed", "tool_failed", "tool_broken", "socket_broken"),
    *("request_broken", "webhook_deferred", "code_not_sent", "Task exception was never retrieved"),
]


@pytest.fixture(params=["json", "text"])
def ears(request, monkeypatch) -> Iterator[Ears]:
    with listening(request.param, monkeypatch) as ears:
        yield ears


SPOILED = {
    "public.amara_messages": f"concat(new.content, new.metadata) ~ '{WORDS}|{SAID}'",
    "public.amara_conversations": f"new.title = '{WORDS}'",
    "public.amara_booking_drafts": f"new.address = '{HOME}'",
    "public.guest_sessions": f"new.full_name = '{NAME}'",
    "public.platform_events": f"new.properties::text like '%{WORDS}%'",
}


async def spoil(owner: Any) -> None:
    """From now on the database refuses such rows, and quotes them in its words, its detail and its hint."""
    await owner.execute(
        "create function public.breaks() returns trigger language plpgsql as $$ begin"
        " raise exception 'cannot take %', new using detail = new::text, hint = new::text; end $$"
    )
    for table, when in SPOILED.items():
        await owner.execute(
            f"create trigger breaks before insert or update on {table} for each row when ({when})"
            " execute function public.breaks()"
        )


@asynccontextmanager
async def breaking(urls: Any, owner: Any) -> AsyncIterator[tuple[Service, scripted.Upstream]]:
    """The service between a database, a model, a relay and a receiver that quote what they refuse."""

    async def refuses(told: Told) -> web.Response:
        return web.Response(status=500, text=f"cannot take {told.data} of {MAIL}")

    async with (
        scripted.upstream() as upstream,
        post_office.opened() as office,
        receiving(refuses) as receiver,
        serving(
            urls,
            has_demo=True,
            lease_s=3,
            anthropic_base_url=upstream.url,
            anthropic_api_key=KEY,
            model="scripted",
            metrics="token",
            metrics_token=SCRAPER,
            webhook_url=receiver.url,
            webhook_secret=(WEBHOOK_SECRET,),
            smtp_url=office.url,
            mail_from="MaidConnect <hola@example.com>",
        ) as service,
    ):
        service.door.house.model.patience = Patience(first_s=3, idle_s=3, backoff_s=0)
        office.to_recipients += [f"451 <{MAIL}> is a canary", f"550 <{MAIL}> is nobody of ours"] * 50
        await spoil(owner)
        yield service, upstream


async def break_the_model(service: Service, upstream: scripted.Upstream, token: str, ears: Ears) -> None:
    """Each in a conversation of its own: three failures in a row bring a person."""
    quoting = f"cannot take {WORDS} of {MAIL}, {PHONE}, with {KEY}"
    open_ones = [scripted.start(), *scripted.text("Claro. ")]
    told_in_the_stream = {"type": "error", "error": {"type": "api_error", "message": quoting}}
    draft = {"professional_id": str(uuid4()), "service": "cleaning", "starts_at": HOME, "hours": WORDS}
    ways = [
        [scripted.fails(400, "invalid_request_error", message=quoting)],
        [scripted.fails(529, "overloaded_error", message=quoting)] * 3,
        [scripted.Answer([*open_ones, told_in_the_stream, told_in_the_stream])],
        [scripted.Answer(body=b"".join(map(scripted.sse, open_ones)) + f"data: {{{quoting}\n\n".encode())],
        [scripted.Answer(body=f"<html>{quoting}".encode(), headers={"content-type": "text/html"})],
        [scripted.calls(f"herramienta {MAIL}", {"address": HOME}), scripted.fails(401, message=quoting)],
        [scripted.calls("draft_booking", draft), scripted.says("Claro.")],
        [scripted.calls("draft_booking", f'{{"address": "{HOME}')],
        [scripted.calls("get_booking", {"booking_id": PHONE}, call_id=f"toolu_{MAIL}"), scripted.fails(403)],
        [scripted.says(SAID)],  # nobody can write that down
    ]
    for answers in ways:
        upstream.then(*answers)
        async with chatting(service, token) as chat:
            await chat.ask(f"Mi correo es {MAIL}, mi teléfono {PHONE}, vivo en {HOME}")
            end = last_run(chat)[-1]
            ears.hear(end.get("code", "whole"), *([end["message"]] if "message" in end else []))


async def break_a_tool(service: Service, upstream: scripted.Upstream, token: str, draft: Json) -> None:
    house = service.door.house

    async def explodes(*_: Any) -> Json:
        raise KeyError(f"{MAIL} {HOME}")

    broken = {"list_my_bookings": replace(house.tools["list_my_bookings"], run=explodes)}
    object.__setattr__(house, "tools", {**house.tools, **broken})
    for name, given in [("list_my_bookings", {}), ("draft_booking", draft)]:
        upstream.then(scripted.calls(name, given), scripted.says("No se pudo."))
        async with chatting(service, token) as chat:
            await chat.ask("Reserve, por favor")

    async def errand() -> None:
        raise ValueError(f"{MAIL} {WORDS}")

    house.runs.run_errand(errand())


async def break_the_socket(service: Service, token: str, ears: Ears) -> None:
    say = {"id": f"m {MAIL}", "role": "user", "content": WORDS}
    frames = [
        f'{{"type": "hello", "token": "{token}", "since": "{MAIL}"',
        {"type": WORDS, "token": token},
        {"type": "hello", "token": f"{token}{MAIL}"},
        {"type": "refresh", "token": f"{token}{MAIL}"},
        {"type": "abort", "runId": f"{MAIL}\x00"},
        {"threadId": MAIL, "runId": "r", "messages": [say]},
        {"runId": "r", "messages": [say], "resume": [{"interruptId": MAIL, "status": WORDS}]},
        {"runId": "r", "messages": [say], "forwardedProps": {"amara": {"locale": WORDS, "timeZone": HOME}}},
        {"runId": "r", "messages": [{**say, "content": WORDS * 900}]},
        {"runId": f"run {MAIL}", "messages": [say]},  # which the database refuses
    ]
    for frame in frames:
        async with asyncio.timeout(PATIENCE_S), chatting(service, token) as chat:
            here = {"threadId": chat.thread_id} if isinstance(frame, dict) and "messages" in frame else {}
            await chat.send(frame if isinstance(frame, str) else here | frame)
            with suppress(websockets.ConnectionClosed):
                heard = await chat.hear_until("error", "RUN_ERROR", "RUN_FINISHED")
                ears.hear(f"frame {heard[-1].get('code', '')}", heard[-1].get("message", ""))
            ears.hear(f"closed {chat.socket.close_code}", chat.socket.close_reason or "")
    for query, protocols in [
        ({"token": token, "threadId": MAIL}, []),
        ({"access_token": token}, []),
        ({"offset": "palabras", "runId": MAIL}, ["amara.v1", f"ticket.{TICKET}"]),
    ]:
        async with (
            asyncio.timeout(PATIENCE_S),
            websockets.connect(
                service.socket_url(f"{MAIL}-{PHONE[1:]}", **query), subprotocols=protocols or None
            ) as socket,
        ):
            await socket.send(json.dumps({"type": "hello", "token": f"{token}x"}))
            ears.hear(f"closed {await end_of(socket)}", socket.close_reason or "")


async def break_http(service: Service, token: str, guest: str, about: Json, ears: Ears) -> None:
    mine, broken = {"authorization": f"Bearer {token}"}, {"authorization": f"Bearer {token}{MAIL}"}
    form = {"email": MAIL, "full_name": NAME, "phone": PHONE, "consent": {"version": "1", "accepted": True}}
    event = {"event_type": "SearchStarted", "properties": {"city": WORDS}, "session_id": f"visit {MAIL}"}
    traits = {"type": "identify", "userId": MAIL, "traits": {"phone": PHONE, "address": HOME}, "messageId": "a"}
    half = f'{{"email": "{MAIL}", "phone": "{PHONE}" "{WORDS}"'.encode() + b"\xff"
    thread, message, draft = about["thread"], about["message"], about["draft"]
    asks: list[tuple[str, str, Any, dict[str, str]]] = [
        ("POST", "/v1/guest/sessions", form, {}),
        ("POST", "/v1/events", event, {}),
        ("PATCH", f"/v1/amara/conversations/{thread}", {"title": WORDS}, mine),
        ("POST", f"/v1/amara/messages/{message}/feedback", {"score": "down", "reason": WORDS}, mine),
        ("PATCH", f"/v1/amara/drafts/{draft}", {"version": 1, "address": HOME}, mine),
        # From here on it is only said wrongly.
        *(("POST", path, half, mine) for path in POSTS),
        *(("POST", path, {"email": [MAIL], "version": WORDS, "draft_id": HOME}, mine) for path in POSTS),
        ("POST", "/v1/guest/sessions", form | {"email": f"{MAIL} {MAIL}"}, {}),
        ("POST", "/v1/guest/sessions", form | {"phone": f"{PHONE}{PHONE}"}, {}),
        ("POST", "/v1/guest/sessions", form | {"full_name": NAME * 90}, {}),
        ("POST", "/v1/batch", {"batch": [traits], "writeKey": f"{WRITE_KEY}{MAIL}"}, {}),
        ("POST", "/v1/demo/account", {"email": MAIL, "code": WORDS}, {}),
        ("POST", "/v1/guest/recovery/consume", {"code": GUESSED}, {}),
        ("POST", "/admin/session", {"token": f"{token}{MAIL}"}, {}),
        ("GET", "/v1/guest/session", None, {"x-guest-session": f"{guest}{MAIL}"}),
        ("GET", f"/v1/guest/session/{guest}", None, {}),
        ("GET", f"/v1/amara/conversations?access_token={token}&before={MAIL}", None, broken),
        ("GET", f"/v1/amara/conversations?before={MAIL}", None, mine),
        ("GET", f"/v1/amara/conversations/{MAIL}", None, mine),
        ("POST", f"/v1/amara/runs/{MAIL}/cancel", None, mine),
        ("GET", f"/v1/admin/usage?from={MAIL}", None, mine),
        ("GET", "/metrics", None, {"authorization": f"Bearer {SCRAPER[:-1]}"}),
        (f"CANARIO{len(MAIL)}", f"/{MAIL}", None, mine),
    ]
    async with aiohttp.ClientSession(service.url) as http:
        for verb, path, body, headers in asks:
            sent = {"data": body} if isinstance(body, bytes) else {"json": body}
            async with asyncio.timeout(PATIENCE_S), http.request(verb, path, headers=headers, **sent) as answer:
                said = (await answer.text()).replace(
                    json.dumps(answer.url.path)[1:-1], ""
                )  # its own address, to itself
                ears.hear(f"http {answer.status}", said if answer.status >= 400 else "", *answer.headers.values())


async def test_whatever_breaks_tells_nobody_elses_ears_anything_of_anybody(urls, owner, ears):
    laura = await a_person(owner, email=MAIL, full_name=NAME, phone=PHONE)
    async with breaking(urls, owner) as (service, upstream), aiohttp.ClientSession(service.url) as http:
        token, helper = service.token(laura), await a_helper(owner, service.door.house.now())
        visit = helper.visit(address="Calle 1", instructions=f"{NAME}, {PHONE}")
        draft = {"professional_id": str(helper.id), "service": "cleaning", "starts_at": visit["starts_at"], "hours": 4}
        upstream.then(scripted.calls("draft_booking", draft | {"address": "Calle 1"}), scripted.says("Listo."))
        async with chatting(service, token) as chat:
            await chat.ask("Hola")
            about = {
                "thread": chat.thread_id,
                "message": await owner.fetchval("select id from amara_messages where role = 'assistant' limit 1"),
                "draft": await owner.fetchval("select id from amara_booking_drafts"),
            }
        guest = await a_guest(http, email=MAIL, phone=PHONE, full_name="Canaria Otra")
        booking = await guest.booked(helper.visit(1, address=f"{HOME} apartamento", instructions=WORDS))
        asked = {"booking_id": booking["id"], "email": MAIL}
        async with http.post("/v1/guest/recovery", json=asked) as answer:
            assert answer.status == 202, await answer.text()
        await break_the_model(service, upstream, token, ears)
        other = {"address": HOME, "starts_at": helper.visit(2)["starts_at"]}
        await break_a_tool(service, upstream, service.token(await a_person(owner)), draft | other)
        await break_the_socket(service, service.token(await a_person(owner)), ears)
        await break_http(service, token, guest.token, about, ears)
        lines = await ears.until("webhook_deferred", "code_not_sent", "mail_")
        async with http.get("/metrics", headers={"authorization": f"Bearer {SCRAPER}"}) as answer:
            figures = await answer.text()
            assert answer.status == 200
    canaries = {
        "e-mail": [MAIL, MAIL.upper()],
        "phone": [PHONE, PHONE[3:]],
        "name": [NAME, "Canaria"],
        "address": [HOME],
        "what people say": [WORDS],
        "what the model says": [SAID],
        "account": [str(laura)],
        "bearer token": [token, token.rpartition(".")[2]],
        "guest's token": [guest.token],
        "ticket": [TICKET],
        "code": [GUESSED],
        "the model's key": [KEY],
        "our secrets": [SECRET, WEBHOOK_SECRET, SCRAPER],
        "write key": [WRITE_KEY],
    }
    heard = {"lines": lines, "told": "\n".join(ears.told), "spans": ears.traced(), "figures": figures}
    for place, said in heard.items():
        for kind, texts in canaries.items():
            assert not [text for text in texts if text.lower() in said.lower()], (place, kind)
    # And all of it did break.
    assert [event for event in BROKEN if event not in lines] == []
    assert (ears.ends["http 500"], ears.ends["closed 1011"]) == (5, 1)
    assert {"model_refused", "model_cut", "model_overloaded"} <= set(ears.ends)
    assert "ERROR" in heard["spans"]
    assert 'amara_tool_seconds_count{end="failed",tool="list_my_bookings"} 1.0' in figures
