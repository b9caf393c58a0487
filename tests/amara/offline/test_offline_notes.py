"""What the professional should know, found in passing and taken out of the message."""

from __future__ import annotations

import time

import pytest

from amara.offline import notes
from tests.amara.offline.talk import FOUND, Dialogue, drafted

BOOK = "resérveme la primera el jueves a las 8 por 4 horas en la Calle 1 # 2-3"


@pytest.mark.parametrize(
    ("said", "note", "rest"),
    [
        ("que traiga sus productos", "que traiga sus productos", ""),
        ("Por favor, que no use cloro, gracias", "que no use cloro", ""),
        ("dígale a la señora que timbre dos veces", "que timbre dos veces", ""),
        ("a las 10, y dígale que el perro muerde.", "que el perro muerde", "a las 10, ."),
        ("Calle 1 # 2-3, que timbre en el 301", "que timbre en el 301", "Calle 1 # 2-3"),
        ("Indicaciones para ella: Portería, 2º piso", "Portería, 2º piso", ""),
        ("tell her to ring twice please", "to ring twice", ""),
        ("and ask them not to use bleach", "not to use bleach", ""),
        ("have her bring her own products", "bring her own products", ""),
        ("Note for her: the dog bites", "the dog bites", ""),
        ("tell me more about her", None, "tell me more about her"),
        ("que hable inglés", None, "que hable inglés"),
        ("¿qué horas tiene?", None, "¿qué horas tiene?"),
    ],
)
def test_a_note_is_found_as_it_was_written(said, note, rest) -> None:
    assert notes.split(said) == (note, rest)


def test_two_notes_are_one_and_the_same_twice_is_once() -> None:
    assert notes.joined("que timbre", "que traiga guantes") == "que timbre; que traiga guantes"
    assert notes.joined("que timbre", "que timbre") == "que timbre"
    assert notes.joined(None, "x") == notes.joined("x", None) == "x"


@pytest.mark.parametrize("piece", ["dígale que ", "por favor, ", "y que traiga ", "notas: ", "tell her to "])
def test_the_longest_message_takes_a_moment_and_no_more(piece) -> None:
    began = time.process_time()
    notes.split(piece * (8_000 // len(piece)))
    assert time.process_time() - began < 1


async def test_a_note_goes_into_the_draft_and_stays_there(client) -> None:
    def card(given):
        return drafted(given, instructions=given.get("instructions"))

    talk = Dialogue(client, {"search_professionals": FOUND, "draft_booking": card})
    await talk.say("busco aseo en Bogotá")
    await talk.say(BOOK)
    ((_, visit),) = talk.calls
    assert "instructions" not in visit
    told = await talk.say("que traiga sus productos, por favor")
    assert talk.calls == [("draft_booking", visit | {"instructions": "que traiga sus productos"})]
    assert "con la nota «que traiga sus productos»" in told
    await talk.say("y dígale que timbre dos veces")
    both = "que traiga sus productos; que timbre dos veces"
    assert talk.calls == [("draft_booking", visit | {"instructions": both})]
    await talk.say("mejor a las 9")
    assert talk.calls == [("draft_booking", visit | {"instructions": both, "starts_at": "2025-11-27T09:00"})]


async def test_a_note_may_come_with_everything_else(client) -> None:
    talk = Dialogue(client, {"search_professionals": FOUND, "draft_booking": drafted}, locale="en")
    await talk.say("I need a cleaner in Bogotá")
    await talk.say("the first one")
    await talk.say("Thursday at 8 for 4 hours at Calle 1 # 2-3. Tell her to ring twice")
    assert [(tool, given.get("instructions")) for tool, given in talk.calls] == [("draft_booking", "to ring twice")]
