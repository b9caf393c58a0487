"""What no row may be, whoever writes it: each constraint with a row that only it refuses.

Changes are made to the row somebody adds; `= …` takes the columns named from the row that is there already.
"""

from __future__ import annotations

from tests.walls import handoffs, notices, world
from tests.walls.relations import RELATIONS
from tests.walls.world import Row, key

NOBODY = key("nobody at all")

# relation → constraint or unique index → what is wrong with the row
REFUSALS: dict[str, dict[str, str | Row]] = {
    "auth.users": {"users_pkey": "= id", "users_email_key": "= email"},
    "public.profiles": {
        "profiles_pkey": "= id",
        "profiles_id_fkey": {"id": NOBODY},
        "profiles_role_check": {"role": "'owner'"},
    },
    "public.professional_profiles": {
        "professional_profiles_pkey": "= profile_id",
        "professional_profiles_profile_id_fkey": {"profile_id": NOBODY},
        "professional_profiles_buffer_minutes_check": {"buffer_minutes": "-1"},
        "professional_profiles_max_bookings_per_day_check": {"max_bookings_per_day": "0"},
        "professional_profiles_on_time_rate_check": {"on_time_rate": "101"},
    },
    "public.professional_working_hours": {
        "professional_working_hours_pkey": "= id",
        "professional_working_hours_professional_id_weekday_start_ti_key": "= professional_id weekday start_time",
        "professional_working_hours_professional_id_fkey": {"professional_id": NOBODY},
        "professional_working_hours_check": {"end_time": "'07:00'"},
        "professional_working_hours_weekday_check": {"weekday": "7"},
    },
    "public.professional_blocked_dates": {
        "professional_blocked_dates_pkey": "= professional_id date",
        "professional_blocked_dates_professional_id_fkey": {"professional_id": NOBODY},
    },
    "public.guest_sessions": {
        "guest_sessions_pkey": "= id",
        "guest_sessions_session_token_key": "= session_token",
        "guest_sessions_user_id_fkey": {"user_id": NOBODY},
        "guest_sessions_size": {"full_name": "repeat('a', 201)"},
    },
    "public.amara_conversations": {
        "amara_conversations_pkey": "= id",
        "amara_conversations_user_id_fkey": {"user_id": NOBODY},
        "amara_conversations_locale": {"locale": "'fr'"},
        "amara_conversations_thread": {"thread_key": "'one'"},
    },
    "public.amara_messages": {
        "amara_messages_pkey": "= id",
        "amara_messages_conversation_id_fkey": {"conversation_id": NOBODY},
        "amara_messages_role_check": {"role": "'tool'"},
        "amara_messages_size": {"content": "repeat('a', 65537)"},
        "amara_messages_metadata": {"metadata": "'[]'"},
        "amara_messages_origin": {"origin": "'somewhere'"},
        "amara_messages_client_message": {"metadata": """'{"client_message_id": "one"}'"""},
    },
    "public.amara_runs": {
        "amara_runs_pkey": "= id",
        "amara_runs_user_id_run_key_key": "= user_id run_key",
        "amara_runs_conversation_id_fkey": {"conversation_id": NOBODY},
        "amara_runs_run_key_check": {"run_key": "''"},
        "amara_runs_parent_run_key_check": {"parent_run_key": "repeat('a', 129)"},
        "amara_runs_status_check": {"status": "'paused'"},
        "amara_runs_one_live": {"status": "'running'"},
        "amara_runs_leader": {"status": "'merged'", "leader_id": NOBODY},
        "amara_runs_merged_has_leader": {"status": "'merged'"},
        "amara_runs_queued_has_place": {"status": "'queued'"},
    },
    "public.amara_run_events": {
        "amara_run_events_pkey": "= conversation_id epoch seq_from",
        "amara_run_events_conversation_id_fkey": {"conversation_id": NOBODY},
        "amara_run_events_run_id_fkey": {"run_id": NOBODY},
        "amara_run_events_check": {"seq_to": "1"},
    },
    "public.amara_tool_runs": {
        "amara_tool_runs_pkey": "= id",
        "amara_tool_runs_run_id_call_id_key": "= run_id call_id",
        "amara_tool_runs_run_id_fkey": {"run_id": NOBODY},
        "amara_tool_runs_conversation_id_fkey": {"conversation_id": NOBODY},
        "amara_tool_runs_state_check": {"state": "'lost'"},
    },
    "public.amara_usage": {
        "amara_usage_pkey": "= id",
        "amara_usage_run_id_fkey": {"run_id": NOBODY},
        "amara_usage_purpose_check": {"purpose": "'fun'"},
        "amara_usage_cost_usd_check": {"cost_usd": "-1"},
    },
    "public.bookings": {
        "bookings_pkey": "= id",
        "bookings_customer_id_fkey": {"customer_id": NOBODY},
        "bookings_guest_session_id_fkey": {"guest_session_id": NOBODY},
        "bookings_professional_id_fkey": {"professional_id": NOBODY},
        "bookings_booking_source_check": {"booking_source": "'fax'"},
        "bookings_duration_minutes_check": {"duration_minutes": "0"},
        "bookings_end_after_start": {"scheduled_end": "'2031-01-01T00:00Z'"},
        "bookings_have_somebody": {"customer_id": "null"},
        "bookings_status_check": {"status": "'maybe'"},
        "bookings_total_price_check": {"total_price": "-1"},
        "bookings_no_overlap": "= professional_id scheduled_start scheduled_end",
    },
    "public.amara_booking_drafts": {
        "amara_booking_drafts_pkey": "= id",
        "amara_booking_drafts_user_id_fkey": {"user_id": NOBODY},
        "amara_booking_drafts_guest_session_id_fkey": {"guest_session_id": NOBODY},
        "amara_booking_drafts_conversation_id_fkey": {"conversation_id": NOBODY},
        "amara_booking_drafts_professional_id_fkey": {"professional_id": NOBODY},
        "amara_booking_drafts_target_booking_id_fkey": {"kind": "'reschedule'", "target_booking_id": NOBODY},
        "amara_booking_drafts_booking_id_fkey": {"booking_id": NOBODY},
        "amara_booking_drafts_address_check": {"address": "repeat('a', 301)"},
        "amara_booking_drafts_check": {"expires_at": world.PAST},
        "amara_booking_drafts_duration_minutes_check": {"duration_minutes": "0"},
        "amara_booking_drafts_instructions_check": {"instructions": "repeat('a', 1001)"},
        "amara_booking_drafts_kind_check": {
            "kind": "'wish'",
            "target_booking_id": world.booking("other", "kept")["id"],
        },
        "amara_booking_drafts_price_cop_check": {"price_cop": "-1"},
        "amara_booking_drafts_refund_cop_check": {
            "kind": "'cancel'",
            "target_booking_id": world.booking("other", "kept")["id"],
            "refund_cop": "-1",
        },
        "amara_booking_drafts_refund_percent_check": {"refund_percent": "101"},
        "amara_booking_drafts_service_name_check": {"service_name": "repeat('a', 121)"},
        "amara_booking_drafts_service_slug_check": {"service_slug": "repeat('a', 81)"},
        "amara_booking_drafts_status_check": {"status": "'lost'"},
        "amara_booking_drafts_version_check": {"version": "0"},
        "drafts_change_a_booking": {"kind": "'reschedule'"},
        "drafts_have_somebody": {"user_id": "null"},
        "drafts_quote_a_refund": {"refund_cop": "1"},
        "amara_booking_drafts_one_open": {"conversation_id": world.conversation("other", "kept")["id"]},
        "amara_booking_drafts_one_booking": {"booking_id": world.booking("other", "kept")["id"]},
    },
    "public.platform_event_types": {
        "platform_event_types_pkey": "= event_type",
        "platform_event_types_event_type_check": {"event_type": "''"},
    },
    "public.platform_events": {
        "platform_events_pkey": "= id",
        "platform_events_user_id_fkey": {"user_id": NOBODY, "session_id": "null"},
        "platform_events_source": {"source": "'somewhere'"},
        "platform_events_channel": {"channel": "'phone'"},
        "platform_events_size": {"session_id": "repeat('a', 201)"},
    },
    "public.platform_identities": {
        "platform_identities_pkey": "= alias",
        "platform_identities_user_id_fkey": {"user_id": NOBODY},
    },
    "public.platform_numbers": {"platform_numbers_pkey": "= is_only", "platform_numbers_only": {"is_only": "false"}},
    "public.platform_event_marks": {"platform_event_marks_pkey": "= id"},
    "public.platform_funnel_people": {"platform_funnel_people_pkey": "= who day channel city"},
    "public.platform_funnel_days": {"platform_funnel_days_pkey": "= channel city stage day previous"},
    "public.platform_booking_days": {"platform_booking_days_pkey": "= day booking"},
    "public.platform_event_days": {"platform_event_days_pkey": "= day event_type channel"},
    "public.idempotency_keys": {
        "idempotency_keys_pkey": "= scope key",
        "idempotency_keys_key_check": {"key": "''"},
        "idempotency_keys_scope_check": {"scope": "repeat('a', 201)"},
    },
    "amara_private.confirmations": {"confirmations_pkey": "= draft_id"},
    "amara_private.guest_attempts": {
        "guest_attempts_pkey": "= key",
        "guest_attempts_key_check": {"key": "'short'"},
        "guest_attempts_times_check": {"times": "'{}'"},
    },
    "amara_private.guest_claims": {
        "guest_claims_pkey": "= guest_session_id user_id",
        "guest_claims_guest_session_id_fkey": {"guest_session_id": NOBODY},
        "guest_claims_user_id_fkey": {"user_id": NOBODY},
    },
    "amara_private.guest_mail": {
        "guest_mail_pkey": "= id",
        "guest_mail_booking_id_sequence_key": "= booking_id sequence",
        "guest_mail_booking_id_fkey": {"booking_id": NOBODY},
        "guest_mail_kind_check": {"kind": "'forgotten'"},
        "guest_mail_state_check": {"state": "'lost'"},
    },
    "amara_private.guest_recoveries": {
        "guest_recoveries_pkey": "= id",
        "guest_recoveries_guest_session_id_fkey": {"guest_session_id": NOBODY},
        "guest_recoveries_tries_check": {"tries": "6"},
    },
    **handoffs.REFUSALS,
    "amara_private.recollections": {
        "recollections_pkey": "= conversation_id begins_at",
        "recollections_conversation_id_fkey": {"conversation_id": NOBODY},
        "recollections_summary_check": {"summary": "repeat('x', 4001)"},
    },
    "amara_private.replies": {
        "replies_pkey": {"id": "(select max(id) from amara_private.replies)"},
        "replies_message_id_fkey": {"message_id": NOBODY},
        "replies_run_id_fkey": {"run_id": NOBODY},
        "replies_handoff_id_fkey": {"run_id": "null", "handoff_id": NOBODY},
        "replies_of_one_speaker": {"run_id": "null"},
    },
    "amara_private.revocations": {"revocations_pkey": "= user_id"},
    "amara_private.socket_tickets": {"socket_tickets_pkey": "= ticket_hash"},
    "amara_private.page_passes": {
        "page_passes_pkey": "= pass_hash",
        "page_passes_pass_hash_check": {"pass_hash": "'\\x00'"},
        "page_passes_kind_check": {"kind": "'key'"},
        "page_passes_check": {"good_until": "'infinity'"},
    },
    "amara_private.token_budgets": {
        "token_budgets_pkey": "= day scope",
        "token_budgets_scope_check": {"scope": "''"},
    },
    **notices.REFUSALS,
    "amara_private.open_calls": {"open_calls_pkey": "= id", "open_calls_purpose_check": {"purpose": "'fun'"}},
    "amara_private.migration_hashes": {"migration_hashes_pkey": "= version"},
    "supabase_migrations.schema_migrations": {"schema_migrations_pkey": "= version"},
}

# The row that is there already has these, so that a second one of them is one too many.
KEPT: dict[str, Row] = {
    "amara_conversations_thread": {"thread_key": "'one'"},
    "amara_messages_client_message": {"metadata": """'{"client_message_id": "one"}'"""},
    "amara_handoffs_open": {"state": "'waiting'", "returned_at": "null"},
    "amara_runs_one_live": {"status": "'running'"},
    "amara_booking_drafts_one_open": {"conversation_id": world.conversation("other", "kept")["id"]},
    "amara_booking_drafts_one_booking": {"booking_id": world.booking("other", "kept")["id"]},
}

# A trigger writes these whatever was sent; the constraint is for the day it does not.
STAMPED = {"amara_messages_origin", "platform_events_source"}


def without_triggers(relation: str) -> str:
    """What takes the table's triggers away, references aside."""
    return f"alter table {relation} disable trigger user"


def wrong_row(relation: str, constraint: str) -> tuple[str, str]:
    """What is arranged first, if anything, and the insert that this constraint refuses."""
    table = RELATIONS[relation]
    whose = "other" if "other" in table.owners else table.owners[-1]
    wrong = REFUSALS[relation][constraint]
    if isinstance(wrong, str):
        kept = table.row(whose, "kept")
        wrong = {column: kept[column] for column in wrong.removeprefix("= ").split()}
    first = without_triggers(relation) if constraint in STAMPED else ""
    if constraint in KEPT:
        changes = ", ".join(f"{column} = {value}" for column, value in KEPT[constraint].items())
        first = f"update {relation} set {changes} where {table.where(whose)}"
    # Numbers the database gives are given here too.
    return first, table.insert(table.row(whose, "new") | wrong).replace(
        " values ", " overriding system value values ", 1
    )


def row_without(relation: str, column: str) -> str:
    """The insert of a row that lacks this column."""
    table = RELATIONS[relation]
    return table.insert(table.row(table.owners[-1], "new") | {column: "null"})
