"""Claude by the official SDK: its stream becomes our events.

The SDK opens the connection and names the errors; the bytes are split and decoded here, because its own stream helper
costs ten times more per word. An answer without `message_stop` is not an answer.
"""

from __future__ import annotations

import asyncio
import importlib
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from amara import errors
from amara.model import Ask, Json, ModelEvent
from amara.model.assembly import Assembly
from amara.model.breaker import Breaker
from amara.model.sse import EventLines

# What one call meets, all do; a refused request or a cut stream is that call's own.
_EVERYBODY_S = (errors.ModelOverloaded, errors.ModelBusy, errors.ModelSilent)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a call may take, and how often it is tried. Units: seconds."""

    connect_s: float = 5.0
    first_s: float = 12.0
    """Until the first event: a person has watched an empty bubble long enough."""
    idle_s: float = 30.0
    """Between content events; pings do not count."""
    total_s: float = 110.0
    """The turn as a whole has 120."""
    tries: int = 3
    """Before the first event only."""
    backoff_s: float = 0.4
    retry_after_max_s: float = 3.0
    """A vendor that asks for more is answered with an honest error instead."""


@dataclass(slots=True)
class Claude:
    """The Messages API by the official SDK, at the vendor's address or any other that speaks it."""

    name: str
    api_key: str
    base_url: str | None = None
    patience: Patience = field(default_factory=Patience)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    breaker: Breaker = field(default_factory=Breaker)
    is_well: bool = True
    _client: Any = None

    async def open(self) -> None:
        """Imports the SDK aside (2–3 s) and makes the one client; before the first stream."""
        sdk = await asyncio.to_thread(importlib.import_module, "anthropic")
        httpx2 = importlib.import_module("httpx2")
        timeout = httpx2.Timeout(self.patience.total_s, connect=self.patience.connect_s)
        self._client = sdk.AsyncAnthropic(
            api_key=self.api_key or "none",  # without one the SDK would look for login profiles on the disk
            base_url=self.base_url or "https://api.anthropic.com",
            max_retries=0,
            timeout=timeout,
            http_client=sdk.DefaultAioHttpClient(timeout=timeout),
        )

    async def close(self) -> None:
        """Ends the client's connections."""
        if self._client is not None:
            await self._client.close()

    async def stream(self, ask: Ask) -> AsyncGenerator[Sequence[ModelEvent], None]:
        """See Model."""
        tried = 0
        while True:
            is_probe = self.breaker.admit() if not tried else False
            tried += 1
            has_begun = False
            try:
                async with aclosing(self._once(ask)) as answer:
                    async for events in answer:
                        if not has_begun:
                            has_begun = self.is_well = True
                            self.breaker.answered(is_probe=is_probe)
                        yield events
            except errors.ModelFailed as error:
                self.is_well = False
                if not has_begun and isinstance(error, _EVERYBODY_S):
                    self.breaker.failed(is_probe=is_probe)
                wait_s = self._wait_s(tried, error)
                if has_begun or wait_s is None or not self.breaker.may_retry():
                    raise
            else:
                return
            finally:
                self.breaker.let_go(is_probe=is_probe)
            await self.sleep(wait_s)

    def _wait_s(self, tried: int, error: errors.ModelFailed) -> float | None:
        """Before the next try; none when there shall be no other."""
        if tried >= self.patience.tries or not isinstance(error, errors.ModelOverloaded | errors.ModelBusy):
            return None
        if error.retry_after_s is not None:
            return error.retry_after_s if error.retry_after_s <= self.patience.retry_after_max_s else None
        return self.patience.backoff_s * float(2 ** (tried - 1)) * (0.5 + random.random())  # noqa: S311 - jitter, not a secret

    async def _once(self, ask: Ask) -> AsyncGenerator[Sequence[ModelEvent], None]:
        clock = asyncio.get_running_loop().time
        total = clock() + self.patience.total_s
        try:
            async with asyncio.timeout_at(min(total, clock() + self.patience.first_s)) as deadline:
                async with self._client.messages.with_streaming_response.create(**self._request(ask)) as response:
                    _demand_stream(response.headers.get("content-type", ""))
                    lines, assembly = EventLines(), Assembly()
                    async for chunk in response.iter_bytes():
                        events, failure = _heard(assembly, lines.feed(chunk))
                        if assembly.has_content:
                            deadline.reschedule(min(total, clock() + self.patience.idle_s))
                            assembly.has_content = False
                        if events:
                            # The reader may take its time (a commit stands between): only the upstream is on the clock.
                            deadline.reschedule(None)
                            yield events
                            deadline.reschedule(min(total, clock() + self.patience.idle_s))
                        if failure is not None:
                            raise failure
                        if assembly.is_whole:
                            return
            raise errors.ModelCut
        except errors.ModelFailed:
            raise
        except TimeoutError as error:
            raise errors.ModelSilent from error
        except Exception as error:
            raise _translated(error) from error

    def _request(self, ask: Ask) -> Json:
        request: Json = {
            "model": self.name,
            "max_tokens": ask.max_tokens,
            "system": list(ask.system),
            "messages": list(ask.messages),
            "stream": True,
        }
        if ask.tools:
            request["tools"] = list(ask.tools)
            if not ask.may_call:
                request["tool_choice"] = {"type": "none"}
        return request


def _heard(assembly: Assembly, payloads: Iterable[bytes]) -> tuple[list[ModelEvent], errors.ModelFailed | None]:
    """What one read says, and the failure that ended it: words that came before a failure are still told."""
    events: list[ModelEvent] = []
    try:
        for data in payloads:
            events += assembly.take(data)
    except errors.ModelFailed as error:
        return events, error
    return events, None


def _demand_stream(content_type: str) -> None:
    if "text/event-stream" not in content_type:
        raise errors.ModelCut("The answer could not be read; try again.")


def _translated(error: Exception) -> errors.ModelFailed:
    """The vendor's and the transport's failures by meaning.

    Source: the SDK raises httpx2's and aiohttp's own errors from inside a stream, and answers a mid-stream overload
    with an APIStatusError of status 200; neither can be told by class alone.
    """
    status = getattr(error, "status_code", None)
    if status in {400, 401, 403, 404, 413, 422}:
        return errors.ModelRefusedUs()
    if status == 429:
        return errors.ModelBusy(retry_after_s=_retry_after_s(error))
    if isinstance(status, int) and status >= 500:
        return errors.ModelOverloaded(retry_after_s=_retry_after_s(error))
    if "Timeout" in type(error).__name__:
        return errors.ModelSilent()
    if type(error).__name__ == "APIConnectionError" or "Connect" in type(error).__name__:
        return errors.ModelOverloaded()
    return errors.ModelCut()


def _retry_after_s(error: Exception) -> float | None:
    response = getattr(error, "response", None)
    raw = response.headers.get("retry-after") if response is not None else None
    try:
        return max(0.0, float(raw)) if raw else None
    except ValueError:
        return None  # an HTTP date: rare enough to fall back on our own back-off
