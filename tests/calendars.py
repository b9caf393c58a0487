"""A professional's calendar as a model, written into the database, and the question both are asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from tests.builders import a_booking

HALF_HOUR = timedelta(minutes=30)
BOGOTA, NEW_YORK = "America/Bogota", "America/New_York"
NOW = datetime(2030, 3, 1, 15, 7, tzinfo=UTC)  # a Friday, ten past ten in Bogotá; clocks change in New York on the 10th


@dataclass
class Calendar:
    """A professional as the model knows one."""

    zone: str = BOGOTA
    buffer: int = 30
    per_day: int | None = None
    spans: list[tuple[int, int, int]] = field(default_factory=list)  # weekday (0 Sunday), minutes from and to
    blocked: set[date] = field(default_factory=set)
    taken: list[tuple[datetime, datetime]] = field(default_factory=list)

    def is_at_work(self, instant: datetime) -> bool:
        clock = instant.astimezone(ZoneInfo(self.zone))
        minute = clock.hour * 60 + clock.minute
        return clock.date() not in self.blocked and any(
            day == clock.isoweekday() % 7 and start <= minute < end for day, start, end in self.spans
        )

    def is_free(self, start: datetime, minutes: int, now: datetime) -> bool:
        end, gap, zone = start + timedelta(minutes=minutes), timedelta(minutes=self.buffer), ZoneInfo(self.zone)
        day = start.astimezone(zone).date()
        return (
            timedelta(hours=24) <= start - now <= timedelta(days=60)
            and all(self.is_at_work(start + timedelta(minutes=m)) for m in range(0, minutes, 5))
            and all(end + gap <= since or until + gap <= start for since, until in self.taken)
            and (
                self.per_day is None
                or sum(since.astimezone(zone).date() == day for since, _ in self.taken) < self.per_day
            )
        )

    def free_starts(self, first: date, last: date, minutes: int, now: datetime) -> list[datetime]:
        """Every instant on a full or half hour of the wall clock, tried one by one."""
        zone, found = ZoneInfo(self.zone), []
        instant = datetime.combine(first, time(), UTC) - timedelta(days=1)
        while instant < datetime.combine(last, time(), UTC) + timedelta(days=2):
            clock = instant.astimezone(zone)
            if clock.minute % 30 == 0 and first <= clock.date() <= last and self.is_free(instant, minutes, now):
                found.append(instant)
            instant += timedelta(minutes=15)
        return found


async def write(owner, professional: UUID, calendar: Calendar, customer: UUID, rival: UUID) -> None:
    """Every second taken span is a hold of somebody else, the others are bookings."""
    await owner.execute(
        "update public.professional_profiles set time_zone = $2, buffer_minutes = $3, max_bookings_per_day = $4"
        " where profile_id = $1",
        professional,
        calendar.zone,
        calendar.buffer,
        calendar.per_day,
    )
    await owner.execute("delete from public.professional_working_hours where professional_id = $1", professional)
    for day, start, end in calendar.spans:
        await owner.execute(
            "insert into public.professional_working_hours (professional_id, weekday, start_time, end_time)"
            " values ($1, $2, (make_interval(mins => $3))::time,"
            " case when $4 = 1440 then '24:00'::time else (make_interval(mins => $4))::time end)",
            professional,
            day,
            start,
            end,
        )
    for day in calendar.blocked:
        await owner.execute("insert into public.professional_blocked_dates values ($1, $2)", professional, day)
    for number, (since, until) in enumerate(calendar.taken):
        if number % 2:
            await a_hold(owner, professional, rival, since, until)
        else:
            await a_booking(
                owner,
                professional_id=professional,
                customer_id=customer,
                scheduled_start=since,
                scheduled_end=until,
                status=("pending", "confirmed", "in_progress")[number % 3],
            )


async def a_hold(owner, professional, person, since, until, *, expires_at=NOW + timedelta(minutes=10), **columns):
    draft_id = uuid4()
    await owner.execute(
        "insert into public.amara_booking_drafts (id, user_id, professional_id, service_slug, service_name, starts_at,"
        " duration_minutes, price_cop, offered_at, expires_at, status)"
        " values ($1, $2, $3, 'cleaning', 'Limpieza', $4, $5, 50000, $6, $7, $8)",
        draft_id,
        person,
        professional,
        since,
        int((until - since).total_seconds() / 60),
        expires_at - timedelta(minutes=15),
        expires_at,
        columns.get("status", "open"),
    )
    return draft_id


async def ask(owner, professional, first, last, minutes, *, now=NOW, person=None, draft=None, booking=None):
    rows = await owner.fetch(
        "select * from amara_api.free_starts($1, $2, $3, $4, $5, $6, $7, $8)",
        professional,
        first,
        last,
        minutes,
        now,
        person,
        draft,
        booking,
    )
    assert all(row["ends_at"] - row["starts_at"] == timedelta(minutes=minutes) for row in rows)
    return [row["starts_at"] for row in rows]


def clocks(starts, zone=BOGOTA):
    return [f"{start.astimezone(ZoneInfo(zone)):%d %H:%M}" for start in starts]
