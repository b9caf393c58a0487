"""The rows of the targets: what each demands, whether it is met, and the table people read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Json = dict[str, Any]
RESULTS = Path(__file__).resolve().parent / "results"


@dataclass(frozen=True, slots=True)
class Target:
    """What a row demands."""

    what: str
    must: float
    aim: float
    unit: str = "×"
    is_least: bool = True
    """More is better; otherwise less is."""
    note: str = ""

    def meets(self, measured: float, bar: float) -> bool:
        return measured >= bar if self.is_least else measured <= bar


_CPU = "CPU of a chat, not chats: needs more cores to count them"

TARGETS: dict[str, Target] = {
    "R1 flat": Target("CPU of a delta against the SDK's helper", 25, 60),
    "R1 paced": Target("the same, 50 a second in 100 chats", 3, 5),
    "R2 flat": Target("against Vercel AI SDK 6 in Node", 25, 50),
    "R2 paced": Target("the same, paced", 5, 7),
    "R3": Target("against the Python floor, paced", 2, 1.3, is_least=False),
    "R4": Target("added p99 of a delta at 200 chats", 3, 0.5, "ms", is_least=False),
    "R5": Target("chats a core carries, against the helper", 4, 8, note=_CPU),
    "R6": Target("added time to the first delta, one chat", 15, 5, "ms", is_least=False),
    "R7": Target("first delta at turn 500 against turn 2", 1.5, 1.1, is_least=False),
    "R8": Target("memory of an idle authenticated socket", 30, 8, "KiB", is_least=False),
    "R9": Target("200 chats beside 10,000 idle sockets, against none", 2, 1.2, is_least=False, note=_CPU),
    "R10": Target("durable events in batches, against COPY", 0.7, 0.95),
    "R11": Target("durable single events, against one insert each", 4, 8),
    "R12": Target("p99 of a delta beside 2,000 events/s, against alone", 1.5, 1.1, is_least=False),
    "R13": Target("funnel of a year, against naive SQL", 100, 1000),
    "R14 list": Target("conversation list among a million", 2, 0.5, "ms", is_least=False),
    "R14 page": Target("last page of 10,000 messages", 2, 0.5, "ms", is_least=False),
    "R15": Target("1,000 sockets drop and are caught up", 5, 1, "s", is_least=False),
    "R15 elsewhere": Target("of a killed process, at two others", 5, 1, "s", is_least=False),
    "R16": Target("two processes against one", 1.7, 1.9, note=_CPU),
    "R17": Target("`make run` to the first answer", 8, 3, "s", is_least=False),
}


def row(name: str, measured: float, command: str, **more: Any) -> Json:
    target = TARGETS[name]
    told = {
        "what": target.what,
        "measured": round(measured, 3),
        "unit": target.unit,
        "must": target.must,
        "aim": target.aim,
        "met": target.meets(measured, target.must),
        "aim_met": target.meets(measured, target.aim),
        "command": command,
    }
    return told | ({"note": target.note} if target.note else {}) | more


def table(rows: Json) -> str:
    lines = ["| row | what | measured | must | aim | met |", "|---|---|---|---|---|---|"]
    for name, target in TARGETS.items():
        if (told := rows.get(name)) is not None:
            unit = told["unit"] if told["unit"] == "×" else f" {told['unit']}"
            sign = "≥" if target.is_least else "≤"
            verdict = "aim" if told["aim_met"] else "yes" if told["met"] else "**no**"
            what = told["what"] + (" ¹" if "note" in told else "")
            lines.append(
                f"| {name} | {what} | {told['measured']:g}{unit} | {sign} {told['must']:g} | {sign} {told['aim']:g}"
                f" | {verdict} |"
            )
    if any("note" in told for told in rows.values()):
        lines.append(f"\n¹ {_CPU}.")
    return "\n".join(lines)


def keep(rows: Json, machine: str) -> None:
    """Adds these rows to what was measured before; other sections' stay."""
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / "latest.json"
    known = json.loads(file.read_text()) if file.exists() else {}
    for told in rows.values():
        told["machine"] = machine
    file.write_text(json.dumps(known | rows, indent=1, ensure_ascii=False, sort_keys=True) + "\n")
