"""Every cell of the table: what a connection may say, and when."""

from __future__ import annotations

import pytest

from amara import errors, frames
from amara.session import EXPIRY_GRACE_S, PINGS_UNANSWERED_MAX, TABLE, Session

HELLO = frames.Hello("x")
SAY = frames.Say("t", "r", None, (), (), frames.Wishes())
ABORT = frames.Abort("r")
REFRESH = frames.Refresh("x")
PONG = frames.Pong()


def session(state) -> Session:
    new = Session(has_token=state == "stock")
    if state == "ours":
        new.hears(HELLO)
    assert new.state == state
    return new


@pytest.mark.parametrize(
    ("state", "word", "outcome"),
    [
        ("waiting", HELLO, "ours"),
        ("waiting", SAY, errors.TokenMissing),
        ("waiting", ABORT, errors.TokenMissing),
        ("waiting", REFRESH, errors.TokenMissing),
        ("waiting", PONG, errors.TokenMissing),
        ("stock", HELLO, "ours"),
        ("stock", SAY, "stock"),
        ("stock", ABORT, "stock"),
        ("stock", REFRESH, errors.BadFrame),
        ("stock", PONG, "stock"),
        ("ours", HELLO, errors.BadFrame),
        ("ours", SAY, "ours"),
        ("ours", ABORT, "ours"),
        ("ours", REFRESH, "ours"),
        ("ours", PONG, "ours"),
    ],
    ids=lambda cell: cell if isinstance(cell, str) else getattr(cell, "__name__", type(cell).__name__),
)
def test_a_word_in_a_state(state, word, outcome):
    connection = session(state)
    if isinstance(outcome, str):
        connection.hears(word)
        assert connection.state == outcome
        return
    with pytest.raises(errors.AmaraError) as refused:
        connection.hears(word)
    assert type(refused.value) is outcome
    assert connection.state == state  # a refused word changes nothing


def test_the_table_knows_no_other_state():
    assert set(TABLE) == {"waiting", "stock", "ours"}
    assert all(following in TABLE for row in TABLE.values() for following in row.values())


def test_a_refused_word_is_named():
    with pytest.raises(errors.BadFrame, match="hello"):
        session("ours").hears(HELLO)
    with pytest.raises(errors.TokenMissing, match="hello"):
        session("waiting").hears(SAY)


def test_only_a_stock_client_sends_its_whole_history():
    assert session("waiting").frame_max == frames.FRAME_MAX_OURS
    assert session("stock").frame_max == frames.FRAME_MAX_STOCK
    assert session("ours").frame_max == frames.FRAME_MAX_OURS


def test_a_peer_that_leaves_two_pings_unanswered_is_dead():
    connection = session("ours")
    assert [connection.pings() for _ in range(PINGS_UNANSWERED_MAX)] == [True, True]
    assert not connection.pings()


def test_a_pong_answers_every_ping_before_it():
    connection = session("ours")
    for _ in range(5):
        assert connection.pings()
        assert connection.pings()
        connection.hears(PONG)


def test_a_word_that_is_no_pong_does_not_prove_life():
    connection = session("ours")
    for word in (SAY, ABORT):
        connection.pings()
        connection.hears(word)
    assert not connection.pings()


@pytest.mark.parametrize("state", ["waiting", "stock"])
def test_who_never_said_hello_owes_no_pong(state):
    connection = session(state)
    assert all(connection.pings() for _ in range(10))


def test_a_token_is_over_with_the_skew_it_was_accepted_with():
    connection = session("ours")
    assert not connection.has_expired(1e12)  # none was ever given
    assert connection.ends_at is None
    connection.expires_at = 1000.0
    assert connection.ends_at == 1000.0 + EXPIRY_GRACE_S
    assert not connection.has_expired(1000.0 + EXPIRY_GRACE_S - 0.001)
    assert connection.has_expired(1000.0 + EXPIRY_GRACE_S)


def test_a_fresh_token_gives_fresh_time():
    connection = session("ours")
    connection.expires_at = 1000.0
    connection.hears(REFRESH)
    connection.expires_at = 2000.0
    assert not connection.has_expired(1500.0)
