"""A conversation in a terminal is the same conversation: streamed, stopped, decided, and found again after a loss."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from uuid import uuid4

import pytest
from rich.console import Console

from amara import demo, terminal
from amara.terminal import cards
from amara.terminal.screen import Screen
from tests import handing
from tests import upstream as scripted
from tests.draft_page import Ana
from tests.rig import serving, text_of

ROOT = Path(__file__).parents[3]


@pytest.fixture
async def service(urls, upstream):
    async with serving(urls, has_demo=True, anthropic_base_url=upstream.url, model="scripted") as running:
        yield running


class Lines:
    """What a person types, line after line; an event among them is waited for first."""

    def __init__(self, *lines):
        self.lines = list(lines)
        self.prompts = []

    async def __call__(self, prompt):
        self.prompts.append(prompt)
        line = self.lines.pop(0) if self.lines else None
        if isinstance(line, asyncio.Event):
            await line.wait()
            return await self(prompt)
        return line


class Paper(Screen):
    """A screen one can read afterwards."""

    def __init__(self, locale="es"):
        super().__init__(Console(file=StringIO(), width=110), locale)
        self.frames = []

    def show(self, frame):
        self.frames.append(frame)
        super().show(frame)

    @property
    def text(self):
        return self.console.file.getvalue()


def sit_down(service, *lines, locale="es", user=demo.CUSTOMER_ID, token=None):
    paper = Paper(locale)
    talk = terminal.Talk(service.url, locale, paper, Lines(*lines), str(uuid4()), token or service.token(user))
    return talk, paper


async def test_a_question_is_answered_where_it_was_asked(service, upstream):
    upstream.then(scripted.says("Buenas ", "tardes."))
    talk, paper = sit_down(service, "Hola")
    await terminal.converse(talk, goes_on=False)
    assert "Buenas tardes." in paper.text
    assert upstream.requests[0]["messages"][-1]["content"][0]["text"] == "Hola"


async def test_cards_are_tables_in_the_language_of_the_person(service, upstream):
    upstream.then(
        scripted.calls("search_professionals", {"city": "Bogotá", "service": "cleaning"}), scripted.says("Here.")
    )
    talk, paper = sit_down(service, "A cleaner in Bogotá", locale="en")
    await terminal.converse(talk, goes_on=False)
    assert "Hourly rate" in paper.text
    assert "COP 26,000" in paper.text
    upstream.then(scripted.calls("list_my_bookings", {"when": "all"}), scripted.says("Estas."))
    talk, paper = sit_down(service, "¿Mis reservas?")
    await terminal.converse(talk, goes_on=False)
    assert "Estado" in paper.text


@pytest.mark.parametrize(("said", "bookings"), [("sí", 1), ("", 0)])
async def test_a_draft_is_booked_by_a_yes_and_by_nothing_else(service, upstream, owner, said, bookings):
    professional = await owner.fetchval(
        'select id from amara_api.professionals where services @> \'[{"slug":"cleaning"}]\' order by id limit 1'
    )
    today = datetime.now(UTC).date()
    start = await owner.fetchval(
        "select min(starts_at) from amara_api.free_starts($1, $2, $3, 240, now())",
        professional,
        today + timedelta(2),
        today + timedelta(20),
    )
    visit = {"professional_id": str(professional), "service": "cleaning", "starts_at": start.isoformat(), "hours": 4}
    upstream.then(scripted.calls("draft_booking", visit | {"address": "Calle 1 # 2-3"}), scripted.says("El borrador."))

    before = await owner.fetchval("select count(*) from bookings")
    talk, paper = sit_down(service, "Resérvela", said)
    await terminal.converse(talk, goes_on=False)
    assert "Calle 1 # 2-3" in paper.text
    assert any("[s/N]" in prompt for prompt in talk.read.prompts)
    assert await owner.fetchval("select count(*) from bookings") == before + bookings


async def test_a_lost_connection_costs_no_word(service, upstream):
    held, heard = asyncio.Event(), asyncio.Event()
    upstream.then(
        scripted.Answer([scripted.start(), *scripted.text("Uno ", "dos ", "tres."), *scripted.end()], until=held)
    )

    class Watching(Paper):
        def show(self, frame):
            super().show(frame)
            if "tres." in self.text and not heard.is_set():
                heard.set()
            if frame.get("type") == "lost":
                held.set()

    paper = Watching()
    talk = terminal.Talk(service.url, "es", paper, Lines("Cuente"), str(uuid4()), service.token(demo.CUSTOMER_ID))
    talking = asyncio.create_task(terminal.converse(talk, goes_on=False))
    await heard.wait()
    await talk._line._socket.close()
    async with asyncio.timeout(20):
        await talking
    assert text_of(paper.frames) == "Uno dos tres."
    ids = [frame["id"] for frame in paper.frames if "id" in frame]
    assert len(ids) == len(set(ids))


async def test_an_answer_can_be_stopped(service, upstream):
    upstream.then(scripted.Answer([scripted.start(), *scripted.text("Uno "), *scripted.end()], until=asyncio.Event()))
    talk, paper = sit_down(service, "Cuente")
    talking = asyncio.create_task(terminal.converse(talk, goes_on=False))
    await upstream.reached.wait()
    while talk.run_id is None:  # noqa: ASYNC110 - the frame that says so is on its way
        await asyncio.sleep(0)
    await talk.stop()
    await talking
    assert "Detenido." in paper.text


async def test_a_token_that_is_none_is_said_and_not_tried_for_ever(service):
    talk, _ = sit_down(service, asyncio.Event(), token="nonsense")
    with pytest.raises(terminal.CannotTalk):
        await terminal.converse(talk, goes_on=False)


async def test_what_was_said_before_is_shown_again(service, upstream):
    upstream.then(scripted.says("Buenas tardes."))
    talk, _ = sit_down(service, "Hola")
    await terminal.converse(talk, goes_on=False)
    again = terminal.Talk(service.url, "es", Paper(), Lines(), talk.thread_id, talk.token)
    await terminal.converse(again, goes_on=True)
    assert "> Hola" in again.screen.text
    assert "Buenas tardes." in again.screen.text
    assert talk.thread_id in terminal.way_back(again)


async def test_a_new_conversation_knows_nothing_of_the_last(service, upstream):
    upstream.then(scripted.says("Uno."), scripted.says("Dos."))
    talk, _ = sit_down(service, "Primera", "/new", "Segunda")
    await terminal.converse(talk, goes_on=False)
    assert len(upstream.requests[1]["messages"]) == 1


async def test_the_command_speaks_json_to_programs(service, upstream, tmp_path):
    upstream.then(scripted.says("Hola."))
    environment = os.environ | {"XDG_STATE_HOME": str(tmp_path)}
    command = [sys.executable, "-m", "amara", "chat", "--url", service.url, "--json"]
    done = await asyncio.to_thread(
        subprocess.run, command, input="Hola\n", capture_output=True, text=True, cwd=ROOT, env=environment, check=True
    )
    frames = [json.loads(line) for line in done.stdout.splitlines()]
    assert frames[0]["type"] == "welcome"
    assert frames[-1]["chunk"]["type"] == "RUN_FINISHED"
    kept = tmp_path / "amara" / "chat.json"
    assert kept.stat().st_mode & 0o777 == 0o600
    wrong = await asyncio.to_thread(
        subprocess.run, [*command[:5], "http://127.0.0.1:9"], capture_output=True, text=True, cwd=ROOT, env=environment,
        check=False,
    )  # fmt: skip
    assert wrong.returncode == 1
    assert "Nothing" in wrong.stderr
    assert "Traceback" not in wrong.stderr


async def test_bold_is_bold_and_no_asterisks_however_it_is_cut():
    said = "Con **Luz Marina** y * nada más"
    for cut in range(len(said)):
        paper = Paper()
        for piece in (said[:cut], said[cut:]):
            paper.show({"chunk": {"type": "TEXT_MESSAGE_CONTENT", "delta": piece}})
        paper.show({"chunk": {"type": "TEXT_MESSAGE_END"}})
        assert paper.text == "Con Luz Marina y * nada más\n"


async def test_a_person_of_the_team_is_heard_and_can_be_answered(service, upstream, owner):
    """Nobody waits for an answer of a program while a person has the conversation."""
    await owner.execute("update profiles set full_name = 'Camila Torres' where id = $1", demo.ADMIN_ID)
    camila, heard = service.token(demo.ADMIN_ID), asyncio.Event()

    class Hearing(Paper):
        def show(self, frame):
            super().show(frame)
            if "ya lo reviso" in self.text:
                heard.set()

    class Team(asyncio.Event):
        """Reached once what was said to them is in the record."""

        async def wait(self):
            assert (await handing.deed(service, camila, talk.thread_id, "take"))[0] == 200
            said = {"id": "s1", "content": "Buenas tardes, ya lo reviso."}
            assert (await handing.deed(service, camila, talk.thread_id, "staff-messages", **said))[0] == 201
            return await heard.wait()

    upstream.then(
        scripted.calls("request_human", {"reason": "asked", "summary": "Un cobro."}), scripted.says("Ya le aviso.")
    )
    talk, _ = sit_down(service, "Una persona, por favor", "Es por un cobro", Team(), "Gracias")
    paper = talk.screen = Hearing()
    async with asyncio.timeout(60):
        await terminal.converse(talk, goes_on=False)
    assert "Una persona del equipo le escribirá aquí mismo." in paper.text
    assert "Ahora le atiende Camila" in paper.text
    assert "Camila Torres: Buenas tardes, ya lo reviso." in paper.text
    again, _ = sit_down(service, "¿Sigue ahí?")
    again.thread_id, again.screen = talk.thread_id, Paper()
    async with asyncio.timeout(20):
        await terminal.converse(again, goes_on=True)


async def test_a_visitor_says_who_it_is_and_then_the_visit_is_booked(service, upstream, owner):
    ana = await Ana.arrives(owner)
    upstream.then(ana.draft(), scripted.says("El borrador."))
    answers = ("Laura Gómez", "laura@example.com", "", "s")
    talk, paper = sit_down(
        service, "Resérvela", "s", *answers, token=await asyncio.to_thread(terminal.visitor, service.url)
    )
    await terminal.converse(talk, goes_on=False)
    (booking,) = await ana.bookings(owner)
    assert booking["status"] == "confirmed"
    assert "confirmada" in paper.text
    assert [prompt for prompt in talk.read.prompts if "Ley 1581" in prompt]


@pytest.mark.parametrize(
    "answers", [("",), ("Laura Gómez", "laura@example.com", "", "n"), ("Laura Gómez", "x", "", "s")]
)
async def test_who_would_rather_not_say_it_books_nothing_and_is_told(service, upstream, owner, answers):
    ana = await Ana.arrives(owner)
    upstream.then(ana.draft(), scripted.says("El borrador."))
    talk, paper = sit_down(
        service, "Resérvela", "s", *answers, token=await asyncio.to_thread(terminal.visitor, service.url)
    )
    await terminal.converse(talk, goes_on=False)
    assert await ana.bookings(owner) == []
    assert "Nada quedó reservado." in paper.text


async def test_a_conversation_that_is_not_there_is_said_to_be_not_there(service):
    talk, _ = sit_down(service)
    with pytest.raises(terminal.CannotTalk, match="Without --resume"):
        await terminal.converse(talk, goes_on=True)


def test_where_nothing_answers_the_place_is_named():
    with pytest.raises(terminal.CannotTalk, match=r"Nothing answers at http://127.0.0.1:9\. Is the service running"):
        terminal.visitor("http://127.0.0.1:9/")


@pytest.mark.parametrize(("locale", "told"), [("es", "4,9 (132)"), ("en", "4.9 (132)")])
def test_stars_are_written_as_the_person_reads_numbers(locale, told):
    assert cards.rating({"rating": 4.9, "review_count": 132}, locale) == told
    assert cards.rating({"rating": None}, locale) == ""
