"""Claude by the official SDK: its stream becomes our events.

The SDK opens the connection and names the errors; the bytes are split and decoded here, because its own stream helper
costs ten times more per word. An answer without `message_stop` is not an answer.
"""

from __future__ import annotations

import asyncio
import importlib
import random
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
import structlog

from amara import errors
from amara.model import Ask, Json, ModelEvent
from amara.model.assembly import Assembly
from amara.model.breaker import Breaker
from amara.model.features import Features, says_full
from amara.model.intake import reads, watching
from amara.model.tap import read, tapped

_logger = structlog.get_logger(__name__)

# What one call meets, all do; a refused request or a cut stream is that call's own.
_EVERYBODY_S = (errors.ModelOverloaded, errors.ModelBusy, errors.ModelSilent)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a call may take, and how often it is tried. Units: seconds."""

    connect_s: float = 5.0
    first_s: float = 12.0
    """Until the first event of one try."""
    begin_s: float = 14.0
    """The same of all tries together: a person has watched an empty bubble long enough."""
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
    features: Features = field(default_factory=Features)
    sums_up: bool = True
    is_well: bool = True
    _client: Any = None
    _stream_class: Any = None

    async def open(self) -> None:
        """Imports the SDK aside (2–3 s) and makes the one client; before the first stream."""
        sdk = await asyncio.to_thread(importlib.import_module, "anthropic")
        self._stream_class = sdk.AsyncStream
        httpx2 = importlib.import_module("httpx2")
        # Reads have no time of their own: a timer moved with each of them costs more than the word. `watching` counts.
        timeout = httpx2.Timeout(self.patience.total_s, connect=self.patience.connect_s, read=None)
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
        clock = asyncio.get_running_loop().time
        begin_by = clock() + self.patience.begin_s
        tried = 0
        while True:
            is_probe = self.breaker.admit() if not tried else False
            tried += 1
            has_begun = False
            request = self._request(ask)
            try:
                async with aclosing(self._once(ask, request, begin_by)) as answer:
                    async for events in answer:
                        if not has_begun:
                            has_begun = self.is_well = True
                            self.breaker.answered(is_probe=is_probe)
                        yield events
            except errors.ModelFailed as error:
                if isinstance(error, errors.ModelRefusedUs) and not has_begun and self._learns(request, error):
                    continue
                self.is_well = False
                if not has_begun and isinstance(error, _EVERYBODY_S):
                    self.breaker.failed(is_probe=is_probe)
                wait_s = self._wait_s(tried, error)
                if has_begun or wait_s is None or clock() + wait_s >= begin_by or not self.breaker.may_retry():
                    raise
            else:
                return
            finally:
                self.breaker.let_go(is_probe=is_probe)
            await self.sleep(wait_s)

    def _learns(self, request: Json, error: errors.ModelRefusedUs) -> bool:
        """Whether the refusal names something that the request can do without from now on."""
        learnt = self.features.learn(request, str(error.__cause__))
        if learnt is not None:
            _logger.warning("model_endpoint_lacks", feature=learnt)
        return learnt is not None

    def _wait_s(self, tried: int, error: errors.ModelFailed) -> float | None:
        """Before the next try; none when there shall be no other."""
        if tried >= self.patience.tries or not isinstance(error, errors.ModelOverloaded | errors.ModelBusy):
            return None
        if error.retry_after_s is not None:
            return error.retry_after_s if error.retry_after_s <= self.patience.retry_after_max_s else None
        jitter = 0.8 + 0.4 * random.random()  # noqa: S311 - not a secret; little, so that each wait is longer than the one before
        return self.patience.backoff_s * float(2 ** (tried - 1)) * jitter

    async def _once(self, ask: Ask, request: Json, begin_by: float) -> AsyncGenerator[Sequence[ModelEvent], None]:
        clock = asyncio.get_running_loop().time
        total = clock() + self.patience.total_s
        try:
            first_by = min(total, begin_by, clock() + self.patience.first_s)
            async with asyncio.timeout(None) as scope:
                with watching(scope, first_by, self.patience.idle_s, total) as watch:
                    async with self.asked(request) as response:
                        _demand_stream(response.headers.get("content-type", ""))
                        assembly = Assembly(ask.meter, _call_ids(request))
                        with tapped(response, assembly, ask.ear, watch) as tap:
                            async with aclosing(read(reads(response), assembly, watch, tap)) as reading:
                                async for events in reading:
                                    yield events
                            if assembly.is_whole:
                                return
            raise errors.ModelCut
        except errors.ModelFailed:
            raise
        except TimeoutError as error:
            raise errors.ModelSilent from error
        except Exception as error:
            raise _translated(error) from error

    @asynccontextmanager
    async def asked(self, request: Json) -> AsyncIterator[Any]:
        """The SDK's response to a request, still to be read.

        Its `messages.create` copies the conversation and all tools value by value and has them written by Python's own
        encoder, which is a tenth of what a turn costs; its `post` takes the bytes as well, and is the rest of the way.
        """
        response = await self._client.post(
            "/v1/messages",
            content=msgspec.json.encode(request),
            cast_to=dict,
            stream=True,
            stream_cls=self._stream_class,
            options={"headers": {"X-Stainless-Raw-Response": "stream"}},  # as its `with_streaming_response` says it
        )
        try:
            yield response
        finally:
            await response.close()

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
        return self.features.fit(request)


def _call_ids(request: Json) -> set[str]:
    """Of the calls that stand in the conversation already: no other may be called like one of them."""
    return {
        block["id"]
        for message in request["messages"]
        if message["role"] == "assistant"
        for block in message["content"]
        if isinstance(block, dict) and block.get("type") == "tool_use"
    }


def _demand_stream(content_type: str) -> None:
    if "text/event-stream" not in content_type:
        raise errors.ModelCut("The answer could not be read; try again.")


def _translated(error: Exception) -> errors.ModelFailed:
    """The vendor's and the transport's failures by meaning.

    Source: the SDK raises httpx2's and aiohttp's own errors from inside a stream, and answers a mid-stream overload
    with an APIStatusError of status 200; neither can be told by class alone.
    """
    status = getattr(error, "status_code", None)
    if status == 413 or (status in {400, 422} and says_full(str(error))):
        return errors.ModelFull()
    if status == 429:
        return errors.ModelBusy(retry_after_s=_retry_after_s(error))
    if status in {408, 409} or (isinstance(status, int) and status >= 500):
        return errors.ModelOverloaded(retry_after_s=_retry_after_s(error))
    if isinstance(status, int) and 400 <= status < 500:
        return errors.ModelRefusedUs()
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
