"""What is heard, written for a person: words as they come, cards as tables, the rest in grey."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec
from rich.console import Console

from amara.terminal import cards
from amara.terminal.cards import Locale

Json = dict[str, Any]

_SAYS = {
    "lost": ("La conexión se perdió; vuelvo a intentarlo.", "The connection was lost; trying again."),
    "stopped": ("Detenido.", "Stopped."),
    "queued": ("En espera de la respuesta anterior.", "Waiting for the answer before it."),
    "waiting": (
        "Una persona del equipo le escribirá aquí mismo.",
        "A person of the team will write to you right here.",
    ),
    "taken": ("Ahora le atiende {name}.", "{name} is with you now."),
    "returned": ("Amara vuelve a atenderle.", "Amara is with you again."),
    "broken": ("La respuesta se interrumpió", "The answer was cut off"),
}


@dataclass(slots=True)
class Screen:
    """Writes to a terminal."""

    console: Console
    locale: Locale
    _is_mid_line: bool = field(default=False)
    _is_bold: bool = field(default=False)
    _held: str = field(default="")
    """Half of a mark that may still become one."""

    def show(self, frame: Json) -> None:
        """One frame of the socket."""
        if "chunk" in frame:
            self._event(frame["chunk"])
            return
        match frame.get("type"):
            case "error":
                self._line(frame["message"], "yellow")
            case "lost":
                self._line(self._say("lost"), "dim")
            case "event" if frame["name"] == "booking":
                self._line(frame["value"]["text"], "cyan")
            case "event" if frame["name"] == "handoff":
                name = (frame["value"].get("author") or {}).get("name") or "MaidConnect"
                self._line(self._say(frame["value"]["state"]).format(name=name), "dim")
            case "event" if frame["name"] == "staff_message":
                name = (frame["value"].get("author") or {}).get("name") or "MaidConnect"
                self._line(f"{name}: {frame['value']['content']}", "green")
            case "ack" if frame["status"] == "queued":
                self._line(self._say("queued"), "dim")

    def history(self, role: str, text: str) -> None:
        """A message of before."""
        self.console.print(("> " if role == "user" else "") + text, style="dim", markup=False, highlight=False)

    def note(self, text: str) -> None:
        """Something of ours, not hers."""
        self._line(text, "dim")

    def _event(self, event: Json) -> None:
        match event["type"]:
            case "TEXT_MESSAGE_START":
                self.card((event.get("metadata") or {}).get("amara", {}).get("card"))
            case "TEXT_MESSAGE_CONTENT":
                self._words(event["delta"])
            case "TEXT_MESSAGE_END":
                self._words("", is_last=True)
                self._end_line()
            case "TOOL_CALL_START":
                label = (event.get("metadata") or {}).get("amara", {}).get("label")
                if label:
                    self._line(label, "dim")
            case "TOOL_CALL_RESULT":
                self.card(msgspec.json.decode(event["content"]))
            case "RUN_FINISHED" if event["outcome"]["type"] == "cancelled":
                self._line(self._say("stopped"), "dim")
            case "RUN_ERROR":
                self._line(f"{self._say('broken')}: {event['message']}", "yellow")

    def _words(self, delta: str, *, is_last: bool = False) -> None:
        """As they come; two asterisks are no words, they begin and end what is bold, and may come one by one."""
        text = self._held + delta
        self._held = "*" if not is_last and text.endswith("*") and not text.endswith("**") else ""
        for number, part in enumerate(text.removesuffix(self._held).split("**")):
            self._is_bold ^= number > 0
            if part:
                style = "bold" if self._is_bold else None
                self.console.print(part, end="", style=style, markup=False, highlight=False, soft_wrap=True)
                self._is_mid_line = True
        self._is_bold &= not is_last

    def card(self, card: Json | None) -> None:
        """A tool's answer, as a table."""
        table = cards.table(card, self.locale) if isinstance(card, dict) else None
        if table is not None:
            self._end_line()
            self.console.print(table)

    def _line(self, text: str, style: str) -> None:
        self._end_line()
        self.console.print(text, style=style, markup=False, highlight=False)

    def _end_line(self) -> None:
        if self._is_mid_line:
            self.console.print()
        self._is_mid_line = False

    def _say(self, name: str) -> str:
        return _SAYS[name][0 if self.locale == "es" else 1]


@dataclass(slots=True)
class Frames:
    """Writes what a program reads: each frame as a line of JSON."""

    console: Console

    def show(self, frame: Json) -> None:
        """One frame, as it came."""
        self.console.print(msgspec.json.encode(frame).decode(), markup=False, highlight=False, soft_wrap=True)

    def history(self, role: str, text: str) -> None:
        """Not told: a program asks for it by HTTP."""

    def card(self, card: Json | None) -> None:
        """Not told: a program has it as an answer."""

    def note(self, text: str) -> None:
        """Not told."""
