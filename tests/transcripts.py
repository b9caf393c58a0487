"""Conversations on the wire as files: what was said and heard, with ids, cursors and times made the same each time.

A line is `{"say": frame}` of the client, `{"hear": frame}` of the service, or `{"note": text}` where something happens
that is no frame. A test plays each against the real service and compares; `AMARA_WRITE_TRANSCRIPTS=1` writes them anew.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.rig import Chat

FOLDER = Path(__file__).parents[1] / "docs" / "transcripts"
Json = dict[str, Any]

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_CURSOR = re.compile(r"(?<![\w.-])(\d{13})-(\d+)(?![\w.-])")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?([+-]\d{2}:\d{2}|Z)")
_DAY = re.compile(r"\b(lunes|martes|miércoles|jueves|viernes|sábado|domingo),? \d{1,2} de [a-z]+( de \d{4})?")
_HOUR = re.compile(r"(?<![\w:+-])\d{1,2}:\d{2}( ?[ap]\. ?m\.)?(?![\d:])")
_RESYNC = re.compile(r"resync-\d+-\d+")


@dataclass
class Transcript:
    """Keeps what goes over one or more sockets."""

    lines: list[Json] = field(default_factory=list)
    _names: dict[str, str] = field(default_factory=dict)
    _epochs: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        self.lines.append({"note": text})

    async def say(self, chat: Chat, frame: Json) -> None:
        self.lines.append({"say": frame})
        await chat.send(frame)

    async def hear_until(self, chat: Chat, *types: str) -> list[Json]:
        heard = await chat.hear_until(*types)
        self.lines += [{"hear": frame} for frame in heard]
        return heard

    def text(self) -> str:
        """As the file has it."""
        return "".join(self._same(json.dumps(line, ensure_ascii=False)) + "\n" for line in self.lines)

    def _same(self, line: str) -> str:
        line = re.sub(r'("token": ")[^"]+', r"\1<token>", line)
        line = _MOMENT.sub("2030-01-02T08:00:00-05:00", line)
        line = _RESYNC.sub("resync-1-5", line)
        line = _CURSOR.sub(lambda found: f"{self._epoch(found[1])}-{found[2]}", line)
        line = _UUID.sub(lambda found: self._name(found[0]), line)
        return _HOUR.sub("8:00", _DAY.sub("miércoles 2 de enero", line)) if '"note"' not in line else line

    def _name(self, uuid: str) -> str:
        return self._names.setdefault(uuid, f"00000000-0000-4000-8000-{len(self._names) + 1:012}")

    def _epoch(self, epoch: str) -> int:
        if epoch not in self._epochs:
            self._epochs.append(epoch)
        return self._epochs.index(epoch) + 1


def check(name: str, transcript: Transcript) -> None:
    """The file says the same."""
    path = FOLDER / f"{name}.ndjson"
    if os.environ.get("AMARA_WRITE_TRANSCRIPTS"):
        path.write_text(transcript.text())
    assert path.read_text().splitlines() == transcript.text().splitlines()
