"""An event through the steps; no database is asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import msgspec
import pytest

from analytics import capture, errors
from analytics.registry import Registry
from analytics.settings import Settings

NOW = datetime(2025, 11, 7, 12, 0, tzinfo=UTC)
USER = UUID("00000000-0000-4000-8000-000000000001")
MADE = UUID("00000000-0000-4000-8000-000000000002")
GIVEN = UUID("00000000-0000-4000-8000-000000000003")
SETTINGS = Settings()
REGISTRY = Registry({})


def through(raw, **more):
    moment = capture.Moment(NOW, SETTINGS, REGISTRY, capture.native, **{"user_id": USER, "new_id": lambda: MADE} | more)
    return capture.live(capture.Arrival(raw if isinstance(raw, bytes) else msgspec.json.encode(raw)), moment)


def dropped(raw, **more):
    with pytest.raises(errors.EventDropped) as reason:
        through(raw, **more)
    return reason.value.code


def raws(body):
    return capture.arrive(capture.without_halves(body))[:2]


def test_the_steps_stand_in_the_order_of_the_story():
    assert [step.__name__ for step in capture.STEPS] == ["decode", "limit", "identify", "clean", "dedup"]


@pytest.mark.parametrize(
    ("body", "events", "is_alone"),
    [
        (b'{"event_type":"A"}', [b'{"event_type":"A"}'], True),
        (b' [{"event_type":"A"}, {"event_type":"B"}]', [b'{"event_type":"A"}', b'{"event_type":"B"}'], False),
        (b'{"events":[{"event_type":"A"}]}', [b'{"event_type":"A"}'], False),
        (b"[]", [], False),
        (b'{"events": []}', [], False),
    ],
)
def test_a_body_is_one_event_a_list_or_an_envelope(body, events, is_alone):
    assert raws(body) == (events, is_alone)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"  ",
        b"null",
        b'"A"',
        b"{",
        b'[{"event_type":"A"}',
        b'[{"event_type":"A"},]',
        b'{"events": {}}',
        b'{"events": null}',
        b"\xff\xfe",
        b'{"event_type":"A"} {"event_type":"B"}',
        b"[" * 20_000 + b"]" * 20_000,
        b'[{"event_type":"A","properties":{"a":' + b"[" * 20_000 + b"]" * 20_000 + b"}}]",
    ],
    ids=lambda body: str(body[:30]),
)
def test_a_body_without_events_is_refused_whole(body):
    with pytest.raises(errors.BadRequest):
        capture.arrive(body)


def test_the_token_says_who_whatever_the_body_says():
    spoof = {"event_type": "A", "user_id": str(GIVEN), "properties": {"user_id": "x"}, "source": "server"}
    assert through(spoof).user_id == USER


def test_an_event_keeps_the_id_it_came_with():
    assert through({"event_type": "A", "event_id": str(GIVEN)}).id == GIVEN


def test_an_event_without_an_id_is_given_one():
    assert through({"event_type": "A"}).id == MADE


def test_a_type_nobody_declared_is_kept():
    assert through({"event_type": "SomethingNew"}).event_type == "SomethingNew"


@pytest.mark.parametrize(
    "nothing", [{}, {"properties": None, "session_id": None}, {"properties": {}, "session_id": ""}]
)
def test_what_is_left_out_is_stored_as_nothing(nothing):
    event = through({"event_type": "A", **nothing})
    assert (event.properties, event.session_id) == ("{}", None)


@pytest.mark.parametrize(
    "properties",
    [
        {"city": "Bogotá", "lat": 4.711, "deep": {"list": [1, True, None, "x"]}},
        {"face": "😀", "literally": "\\u0000", "and": "\\\\u0000 \\ud800"},
        {"large": 12345678901234567890123, "small": 1e-300},
    ],
)
def test_properties_are_kept_as_they_are(properties):
    assert msgspec.json.decode(through({"event_type": "A", "properties": properties}).properties) == properties


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"null", "event_invalid"),
        (b"7", "event_invalid"),
        (b"[]", "event_invalid"),
        (b"{}", "event_invalid"),
        (b'{"event_type":null}', "event_invalid"),
        (b'{"event_type":7}', "event_invalid"),
        (b'{"event_type":""}', "event_invalid"),
        (b'{"event_type":"  "}', "event_invalid"),
        (b'{"event_type":"' + b"A" * 129 + b'"}', "event_invalid"),
        (b'{"event_type":"' + b"A" * 9600 + b'"}', "event_invalid"),
        (b'{"event_type":"A","event_id":"7"}', "event_invalid"),
        (b'{"event_type":"A","event_id":7}', "event_invalid"),
        (b'{"event_type":"A","session_id":7}', "event_invalid"),
        (b'{"event_type":"A","session_id":"' + b"s" * 201 + b'"}', "event_invalid"),
        (b'{"event_type":"A","properties":[]}', "event_invalid"),
        (b'{"event_type":"A","properties":"x"}', "event_invalid"),
        (b'{"event_type":"A","properties":{"a":1e400}}', "event_invalid"),
        (b'{"event_type":"A","properties":{"a":' + b"9" * 5000 + b"}}", "event_invalid"),
        (b'{"event_type":"A","properties":{"a":' + b"[" * 5000 + b"]" * 5000 + b"}}", "event_invalid"),
        (b'{"event_type":"A","occurred_at":"yesterday"}', "event_invalid"),
        (b'{"event_type":"A","occurred_at":1762516800}', "event_invalid"),
        (b'{"event_type":"A","occurred_at":"2025-11-07T12:00:00"}', "event_invalid"),
        (b'{"event_type":"A\\u0000"}', "text_refused"),
        (b'{"event_type":"A","session_id":"\\u0000"}', "text_refused"),
        (b'{"event_type":"A","properties":{"\\u0000":1}}', "text_refused"),
        (b'{"event_type":"A","properties":{"a":["\\\\\\u0000"]}}', "text_refused"),
        (b'{"event_type":"A","properties":{"a":"\xff"}}', "text_refused"),
        (b'{"event_type":"A","properties":{"a":"\xed\xa0\x80"}}', "text_refused"),
        (b'{"event_type":"A","properties":{"a":"' + b"x" * 32 * 1024 + b'"}}', "event_too_large"),
    ],
    ids=lambda value: str(value[:60]),
)
def test_an_event_that_cannot_be_kept_is_dropped_with_its_reason(raw, code):
    assert dropped(raw) == code


@pytest.mark.parametrize(
    "half", ["\\ud800", "\\uDBFF", "\\udc00", "\\ud800\\ud800", "\\ud800x", "\\\\\\ud800", "\\ud83d\\u0041"]
)
def test_half_a_surrogate_pair_costs_its_own_event_alone(half):
    bad = f'{{"event_type":"A","properties":{{"a":"{half}"}}}}'.encode()
    good = b'{"event_type":"A","properties":{"a":"\\ud83d\\ude00 \\\\ud800"}}'
    arrivals, _ = raws(b"[" + bad + b"," + good + b"]")
    assert dropped(arrivals[0]) == "text_refused"
    assert msgspec.json.decode(through(arrivals[1]).properties) == {"a": "😀 \\ud800"}


def test_an_event_of_exactly_32_kib_is_kept():
    frame = len(b'{"event_type":"A","properties":{"a":""}}')
    raw = b'{"event_type":"A","properties":{"a":"' + b"x" * (32 * 1024 - frame) + b'"}}'
    assert len(raw) == 32 * 1024
    assert through(raw).event_type == "A"


@pytest.mark.parametrize(
    ("occurred_at", "counted_at"),
    [
        (None, NOW),
        ("2025-11-07T11:59:00Z", NOW - timedelta(minutes=1)),
        ("2025-11-07T06:00:00-05:00", NOW - timedelta(hours=1)),
        ("2025-11-06T12:00:00Z", NOW - timedelta(hours=24)),
        ("2025-11-06T11:59:59Z", NOW),
        ("2025-11-07T12:00:01Z", NOW),
        ("0001-01-01T00:00:00+14:00", NOW),
        ("9999-12-31T23:59:59-12:00", NOW),
    ],
)
def test_an_event_counts_at_its_own_time_where_that_can_be_true(occurred_at, counted_at):
    event = through({"event_type": "A", "occurred_at": occurred_at})
    assert event.created_at == counted_at
    assert event.created_at.utcoffset() == timedelta()


@pytest.mark.parametrize(
    ("occurred_at", "sent_at", "counted_at"),
    [
        # As long before its arrival as before its sending, by a clock five minutes ahead or of another year.
        ("2025-11-07T12:04:00Z", "2025-11-07T12:05:00Z", NOW - timedelta(minutes=1)),
        ("2031-01-01T00:00:00Z", "2031-01-01T02:00:00Z", NOW - timedelta(hours=2)),
        ("2019-01-01T00:00:00Z", "2019-01-01T00:00:30Z", NOW - timedelta(seconds=30)),
        ("2019-01-01T00:00:00Z", "2019-01-03T00:00:00Z", NOW),  # it waited longer than a day
        ("2025-11-07T12:00:00Z", "2025-11-07T11:00:00Z", NOW),  # done after it was sent
        ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", NOW),
    ],
)
def test_a_clock_that_is_wrong_is_set_right_by_the_moment_of_sending(occurred_at, sent_at, counted_at):
    assert through({"event_type": "A", "occurred_at": occurred_at, "sent_at": sent_at}).created_at == counted_at
    around = capture.arrive(msgspec.json.encode({"events": [], "sent_at": sent_at}))[2]
    assert through({"event_type": "A", "occurred_at": occurred_at}, sent_at=around).created_at == counted_at


def test_who_asks_not_to_be_followed_is_counted_without_a_name():
    event = through({"event_type": "A", "session_id": "visit", "properties": {"city": "Cali"}}, is_private=True)
    assert (event.user_id, event.session_id, event.properties) == (None, None, '{"city":"Cali"}')


def test_a_crawler_is_no_visitor():
    assert dropped({"event_type": "A"}, is_crawler=True) == "crawler"


def test_the_same_event_twice_in_a_request_is_one():
    seen = set()
    through({"event_type": "A", "event_id": str(GIVEN)}, seen=seen)
    assert dropped({"event_type": "B", "event_id": str(GIVEN)}, seen=seen) == "event_repeated"
    through({"event_type": "B", "event_id": str(USER)}, seen=seen)


def test_a_property_of_another_kind_is_named():
    with pytest.raises(errors.EventInvalid, match=r"properties\.subtotal"):
        through({"event_type": "CheckoutStarted", "properties": {"pro_id": "p", "subtotal": "much"}})


@pytest.mark.parametrize("number", [1e300, 1e-300, 1.5e20, -2.5e-12])
def test_a_number_is_as_large_as_postgresql_writes_it(number):
    """It writes every digit of it: an event that would be too large there is refused here."""
    digits = len(f"{Decimal(msgspec.json.encode(number).decode()):f}")
    most = (32 * 1024 - len('{"x": []}') + 2) // (digits + 2)
    assert through({"event_type": "A", "properties": {"x": [number] * most}})
    assert dropped({"event_type": "A", "properties": {"x": [number] * (most + 1)}}) == "event_too_large"
