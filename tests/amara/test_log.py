"""One line an event, whoever speaks and whatever is in it (J02)."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import os
import sys
from contextlib import suppress
from datetime import datetime

import pytest
import structlog

from amara import log

WORDS = "mi correo es canario@example.com"
FORGED = 'ok\r\n{"event":"forged"}\x1b[31m\u2028\x00'


@pytest.fixture
def logged(capsys):
    """What was written to the terminal or the collector since; the process's own logging is put back after."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level, structlog.get_config())

    def configured(form="json", level="info"):
        log.configure(form=form, level=level)
        return lambda: capsys.readouterr().err

    yield configured
    root.handlers[:], root.level = before[:2]
    structlog.configure(**before[2])


def test_an_event_is_one_line_of_json_with_its_fields_and_the_time(logged):
    read = logged()
    structlog.get_logger().warning("turn_failed", run_id="r1", code="model_cut")
    (line,) = read().splitlines()
    event = json.loads(line)
    assert datetime.fromisoformat(event.pop("timestamp")).tzinfo is not None
    assert event == {"event": "turn_failed", "level": "warning", "run_id": "r1", "code": "model_cut"}


@pytest.mark.parametrize("form", ["json", "text"])
def test_nobody_writes_a_second_line_into_the_log(logged, form):
    read = logged(form)
    structlog.get_logger().warning("tool_failed", tool=FORGED)
    structlog.get_logger().warning(FORGED)
    logging.getLogger("library").warning("path %s", FORGED)
    written = read()
    assert len(written.splitlines()) == 3
    assert written.count("\n") == 3
    assert not set(written) & set("\r\x1b\u2028\x00")


def test_json_gives_back_what_was_logged(logged):
    read = logged()
    structlog.get_logger().warning("tool_failed", tool=FORGED)
    assert json.loads(read())["tool"] == FORGED


def test_a_failure_is_one_line_of_json_with_its_traceback_inside(logged):
    read = logged()
    for logger in (structlog.get_logger(), logging.getLogger("library")):
        try:
            raise RuntimeError("two\nlines")
        except RuntimeError:
            logger.exception("turn_broken")
    lines = [json.loads(line) for line in read().splitlines()]
    assert [line["event"] for line in lines] == ["turn_broken", "turn_broken"]
    assert all("RuntimeError" in line["exception"] and line["level"] == "error" for line in lines)


@pytest.mark.parametrize("form", ["json", "text"])
def test_what_broke_is_told_by_its_place_and_its_class_never_in_its_words(logged, form):
    """J01: an error's words may hold a whole row, or the text that could not be read."""
    read = logged(form)
    for logger in (structlog.get_logger(), logging.getLogger("library")):
        try:
            try:
                {}[WORDS]
            except KeyError as error:
                raise ExceptionGroup(WORDS, [ValueError(WORDS)]) from error
        except ExceptionGroup:
            logger.exception("turn_broken")
    written = read()
    assert WORDS not in written
    assert written.count("turn_broken") == 2
    assert written.count("test_log.py") >= 2


@pytest.mark.parametrize("form", ["json", "text"])
async def test_a_library_is_heard_without_what_it_speaks_of(logged, form):
    """J01: asyncio prints what a task died of, others an address or a path."""
    read = logged(form)

    async def dies():
        raise ValueError(WORDS)

    task = asyncio.create_task(dies())
    await asyncio.wait([task])
    del task
    gc.collect()
    logging.getLogger("library").warning("cannot reach %s after %d tries", WORDS, 3)
    logging.getLogger("library").warning("gave up after %d tries", 3)
    logging.getLogger("library").warning("%(who)s is gone", {"who": WORDS})
    written = read()
    assert WORDS not in written
    assert form == "text" or len(written.splitlines()) == 4
    for said in ("never retrieved", "cannot reach %s after %d tries", "gave up after 3 tries", "%(who)s is gone"):
        assert said in written
    assert "test_log.py" in written  # where it died


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_log_that_nobody_can_write_breaks_nothing_else(monkeypatch, logged, form):
    here, there = os.pipe()
    os.close(here)
    with os.fdopen(there, "w", buffering=1, encoding="ascii") as gone:
        monkeypatch.setattr(sys, "stderr", gone)
        logged(form)
        for words in ("draining", "«»"):
            structlog.get_logger().warning(words)
            logging.getLogger("library").error(words)
        with suppress(BrokenPipeError):
            gone.close()


def test_a_level_silences_what_is_below_it(logged):
    read = logged(level="error")
    structlog.get_logger().warning("tool_failed")
    structlog.get_logger().error("turn_broken")
    assert [json.loads(line)["event"] for line in read().splitlines()] == ["turn_broken"]


def test_libraries_are_heard_from_warnings_on(logged):
    read = logged(level="debug")
    logging.getLogger("uvicorn.error").info("GET /v1/amara/chat?token=geheim")
    logging.getLogger("uvicorn.error").warning("something is off")
    assert [json.loads(line)["event"] for line in read().splitlines()] == ["something is off"]


@pytest.mark.parametrize(("is_terminal", "is_json"), [(True, False), (False, True)])
def test_unset_it_is_text_on_a_terminal_and_json_elsewhere(logged, monkeypatch, is_terminal, is_json):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: is_terminal)
    read = logged("")
    structlog.get_logger().warning("draining")
    assert read().startswith("{") is is_json
