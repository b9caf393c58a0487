"""One line an event: JSON for machines, text for a terminal. What is logged is named field by field; never a token, an
e-mail, a phone or what somebody wrote.
"""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog
from structlog.types import EventDict

_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}


def configure(*, form: str, level: str) -> None:
    """Sets up logging for the whole process. `form` empty: text on a terminal, else JSON."""
    as_text = form == "text" or (not form and sys.stderr.isatty())
    renderer: structlog.types.Processor = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()) if as_text else structlog.processors.JSONRenderer()
    )
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _on_one_line if as_text else structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    # Libraries speak through the standard library; their informational lines hold whole URLs, so only warnings pass.
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processor=renderer, foreign_pre_chain=shared))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


def _on_one_line(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """JSON escapes by itself; on a terminal a library's sentence must neither forge a line nor move the cursor."""
    said = str(event.get("event", ""))
    return {**event, "event": "".join(char if char.isprintable() else repr(char)[1:-1] for char in said)}
