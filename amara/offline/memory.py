"""What the conversation has told so far, and the visit that is being arranged in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, Final, Literal

from amara.offline import clocks, notes
from amara.offline.requests import Surroundings
from amara.offline.tongue import Locale
from amara.offline.wishes import Asked, Wish

Json = dict[str, Any]

SEARCH: Final = "search_professionals"
BOOKINGS: Final = "list_my_bookings"
BOOKING: Final = "get_booking"
HOURS: Final = "check_availability"
DRAFT: Final = "draft_booking"
CANCEL: Final = "cancel_booking"
MOVE: Final = "reschedule_booking"
HUMAN: Final = "request_human"


@dataclass(frozen=True, slots=True)
class Deed:
    """What to say and, perhaps, the tool to call after it."""

    text: str
    tool: str | None = None
    input: Json = field(default_factory=dict)


@dataclass(slots=True)
class Plan:
    """A visit as far as it is settled."""

    deed: Literal["book", "cancel", "move"] = "book"
    professional: Json | None = None
    service: str | None = None
    booking: Json | None = None
    """The one to cancel or to move."""
    clue: Wish | None = None
    """What was said of that booking before the list was looked at."""
    first: date | None = None
    last: date | None = None
    """The day; another than the first where any day in between will do."""
    at: time | None = None
    is_sure: bool = False
    part: clocks.Part | None = None
    hours: float | None = None
    has_wrong_length: bool = False
    address: str | None = None
    is_address_later: bool = False
    note: str | None = None
    """What the professional should know."""
    asked: Asked | None = None
    free: list[datetime] = field(default_factory=list)
    """The starts that were told last, for visits of `free_minutes`."""
    free_minutes: int | None = None
    is_numbered: bool = False
    """They were told one by one, so that «la segunda» is one of them."""

    def take(self, wish: Wish) -> None:
        """What a message says replaces what was settled before."""
        if day := wish.day():
            self.first, self.last = day.first, day.last
        if wish.clock:
            self.at, self.is_sure, self.part = wish.clock.at, wish.clock.is_sure, None
            if not self.is_sure and wish.part in {"afternoon", "evening"} and self.at.hour < 12:
                self.at, self.is_sure = self.at.replace(hour=self.at.hour + 12), True
        elif wish.part:
            self.at, self.part = None, wish.part
        if wish.hours is not None:
            self.has_wrong_length = not clocks.SHORTEST_H <= wish.hours <= clocks.LONGEST_H
            self.hours = self.hours if self.has_wrong_length else wish.hours
        self.address = wish.address or self.address
        self.note = notes.joined(self.note, wish.note)

    def start(self, moment: datetime) -> None:
        """Settles the day and the hour."""
        self.first = self.last = moment.date()
        self.at, self.is_sure = moment.time().replace(tzinfo=None), True

    def is_one_day(self) -> bool:
        """The day is settled."""
        return self.first is not None and self.first == self.last

    def is_begun(self) -> bool:
        """There is something to go on with."""
        return self.professional is not None or self.asked is not None


@dataclass(slots=True)
class Memory:
    """What the conversation has told so far."""

    locale: Locale
    around: Surroundings
    tools: frozenset[str] = frozenset()
    criteria: Json = field(default_factory=dict)
    searched: bool = False
    asked_for: Json = field(default_factory=dict)
    """The arguments of the last search, but for those who were left out of it."""
    seen: list[str] = field(default_factory=list)
    """Everybody that search has shown, and the ones like it before."""
    more: int = 0
    """How many it has not shown yet."""
    asked_city: bool = False
    lost: int = 0
    """How many messages in a row were not understood."""
    shown: list[Json] = field(default_factory=list)
    """The last professionals or bookings that were shown, in their order."""
    shown_bookings: bool = False
    nobody: bool = False
    """The last search found nobody, and letting go of a criterion was offered."""
    loose: str | None = None
    """That criterion, where the search itself has named it."""
    next_free: datetime | None = None
    """The next start somebody has, where nobody was free on the day wanted."""
    people: dict[str, Json] = field(default_factory=dict)
    """Every professional that was found, by id."""
    opened: Json | None = None
    """The booking that was opened last, which «muévala» means."""
    plan: Plan = field(default_factory=Plan)
    draft: Json | None = None
    """The draft that may be on the table; its hold may be over by now."""
    done: Json | None = None
    """The draft that was confirmed last."""

    def can(self, *tools: str) -> bool:
        """All of these may be called, and today is known."""
        return self.around.now is not None and self.tools.issuperset(tools)

    def now(self) -> datetime:
        """On the person's clock."""
        assert self.around.now is not None  # nothing that needs the day is done unless `can`
        return self.around.now

    def name_of(self, professional: Json | None) -> str:
        """As the tools gave it; an empty text where none did."""
        named = professional or {}
        known = self.people.get(str(named.get("id")), {})
        return str(named.get("name") or known.get("name") or "")
