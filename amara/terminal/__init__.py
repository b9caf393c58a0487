"""THE STORY of a conversation in a terminal, over the public socket: who · where · say and hear · decide · come back.

It knows nothing of the service's insides: what it can do, any client can.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import quote
from uuid import uuid4

from amara.terminal import contact
from amara.terminal.cards import Locale
from amara.terminal.contact import CannotTalk as CannotTalk
from amara.terminal.contact import Read, http, is_yes
from amara.terminal.line import Line, Refused

Json = dict[str, Any]

HISTORY = 20  # messages shown of a conversation that goes on

_WORDS = {
    "help": (
        "Escriba su mensaje. /stop detiene la respuesta, /new empieza de nuevo, /confirm confirma, /quit termina.",
        "Type your message. /stop ends the answer, /new begins anew, /confirm confirms the draft, /quit leaves.",
    ),
    "confirm": ("{question} [s/N] ", "{question} [y/N] "),
    "nothing": ("No hay un borrador por confirmar.", "There is no draft to confirm."),
    "unknown": ("No conozco esa orden.", "There is no such command."),
    "unbooked": (
        "Nada quedó reservado. Con /confirm lo intenta de nuevo.",
        "Nothing was booked. /confirm tries again.",
    ),
    "again": ("Para seguir: {command}", "To go on: {command}"),
}


class Screen(Protocol):
    """Where it is shown."""

    def show(self, frame: Json) -> None:
        """One frame of the socket."""

    def history(self, role: str, text: str) -> None:
        """A message of before."""

    def card(self, card: Json) -> None:
        """What came of a deed beside the socket."""

    def note(self, text: str) -> None:
        """Something of ours."""


@dataclass(slots=True)
class Talk:
    """One conversation, from here."""

    url: str
    locale: Locale
    screen: Screen
    read: Read
    thread_id: str
    token: str
    run_id: str | None = None
    """The one being answered."""
    waits_for: list[Json] = field(default_factory=list)
    """Interrupts nobody has decided."""
    introduces: bool = True
    """A visitor is asked for a contact where a booking needs one; programs send it by HTTP."""
    is_with_person: bool = False
    """Somebody of the team reads what is said, so that no answer is to be waited for."""
    needs: Json | None = None
    """The contact form that a booking waits for."""
    _line: Line | None = None
    _is_idle: asyncio.Event = field(default_factory=asyncio.Event)

    async def hold(self) -> None:
        """Until the person leaves.

        Raises:
            CannotTalk: the service refuses us.
        """
        self._is_idle.set()
        self._line = Line(self.url, self.token, self.thread_id, self.locale)
        listening = asyncio.create_task(self._listen(), name="listening")
        typing = asyncio.create_task(self._type(), name="typing")
        done, rest = await asyncio.wait({listening, typing}, return_when=asyncio.FIRST_COMPLETED)
        for task in rest:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        for task in done:
            try:
                task.result()
            except Refused as refused:
                raise CannotTalk(str(refused)) from refused

    async def stop(self) -> None:
        """Ends the answer, if there is one."""
        if self.run_id is not None and self._line is not None:
            await self._line.stop(self.run_id)

    # Hear -------------------------------------------------------------------------------------------------------------

    async def _listen(self) -> None:
        assert self._line is not None  # made just before
        async for frame in self._line.frames():
            self._follow(frame)
            self.screen.show(frame)

    def _follow(self, frame: Json) -> None:
        event = frame.get("chunk", {})
        match event.get("type") or frame.get("type"):
            case "TEXT_MESSAGE_START":
                card = (event.get("metadata") or {}).get("amara", {}).get("card") or {}
                self.needs = card if card.get("card") == "contact_form" else self.needs
            case "RUN_STARTED":
                self.run_id = event["runId"]
                self._is_idle.clear()
            case "RUN_FINISHED":
                outcome = event["outcome"]
                self.waits_for = outcome["interrupts"] if outcome["type"] == "interrupt" else []
                self._rest()
            case "RUN_ERROR":
                self._rest()
            case "ack" if frame["status"] in {"rejected", "duplicate"} or (self.is_with_person and self.run_id is None):
                self._rest()
            case "event" if frame["name"] == "handoff":
                self.is_with_person = frame["value"]["state"] != "returned"

    def _rest(self) -> None:
        self.run_id = None
        self._is_idle.set()

    # Say --------------------------------------------------------------------------------------------------------------

    async def _type(self) -> None:
        assert self._line is not None  # made just before
        await self._line.is_ready.wait()  # who is refused is not invited to write first
        self.screen.note(self._word("help"))
        while True:
            await self._is_idle.wait()
            if self.needs and self.introduces:
                await self._introduce(self.needs)
                continue
            if self.waits_for and await self._decides():
                continue
            line = await self.read("> ")
            if line is None or not await self._obey(line.strip()):
                return

    async def _obey(self, line: str) -> bool:
        """One line as it was typed. Returns: whether another may follow in this conversation."""
        match line:
            case "/quit":
                return False
            case "/new":
                await self._begin_anew()
                return False
            case "":
                pass
            case "/stop":
                await self.stop()
            case "/help" | "/ayuda" | "/?":
                self.screen.note(self._word("help"))
            case "/confirm" if self.waits_for:
                await self._answer(is_approved=True)
            case "/confirm":
                self.screen.note(self._word("nothing"))
            case command if command.startswith("/"):
                self.screen.note(f"{self._word('unknown')} {self._word('help')}")
            case text:
                await self._say(text)
        return True

    async def _say(self, text: str) -> None:
        message_id = f"message-{uuid4()}"
        await self._send(message_id, messages=[{"id": message_id, "role": "user", "content": text}])

    async def _decides(self) -> bool:
        """Asks for the decision the last answer waits for; a plain Enter leaves it open."""
        question = self.waits_for[0]["message"]
        line = await self.read(self._word("confirm").format(question=question))
        if not is_yes(line):
            self.waits_for = []  # the draft stands; it is asked again with the next answer
            return False
        await self._answer(is_approved=True)
        return True

    async def _introduce(self, form: Json) -> None:
        """Asks who it is that books, and books; whoever would rather not has lost nothing."""
        self.needs = None
        said = await contact.asked(self.read, self.url, self.locale, form["consent_version"])
        if said is None:
            self.screen.note(self._word("unbooked"))
            return
        what = (self.url, self.token, said, form["draft_id"], form["version"])
        try:
            self.screen.card(await asyncio.to_thread(contact.confirm, *what))
            self.waits_for = []
        except CannotTalk as refusal:
            self.screen.note(f"{refusal} {self._word('unbooked')}")

    async def _answer(self, *, is_approved: bool) -> None:
        interrupt = self.waits_for[0]["id"]
        self.waits_for = []
        answer = {"interruptId": interrupt, "status": "resolved", "payload": {"approved": is_approved}}
        await self._send(interrupt, messages=[], resume=[answer])

    async def _send(self, reference: str, **what: Any) -> None:
        assert self._line is not None  # nobody types before
        self._is_idle.clear()
        wishes = {"amara": {"locale": self.locale}}
        frame = {"threadId": self.thread_id, "runId": f"run-{uuid4()}", **what, "forwardedProps": wishes}
        await self._line.say(reference, frame)

    async def _begin_anew(self) -> None:
        self.thread_id = str(uuid4())
        self.waits_for = []

    def _word(self, name: str) -> str:
        return _WORDS[name][0 if self.locale == "es" else 1]


async def converse(talk: Talk, *, goes_on: bool) -> None:
    """One conversation after the other, until the person leaves.

    Args:
        talk: who, where and under which thread to begin; when it is over, under which it can go on.
        goes_on: the first one has a past that is to be shown.

    Raises:
        CannotTalk: nothing answers there, or not to us.
    """
    if goes_on:
        about, messages = await asyncio.to_thread(_past, talk.url, talk.token, talk.thread_id)
        talk.is_with_person = bool(about.get("handoff"))
        for message in messages:
            talk.screen.history(message["role"], message["content"])
    while True:
        before = talk.thread_id
        await talk.hold()
        if talk.thread_id == before:
            return


def way_back(talk: Talk) -> str:
    """How to go on another time, said to a person."""
    command = f"amara chat --url {talk.url} --resume {talk.thread_id}"
    return _WORDS["again"][0 if talk.locale == "es" else 1].format(command=command)


def visitor(url: str) -> str:
    """The token of a principal of one's own.

    Raises:
        CannotTalk: there is none to be had.
    """
    answer = http(f"{url.rstrip('/')}/v1/auth/anonymous", method="POST")
    return str(answer["access_token"])


def _past(url: str, token: str, thread_id: str) -> tuple[Json, list[Json]]:
    """How the conversation stands, and its last messages."""
    address = f"{url.rstrip('/')}/v1/amara/conversations/{quote(thread_id, safe='')}"
    try:
        about = http(address, token=token)
    except CannotTalk as error:
        raise CannotTalk(f"{error} Without --resume a new conversation begins.") from error
    items: list[Json] = http(f"{address}/messages?limit={HISTORY}", token=token)["items"]
    return about, items[::-1]
