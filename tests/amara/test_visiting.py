"""What staff sees of it, and for how long: the list, the conversation, and every frame of it while it is handed off."""

from __future__ import annotations

import json
from typing import Any

import websockets

from tests.builders import a_person
from tests.handing import asides, ask, deed, handed, states
from tests.rig import chatting, end_of, events

Json = dict[str, Any]


async def test_staff_sees_nothing_before_and_nothing_after(service, token, staff, chat, laura, owner):
    outsider = service.token(await a_person(owner))
    place = f"/v1/amara/conversations/{chat.thread_id}"

    async def seen(who: str) -> list[int]:
        reads = [await ask(service, who, "GET", place), await ask(service, who, "GET", f"{place}/messages")]
        says = await deed(service, who, chat.thread_id, "staff-messages", id="s", content="x")
        return [*(status for status, _ in reads), says[0], (await deed(service, who, chat.thread_id, "take"))[0]]

    assert await seen(staff) == [404] * 4
    await handed(service, token, chat)
    assert await seen(outsider) == [404] * 4
    assert (await ask(service, outsider, "GET", "/v1/admin/conversations"))[1]["code"] == "not_allowed"
    assert (await ask(service, "", "GET", "/v1/admin/conversations"))[0] == 401
    assert (await seen(staff))[:2] == [200, 200]
    assert (await ask(service, staff, "DELETE", place))[0] == 404
    assert (await deed(service, staff, chat.thread_id, "handoff"))[0] == 404
    await deed(service, token, chat.thread_id, "return")  # its owner may always have it back
    assert await seen(staff) == [404] * 4
    assert (await ask(service, staff, "GET", "/v1/admin/conversations"))[1] == {"items": [], "next": None}


async def test_the_inbox_is_paged_filtered_and_searched(service, token, staff, andres, chat, owner):
    await handed(service, token, chat)
    await chat.ask("Tengo una pregunta sobre el 100 % de mi factura")
    threads = [chat.thread_id]
    for number in range(2):
        async with chatting(service, token) as other:
            await other.ask(f"Asunto {number}")
            await handed(service, token, other)
            threads.append(other.thread_id)
    await deed(service, staff, threads[1], "take")
    await deed(service, andres, threads[2], "take")

    async def listed(query: str = "") -> list[str]:
        return [
            item["id"] for item in (await ask(service, staff, "GET", f"/v1/admin/conversations{query}"))[1]["items"]
        ]

    assert await listed() == threads
    assert await listed("?state=waiting") == threads[:1]
    assert await listed("?state=mine") == threads[1:2]
    assert await listed("?state=others") == threads[2:]
    assert await listed("?q=FACTURA") == threads[:1]
    assert await listed("?q=100%25") == []  # a sign of a pattern is a sign like any other
    assert await listed("?q=100%20%25") == threads[:1]
    _, first = await ask(service, staff, "GET", "/v1/admin/conversations?limit=2")
    assert [item["id"] for item in first["items"]] == threads[:2]
    assert first["items"][0]["unread"] == 2
    assert first["items"][0]["handoff"]["is_mine"] is False
    assert await listed(f"?limit=2&before={first['next'].replace('+', '%2B')}") == threads[2:]
    for wrong in ("?state=all", "?before=x", "?limit=0"):
        assert (await ask(service, staff, "GET", f"/v1/admin/conversations{wrong}"))[0] == 400


async def test_staff_follows_it_live_while_the_policy_allows_it_and_not_a_frame_longer(service, token, staff, chat):
    async with websockets.connect(service.socket_url(chat.thread_id)) as early:
        await early.send(json.dumps({"type": "hello", "token": staff, "since": None, "locale": "es"}))
        assert await end_of(early) == 4404
    await handed(service, token, chat)
    async with chatting(service, staff, thread_id=chat.thread_id) as desk:
        heard = await chat.ask("¿Hay alguien?", message_id="m-alguien")
        followed = await desk.hear_until("RUN_FINISHED")
        assert events(followed) == events(heard)
        await desk.say("Yo hablo por el cliente")
        assert (await desk.hear_until("error"))[-1]["code"] == "not_allowed"
        await deed(service, staff, chat.thread_id, "take")
        await deed(service, staff, chat.thread_id, "staff-messages", id="s1", content="Aquí estoy.")
        told = [await desk.hear() for _ in range(2)]
        assert [name for name, _ in asides(told)] == ["handoff", "staff_message"]
        await deed(service, token, chat.thread_id, "return")
        assert states([await desk.hear()]) == [("returned", "Camila Torres")]
        assert await end_of(desk.socket) == 4403


async def test_who_is_of_staff_no_more_is_seen_out(service, token, staff, camila, chat, owner):
    await handed(service, token, chat)
    async with chatting(service, staff, thread_id=chat.thread_id) as desk:
        await owner.execute("update profiles set role = 'customer' where id = $1", camila)
        await service.door.sockets.go_round()
        assert await end_of(desk.socket) == 4403
