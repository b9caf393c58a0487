"""THE STORY of a conversation in a terminal, over the public socket: who · where · say and hear · decide · come back.

It knows nothing of the service's insides: what it can do, any client can.
"""

from __future__ import annotations

import asyncio
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import uuid4

import msgspec

from amara.terminal.cards import Locale
from amara.terminal.line import Line, Refused

Json = dict[str, Any]

HISTORY = 20  # messages shown of a conversation that goes on
TIMEOUT_S = 10.0

_WORDS = {
    "help": (
        "Escriba su mensaje. /stop detiene la respuesta, /new empieza de nuevo, /confirm confirma, /quit termina.",
        "Type your message. /stop ends the answer, /new begins anew, /confirm confirms the draft, /quit leaves.",
    ),
    "confirm": ("{question} [s/N] ", "{question} [y/N] "),
    "nothing": ("No hay un borrador por confirmar.", "There is no draft to confirm."),
    "unknown": ("No conozco esa orden.", "There is no such command."),
    "again": ("Para seguir: {command}", "To go on: {command}"),
}


class CannotTalk(Exception):
    """There is no conversation to be had; the message says why."""


class Screen(Protocol):
    """Where it is shown."""

    def show(self, frame: Json) -> None:
        """One frame of the socket."""

    def history(self, role: str, text: str) -> None:
        """A message of before."""

    def note(self, text: str) -> None:
        """Something of ours."""


Read = Callable[[str], Awaitable[str | None]]
"""Asks for a line under this prompt; none at the end of what there is to read."""


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
            case "RUN_STARTED":
                self.run_id = event["runId"]
                self._is_idle.clear()
            case "RUN_FINISHED":
                outcome = event["outcome"]
                self.waits_for = outcome["interrupts"] if outcome["type"] == "interrupt" else []
                self._rest()
            case "RUN_ERROR":
                self._rest()
            case "ack" if frame["status"] in {"rejected", "duplicate"}:
                self._rest()

    def _rest(self) -> None:
        self.run_id = None
        self._is_idle.set()

    # Say --------------------------------------------------------------------------------------------------------------

    async def _type(self) -> None:
        self.screen.note(self._word("help"))
        while True:
            await self._is_idle.wait()
            if self.waits_for and await self._decides():
                continue
            line = await self.read("> ")
            if line is None or line.strip() == "/quit":
                await self._is_idle.wait()
                return
            match line.strip():
                case "":
                    pass
                case "/stop":
                    await self.stop()
                case "/new":
                    await self._begin_anew()
                    return
                case "/confirm":
                    if not self.waits_for:
                        self.screen.note(self._word("nothing"))
                    else:
                        await self._answer(is_approved=True)
                case command if command.startswith("/"):
                    self.screen.note(f"{self._word('unknown')} {self._word('help')}")
                case text:
                    await self._say(text)

    async def _say(self, text: str) -> None:
        message_id = f"message-{uuid4()}"
        await self._send(message_id, messages=[{"id": message_id, "role": "user", "content": text}])

    async def _decides(self) -> bool:
        """Asks for the decision the last answer waits for; a plain Enter leaves it open."""
        question = self.waits_for[0]["message"]
        line = await self.read(self._word("confirm").format(question=question))
        if line is None or line.strip().lower() not in {"s", "sí", "si", "y", "yes"}:
            self.waits_for = []  # the draft stands; it is asked again with the next answer
            return False
        await self._answer(is_approved=True)
        return True

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
        for message in await asyncio.to_thread(_history, talk.url, talk.token, talk.thread_id):
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
    answer = _http(f"{url.rstrip('/')}/v1/auth/anonymous", method="POST")
    return str(answer["access_token"])


def _history(url: str, token: str, thread_id: str) -> list[Json]:
    address = f"{url.rstrip('/')}/v1/amara/conversations/{thread_id}/messages?limit={HISTORY}"
    items: list[Json] = _http(address, token=token)["items"]
    return items[::-1]


def _http(address: str, *, method: str = "GET", token: str | None = None) -> Json:
    request = urllib.request.Request(address, method=method)  # noqa: S310 - the scheme is checked where it is given
    if token is not None:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310 - likewise
            body: Json = msgspec.json.decode(answer.read())
    except urllib.error.HTTPError as error:
        raise CannotTalk(_reason(error)) from error
    except (OSError, msgspec.DecodeError) as error:
        raise CannotTalk(f"Nothing that speaks our language answers at {address}.") from error
    return body


def _reason(error: urllib.error.HTTPError) -> str:
    try:
        return str(msgspec.json.decode(error.read())["detail"])
    except (msgspec.DecodeError, KeyError, TypeError):
        return f"The service answers {error.code}."
