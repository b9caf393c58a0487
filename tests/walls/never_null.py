"""Which columns always say something."""

from __future__ import annotations

from tests.walls import handoffs

# Never null, also with the triggers away that would fill a column themselves.
NEVER_NULL = {
    "auth.users": "is_anonymous raw_user_meta_data created_at",
    "public.profiles": "role locale time_zone created_at updated_at",
    "public.professional_profiles": (
        "status country languages services review_count time_zone buffer_minutes instant_booking created_at updated_at"
    ),
    "public.professional_working_hours": "professional_id weekday start_time end_time",
    "public.guest_sessions": "session_token email full_name expires_at created_at",
    "public.amara_conversations": "user_id locale is_active last_message_at created_at updated_at epoch",
    "public.amara_messages": "conversation_id role content created_at sequence origin",
    "public.amara_runs": (
        "conversation_id user_id run_key status owner lease_version lease_expires_at takeovers started_at asked"
    ),
    "public.amara_run_events": "seq_to frames created_at",
    "public.amara_tool_runs": "run_id conversation_id call_id tool state created_at",
    "public.amara_usage": (
        "model round input_tokens output_tokens cache_read_tokens cache_write_tokens created_at is_estimated purpose"
    ),
    "public.bookings": (
        "professional_id status service_date currency booking_source source_details created_at updated_at"
        " predates_overlap_rule"
    ),
    "public.amara_booking_drafts": (
        "kind professional_id starts_at duration_minutes price_cop currency version status offered_at expires_at"
        " created_at updated_at"
    ),
    "public.platform_event_types": "is_counted declared_at",
    "public.platform_events": "event_type created_at source channel",
    "public.platform_identities": "user_id since",
    "public.platform_numbers": "zone raw_through kept_from",
    "public.platform_event_marks": "since",
    "public.platform_funnel_people": "furthest",
    "public.platform_funnel_days": "people",
    "public.platform_event_days": "events",
    "public.idempotency_keys": "body_hash created_at",
    "amara_private.confirmations": "version kind booking_id price_cop confirmed_at",
    "amara_private.guest_attempts": "times expires_at",
    "amara_private.guest_claims": "claimed_at",
    "amara_private.guest_mail": "booking_id kind sequence state attempts due_at created_at",
    "amara_private.guest_recoveries": "booking_id code_hash tries created_at expires_at",
    **handoffs.NEVER_NULL,
    "amara_private.page_passes": "kind user_id good_until ends_at",
    "amara_private.recollections": "summed_to summary made_at",
    "amara_private.replies": "message_id content_hash recorded_at",
    "amara_private.revocations": "issued_before",
    "amara_private.socket_tickets": "user_id is_anonymous conversation_id token_expires_at made_at",
    "amara_private.token_budgets": "held spent",
    "amara_private.webhook_receiver": "is_there",
    "amara_private.booking_news": "conversation_id booking_id kind created_at",
    "amara_private.webhook_notices": "subject type data state attempts due_at created_at",
    "amara_private.open_calls": (
        "run_id conversation_id user_id is_visitor model round purpose day scopes held asked_tokens began_at"
    ),
    "amara_private.migration_hashes": "sha256 applied_at",
}
