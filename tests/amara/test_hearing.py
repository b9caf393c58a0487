"""A peer hears each run it asked for once, under its own name for it, begun once and ended once."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest

from amara import frames
from amara.frames import Cursor
from amara.hearing import Hearing, stands

ONE, TWO = uuid4(), uuid4()


def started(run_id: str, *merged: str) -> str:
    more = {"metadata": {"amara": {"merged": list(merged)}}} if merged else {}
    return line(frames.encoded(frames.RunStarted(thread_id="t", run_id=run_id, **more)))


def finished(run_id: str) -> str:
    return line(frames.encoded(frames.RunFinished(thread_id="t", run_id=run_id, outcome={"type": "success"})))


def line(event: str) -> str:
    return frames.envelope(Cursor(1, 1), event)


WORDS = line(frames.words("m", "Hola"))


def told(hearing: Hearing, run_id, *lines: str) -> list[tuple[str, str | None]]:
    """(type, runId) of all that the peer is told for these frames."""
    heard = [json.loads(frame) for one in lines for frame in hearing.hear(run_id, one)]
    events = [frame.get("chunk", frame) for frame in heard]
    return [(event["type"], event.get("runId")) for event in events]


def test_a_stock_client_hears_its_own_run_to_its_end_and_no_other():
    hearing = Hearing("t")
    hearing.follow(ONE)
    assert told(hearing, TWO, started("r2"), WORDS, finished("r2")) == []
    assert hearing.is_busy
    assert [kind for kind, _ in told(hearing, ONE, started("r1"), WORDS, finished("r1"))] == [
        "RUN_STARTED",
        "TEXT_MESSAGE_CONTENT",
        "RUN_FINISHED",
    ]
    assert not hearing.is_busy


def test_what_has_begun_for_the_client_while_it_waited_does_not_begin_again():
    hearing = Hearing("t")
    begun = json.loads(hearing.begins("r2", Cursor(7, 3)))
    assert (begun["id"], begun["chunk"]["type"], begun["chunk"]["runId"]) == ("7-3", "RUN_STARTED", "r2")
    hearing.wait("r2", is_begun=True)
    assert hearing.is_busy
    assert told(hearing, ONE, started("r2"), WORDS, finished("r2")) == [
        ("TEXT_MESSAGE_CONTENT", None),
        ("RUN_FINISHED", "r2"),
    ]


def test_a_run_that_became_part_of_another_has_that_ones_words_and_its_own_name():
    hearing = Hearing("t")
    hearing.wait("r3")
    assert told(hearing, ONE, started("r2", "r3"), WORDS, finished("r2")) == [
        ("RUN_STARTED", "r3"),
        ("TEXT_MESSAGE_CONTENT", None),
        ("RUN_FINISHED", "r3"),
    ]


@pytest.mark.parametrize("has_begun", ["r2", "r3"])
def test_two_runs_of_one_client_in_one_turn_both_end(has_begun):
    hearing = Hearing("t")
    for key in ("r2", "r3"):
        hearing.wait(key, is_begun=key == has_begun)
    other = "r3" if has_begun == "r2" else "r2"
    assert told(hearing, ONE, started("r2", "r3"), finished("r2")) == [
        ("RUN_FINISHED", has_begun),
        ("RUN_STARTED", other),
        ("RUN_FINISHED", other),
    ]
    assert not hearing.is_busy


def test_ours_hears_everything_and_which_messages_became_part_of_which_turn():
    hearing = Hearing("t")
    hearing.hears_all = True
    hearing.wait("r2", ["m2"])
    hearing.wait("r3", ["m3"])
    first, *rest = hearing.hear(ONE, started("r2", "r3"))
    assert json.loads(first) == {"type": "ack", "ref": "m3", "runId": "r2", "status": "merged"}
    assert rest == [started("r2", "r3")]
    assert hearing.hear(TWO, WORDS) == [WORDS]


def test_of_what_was_forgotten_nothing_more_is_heard():
    hearing = Hearing("t")
    hearing.follow(ONE)
    hearing.wait("r2", ["m2"])
    assert hearing.forget(ONE, "r1") == ()
    assert hearing.forget(TWO, "r2") == ["m2"]
    assert told(hearing, ONE, WORDS, finished("r1")) == told(hearing, TWO, started("r2"), finished("r2")) == []


def test_a_client_stands_at_a_frame_before_the_run_or_ahead_of_a_lagging_log():
    lines = [frames.envelope(Cursor(2, n), "{}") for n in (3, 4)]
    assert stands(Cursor(2, 3), lines, may_lag=False)
    assert stands(Cursor(1, 9), lines, may_lag=False)
    assert stands(Cursor(2, 9), lines, may_lag=True)
    assert not stands(Cursor(2, 9), lines, may_lag=False)
    assert not stands(Cursor(3, 1), lines, may_lag=True)
    assert stands(Cursor(9, 9), [], may_lag=False)
