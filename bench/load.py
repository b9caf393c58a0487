"""The load generator in its own process: jobs come as lines of JSON, and so do their results.

Run: python -m bench.load        (the benchmark does; see `bench.place`)
A group of chats is opened once and used by several jobs, so that what is measured is the answers and not the
handshakes.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from typing import Any
from uuid import uuid4

import uvloop

from bench.wire import Chat, Heard

Json = dict[str, Any]
ANSWER_S = 240.0
_TOO_MUCH = (1013).to_bytes(2, "big")  # come again, after a while


class Load:
    def __init__(self) -> None:
        self.groups: dict[str, list[Chat]] = {}

    async def open(self, job: Json) -> Json:
        """Opens a group: `people` are pairs of thread and token; a few at a time, so that nobody is refused."""
        at_once, began = asyncio.Semaphore(job.get("at_once", 16)), time.monotonic()
        group = [Chat(job["kind"], job["port"], thread, token) for thread, token in job["people"]]

        async def one(chat: Chat) -> None:
            async with at_once:
                await chat.open()

        await asyncio.gather(*map(one, group))
        self.groups[job["group"]] = group
        return {"seconds": time.monotonic() - began}

    async def close(self, job: Json) -> Json:
        for chat in self.groups.pop(job["group"]):
            chat.close()
        await asyncio.sleep(0.2)
        return {}

    async def ask(self, job: Json) -> Json:
        """Every chat of the group says `text`, `turns` times, the first time within `spread_s`; until all are told."""
        group, began = self.groups[job["group"]], time.monotonic()
        for chat in group:
            chat.heard = Heard()

        async def one(chat: Chat, place: int) -> None:
            await asyncio.sleep(job.get("spread_s", 0.0) * place / len(group))
            for _ in range(job.get("turns", 1)):
                chat.say(job["text"])
                await asyncio.wait_for(chat.done, ANSWER_S)

        await asyncio.gather(*(one(chat, place) for place, chat in enumerate(group)))
        return _told(group, time.monotonic() - began)

    async def resume(self, job: Json) -> Json:
        """In the middle of answers all connections of these groups drop and come back at once, from where they were.

        With `ports` they are dropped by whoever asks for this, who ends their service, and come back at these.
        """
        names = [job["group"], *job["others"]]
        askers, old = self.groups[job["group"]], [chat for name in names for chat in self.groups[name]]
        for chat in old:
            chat.heard = Heard()
            chat.done = asyncio.get_running_loop().create_future()
        for chat in askers:
            chat.say(job["text"])
            await asyncio.sleep(job["spread_s"] / len(askers))
        await asyncio.sleep(job["after_s"])
        if ports := job.get("ports"):
            await asyncio.wait({chat.done for chat in old})
        for chat in old:
            chat.since = chat.cursor
            chat.close()
        await asyncio.sleep(0)
        began, took = time.monotonic(), []
        fresh = [
            Chat("ws", ports[place % len(ports)] if ports else chat.port, chat.thread, chat.token)
            for place, chat in enumerate(old)
        ]

        async def back(place: int) -> int:
            fresh[place], sent_away = await _come_back(fresh[place], old[place].since)
            took.append(time.monotonic() - began)
            return sent_away

        outcome = await asyncio.gather(*map(back, range(len(fresh))), return_exceptions=True)
        failed = [repr(each) for each in outcome if isinstance(each, BaseException)]
        ends = await asyncio.gather(*(asyncio.wait_for(chat.done, ANSWER_S) for chat in fresh), return_exceptions=True)
        ended_s = time.monotonic() - began
        for place, name in enumerate(names):
            self.groups[name] = fresh[place * len(askers) : (place + 1) * len(askers)]
        took.sort()
        counted = [len(a.heard.delays_us) + len(b.heard.delays_us) for a, b in zip(old, fresh, strict=True)]
        return {
            "back_s": took[-1],
            "median_s": took[len(took) // 2],
            "ended_s": ended_s,
            "not_ended": sum(end is not None for end in ends),
            "refused": failed[:3],
            "came_again": sum(each for each in outcome if isinstance(each, int)),
            "lost_or_twice": sum(count != job["deltas"] for count in counted),
        }

    async def events(self, job: Json) -> Json:
        """`rate` events a second for so many `seconds`, in requests of `batch`, over a few kept connections.

        What was not taken is told, and does not end it.
        """
        refused: list[str] = []
        gap, until, sent = job["batch"] / job["rate"], time.monotonic() + job["seconds"], 0
        connections = [await asyncio.open_connection("127.0.0.1", job["port"]) for _ in range(8)]
        locks = [asyncio.Lock() for _ in connections]

        async def post(place: int) -> None:
            reader, writer = connections[place]
            async with locks[place]:
                body = json.dumps([_event() for _ in range(job["batch"])]).encode()
                head = "POST /v1/events HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n"
                writer.write(head.encode() + b"content-length: %d\r\n\r\n" % len(body) + body)
                told = await reader.readuntil(b"\r\n\r\n")
                length = next(line for line in told.lower().split(b"\r\n") if line.startswith(b"content-length:"))
                answer = await reader.readexactly(int(length.partition(b":")[2]))
                if not told.startswith(b"HTTP/1.1 202"):
                    refused.append((told.partition(b"\r\n")[0] + b" " + answer).decode())

        posts, due = set(), time.monotonic()
        while due < until:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            task = asyncio.create_task(post(random.randrange(len(connections))))
            posts.add(task)
            due, sent = due + gap, sent + job["batch"]
        await asyncio.gather(*posts)
        for _, writer in connections:
            writer.close()
        return {"sent": sent, "refused": refused}


async def _come_back(chat: Chat, since: str | None) -> tuple[Chat, int]:
    """Until it has caught up, as a client of ours does: who is sent away for a while comes again."""
    sent_away = 0
    while True:
        chat.since = since
        try:
            await chat.open()
            await asyncio.wait_for(asyncio.shield(chat.caught_up), 60)
        except ConnectionError:
            if chat.farewell[:2] != _TOO_MUCH:
                raise
            sent_away += 1
            await asyncio.sleep(random.uniform(0.25, 1.0))
            chat = Chat("ws", chat.port, chat.thread, chat.token)
        else:
            return chat, sent_away


def _event() -> Json:
    properties = {"city": "Bogotá", "service": "cleaning", "lat": 4.711, "lng": -74.0721, "device": "mobile"}
    visit = f"visit-{random.randrange(5000)}"
    return {"event_type": "SearchStarted", "event_id": str(uuid4()), "session_id": visit, "properties": properties}


def _told(group: list[Chat], seconds: float) -> Json:
    delays = sorted(delay for chat in group for delay in chat.heard.delays_us)
    first = [each for chat in group for each in chat.heard.first_us]
    failures = [failure for chat in group for failure in chat.heard.failures]
    return {
        "seconds": seconds,
        "bytes": sum(chat.heard.bytes for chat in group),
        "stamps": len(delays),
        "first_us": first,
        "delay_us": {str(p): delays[min(len(delays) - 1, int(len(delays) * p / 100))] for p in (50, 95, 99)}
        if delays
        else {},
        "failures": failures[:3],
    }


async def _main() -> None:
    load, loop = Load(), asyncio.get_running_loop()
    jobs: set[asyncio.Task[None]] = set()

    async def do(job: Json) -> None:
        try:
            result = await getattr(load, job["do"])(job)
        except Exception as error:  # noqa: BLE001 - told to whoever asked
            result = {"broken": repr(error)}
        print(json.dumps({"job": job["job"], **result}), flush=True)

    print("ready", flush=True)
    reader = asyncio.StreamReader(limit=64 * 1024 * 1024)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        task = asyncio.create_task(do(json.loads(line)))
        jobs.add(task)
        task.add_done_callback(jobs.discard)


if __name__ == "__main__":
    uvloop.run(_main())
