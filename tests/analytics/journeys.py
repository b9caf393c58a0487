"""People's journeys, and the plainest way to count them: every event of everybody, one after the other, in Python."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

STAGES = ["SearchStarted", "ProfessionalViewed", "CheckoutStarted", "BookingConfirmed"]
CHANNELS = ["assistant", "guest", "web"]  # in the order in which two events of one moment are taken
WINDOW = timedelta(hours=24)


@dataclass(frozen=True)
class Happened:
    """One event, as it is written to the table."""

    id: UUID
    event_type: str
    at: datetime
    user: UUID | None = None
    session: str | None = None
    channel: str = "web"
    source: str = "server"
    city: str | None = None
    booking: str | None = None

    @property
    def row(self) -> tuple[object, ...]:
        """For `WRITE`."""
        told = {"city": self.city, "booking_id": self.booking}
        properties = {name: value for name, value in told.items() if value is not None}
        return self.id, self.event_type, self.user, self.session, self.channel, self.source, self.at, properties


WRITE = """
insert into public.platform_events (id, event_type, user_id, session_id, channel, source, created_at, properties)
select e.id, e.event_type, e.user_id, e.session_id, e.channel, e.source, e.created_at, e.properties::jsonb
from unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::text[])
  e (id, event_type, user_id, session_id, channel, source, created_at, properties)
"""


@dataclass(frozen=True)
class Search:
    """A search and how far it led."""

    who: str
    at: datetime
    furthest: int
    channel: str
    city: str


class Journeys:
    """All that happened, in the order in which the table was told."""

    def __init__(self) -> None:
        self.events: dict[UUID, Happened] = {}
        self._accounts: dict[str, tuple[tuple[int, object], UUID]] = {}
        self._booked: dict[str, list[UUID]] = defaultdict(list)
        self._statement = 0

    def happen(self, batch: Iterable[Happened]) -> None:
        """One statement's events. A session is the account's that was told first of it; a browser tells it now."""
        self._statement += 1
        arrived = sorted(batch, key=lambda each: (each.at, each.id))
        told: set[str] = set()
        for each in arrived:
            if each.booking and each.id not in self.events:
                self._booked[each.booking].append(each.id)
            self.events[each.id] = each
            if each.session and each.user and each.session not in told:
                told.add(each.session)
                since = (0, each.at) if each.source == "server" else (1, self._statement)
                self._learn(f"s:{each.session}", since, each.user)
        self._lend({each.booking for each in arrived if each.booking})

    def become(self, visitor: UUID, account: UUID) -> None:
        """A visitor's principal turns out to be an account; the first time is right."""
        self._statement += 1
        self._accounts.setdefault(f"u:{visitor}", ((1, self._statement), account))

    def forget(self, ids: Iterable[UUID]) -> None:
        """Events that are taken away."""
        for each in ids:
            del self.events[each]

    def _learn(self, alias: str, since: tuple[int, object], account: UUID) -> None:
        known = self._accounts.get(alias)
        if known is None or since < known[0]:
            self._accounts[alias] = since, account

    def _lend(self, bookings: set[str]) -> None:
        known = [self.events[id_] for booking in bookings for id_ in self._booked[booking] if id_ in self.events]
        told = [each for each in known if each.event_type == STAGES[3]]
        copies = sorted(
            (each for each in told if each.source == "client" and each.session), key=lambda each: (each.at, each.id)
        )
        for each in told:
            if each.source == "server" and not each.user and not each.session:
                lender = next((copy for copy in copies if copy.booking == each.booking), None)
                if lender is not None:
                    self.events[each.id] = replace(each, session=lender.session)

    def who(self, event: Happened) -> str | None:
        """The account, else the account of the session, else the session; of a visitor the account it became."""
        user = event.user or self._account(f"s:{event.session}")
        if user is not None:
            return f"u:{self._account(f'u:{user}') or user}"
        return f"s:{event.session}" if event.session else None

    def _account(self, alias: str) -> UUID | None:
        known = self._accounts.get(alias)
        return known[1] if known else None

    def searches(self) -> Iterator[Search]:
        """Every search there was."""
        people: dict[str, list[tuple[datetime, int, int, str]]] = defaultdict(list)
        for event in self.events.values():
            who = self.who(event)
            if who and event.event_type in STAGES and (event.event_type != STAGES[3] or event.source == "server"):
                step, channel = STAGES.index(event.event_type), CHANNELS.index(event.channel)
                people[who].append((event.at, step, channel, (event.city or "").lower()))
        for who, steps in people.items():
            for at, step, channel, city in steps:
                if step == 0:
                    yield Search(who, at, *_led(steps, at, channel), city)

    def days(self, zone: str) -> Counter[tuple[date, str, str]]:
        """Events by day, type and channel; a booking once a day, where it was told first."""
        counts: Counter[tuple[date, str, str]] = Counter()
        booked: set[tuple[date, object]] = set()
        for event in sorted(self.events.values(), key=lambda each: (each.at, each.id)):
            day = event.at.astimezone(ZoneInfo(zone)).date()
            if event.event_type == STAGES[3]:
                booking = day, event.booking or event.id
                if event.source == "client" or booking in booked:
                    continue
                booked.add(booking)
            counts[day, event.event_type, event.channel] += 1
        return counts


def _led(steps: list[tuple[datetime, int, int, str]], at: datetime, channel: int) -> tuple[int, str]:
    """How far the search of this moment led, and in which channel it got there."""
    furthest, then = 1, at
    for stage in (1, 2, 3):
        later = [(when, its) for when, step, its, _ in steps if step == stage and then <= when <= at + WINDOW]
        if not later:
            break
        (then, channel), furthest = min(later), stage + 1
    return furthest, CHANNELS[channel]


def funnel(
    searches: Iterable[Search], begins: datetime, ends: datetime, channel: str | None = None, city: str | None = None
) -> list[tuple[str, int, Decimal]]:
    """The four rows."""
    reached: dict[str, int] = {}
    for search in searches:
        is_meant = channel in {None, search.channel} and city in {None, search.city}
        if begins <= search.at <= ends and is_meant:
            reached[search.who] = max(reached.get(search.who, 0), search.furthest)
    people = [sum(furthest >= stage for furthest in reached.values()) for stage in (1, 2, 3, 4)]
    rates = [round(Decimal(100 * each) / people[0], 2) if people[0] else Decimal("0.00") for each in people]
    return list(zip(STAGES, people, rates, strict=True))


def by_day(
    searches: Iterable[Search], zone: str, first: date, last: date, channel: str | None = None, city: str | None = None
) -> list[tuple[date, str, int]]:
    """The four rows of every day on which somebody searched."""
    days: dict[date, dict[str, int]] = defaultdict(dict)
    for search in searches:
        day = search.at.astimezone(ZoneInfo(zone)).date()
        if first <= day <= last and channel in {None, search.channel} and city in {None, search.city}:
            days[day][search.who] = max(days[day].get(search.who, 0), search.furthest)
    return [
        (day, name, sum(furthest >= stage for furthest in days[day].values()))
        for day in sorted(days)
        for stage, name in enumerate(STAGES, 1)
    ]


def counts(events: Iterable[Happened], begins: datetime, ends: datetime) -> list[tuple[str, int]]:
    """How often each type happened, bookings once however often they were told."""
    within = [event for event in events if begins <= event.at <= ends]
    found = Counter(event.event_type for event in within if event.event_type != STAGES[3])
    told = [event for event in within if event.event_type == STAGES[3] and event.source == "server"]
    if told:
        found[STAGES[3]] = len({event.booking or event.id for event in told})
    return sorted(found.items(), key=lambda each: (-each[1], each[0]))
