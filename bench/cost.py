"""What a conversation of five turns costs, with the cache and without it, by counted tokens.

Run: python -m bench.cost --prices '{"a": {"input": 1, "output": 5, "cache_read": 0.1, "cache_write": 1.25}}'
Starts a PostgreSQL of its own with the demo marketplace and the service on it as it is. The model is scripted: it
searches, looks at hours, drafts, looks bookings up and talks, with the real tools. Its side counts every request's real
body: four bytes of JSON are a token. It caches as the vendor does: a prefix (tools, then system, then messages) up to a
block that carries `cache_control` is written once and read later, if it has at least --smallest tokens. Prices are USD
per million; where none are given, costs are in fresh tokens.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from amara import app, demo, prices, server
from amara.model import Usage
from amara.settings import Settings
from tests import upstream as scripted
from tests.rig import SECRET, Service, chatting, text_of

Json = dict[str, Any]

BYTES_PER_TOKEN = 4
RELATIVE = '{"scripted": {"input": 1, "output": 5, "cache_read": 0.1, "cache_write": 1.25}}'
TURNS = (
    "Hola, busco a alguien para el aseo general de mi apartamento en Bogotá.",
    "¿Cuándo puede venir la primera persona la próxima semana, por tres horas?",
    "Perfecto, la primera hora libre. La dirección es Calle 93 # 11-20, apartamento 502.",
    "¿Qué reservas tengo ya?",
    "Gracias. ¿Qué pasa si tengo que cancelar el día anterior?",
)
_ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_START = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")


def tokens(value: Any) -> int:
    """Of a part of a body."""
    return -(-len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()) // BYTES_PER_TOKEN)


@dataclass
class Cache:
    """The vendor's, as far as a bill shows it.

    Source: Messages API, prompt caching: tools, system and messages are one prefix in this order; a block that carries
    cache_control ends a part of it that is kept; the longest part that is known is read, what follows it up to the last
    mark is written, the rest is fresh.
    """

    smallest: int
    known: set[str] = field(default_factory=set)

    def count(self, body: Json) -> Usage:
        """How this request is billed, but for its output."""
        total = read = marked = 0
        prefix = ""
        for block in _blocks(body):
            bare = {key: value for key, value in block.items() if key != "cache_control"}
            total += tokens(bare)
            prefix += json.dumps(bare, ensure_ascii=False)
            if "cache_control" in block and total >= self.smallest:
                marked = total
                if prefix in self.known:
                    read = total
                self.known.add(prefix)
        return Usage(input=total - max(marked, read), cache_read=read, cache_write=max(marked - read, 0))


def _blocks(body: Json) -> Iterator[Json]:
    yield from body.get("tools", [])
    yield from body.get("system", [])
    for message in body["messages"]:
        content = message["content"]
        parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
        for part in parts:
            yield {"role": message["role"]} | part


class Script:
    """Answers as a model would, and bills every call."""

    def __init__(self, smallest: int) -> None:
        self.cache = Cache(smallest)
        self.bills: list[list[Usage]] = [[] for _ in TURNS]

    def __call__(self, body: Json) -> scripted.Answer:
        said = [part for message in body["messages"] if message["role"] == "user" for part in _parts(message)]
        turn = sum(part.get("text", "").endswith(TURNS) for part in said) - 1
        is_answered = said[-1]["type"] == "tool_result"
        events = scripted.text(*_words(turn)) if is_answered or turn == len(TURNS) - 1 else self._call(turn, body)
        output = (
            sum(tokens(event) for event in events if event["type"] == "content_block_delta") // 3
        )  # without wrapping
        used = self.cache.count(body)
        self.bills[turn].append(Usage(used.input, output, used.cache_read, used.cache_write))
        counted = {
            "input_tokens": used.input,
            "cache_read_input_tokens": used.cache_read,
            "cache_creation_input_tokens": used.cache_write,
        }
        reason = (
            "tool_use"
            if any(event.get("content_block", {}).get("type") == "tool_use" for event in events)
            else "end_turn"
        )
        return scripted.Answer([scripted.start("scripted", **counted), *events, *scripted.end(reason, output)])

    def _call(self, turn: int, body: Json) -> list[Json]:
        results = [
            json.dumps(part["content"])
            for message in body["messages"]
            for part in _parts(message)
            if part["type"] == "tool_result"
        ]
        call_id = f"toolu_{turn}"
        if turn == 0:
            return scripted.call("search_professionals", {"service": "aseo", "city": "Bogotá"}, call_id=call_id)
        someone = _ID.findall(results[0])[0]
        if turn == 1:
            monday = datetime.now(UTC).date() + timedelta(days=7)
            given = {
                "professional_id": someone,
                "date_from": str(monday),
                "date_to": str(monday + timedelta(days=4)),
                "hours": 3,
            }
            return scripted.call("check_availability", given, call_id=call_id)
        if turn == 2:
            given = {
                "professional_id": someone,
                "service": "aseo",
                "starts_at": _START.findall(results[1])[0],
                "hours": 3,
                "address": "Calle 93 # 11-20, apartamento 502",
            }
            return scripted.call("draft_booking", given, call_id=call_id)
        return scripted.call("list_my_bookings", {}, call_id=call_id)


def _parts(message: Json) -> list[Json]:
    content = message["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _words(turn: int) -> list[str]:
    return [f"Respuesta {turn + 1}: ", *["con gusto le cuento lo que encontré, en dos frases. "] * 4]


async def converse(place: Path, smallest: int) -> Script:
    """Five turns with the real service and its tools."""
    script = Script(smallest)
    async with scripted.upstream() as model:
        model.otherwise = script
        settings = Settings(data_dir=place, jwt_secret=SECRET, anthropic_base_url=model.url, model="scripted")
        listener = server.listen("127.0.0.1", 0)
        port = listener.getsockname()[1]
        with listener:
            async with (
                app.open_door(
                    settings, port=port, has_demo=True, say=lambda said: print(said, file=sys.stderr)
                ) as door,
                server.running(door.way_in, listener, lambda: door.drain(0)),
            ):
                service = Service(f"http://127.0.0.1:{port}", door)
                async with chatting(service, service.token(demo.CUSTOMER_ID)) as chat:
                    for turn, said in enumerate(TURNS):
                        heard = await chat.ask(said)
                        assert text_of(heard).startswith("Respuesta"), heard[-1]
                        print(f"turn {turn + 1} of {len(TURNS)}", file=sys.stderr)
                        await asyncio.sleep(0)
    return script


def table(bills: list[list[Usage]], price: prices.Prices, model: str) -> str:
    """By turn and in all, as Markdown."""
    rows = [
        "| turn | calls | fresh | into the cache | from the cache | output | cost | cost without the cache | saved |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    every = [one for turn in bills for one in turn]
    for name, calls in [*((str(number), turn) for number, turn in enumerate(bills, 1)), ("all", every)]:
        fresh, output = sum(one.input for one in calls), sum(one.output for one in calls)
        read, written = sum(one.cache_read for one in calls), sum(one.cache_write for one in calls)
        cost = price.cost(model, fresh=fresh, output=output, cache_read=read, cache_write=written)
        plain = price.cost(model, fresh=fresh + read + written, output=output, cache_read=0, cache_write=0)
        assert cost is not None
        assert plain is not None
        rows.append(
            f"| {name} | {len(calls)} | {fresh:,} | {written:,} | {read:,} | {output:,} |"
            f" {_cost(cost, model)} | {_cost(plain, model)} | {1 - cost / plain:.0%} |"
        )
    return "\n".join(rows)


def _cost(value: Decimal, model: str) -> str:
    return f"{value * 1_000_000:,.0f}" if model == "scripted" else f"US$ {value:.5f}"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--prices", default=RELATIVE, help="as AMARA_PRICES; the first model in it is billed")
    parser.add_argument("--smallest", type=int, default=1024, help="tokens that the vendor caches at the least")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="amara-cost-") as place:
        script = asyncio.run(converse(Path(place), asked.smallest))
    print(table(script.bills, prices.read(asked.prices), next(iter(json.loads(asked.prices)))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
