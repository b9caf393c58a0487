"""What each role was given, to the last letter.

r select, a insert, w update, d delete; an asterisk after a letter: only the columns listed below, one by one.
"""

GRANTS = """
                                          anon   authenticated   amara_service   service_role
auth.users                                -      -               ra              -
public.profiles                           -      rw*             r               rawd
public.professional_profiles              r      r               r               rawd
public.professional_working_hours         r      r               r               rawd
public.professional_blocked_dates         r      r               r               rawd
public.guest_sessions                     ra*    ra*             rawd            rawd
public.amara_conversations                -      ra*w*d          raw             rawd
public.amara_messages                     -      ra*w*d          raw             rawd
public.amara_runs                         -      r               raw             rawd
public.amara_run_events                   -      -               rad             rawd
public.amara_tool_runs                    -      r               raw             rawd
public.amara_handoffs                     -      r               raw             rawd
public.amara_handoff_notes                -      r               a               rawd
public.amara_usage                        -      -               ra              rawd
public.bookings                           ra*    ra*             ra*w*           rawd
public.amara_booking_drafts               -      r               raw             rawd
public.platform_event_types               -      r               ra*             rawd
public.platform_events                    a*     ra*             rawd            rawd
public.platform_identities                -      r               rd              rawd
public.platform_numbers                   -      r               r               r
public.platform_event_marks               -      r               r               r
public.platform_funnel_people             -      r               r               r
public.platform_funnel_days               -      r               r               r
public.platform_event_days                -      r               r               r
public.platform_booking_days              -      r               r               r
public.idempotency_keys                   -      -               rawd            rawd
amara_private.confirmations               -      -               a               -
amara_private.guest_attempts              -      -               rawd            -
amara_private.guest_claims                -      -               r               r
amara_private.guest_mail                  -      -               rw*             -
amara_private.guest_recoveries            -      -               raw*d           -
amara_private.handoff_deeds               -      -               a               -
amara_private.asides                      -      -               rad             -
amara_private.page_passes                 -      -               raw*d           -
amara_private.recollections               -      -               rawd            rawd
amara_private.replies                     -      -               ra              -
amara_private.revocations                 -      -               r               rawd
amara_private.socket_tickets              -      -               raw*d           -
amara_private.token_budgets               -      -               rawd            rawd
amara_private.webhook_receiver            -      -               rw*             -
amara_private.webhook_notices             -      -               rw*d            -
amara_private.open_calls                  -      -               rawd            rawd
amara_private.booking_news                -      -               rd              -
amara_private.migration_hashes            -      -               r               -
supabase_migrations.schema_migrations     -      -               r               -
amara_api.professionals                   r      r               r               r
amara_api.bookings                        r      r               r               r
amara_api.working_hours                   r      r               r               r
amara_api.blocked_dates                   r      r               r               r
"""

_BOOKED = (
    "id customer_id guest_session_id professional_id status service_name service_date scheduled_start scheduled_end"
    " duration_minutes total_price currency address special_instructions booking_source source_details"
)
_HAPPENED = "id event_type user_id session_id properties created_at"
_GUEST = "session_token email full_name phone"

# (relation, verb, role) → the columns it was given one by one; a statement of the matrix names them all
COLUMNS: dict[tuple[str, str, str], str] = {
    ("public.profiles", "update", "authenticated"): "locale full_name phone city time_zone",
    ("public.guest_sessions", "insert", "anon"): _GUEST,
    ("public.guest_sessions", "insert", "authenticated"): _GUEST,
    ("public.amara_conversations", "insert", "authenticated"): "id user_id locale is_active last_message_at",
    ("public.amara_conversations", "update", "authenticated"): "locale is_active last_message_at",
    ("public.amara_messages", "insert", "authenticated"): "id conversation_id role content tool_calls metadata",
    ("public.amara_messages", "update", "authenticated"): "role content tool_calls metadata",
    ("public.bookings", "insert", "anon"): _BOOKED,
    ("public.bookings", "insert", "authenticated"): _BOOKED,
    ("public.bookings", "select", "amara_service"): "guest_session_id",  # before the drafts it saw no more of them
    ("public.bookings", "insert", "amara_service"): f"{_BOOKED} pending_since",
    ("public.bookings", "update", "amara_service"): (
        "status service_date scheduled_start scheduled_end source_details pending_since"
    ),
    ("amara_private.guest_mail", "update", "amara_service"): "state attempts due_at settled_at",
    ("amara_private.webhook_receiver", "update", "amara_service"): "is_there",
    ("amara_private.webhook_notices", "update", "amara_service"): "state attempts due_at cause settled_at",
    ("amara_private.guest_recoveries", "update", "amara_service"): "tries consumed_at",
    ("amara_private.socket_tickets", "update", "amara_service"): "spent_at",
    ("amara_private.page_passes", "update", "amara_service"): "good_until",
    ("public.platform_event_types", "insert", "amara_service"): "event_type",
    ("public.platform_events", "insert", "anon"): _HAPPENED,
    ("public.platform_events", "insert", "authenticated"): _HAPPENED,
}

# What no client may ever set, wherever such a column is or comes to be.
NEVER_UPDATED = {"created_at", "user_id", "customer_id"}
NEVER_WRITTEN = {"origin", "source", "channel", "sequence", "epoch", "session_token_hash", "predates_overlap_rule"}

_SEED_EVENTS = "timestamp with time zone,timestamp with time zone"

_KEEP_FRAMES = "keep_frames(uuid[],bigint[],bigint[],bigint[],uuid[],text[],boolean)"

# Callable by whom; a function that is not listed is its owner's alone.
CALLABLE: dict[str, str] = {
    "auth.uid()": "PUBLIC",
    "auth.role()": "PUBLIC",
    "auth.jwt()": "PUBLIC",
    "public.uuid_range(uuid,uuid)": "PUBLIC",
    "public.uuid_range(uuid,uuid,text)": "PUBLIC",
    "public.uuid_multirange()": "PUBLIC",
    "public.uuid_multirange(public.uuid_range)": "PUBLIC",
    "public.uuid_multirange(public.uuid_range[])": "PUBLIC",
    "public.cleanup_expired_guest_sessions()": "amara_service service_role",
    "public.cleanup_old_platform_events()": "amara_service service_role",
    "public.convert_guest_to_user(uuid,uuid)": "amara_service anon authenticated service_role",
    f"public.get_event_counts_by_type({_SEED_EVENTS})": "amara_service authenticated service_role",
    f"public.get_conversion_funnel({_SEED_EVENTS})": "amara_service authenticated service_role",
    f"public.get_conversion_funnel_by({_SEED_EVENTS},text,text)": "amara_service authenticated service_role",
    "public.get_funnel_days(date,date,text,text)": "amara_service authenticated service_role",
    "public.get_funnel_cities(date,date)": "amara_service authenticated service_role",
    "public.get_event_days(date,date,text)": "amara_service authenticated service_role",
    f"amara_api.numbers_asked({_SEED_EVENTS},text)": "amara_service authenticated service_role",
    f"amara_api.funnel_differences({_SEED_EVENTS})": "amara_service authenticated service_role",
    f"amara_api.funnel_searches({_SEED_EVENTS},text[])": "amara_service authenticated service_role",
    "amara_api.funnel_names(text[])": "amara_service authenticated service_role",
    "amara_api.funnel_city(text)": "amara_service authenticated service_role",
    f"amara_api.events_by_day({_SEED_EVENTS})": "amara_service authenticated service_role",
    "amara_private.roll_up_events()": "amara_service service_role",
    "amara_private.purge_events(integer)": "amara_service service_role",
    "amara_private.events_to_purge()": "amara_service service_role",
    "amara_private.use_time_zone(text)": "amara_service",
    "public.guest_session_by_token(text)": "anon authenticated service_role",
    "amara_api.fold(text)": "amara_service anon authenticated service_role",
    "amara_api.guest_proof()": "amara_service anon authenticated service_role",
    "amara_api.lock_professional(uuid)": "amara_service service_role",
    "amara_api.free_starts(uuid,date,date,integer,timestamp with time zone,uuid,uuid,uuid)": (
        "amara_service service_role"
    ),
    "amara_private.reply_hash(public.amara_messages)": "amara_service",
    "amara_private.speaks(public.amara_messages)": "amara_service",
    "amara_private.speaking(uuid,bigint,integer)": "amara_service",
    "amara_private.convert_guest(uuid,uuid)": "amara_service anon authenticated service_role",
    "amara_private.forget_idle_visitors(integer)": "amara_service",
    "amara_private.forget_conversations(timestamp with time zone,integer)": "amara_service",
    "amara_private.hold_tokens(date,text[],bigint[],bigint)": "amara_service",
    "amara_private.notify(text,uuid,jsonb,interval)": "amara_service",
    "amara_private.spend_tokens(date,text[],bigint,bigint)": "amara_service",
    "amara_private.begin_call(uuid,uuid,uuid,uuid,boolean,text,integer,text,date,text[],bigint[],bigint,bigint)": (
        "amara_service"
    ),
    "amara_private.end_call(uuid,bigint)": "amara_service",
    "amara_private.settle_calls(integer)": "amara_service",
    "amara_private.runs_elsewhere(uuid,uuid)": "amara_service",
    "amara_api.open_word(uuid,uuid,text,text)": "amara_service authenticated",
    (
        "amara_private.begin_run"
        "(uuid,uuid,uuid,text,text,uuid,text,double precision,timestamp with time zone,jsonb,integer)"
    ): "amara_service",
    "amara_private.recall(uuid,uuid,integer)": "amara_service",
    "amara_private.hold_run(uuid)": "amara_service",
    "amara_private.hold_answer(uuid)": "amara_service",
    f"amara_private.{_KEEP_FRAMES}": "amara_service",
    # Refused to whoever is somebody: see the calls.
    "amara_once.serve()": "PUBLIC",
    f"amara_once.{_KEEP_FRAMES}": "PUBLIC",
    "amara_once.begin_call(uuid,uuid,uuid,uuid,boolean,text,integer,text,date,text[],bigint[],bigint,bigint)": "PUBLIC",
    "amara_once.recall(uuid,uuid,integer,text,text,uuid)": "PUBLIC",
    (
        "amara_once.remember(text,text,uuid,uuid,text,uuid,text,jsonb,uuid,text,text,text,double precision,"
        "timestamp with time zone,jsonb,integer,bigint,bigint,bigint,text,boolean,text,text,text)"
    ): "PUBLIC",
}

# Those that run as their owner, and why they must.
DEFINERS: dict[str, str] = {
    "handle_new_user()": "whoever may add an account need not be able to write profiles",
    "amara_private.true_booking()": "prices and guests' sessions are looked up whatever the caller may read",
    "amara_private.confirm_booking()": "who books may not write events as the server",
    "amara_private.learn_identities()": "who sends events may not write identities",
    "amara_private.mark_events()": "who sends events may not write numbers",
    "amara_private.mark_changed_events()": "who changes events may not either",
    "amara_private.mark_everything()": "nor who takes them all away",
    "amara_private.mark_learned()": "nor who learns a name",
    "amara_private.mark_moved()": "nor who gives it to another",
    "amara_private.mark_forgotten()": "nor who forgets it",
    "amara_private.lend_arrived_visits()": "a browser may not change the server's event",
    "amara_private.forget_account()": "who takes an account away may not look at the others",
    "amara_private.roll_up_events()": "nobody writes numbers, not even the service",
    "amara_private.purge_events(integer)": "a day is put away before its events go",
    "amara_private.use_time_zone(text)": "another zone has the days counted anew",
    "amara_private.convert_guest(uuid,uuid)": "an account may write neither bookings nor sessions",
    "amara_private.note_guest_mail()": "who books or answers writes no mail",
    "amara_private.notify(text,uuid,jsonb,interval)": "whoever does the deed writes no notice",
    "amara_private.notify_of_booking()": "nor who books or answers",
    "amara_private.forget_summary()": "who takes a message away may not read what it was summed up in",
    "amara_private.note_booking_news()": "who answers a booking reads no conversation",
    "amara_private.complete_claims()": "whoever confirms an address may write neither",
    "amara_private.forget_idle_visitors(integer)": "accounts are not the service's to delete but in this one way",
    "amara_private.forget_conversations(timestamp with time zone,integer)": "nor are conversations",
}
