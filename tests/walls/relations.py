"""Every relation behind the walls, in an order in which rows can be written, and how to find, write and touch one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.walls import doors, handoffs, notices, numbers, purses, recollections, world
from tests.walls.world import CUSTOMERS, GUESTS, PROFESSIONALS, Row


@dataclass(frozen=True)
class Relation:
    """One table or view."""

    name: str
    row: Callable[[str, str], Row]
    """Every column that may be written, for (whose, which): `kept` is there already, `new` is what somebody adds."""
    owners: tuple[str, ...]
    touch: str
    """What those change who may change every column."""
    owner: str = ""
    """The column that says whose it is."""
    keys: tuple[str, ...] = ("id",)

    @property
    def is_view(self) -> bool:
        """What can be read but has no rows of its own."""
        return self.name.startswith("amara_api.")

    def where(self, whose: str, which: str = "kept") -> str:
        """What finds one row."""
        row = self.row(whose, which)
        return " and ".join(f"{column} = {row[column]}" for column in self.keys)

    def insert(self, row: Row) -> str:
        return f"insert into {self.name} ({', '.join(row)}) values ({', '.join(row.values())})"


_ALL = (
    Relation("auth.users", world.account, (*CUSTOMERS, "colleague", world.SPARE), "email"),
    Relation("public.profiles", world.profile, (*CUSTOMERS, "colleague"), "city", "id"),
    Relation(
        "public.professional_profiles",
        world.professional_profile,
        PROFESSIONALS,
        "bio",
        "profile_id",
        ("profile_id",),
    ),
    Relation("public.professional_working_hours", world.working_hours, PROFESSIONALS, "end_time", "professional_id"),
    Relation(
        "public.professional_blocked_dates",
        world.blocked_date,
        PROFESSIONALS,
        "date",
        "professional_id",
        ("professional_id", "date"),
    ),
    Relation("public.guest_sessions", world.guest_session, GUESTS, "phone"),
    Relation("public.amara_conversations", world.conversation, CUSTOMERS, "title", "user_id"),
    Relation("public.amara_messages", world.message, CUSTOMERS, "content", "conversation_id"),
    Relation("public.amara_runs", world.run, CUSTOMERS, "outcome", "conversation_id"),
    Relation(
        "public.amara_run_events",
        world.run_event,
        CUSTOMERS,
        "frames",
        "conversation_id",
        ("conversation_id", "epoch", "seq_from"),
    ),
    Relation("public.amara_tool_runs", world.tool_run, CUSTOMERS, "output", "conversation_id"),
    Relation("public.amara_handoffs", handoffs.handoff, CUSTOMERS, "reason", "conversation_id"),
    Relation("public.amara_handoff_notes", handoffs.note, CUSTOMERS, "content", "conversation_id"),
    Relation("public.amara_usage", world.usage, CUSTOMERS, "outcome", "user_id"),
    Relation("public.bookings", world.booking, (*CUSTOMERS, *GUESTS), "address", "customer_id"),
    Relation("public.amara_booking_drafts", world.draft, (*CUSTOMERS, *GUESTS), "address", "user_id"),
    Relation("public.platform_event_types", world.event_type, ("other",), "is_counted", keys=("event_type",)),
    Relation("public.platform_events", world.event, (*CUSTOMERS, "nobody"), "properties", "user_id"),
    Relation("public.platform_identities", world.identity, CUSTOMERS, "since", "user_id", ("alias",)),
    Relation("public.platform_numbers", numbers.numbers, ("other",), "zone", keys=("is_only",)),
    Relation("public.platform_event_marks", numbers.event_mark, ("other",), "until"),
    Relation(
        "public.platform_funnel_people",
        numbers.funnel_person,
        CUSTOMERS,
        "furthest",
        keys=("who", "day", "channel", "city"),
    ),
    Relation(
        "public.platform_funnel_days",
        numbers.funnel_day,
        ("other",),
        "people",
        keys=("channel", "city", "stage", "day", "previous"),
    ),
    Relation(
        "public.platform_event_days", numbers.event_day, ("other",), "events", keys=("day", "event_type", "channel")
    ),
    Relation("public.platform_booking_days", numbers.booking_day, ("other",), "day", keys=("day", "booking")),
    Relation("public.idempotency_keys", world.idempotency_key, ("other",), "answer", keys=("scope", "key")),
    Relation("amara_private.confirmations", world.confirmation, CUSTOMERS, "kind", "user_id", ("draft_id",)),
    Relation("amara_private.guest_attempts", doors.guest_attempt, ("other",), "expires_at", keys=("key",)),
    Relation(
        "amara_private.guest_claims", world.claim, CUSTOMERS, "claimed_at", "user_id", ("guest_session_id", "user_id")
    ),
    Relation("amara_private.guest_mail", world.guest_mail, GUESTS, "state"),
    Relation("amara_private.guest_recoveries", world.guest_recovery, GUESTS, "tries"),
    Relation(
        "amara_private.handoff_deeds", handoffs.deed, CUSTOMERS, "deed", "conversation_id", ("handoff_id", "deed")
    ),
    Relation(
        "amara_private.asides", handoffs.aside, CUSTOMERS, "value", "conversation_id", ("conversation_id", "name")
    ),
    Relation(
        "amara_private.recollections",
        recollections.recollection,
        CUSTOMERS,
        "summary",
        "conversation_id",
        ("conversation_id", "begins_at"),
    ),
    Relation(
        "amara_private.replies", world.reply, CUSTOMERS, "content_hash", "message_id", ("message_id", "content_hash")
    ),
    Relation("amara_private.socket_tickets", doors.socket_ticket, CUSTOMERS, "spent_at", "user_id", ("ticket_hash",)),
    Relation("amara_private.page_passes", doors.page_pass, CUSTOMERS, "good_until", "user_id", ("pass_hash",)),
    Relation("amara_private.token_budgets", purses.token_budget, ("other",), "spent", keys=("day", "scope")),
    Relation("amara_private.open_calls", purses.open_call, CUSTOMERS, "held", "user_id"),
    Relation("amara_private.revocations", doors.revocation, CUSTOMERS, "issued_before", "user_id", ("user_id",)),
    Relation("amara_private.webhook_receiver", notices.webhook_receiver, ("other",), "is_there", keys=("is_only",)),
    Relation("amara_private.webhook_notices", notices.webhook_notice, ("other",), "state"),
    Relation(
        "amara_private.booking_news",
        notices.booking_news,
        CUSTOMERS,
        "kind",
        "conversation_id",
        ("conversation_id", "kind"),
    ),
    Relation("amara_private.migration_hashes", world.migration_hash, ("other",), "sha256", keys=("version",)),
    Relation("supabase_migrations.schema_migrations", world.migration_record, ("other",), "name", keys=("version",)),
)

_VIEWS = (
    Relation("amara_api.professionals", lambda *_: {"id": world.someone("colleague")}, ("other",), "bio"),
    Relation("amara_api.bookings", lambda *a: {"id": world.booking(*a)["id"]}, (*CUSTOMERS, *GUESTS), "address"),
    Relation(
        "amara_api.working_hours",
        lambda *_: {"professional_id": world.someone("colleague")},
        ("other",),
        "weekday",
        keys=("professional_id",),
    ),
    Relation(
        "amara_api.blocked_dates",
        lambda *_: {"professional_id": world.someone("colleague")},
        ("other",),
        "date",
        keys=("professional_id",),
    ),
)

RELATIONS = {relation.name: relation for relation in (*_ALL, *_VIEWS)}


async def settle(owner: Any) -> None:
    """Puts everybody's rows into a migrated database. Args: owner is a superuser's connection outside a transaction."""
    async with owner.transaction():
        for relation in _ALL:
            if relation.name == "public.profiles":  # signing up has made some already, all of customers
                await owner.execute("delete from public.profiles")
            elif relation.name == "public.platform_numbers":  # the migration has made the only one
                await owner.execute("delete from public.platform_numbers")
            elif relation.name == "amara_private.webhook_receiver":  # likewise
                await owner.execute("delete from amara_private.webhook_receiver")
            for whose in relation.owners:
                await owner.execute(relation.insert(relation.row(whose, "kept")))
        for table in ("profiles", "professional_profiles", "amara_conversations", "bookings", "amara_booking_drafts"):
            await owner.execute(f"alter table public.{table} disable trigger user")
            await owner.execute(f"update public.{table} set created_at = {world.PAST}, updated_at = {world.PAST}")
            await owner.execute(f"alter table public.{table} enable trigger user")
