"""A conversation has a short name: its first words, then what was looked for, and for good what a person calls it."""

from __future__ import annotations

import asyncio

import pytest

from amara import naming
from tests import upstream as scripted
from tests.rig import chatting


def searched(**criteria):
    return [{"name": "search_professionals", "input": {}, "result": {"criteria": criteria}, "is_error": False}]


CLEANING = {"slug": "cleaning", "name": "whatever"}


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("Hola, buenas tardes! Busco quien limpie", "Busco quien limpie"),
        ("hola", "Hola"),
        ("Hola, ¿me ayuda con el aseo?", "¿Me ayuda con el aseo?"),
        ("Hi! I need\n a nanny", "I need a nanny"),
        ("¿Mis reservas?", "¿Mis reservas?"),
        ("palabra " * 20, "Palabra palabra palabra palabra palabra palabra palabra…"),
        ("x" * 200, "X" + "x" * 58 + "…"),
    ],
)
def test_first_words_are_short_and_without_the_greeting(said, title):
    assert naming.first_words(said) == title
    assert len(title) <= naming.TITLE_MAX


@pytest.mark.parametrize(
    ("calls", "said", "title"),
    [
        (searched(service=CLEANING, city="Bogotá"), "Encontré tres personas.", "Aseo general en Bogotá"),
        (searched(service=CLEANING, city="Bogotá"), "I found three people for you.", "Cleaning in Bogotá"),
        (searched(city="Cali"), "Encontré tres.", "Cali"),
        (searched(), "Nada.", None),
        ([{"name": "list_my_bookings", "result": {"found": 0}, "is_error": False}], "No tiene.", "Mis reservas"),
        ([{"name": "list_my_bookings", "result": {"error": {}}, "is_error": True}], "No pude.", None),
        ([], "Hola.", None),
    ],
)
def test_what_was_done_names_it_in_the_language_of_the_answer(calls, said, title):
    assert naming.by_deeds(calls, said=said, locale="es") == title


async def title_of(owner, chat):
    return await owner.fetchval("select title from amara_conversations where id::text = $1", chat.thread_id)


async def test_a_better_name_is_told_with_the_answer_and_without_another_call(service, upstream, owner, token):
    search = scripted.calls("search_professionals", {"service": "limpieza", "city": "Bogota"})
    upstream.then(search, scripted.says("No encontré a nadie."))
    async with chatting(service, token) as chat:
        heard = await chat.ask("Hola, quien limpia?")
        assert not [frame for frame in heard if frame.get("type") == "event"]  # it is of no run
        told = (await chat.hear_until("event"))[-1]
        assert (told["name"], told["value"]) == ("title", {"title": "Aseo general en Bogotá"})
        assert await title_of(owner, chat) == "Aseo general en Bogotá"
        upstream.then(scripted.calls("search_professionals", {"service": "niñera"}), scripted.says("Tampoco."))
        heard = await chat.ask("¿Y niñera?")
        assert not [frame for frame in heard if frame.get("type") == "event"]  # it keeps the name people know
    assert len(upstream.requests) == 4


async def test_a_name_that_a_person_gave_stays_also_when_it_was_given_meanwhile(service, upstream, owner, laura, token):
    answer = scripted.says("No encontré ", "a nadie.")
    answer.until = asyncio.Event()
    upstream.then(scripted.calls("search_professionals", {"service": "limpieza"}), answer)
    async with chatting(service, token) as chat:
        await chat.say("¿Quién limpia?")
        await chat.hear_until("TEXT_MESSAGE_CONTENT")
        await owner.execute("update amara_conversations set title = 'La casa de mi mamá' where user_id = $1", laura)
        answer.until.set()
        heard = await chat.hear_until("RUN_FINISHED")
        assert not [frame for frame in heard if frame.get("type") == "event"]
        assert await title_of(owner, chat) == "La casa de mi mamá"
