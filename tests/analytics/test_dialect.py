"""What Segment's libraries say, in our words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID, uuid4

import msgspec
import pytest

from analytics import dialect, errors

AT = datetime(2025, 11, 7, 12, 0, tzinfo=UTC)
KEY = "a-write-key"


def told(call=None, *, key=KEY, sent_at=None, **message):
    return dialect.Reader(key, call, sent_at).told(msgspec.json.encode(message))


def test_a_track_is_the_event_it_names():
    said = told("track", event="SearchStarted", anonymousId="visit", properties={"city": "Cali", "lat": None})
    assert (said.event_type, said.session_id, said.properties) == ("SearchStarted", "visit", {"city": "Cali"})


@pytest.mark.parametrize("call", ["identify", "page", "screen", "alias", "group"])
def test_the_other_calls_are_kept_by_their_names_without_what_they_tell_of_people(call):
    said = told(call, name="Home", category=None, traits={"email": "a@b.co"}, context={"ip": "1.2.3.4"}, userId="u")
    assert (said.event_type, said.properties) == (call, {"name": "Home"} if call in {"page", "screen"} else {})


def test_in_a_batch_each_message_says_what_it_is():
    assert told(type="track", event="A").event_type == "A"
    for message in ({}, {"type": None}, {"type": "delete"}, {"type": "track"}, {"type": "track", "event": " "}):
        with pytest.raises(errors.EventInvalid):
            told(**message)


@pytest.mark.parametrize(
    ("message", "session_id"),
    [
        ({"anonymousId": "visit", "userId": "u-1"}, "visit"),
        ({"anonymousId": 7}, "7"),
        ({"anonymousId": None, "userId": "u-1"}, "claimed:u-1"),
        ({"anonymousId": " ", "userId": None}, None),
        ({}, None),
    ],
)
def test_a_claimed_user_is_a_visits_label_and_no_person(message, session_id):
    assert told("track", event="A", **message).session_id == session_id


def test_an_alias_is_about_the_name_before():
    assert told("alias", previousId="visit", userId="u-1", anonymousId="other").session_id == "visit"
    assert told("alias", previousId=None, userId="u-1").session_id == "claimed:u-1"


def test_the_same_message_is_the_same_event():
    given = uuid4()
    assert told("track", event="A", messageId=str(given)).event_id == given
    first, again = (told("track", event="A", messageId="ajs-next-1").event_id for _ in range(2))
    assert first == again
    others = [
        told("track", event="A", messageId="ajs-next-2"),
        told("track", event="A", messageId="ajs-next-1", key="k"),
    ]
    assert len({first, *(other.event_id for other in others)}) == 3
    assert isinstance(told("track", event="A", messageId=17).event_id, UUID)
    assert told("track", event="A", messageId=None).event_id is None
    # A UUID in one of its other spellings is another text, and stays one.
    assert told("track", event="A", messageId=given.hex).event_id != given


@pytest.mark.parametrize(
    ("timestamp", "read"),
    [
        ("2025-11-07T12:00:00Z", AT),
        ("2025-11-07T07:00:00.000-05:00", AT.astimezone(timezone(timedelta(hours=-5)))),
        ("2025-11-07T12:00:00", AT),
        ("yesterday", None),
        (1762516800, None),
        (None, None),
        ({}, None),
    ],
)
def test_a_time_is_read_where_it_can_be(timestamp, read):
    assert told("track", event="A", timestamp=timestamp, sentAt=timestamp) == told(
        "track", event="A", timestamp=read and read.isoformat(), sentAt=read and read.isoformat()
    )
    assert told("track", event="A", timestamp=timestamp).occurred_at == read


def test_the_batch_was_sent_once_for_all_of_its_messages():
    assert told("track", event="A", sentAt="2020-01-01T00:00:00Z", sent_at=AT).sent_at == AT


@pytest.mark.parametrize("field", ["anonymousId", "userId", "messageId", "properties", "event"])
def test_a_field_of_another_kind_is_named(field):
    with pytest.raises(msgspec.ValidationError, match=field):
        told("track", **{"event": "A", field: ["x"]})


def test_a_body_is_a_message_or_a_batch_of_them():
    batch = msgspec.json.encode({"batch": [{"type": "track"}, 7], "writeKey": KEY, "sentAt": AT.isoformat()})
    assert dialect.opened(batch, is_batch=True) == dialect.Sent([b'{"type":"track"}', b"7"], KEY, AT)
    assert dialect.opened(b'{"event":"A"}', is_batch=False) == dialect.Sent([b'{"event":"A"}'], None, None)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"batch":{}}', b'{"batch":null}', b"{}", b'{"writeKey":7}', b"\xff"]
)
def test_what_is_no_batch_is_refused_whole(body):
    with pytest.raises(errors.BadRequest):
        dialect.opened(body, is_batch=True)
