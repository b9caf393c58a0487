"""A turn from the socket to the record and back."""

from __future__ import annotations

from uuid import uuid4

from amara import demo
from tests import upstream as scripted
from tests.rig import chatting, events, serving, text_of


async def test_a_question_is_answered_and_both_are_on_record(service, upstream, owner):
    upstream.then(scripted.says("Hola, ", "Valentina."))
    async with chatting(service, service.token(demo.CUSTOMER_ID)) as chat:
        heard = await chat.ask("Hola")
        assert text_of(heard) == "Hola, Valentina."
    rows = await owner.fetch(
        "select role, content from amara_messages where conversation_id = $1 order by sequence", chat.thread_id
    )
    assert [tuple(row) for row in rows] == [("user", "Hola"), ("assistant", "Hola, Valentina.")]


async def test_a_conversation_goes_on_with_its_memory_after_a_restart(urls, upstream):
    thread_id = str(uuid4())
    settings = {"has_demo": True, "anthropic_base_url": upstream.url, "model": "scripted"}
    async with serving(urls, **settings) as service:
        upstream.then(
            scripted.says("¿En qué ciudad?"),
            scripted.calls("search_professionals", {"city": "Bogotá", "service": "cleaning"}, call_id="toolu_search"),
            scripted.says("Encontré tres."),
            scripted.says("Con gusto."),
        )
        async with chatting(service, service.token(demo.CUSTOMER_ID), thread_id=thread_id) as chat:
            await chat.ask("Busco aseo")
            await chat.ask("En Bogotá")
            await chat.ask("Gracias")
    async with serving(urls, **settings) as service:
        upstream.then(
            scripted.calls("list_my_bookings", {}, call_id="toolu_bookings"),
            scripted.says("Tiene dos."),
            scripted.says("La primera es el jueves."),
        )
        async with chatting(service, service.token(demo.CUSTOMER_ID), thread_id=thread_id) as chat:
            await chat.ask("¿Y mis reservas?")
            heard = await chat.ask("¿Cuándo es la primera?")
            assert text_of(heard) == "La primera es el jueves."
    blocks = [block for message in upstream.requests[-1]["messages"] for block in message["content"]]
    results = {block["tool_use_id"]: block["content"] for block in blocks if block["type"] == "tool_result"}
    assert results.keys() == {"toolu_search", "toolu_bookings"}
    assert "professionals" in results["toolu_search"]
    assert [event["type"] for event in events(heard)][-1] == "RUN_FINISHED"
