"""One line an event: JSON for machines, text for a terminal. What is logged is named field by field; never a token, an
e-mail, a phone or what somebody wrote.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, TextIO

import structlog
from structlog.types import EventDict, ExcInfo

from amara import traces

_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}


def configure(*, form: str, level: str) -> None:
    """Sets up logging for the whole process. `form` empty: text on a terminal, else JSON."""
    as_text = form == "text" or (not form and sys.stderr.isatty())
    out: Any = _Line(sys.stderr)
    renderer: structlog.types.Processor = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()) if as_text else structlog.processors.JSONRenderer()
    )
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        traces.name_trace,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.ExceptionRenderer(_how_it_broke),
        *([_on_one_line] if as_text else []),
    ]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.PrintLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    # Libraries speak through the standard library; their informational lines hold whole URLs, so only warnings pass.
    handler = logging.StreamHandler(out)
    of_a_library = [_in_its_own_words, *shared]
    formatter = structlog.stdlib.ProcessorFormatter(
        processor=renderer, foreign_pre_chain=of_a_library, pass_foreign_args=True
    )
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


class _Line:
    """To whoever reads the log. A line that does not get there is lost, and nothing else is: the disk may be full or
    the reader gone, and still each answer has its end and each lease its keeper.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, said: str) -> None:
        with suppress(OSError, ValueError):  # the latter where it is closed, or cannot say some character
            self._stream.write(said)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._stream.flush()


def _in_its_own_words(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """What a library says, without what it says it about: an address, a path, an error's own words, a whole row.

    Of its sentence the pattern, filled with nothing but numbers, and only its first line: asyncio prints below it what
    a task died of.
    """
    record: logging.LogRecord = event["_record"]
    about = event.pop("positional_args", ())
    is_harmless = all(isinstance(one, int | float) for one in about)
    said = str(event["event"] if is_harmless else record.msg)
    return {**event, "event": said.partition("\n")[0], "logger": record.name}


def _how_it_broke(exc_info: ExcInfo) -> str:
    """Where, and by which classes of errors, the first one first.

    Never in their words: PostgreSQL's hold whole rows, a parser's the very text it could not read.
    """
    told = [f"{''.join(traceback.format_tb(one.__traceback__))}{_name(one)}" for one in _causes(exc_info[1])]
    return "\nthen\n".join(reversed(told))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: list[BaseException] = []
    while error is not None and not any(error is one for one in seen):
        seen.append(error)
        yield error
        if isinstance(error, BaseExceptionGroup) and error.exceptions:
            error = error.exceptions[0]
        else:
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _name(error: BaseException) -> str:
    """Its class, and of a database's error what it names of ours: code, table, column, rule."""
    known = [getattr(error, name, None) for name in ("sqlstate", "table_name", "column_name", "constraint_name")]
    return " ".join([type(error).__qualname__, *(str(one) for one in known if one)])


def _on_one_line(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """JSON escapes by itself; on a terminal a library's sentence must neither forge a line nor move the cursor."""
    said = str(event.get("event", ""))
    return {**event, "event": "".join(char if char.isprintable() else repr(char)[1:-1] for char in said)}
