"""Clients that do not give up: they say something under one id until it is acknowledged and answered, whatever breaks.

Each keeps its history: what it said, when that was acknowledged, and every event it heard, in order.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import websockets
from websockets.exceptions import WebSocketException

from tests.faults.link import Link

Json = dict[str, Any]

UNACKED_S = 1.5  # before an unacknowledged message is said again on the same socket
SILENCE_S = 12.0  # before a socket that says nothing is given up
AWAY = (OSError, WebSocketException, TimeoutError, EOFError)


@dataclass
class Exchange:
    """One thing to say, and what came of it."""

    text: str
    expects: str
    """The whole answer; empty where another client decides what is said."""
    resume: list[Json] = field(default_factory=list)
    message_id: str = field(default_factory=lambda: f"message-{uuid4()}")
    run_id: str = field(default_factory=lambda: f"run-{uuid4()}")
    is_acked: bool = False
    said: int = 0
    """How often."""
    asked_again: int = 0
    """How often the answer ended as interrupted and was asked for under a new run."""
    is_told: bool = False
    """Words of its answer are coming now."""
    outcome: Json | None = None
    ended_at: float = 0.0

    def frame(self, thread_id: str) -> Json:
        said = {"id": self.message_id, "role": "user", "content": self.text}
        wish: Json = {"resume": self.resume} if self.resume else {}
        return {"threadId": thread_id, "runId": self.run_id, "messages": [] if self.resume else [said], **wish}


class Client:
    """One person's device in one conversation."""

    def __init__(self, user_id: UUID, token: str, links: list[Link], chance: random.Random) -> None:
        self.user_id = user_id
        self.token = token
        self.thread_id = str(uuid4())
        self.links = links
        self.chance = chance
        self.exchanges: list[Exchange] = []
        self.acked: dict[str, str] = {}
        """Message id → text, of what was acknowledged."""
        self.runs: list[Json] = []
        """`{runId, said?, resume?, events}` as a stock client is fed."""
        self.connections = 0
        self.resyncs = 0
        self.complaints: list[str] = []
        self._cursor: str | None = None
        self._link: Link | None = None
        self._is_open = False
        self._told: set[str] = set()

    async def converse(self, exchange: Exchange) -> Exchange:
        """Says it, and returns once it is answered."""
        self.exchanges.append(exchange)
        while exchange.outcome is None:
            try:
                await self._connected(exchange)
            except AWAY:
                exchange.is_told = False
            await asyncio.sleep(self.chance.uniform(0.02, 0.25))
        return exchange

    def is_at(self, link: Link) -> bool:
        """Words of an answer come to it on this way now."""
        return self._link is link and bool(self.exchanges) and self.exchanges[-1].is_told

    async def _connected(self, exchange: Exchange) -> None:
        self._link = self.chance.choice(self.links)
        url = f"ws://{self._link.host}:{self._link.port}/v1/amara/chat?threadId={self.thread_id}"
        async with websockets.connect(url, open_timeout=5, close_timeout=0.2, ping_interval=None, max_size=None) as one:
            self.connections += 1
            await one.send(json.dumps({"type": "hello", "token": self.token, "since": self._cursor}))
            said_at = 0.0
            while exchange.outcome is None:
                now = time.monotonic()
                if said_at == 0.0 or (not exchange.is_acked and now - said_at >= UNACKED_S):
                    await one.send(json.dumps(exchange.frame(self.thread_id)))
                    exchange.said += 1
                    said_at = now
                async with asyncio.timeout(SILENCE_S if exchange.is_acked else UNACKED_S * 2):
                    frame = json.loads(await one.recv())
                if self._hear(frame, exchange):
                    said_at = 0.0

    def _hear(self, frame: Json, exchange: Exchange) -> bool:
        """Takes a frame; whether the exchange has to be said again."""
        if "chunk" in frame:
            if self._cursor is not None and _place(frame["id"]) <= _place(self._cursor):
                self.complaints.append(f"{self.thread_id} {frame['id']} after {self._cursor}")
            self._cursor = frame["id"]
            return self._take(frame["chunk"], exchange)
        match frame["type"]:
            case "ack" if frame["ref"] == (
                exchange.resume[0]["interruptId"] if exchange.resume else exchange.message_id
            ):
                if frame["status"] != "rejected":
                    exchange.is_acked = True
                    if not exchange.resume:
                        self.acked[exchange.message_id] = exchange.text
            case "ping":
                return False
            case kind if kind.isupper():
                return self._take(frame, exchange)
            case _:
                pass
        return False

    def _take(self, event: Json, exchange: Exchange) -> bool:
        if event["type"] == "RUN_STARTED":
            if self._is_open:
                self.runs.pop()  # it was left in the middle, and what follows stands for itself
            self.resyncs += event["runId"].startswith("resync-")
            self._is_open = True
            self.runs.append({"runId": event["runId"], "events": [], **self._asked_by(event["runId"])})
        if not self._is_open:
            self.complaints.append(f"{event['type']} outside a run")
            return False
        run = self.runs[-1]
        run["events"].append(event)
        exchange.is_told = event["type"] == "TEXT_MESSAGE_CONTENT"
        if event["type"] not in {"RUN_FINISHED", "RUN_ERROR"}:
            return False
        self._is_open = False
        if run["runId"] != exchange.run_id:
            return False
        return self._ended(event, run, exchange)

    def _ended(self, event: Json, run: Json, exchange: Exchange) -> bool:
        snapshot = [one["messages"] for one in run["events"] if one["type"] == "MESSAGES_SNAPSHOT"]
        told = "".join(one["delta"] for one in run["events"] if one["type"] == "TEXT_MESSAGE_CONTENT")
        is_cut = event["type"] == "RUN_ERROR"
        if not is_cut and not told and snapshot and exchange.expects:
            # Somebody who missed the end sees the conversation as it is, and whether the answer stands there whole.
            is_cut = not any(message.get("content") == exchange.expects for message in snapshot[-1])
        if is_cut:
            exchange.asked_again += 1
            exchange.run_id = f"run-{uuid4()}"
            return True
        exchange.outcome = event.get("outcome") or {"type": "none"}
        exchange.ended_at = time.monotonic()
        return False

    def _asked_by(self, run_id: str) -> Json:
        """What this run answers: a message, the first time that any run of it is heard, or an approval."""
        for exchange in self.exchanges:
            if exchange.run_id == run_id and exchange.resume:
                return {"resume": exchange.resume}
            if exchange.run_id == run_id and exchange.message_id not in self._told:
                self._told.add(exchange.message_id)
                return {"said": {"id": exchange.message_id, "role": "user", "content": exchange.text}}
        return {}


def _place(cursor: str) -> tuple[int, int]:
    epoch, _, seq = cursor.partition("-")
    return int(epoch), int(seq)
