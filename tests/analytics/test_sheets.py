"""The numbers by channel, city and day, as JSON and as CSV."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import msgspec
import pytest

from analytics import errors, sheets
from analytics.shapes import Count, Counts, CountsDay
from tests.analytics.journeys import CHANNELS, STAGES, WRITE, Happened

FUNNEL, COUNTS = "/v1/analytics/funnel", "/v1/analytics/event-counts"
AT = datetime(2025, 11, 5, 15, 0, tzinfo=UTC)
WEEK = {"from": "2025-11-01", "to": "2025-11-07"}


async def write(owner, happened):
    columns = [list(column) for column in zip(*(each.row for each in happened), strict=True)]
    columns[7] = [msgspec.json.encode(properties).decode() for properties in columns[7]]
    await owner.execute(WRITE, *columns)


def went(who, furthest, *, channel="web", city=None, at=AT):
    return [
        Happened(
            uuid4(),
            name,
            at + timedelta(minutes=step),
            session=who,
            channel=channel,
            city=None if step else city,
            booking=who if name == STAGES[3] else None,
        )
        for step, name in enumerate(STAGES[:furthest])
    ]


@pytest.fixture
async def week(owner):
    """Five people in two cities, three channels and two days."""
    later = AT + timedelta(days=1)
    await write(
        owner,
        [
            *went("a", 4, channel="assistant", city="Bogotá"),
            *went("b", 2, channel="assistant", city="Medellín"),
            *went("c", 3, channel="guest", city="Bogotá"),
            *went("d", 1, city="Bogotá", at=later),
            *went("e", 4, city="Medellín", at=later),
        ],
    )


async def asked(door, path, headers, **query):
    async with door.get(path, headers=headers, params=WEEK | query) as answer:
        body = await answer.text()
        return answer, msgspec.json.decode(body) if "json" in answer.content_type else body


async def people(door, headers, **query):
    answer, said = await asked(door, FUNNEL, headers, **query)
    assert answer.status == 200
    return [stage["unique_users"] for stage in said["stages"]]


async def test_the_funnel_of_a_channel_and_of_a_city(door, admin, week):
    assert await people(door, admin) == [5, 4, 3, 2]
    assert await people(door, admin, channel="assistant") == [2, 2, 1, 1]
    assert await people(door, admin, channel="guest") == [1, 1, 1, 0]
    assert await people(door, admin, city="Bogotá") == [3, 2, 2, 1]
    assert await people(door, admin, city="bogota", channel="web") == [1, 0, 0, 0]
    assert await people(door, admin, city="Macondo") == [0, 0, 0, 0]
    assert await people(door, admin, channel="", city="", by="") == [5, 4, 3, 2]


async def test_the_channels_make_up_the_whole(door, admin, week):
    of_channels = [await people(door, admin, channel=channel) for channel in CHANNELS]
    assert [sum(stage) for stage in zip(*of_channels, strict=True)] == await people(door, admin)


async def test_by_day_every_day_of_the_range_is_there(door, admin, week):
    _, said = await asked(door, FUNNEL, admin, by="day", channel="assistant")
    assert (said["channel"], said["city"]) == ("assistant", None)
    assert [of_day["day"] for of_day in said["days"]] == [f"2025-11-0{day}" for day in range(1, 8)]
    of_day = {each["day"]: list(each["stages"].values()) for each in said["days"]}
    assert (of_day["2025-11-05"], of_day["2025-11-06"]) == ([2, 2, 1, 1], [0, 0, 0, 0])
    _, said = await asked(door, FUNNEL, admin)
    assert "days" not in said


async def test_counts_of_a_channel_and_by_day(door, admin, week):
    _, said = await asked(door, COUNTS, admin, channel="assistant", by="day")
    assert [(each["event_type"], each["event_count"]) for each in said["counts"]] == [
        ("ProfessionalViewed", 2),
        ("SearchStarted", 2),
        ("BookingConfirmed", 1),
        ("CheckoutStarted", 1),
    ]
    counted = {of_day["day"]: of_day["counts"] for of_day in said["days"]}
    assert len(counted) == 7
    assert (counted["2025-11-05"]["SearchStarted"], counted["2025-11-06"]) == (2, {})
    _, whole = await asked(door, COUNTS, admin, by="day")
    total = sum(number for of_day in whole["days"] for number in of_day["counts"].values())
    assert total == sum(each["event_count"] for each in whole["counts"]) == 14


@pytest.mark.parametrize("path", [FUNNEL, COUNTS])
@pytest.mark.parametrize(
    "query",
    [{"channel": "phone"}, {"channel": "*"}, {"by": "week"}, {"format": "xlsx"}, {"city": "x" * 201}, {"city": "a\0b"}],
    ids=str,
)
async def test_what_cannot_be_asked_is_refused_by_name(door, admin, path, query):
    answer, said = await asked(door, path, admin, **query)
    assert answer.status == 400
    assert answer.content_type == "application/problem+json"
    assert (said["code"], said["detail"]) == ("bad_request", errors.BadQuestion.message)


async def test_a_range_of_fifty_years_is_answered(door, admin, week):
    for path in (FUNNEL, COUNTS):
        answer, said = await asked(door, path, admin, **{"from": "2000-01-01", "to": "2049-12-31", "by": "day"})
        assert (answer.status, len(said["days"])) == (200, 18_263)


async def test_csv_is_a_file_with_a_head(door, admin, week):
    answer, text = await asked(door, FUNNEL, admin, format="csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="funnel_2025-11-01_2025-11-07.csv"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert text.splitlines() == [
        "stage,unique_users,conversion_rate",
        "SearchStarted,5,100.0",
        "ProfessionalViewed,4,80.0",
        "CheckoutStarted,3,60.0",
        "BookingConfirmed,2,40.0",
    ]
    _, text = await asked(door, FUNNEL, admin | {"Accept": "text/csv"}, by="day")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0] == ["day", *STAGES]
    assert (len(rows), rows[5]) == (8, ["2025-11-05", "3", "3", "2", "1"])
    _, text = await asked(door, COUNTS, admin, format="csv", by="day")
    assert text.splitlines()[:2] == ["day,event_type,event_count", "2025-11-05,BookingConfirmed,1"]


async def test_csv_is_for_administrators_too(door, week):
    answer, _ = await asked(door, FUNNEL, {}, format="csv")
    assert answer.status == 401


@pytest.mark.parametrize(
    ("asked_for", "accept", "form"),
    [
        (None, "", "json"),
        (None, "*/*", "json"),
        (None, "text/csv", "csv"),
        (None, "text/csv;q=0.9, application/json", "json"),
        (None, "text/html, TEXT/CSV", "csv"),
        ("json", "text/csv", "json"),
        ("csv", "application/json", "csv"),
    ],
)
def test_the_form_asked_for_goes_before_the_one_accepted(asked_for, accept, form):
    assert sheets.form_wanted(asked_for, accept) == form


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", '=cmd|"/c calc"!A1', "＝1"])
def test_no_cell_is_a_formula(name):
    """A spreadsheet runs what begins with one of these; a quote before it makes it a text."""
    day = date(2025, 11, 5)
    for found in (
        Counts(day, day, [Count(name, 3)]),
        Counts(day, day, [], None, [CountsDay(day, {name: 3})]),
    ):
        *_, said, number = next(iter(list(csv.reader(io.StringIO(sheets.sheet(found), newline="")))[1:]))
        assert (said, number) == (f"'{name}", "3")


def test_a_cell_with_commas_quotes_and_accents_stays_one_cell():
    day = date(2025, 11, 5)
    written = sheets.told(Counts(day, day, [Count('Ñandú, "el"\nrápido', 3)]), "csv")["content"]
    assert list(csv.reader(io.StringIO(written.decode("utf-8"), newline="")))[1] == ['Ñandú, "el"\nrápido', "3"]
