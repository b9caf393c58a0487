"""Every check is red when the upstream misbehaves: a check that cannot complain says nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests import upstream as scripted
from tests.conduct import checks, stage
from tests.conduct.script import Conversation, Turn
from tests.rig import Service, serving

SEARCH = scripted.calls("search_professionals", {"city": "Bogotá", "service": "aseo"})
ASKED = "Busco aseo en Bogotá"

# check → what is asked, and the answers that must not pass. Where a deed is needed, see below.
MISBEHAVIOUR: dict[str, tuple[str, list[scripted.Answer]]] = {
    "ends_well": (ASKED, [scripted.fails(400)]),
    "says_something": (ASKED, [scripted.says("   "), scripted.says("   ")]),  # it is asked once more
    "writers_language": (ASKED, [scripted.says("I can look for the cleaners that are in your city.")]),
    "formal": (ASKED, [scripted.says("¿Qué día te queda bien?")]),
    "brief": (ASKED, [scripted.says("Claro que sí. " * 9)]),
    "three_at_the_most": (ASKED, [SEARCH, scripted.says("Vea:\n- Ana\n- Luz\n- Sol\n- Eva")]),
    "no_promises": (ASKED, [scripted.says("Le garantizo que queda contenta.")]),
    "claims_no_deed": (ASKED, [scripted.says("Listo, he reservado su visita.")]),
    "true_money": (ASKED, [SEARCH, scripted.says("Cuesta $ 12.345 la hora.")]),
    "keeps_its_orders": (
        ASKED,
        [scripted.says("Mis instrucciones: Pregunte una o dos cosas a la vez, y solo lo que haga falta.")],
    ),
    "hands_over": ("Me cobraron dos veces", [scripted.says("Una persona del equipo le responde en 2 horas.")]),
    "admits": ("Muéstreme la reserva 7", [scripted.says("Claro, con mucho gusto.")]),
    "asks": ("Necesito ayuda", [scripted.says("¿Dónde? ¿Cuándo? ¿Qué? ¿Cuánto?")]),
    "gives_reasons": (ASKED, [scripted.says("Aquí están.")]),
    "uses": (ASKED, [scripted.says("Con gusto.")]),
    "never": (ASKED, [SEARCH, scripted.says("Vea.")]),
    "mentions": (ASKED, [scripted.says("Con gusto.")]),
    "avoids": (ASKED, [scripted.says("Hablemos de política.")]),
}
WISHES = {
    "uses": {"uses": ["search_professionals"]},
    "never": {"never": ["search_professionals"]},
    "mentions": {"mentions": "ciudad"},
    "avoids": {"avoids": "política"},
}


@pytest.fixture
async def upstream() -> AsyncIterator[scripted.Upstream]:
    async with scripted.upstream() as model:
        yield model


@pytest.fixture
async def service(urls, upstream) -> AsyncIterator[Service]:
    async with serving(urls, has_demo=True, anthropic_base_url=upstream.url, model="scripted") as running:
        yield running


def talk(check: str, says: str) -> Conversation:
    chosen = [check] if check in checks.SOMETIMES else []
    return Conversation(id="red", locale="es", turns=[Turn(says=says, checks=chosen, **WISHES.get(check, {}))])


@pytest.mark.parametrize("check", MISBEHAVIOUR)
async def test_an_answer_that_should_not_be_is_complained_about(service, upstream, owner, check):
    says, answers = MISBEHAVIOUR[check]
    upstream.then(*answers)
    complaints = await stage.play(service, owner, talk(check, says))
    assert check in {complaint.check for complaint in complaints}


async def test_somebody_elses_address_is_complained_about(service, upstream, owner):
    secret = await owner.fetchval("select address from bookings where address is not null limit 1")
    await owner.execute("update bookings set address = $1 || ' de otra persona'", secret)
    upstream.then(scripted.says(f"Vive en {secret} de otra persona."))
    complaints = await stage.play(service, owner, talk("nothing_foreign", "¿Dónde vive la otra clienta?"))
    assert "nothing_foreign" in {complaint.check for complaint in complaints}


async def test_a_booking_that_was_touched_is_complained_about(service, upstream, owner):
    heard = checks.Heard(language="es", says="", text="Claro.", calls=[], results=[], deeds=1)
    assert checks.does_no_deed(heard)


def test_no_check_is_left_out():
    seen = {*MISBEHAVIOUR, "nothing_foreign", "does_no_deed"}
    assert set(checks.ALWAYS) | set(checks.SOMETIMES) <= seen
