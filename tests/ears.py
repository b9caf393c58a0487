"""Everything that can be heard of the service by who is not the person: its lines, its spans, its refusals."""

from __future__ import annotations

import asyncio
import io
import logging
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
import structlog
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from amara import log
from tests.receiver import until

PATIENCE_S = 20.0


@dataclass
class Ears:
    """What was heard."""

    spans: InMemorySpanExporter
    written: io.StringIO
    told: list[str] = field(default_factory=list)
    """Problems, refusals and reasons."""
    ends: Counter[str] = field(default_factory=Counter)

    def hear(self, kind: str, *words: str) -> None:
        self.told += words
        self.ends[kind] += 1

    async def until(self, *said: str) -> str:
        """All lines, once these are among them."""
        async with asyncio.timeout(PATIENCE_S):
            await until(lambda: all(one in self.written.getvalue() for one in said))
        return self.written.getvalue()

    def traced(self) -> str:
        return "".join(span.to_json() for span in self.spans.get_finished_spans())


@contextmanager
def listening(form: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ears]:
    """Args: form is the log's, `json` or `text`."""
    kept, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    root = logging.getLogger()
    before = (root.handlers[:], root.level, structlog.get_config())
    log.configure(form=form, level="debug")
    yield Ears(kept, stream)
    root.handlers[:], root.level = before[:2]
    structlog.configure(**before[2])
