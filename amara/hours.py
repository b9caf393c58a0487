"""When people of staff are there: `mon-sat 08:00-18:00, sun 10:00-14:00`, on the marketplace's clock."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_PART = re.compile(r"(\w{3})(?:-(\w{3}))? (\d\d:\d\d)-(\d\d:\d\d)")


@dataclass(frozen=True, slots=True)
class Hours:
    """Of each weekday, Monday first; several spans a day, none or all of it."""

    spans: tuple[tuple[tuple[time, time], ...], ...]

    def opens_at(self, now: datetime, zone: ZoneInfo) -> datetime | None:
        """When somebody will be there next. None: somebody is there now, or nobody ever is."""
        here = now.astimezone(zone)
        clock = here.time()
        if any(begins <= clock < ends for begins, ends in self.spans[here.weekday()]):
            return None
        for ahead in range(8):
            day = here.date() + timedelta(days=ahead)
            later = [begins for begins, _ in self.spans[day.weekday()] if ahead or begins > clock]
            if later:
                return datetime.combine(day, min(later), tzinfo=zone)
        return None


ALWAYS = Hours((((time.min, time.max),),) * 7)


def read(said: str) -> Hours:
    """The hours of this text.

    Raises:
        ValueError: it is none.
    """
    spans: list[list[tuple[time, time]]] = [[] for _ in DAYS]
    for part in said.lower().split(","):
        found = _PART.fullmatch(part.strip())
        if found is None or found[1] not in DAYS or (found[2] or "mon") not in DAYS:
            raise ValueError(said)
        begins, ends = (time.max if clock == "24:00" else time.fromisoformat(clock) for clock in (found[3], found[4]))
        first, last = DAYS.index(found[1]), DAYS.index(found[2] or found[1])
        if begins >= ends or first > last:
            raise ValueError(said)
        for day in range(first, last + 1):
            spans[day].append((begins, ends))
    return Hours(tuple(tuple(day) for day in spans))
