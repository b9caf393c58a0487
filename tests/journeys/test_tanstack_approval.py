"""The stock TanStack client is asked, and answers: it knows nothing of bookings, and is never left waiting."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from amara import demo
from tests import nodejs, visits
from tests import upstream as scripted
from tests.builders import a_booking
from tests.rig import chatting

Json = dict[str, Any]
Tabs = Callable[..., Awaitable[Json]]

YES, NO = {"approved": True}, {"approved": False}


@pytest.fixture
def thread_id() -> str:
    return f"thread-{uuid4()}"


@pytest.fixture
def tabs(service, thread_id) -> Tabs:
    """Tabs of one person carry out these steps; what each shows afterwards."""

    async def carry_out(*plan: Json) -> Json:
        token = service.token(demo.CUSTOMER_ID)
        told = {"url": service.socket_url(thread_id), "token": token, "threadId": thread_id, "plan": plan}
        return await nodejs.answer("tanstack_approval.mjs", told)

    return carry_out


@pytest.fixture
async def free(owner, service) -> visits.Free:
    return await visits.somebody_free(owner)


@pytest.fixture
async def asked(service, upstream, free, thread_id) -> str:
    """The run of another device that ended in a question; any tab may join it."""
    async with chatting(service, service.token(demo.CUSTOMER_ID), thread_id=thread_id) as device:
        await visits.offered(device, upstream, visits.drafts(free.id, free.starts[0]))
        return next(frame["chunk"]["runId"] for frame in device.frames if "chunk" in frame)


def words(shown: Json) -> str:
    """The last thing a tab shows."""
    return "".join(part["content"] for part in shown["messages"][-1]["parts"] if part["type"] == "text")


def check_free(shown: Json) -> None:
    """Nothing waits for this tab's person, and nothing is wrong."""
    assert (shown["status"], shown["interrupts"], shown["failures"], shown["refused"]) == ("ready", [], [], None)


async def test_it_approves_a_draft_and_goes_on_talking(tabs, upstream, owner, free):
    upstream.then(
        visits.drafts(free.id, free.starts[0]), scripted.says("Aquí está el borrador."), scripted.says("Con gusto.")
    )
    told = await tabs({"tab": "a", "say": "Resérvela"}, {"tab": "a", "answer": YES}, {"tab": "a", "say": "Gracias"})
    asked, approved, after = told["seen"]
    (question,) = asked["interrupts"]
    assert (question["kind"], question["status"], question["canResolve"]) == ("generic", "pending", True)
    assert question["message"].startswith("¿Confirma")
    assert question["metadata"]["toolName"] == "draft_booking"
    check_free(approved)
    assert words(approved).startswith("Listo: su reserva")
    check_free(after)
    assert words(after) == "Con gusto."
    assert told["errors"] == []
    (booking,) = await visits.bookings_of(owner, free.id, free.starts[0])
    assert (booking["status"], booking["customer_id"]) == ("confirmed", demo.CUSTOMER_ID)


@pytest.mark.parametrize("answer", [{"answer": NO}, {"cancel": True}], ids=["by its answer", "by taking it back"])
async def test_it_declines_a_draft_and_goes_on_talking(tabs, owner, free, asked, answer):
    told = await tabs({"tab": "a", "join": asked}, {"tab": "a"} | answer, {"tab": "a", "say": "Gracias"})
    check_free(told["seen"][1])
    assert words(told["seen"][1]) == "De acuerdo, no se reservó nada."
    check_free(told["seen"][2])
    assert told["errors"] == []
    assert await visits.bookings_of(owner, free.id, free.starts[0]) == []


async def test_two_tabs_approve_at_once_and_both_learn_of_the_one_booking(tabs, owner, free, asked):
    told = await tabs(
        {"together": [{"tab": "a", "join": asked}, {"tab": "b", "join": asked}]},
        {"together": [{"tab": "a", "answer": YES}, {"tab": "b", "answer": YES}]},
        {"tab": "a", "say": "Gracias"},
        {"tab": "b", "say": "Gracias"},
    )
    assert all(len(shown["interrupts"]) == 1 for shown in told["seen"][:2])
    for shown in told["seen"][2:4]:
        check_free(shown)
        assert words(shown).startswith("Listo: su reserva")
    check_free(told["seen"][4])
    check_free(told["seen"][5])
    assert told["errors"] == []
    assert len(await visits.bookings_of(owner, free.id, free.starts[0])) == 1


async def test_an_edit_is_another_question_and_no_booking(tabs, owner, free, asked):
    edits = {"starts_at": free.starts[3].isoformat()}
    told = await tabs(
        {"tab": "a", "join": asked}, {"tab": "a", "answer": YES | {"edits": edits}}, {"tab": "a", "answer": YES}
    )
    _, edited, approved = told["seen"]
    assert edited["interrupts"][0]["metadata"]["amara"]["version"] == 2
    assert edited["failures"] == []
    check_free(approved)
    assert words(approved).startswith("Listo")
    assert told["errors"] == []
    assert await visits.bookings_of(owner, free.id, free.starts[0]) == []
    assert len(await visits.bookings_of(owner, free.id, free.starts[3])) == 1


async def test_talk_of_another_tab_takes_the_question_and_leaves_the_hold(tabs, upstream, owner, free, asked):
    upstream.then(scripted.says("Para confirmar, use el botón."))
    told = await tabs(
        {"tab": "a", "join": asked},
        {"tab": "b", "say": "Sí, confirmo"},
        {"tab": "a", "answer": YES},
        {"tab": "b", "answer": YES},
        {"tab": "a", "say": "Gracias"},
        {"tab": "b", "say": "Gracias"},
    )
    joined, talked, late, second = told["seen"][:4]
    assert talked["refused"] is None
    assert talked["interrupts"][0]["id"] != joined["interrupts"][0]["id"]
    assert talked["interrupts"][0]["metadata"]["amara"] == joined["interrupts"][0]["metadata"]["amara"]
    for shown in (late, second):
        check_free(shown)
        assert words(shown).startswith("Listo: su reserva")
    check_free(told["seen"][4])
    check_free(told["seen"][5])
    assert told["errors"] == []
    assert len(await visits.bookings_of(owner, free.id, free.starts[0])) == 1


async def test_a_late_answer_to_a_draft_that_talk_has_changed_is_told_so_and_asked_anew(
    tabs, upstream, owner, free, asked
):
    upstream.then(visits.drafts(free.id, free.starts[2], call_id="toolu_later"), scripted.says("Más tarde, entonces."))
    told = await tabs(
        {"tab": "a", "join": asked},
        {"tab": "b", "say": "Mejor más tarde"},
        {"tab": "a", "answer": YES},
        {"tab": "a", "answer": YES},
    )
    late, approved = told["seen"][2:]
    assert (late["status"], late["failures"]) == ("ready", [])
    assert words(late).startswith("El borrador cambió mientras tanto")
    assert late["interrupts"][0]["metadata"]["amara"]["version"] == 2
    check_free(approved)
    assert told["errors"] == []
    assert await visits.bookings_of(owner, free.id, free.starts[0]) == []
    assert len(await visits.bookings_of(owner, free.id, free.starts[2])) == 1


@pytest.mark.parametrize(
    ("changed", "truth"),
    [
        ("expires_at = now(), offered_at = now() - interval '15 minutes'", "El tiempo para confirmar se acabó"),
        ("status = 'superseded'", "Ese borrador ya fue reemplazado"),
        ("status = 'cancelled'", "De acuerdo, no se reservó nada."),
    ],
    ids=["expired", "replaced", "withdrawn"],
)
async def test_an_answer_to_a_draft_that_is_over_is_told_what_is_true(tabs, owner, free, asked, changed, truth):
    await owner.execute(f"update amara_booking_drafts set {changed}")
    told = await tabs({"tab": "a", "join": asked}, {"tab": "a", "answer": YES}, {"tab": "a", "say": "Gracias"})
    check_free(told["seen"][1])
    assert words(told["seen"][1]).startswith(truth)
    check_free(told["seen"][2])
    assert told["errors"] == []
    assert await visits.bookings_of(owner, free.id, free.starts[0]) == []


async def test_a_lost_hour_is_said_and_asked_about_anew_until_the_person_lets_go(tabs, owner, free, asked):
    await a_booking(
        owner,
        professional_id=free.id,
        customer_id=demo.SECOND_CUSTOMER_ID,
        scheduled_start=free.starts[0],
        scheduled_end=free.starts[0] + timedelta(hours=4),
        booking_source="phone",
    )
    told = await tabs(
        {"tab": "a", "join": asked},
        {"tab": "a", "answer": YES},
        {"tab": "a", "answer": YES},
        {"tab": "a", "cancel": True},
        {"tab": "a", "say": "Gracias"},
    )
    for lost in told["seen"][1:3]:
        assert words(lost).startswith("Esa hora acaba de ocuparse, así que no se reservó nada.")
        assert (lost["status"], len(lost["interrupts"]), lost["failures"]) == ("ready", 1, [])
    check_free(told["seen"][3])
    check_free(told["seen"][4])
    assert told["errors"] == []
    (theirs,) = await visits.bookings_of(owner, free.id, free.starts[0])
    assert theirs["customer_id"] == demo.SECOND_CUSTOMER_ID
