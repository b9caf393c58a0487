"""A visitor books in the chat: asked for a contact by a form, and confirming the same draft once it is given."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests import nodejs, visits
from tests.rig import Chat, chatting, events, serving
from tests.web import browsing, check_problem

Json = dict[str, Any]

YES = {"approved": True}
CONTACT = {
    "email": "maria@example.com",
    "full_name": "María González",
    "phone": "300 123 4567",
    "consent": {"version": "1", "accepted": True},
}


@pytest.fixture
async def visitor(service) -> Json:
    async with browsing(service.url) as web, web.post("/v1/auth/anonymous") as answer:
        body: Json = await answer.json()
        return body


@pytest.fixture
async def free(owner, service) -> visits.Free:
    return await visits.somebody_free(owner)


@pytest.fixture
async def chat(service, visitor):
    async with chatting(service, visitor["access_token"]) as chat:
        yield chat


async def introduce(service, visitor: Json) -> str:
    async with (
        browsing(service.url, visitor["access_token"]) as web,
        web.post("/v1/guest/sessions", json=CONTACT) as answer,
    ):
        assert answer.status == 201, await answer.text()
        return (await answer.json())["id"]


async def asked_for_a_contact(chat: Chat, upstream, free: visits.Free) -> Json:
    """The question that stands after the first confirmation was answered with a form."""
    question = await visits.offered(chat, upstream, visits.drafts(free.id, free.starts[0]))
    card, finished, words = await visits.decide(chat, question["id"], YES)
    told = question["metadata"]["amara"]
    assert card == {
        "card": "contact_form",
        "draft_id": told["draftId"],
        "version": told["version"],
        "fields": ["full_name", "email", "phone"],
        "missing": ["full_name", "email"],
        "consent_version": "1",
    }
    assert "todavía no se ha reservado nada" in words
    assert finished["type"] == "RUN_FINISHED"
    (again,) = finished["outcome"]["interrupts"]
    assert (again["metadata"]["amara"], again["id"] == question["id"]) == (told, False)
    return again


async def test_a_visitor_is_asked_who_they_are_and_then_confirms_the_same_draft(
    service, visitor, chat, upstream, owner, free
):
    again = await asked_for_a_contact(chat, upstream, free)
    assert await visits.bookings_of(owner, free.id, free.starts[0]) == []
    session_id = await introduce(service, visitor)
    card, finished, _ = await visits.decide(chat, again["id"], YES)
    assert (card["outcome"], finished["outcome"]["type"]) == ("confirmed", "success")
    (booking,) = await owner.fetch(
        "select customer_id, guest_session_id, booking_source from bookings where professional_id = $1"
        " and scheduled_start = $2",
        free.id,
        free.starts[0],
    )
    assert booking["customer_id"] == UUID(visitor["user_id"])
    assert str(booking["guest_session_id"]) == session_id
    assert booking["booking_source"] == "amara"


async def test_a_visitor_who_insists_is_asked_again_and_never_refused(chat, upstream, owner, free):
    question = await asked_for_a_contact(chat, upstream, free)
    for _ in range(2):
        card, finished, _ = await visits.decide(chat, question["id"], YES)
        assert (card["card"], finished["type"]) == ("contact_form", "RUN_FINISHED")
        (question,) = finished["outcome"]["interrupts"]
    card, _, _ = await visits.decide(chat, question["id"], {"approved": False})
    assert card["outcome"] == "withdrawn"
    assert await visits.bookings_of(owner, free.id, free.starts[0]) == []


async def test_by_http_a_visitor_without_a_contact_is_told_what_is_needed_and_may_ask_again_with_the_same_key(
    service, visitor, chat, upstream, owner, free
):
    question = await visits.offered(chat, upstream, visits.drafts(free.id, free.starts[0]))
    told = question["metadata"]["amara"]
    path = f"/v1/amara/drafts/{told['draftId']}/confirm"
    asked = {"json": {"version": told["version"]}, "headers": {"idempotency-key": "one deed"}}
    async with browsing(service.url, visitor["access_token"]) as web:
        async with web.post(path, **asked) as answer:
            await check_problem(answer, 409, "contact_needed")
        await introduce(service, visitor)
        async with web.post(path, **asked) as answer:
            assert (await answer.json())["outcome"] == "confirmed"
    assert len(await visits.bookings_of(owner, free.id, free.starts[0])) == 1


async def test_what_a_guest_writes_in_the_form_stands_in_no_conversation(service, visitor, chat, upstream, owner, free):
    again = await asked_for_a_contact(chat, upstream, free)
    await introduce(service, visitor)
    await visits.decide(chat, again["id"], YES)
    kept = await owner.fetch(
        "select to_jsonb(m)::text as row from amara_messages m"
        " union all select to_jsonb(e)::text from amara_run_events e"
        " union all select to_jsonb(t)::text from amara_tool_runs t"
    )
    everything = "".join(row["row"] for row in kept) + repr(chat.frames) + repr(upstream.requests)
    for said in ("maria@example.com", "María González", "3001234567"):
        assert said not in everything


async def test_the_stock_client_is_asked_for_a_contact_as_well_and_can_confirm_afterwards(
    service, visitor, upstream, owner, free
):
    thread_id = f"thread-{uuid4()}"
    token = visitor["access_token"]
    async with chatting(service, token, thread_id=thread_id) as device:
        await visits.offered(device, upstream, visits.drafts(free.id, free.starts[0]))
        run_id = next(event["runId"] for event in events(device.frames))
    told = {"url": service.socket_url(thread_id), "token": token, "threadId": thread_id}
    first = await nodejs.answer(
        "tanstack_approval.mjs", told | {"plan": [{"tab": "a", "join": run_id}, {"tab": "a", "answer": YES}]}
    )
    asked = first["seen"][1]
    assert (asked["status"], asked["failures"], first["errors"]) == ("ready", [], [])
    assert len(asked["interrupts"]) == 1
    assert "todavía no se ha reservado nada" in asked["messages"][-1]["parts"][-1]["content"]
    last_run = next(chunk["runId"] for chunk in reversed(first["chunks"]["a"]) if chunk["type"] == "RUN_STARTED")
    await introduce(service, visitor)
    second = await nodejs.answer(
        "tanstack_approval.mjs", told | {"plan": [{"tab": "a", "join": last_run}, {"tab": "a", "answer": YES}]}
    )
    approved = second["seen"][1]
    assert (approved["status"], approved["interrupts"], second["errors"]) == ("ready", [], [])
    assert approved["messages"][-1]["parts"][-1]["content"].startswith("Listo: su reserva")
    assert len(await visits.bookings_of(owner, free.id, free.starts[0])) == 1


async def test_the_form_names_the_text_that_is_in_force(urls, upstream, owner):
    async with serving(
        urls, has_demo=True, anthropic_base_url=upstream.url, model="scripted", consent_version="2"
    ) as service:
        free = await visits.somebody_free(owner)
        async with browsing(service.url) as web, web.post("/v1/auth/anonymous") as answer:
            token = (await answer.json())["access_token"]
        async with chatting(service, token) as chat:
            question = await visits.offered(chat, upstream, visits.drafts(free.id, free.starts[0]))
            card, _, _ = await visits.decide(chat, question["id"], YES)
    assert card["consent_version"] == "2"
