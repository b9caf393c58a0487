"""The four tables as their mission wrote them: software that already talks to them must go on working.

Types and defaults as PostgreSQL prints them. What this service adds stands apart, by name.
"""

NOW, UUID, EMPTY = "now()", "gen_random_uuid()", "'{}'::jsonb"
DAY = "(now() + '24:00:00'::interval)"

# table → column → (type, may be null, default)
COLUMNS: dict[str, dict[str, tuple[str, bool, str | None]]] = {
    "amara_conversations": {
        "id": ("uuid", False, UUID),
        "user_id": ("uuid", False, None),
        "locale": ("text", False, "'en'::text"),
        "is_active": ("boolean", False, "true"),
        "last_message_at": ("timestamp with time zone", False, NOW),
        "created_at": ("timestamp with time zone", False, NOW),
        "updated_at": ("timestamp with time zone", False, NOW),
    },
    "amara_messages": {
        "id": ("uuid", False, UUID),
        "conversation_id": ("uuid", False, None),
        "role": ("text", False, None),
        "content": ("text", False, None),
        "tool_calls": ("jsonb", True, None),
        "metadata": ("jsonb", True, None),
        "created_at": ("timestamp with time zone", False, NOW),
    },
    "guest_sessions": {
        "id": ("uuid", False, UUID),
        "session_token": ("text", False, None),
        "email": ("text", False, None),
        "full_name": ("text", False, None),
        "phone": ("text", True, None),
        "metadata": ("jsonb", True, EMPTY),
        "expires_at": ("timestamp with time zone", False, DAY),
        "created_at": ("timestamp with time zone", False, NOW),
    },
    "platform_events": {
        "id": ("uuid", False, UUID),
        "event_type": ("text", False, None),
        "user_id": ("uuid", True, None),
        "session_id": ("text", True, None),
        "properties": ("jsonb", True, EMPTY),
        "created_at": ("timestamp with time zone", False, NOW),
    },
}

ADDED_COLUMNS: dict[str, dict[str, tuple[str, bool, str | None]]] = {
    "amara_conversations": {
        "thread_key": ("text", True, None),
        "title": ("text", True, None),
        "epoch": ("bigint", False, "0"),
    },
    "amara_messages": {
        "sequence": ("bigint", False, "identity by default"),
        "origin": ("text", False, "'client'::text"),
    },
    "guest_sessions": {"user_id": ("uuid", True, None)},
    "platform_events": {"source": ("text", False, "'client'::text"), "channel": ("text", False, "'web'::text")},
}

ROLES = "CHECK ((role = ANY (ARRAY['user'::text, 'assistant'::text, 'system'::text])))"
CONSTRAINTS: dict[str, set[str]] = {
    "amara_conversations": {"PRIMARY KEY (id)", "FOREIGN KEY (user_id) REFERENCES auth.users(id) ON DELETE CASCADE"},
    "amara_messages": {
        "PRIMARY KEY (id)",
        "FOREIGN KEY (conversation_id) REFERENCES amara_conversations(id) ON DELETE CASCADE",
        ROLES,
    },
    "guest_sessions": {"PRIMARY KEY (id)", "UNIQUE (session_token)"},
    "platform_events": {"PRIMARY KEY (id)", "FOREIGN KEY (user_id) REFERENCES auth.users(id) ON DELETE SET NULL"},
}

# index → (table, what comes after the table's name)
INDEXES: dict[str, tuple[str, str]] = {
    "idx_amara_conversations_user_id": ("amara_conversations", "USING btree (user_id)"),
    "idx_amara_conversations_last_message_at": ("amara_conversations", "USING btree (last_message_at DESC)"),
    "idx_amara_conversations_is_active": ("amara_conversations", "USING btree (is_active) WHERE (is_active = true)"),
    "idx_amara_messages_conversation_id": ("amara_messages", "USING btree (conversation_id)"),
    "idx_amara_messages_created_at": ("amara_messages", "USING btree (created_at DESC)"),
    "idx_amara_messages_role": ("amara_messages", "USING btree (role)"),
    "idx_guest_sessions_session_token": ("guest_sessions", "USING btree (session_token)"),
    "idx_guest_sessions_email": ("guest_sessions", "USING btree (email)"),
    "idx_guest_sessions_expires_at": ("guest_sessions", "USING btree (expires_at)"),
    "idx_platform_events_event_type": ("platform_events", "USING btree (event_type)"),
    "idx_platform_events_user_id": ("platform_events", "USING btree (user_id)"),
    "idx_platform_events_session_id": ("platform_events", "USING btree (session_id)"),
    "idx_platform_events_created_at": ("platform_events", "USING btree (created_at)"),
    "idx_platform_events_type_date": ("platform_events", "USING btree (event_type, created_at DESC)"),
    "idx_platform_events_user_journey": (
        "platform_events",
        "USING btree (user_id, created_at DESC) WHERE (user_id IS NOT NULL)",
    ),
    "idx_platform_events_properties": ("platform_events", "USING gin (properties)"),
}

# What the walls tightened: rules that no row of an honest caller breaks; rows from before are not asked.
ADDED_CONSTRAINTS: dict[str, set[str]] = {
    "amara_conversations": {"amara_conversations_locale"},
    "amara_messages": {"amara_messages_origin", "amara_messages_size", "amara_messages_metadata"},
    "guest_sessions": {"guest_sessions_user_id_fkey", "guest_sessions_size"},
    "platform_events": {"platform_events_source", "platform_events_size", "platform_events_channel"},
}

ADDED_INDEXES = {
    "amara_conversations_thread",
    "amara_conversations_recent",
    "amara_messages_client_message",
    "amara_messages_order",
    "guest_sessions_user",
    "guest_sessions_address",
}

# each: table, policy, verb, roles
POLICIES: set[tuple[str, str, str, str]] = {
    *(
        ("amara_conversations", f"Users can {word} their own Amara conversations", verb, "authenticated")
        for word, verb in (("view", "SELECT"), ("create", "INSERT"), ("update", "UPDATE"), ("delete", "DELETE"))
    ),
    *(
        ("amara_messages", f"Users can {word} their own Amara messages", verb, "authenticated")
        for word, verb in (("view", "SELECT"), ("create", "INSERT"), ("update", "UPDATE"), ("delete", "DELETE"))
    ),
    ("guest_sessions", "Anyone can create guest sessions", "INSERT", "anon,authenticated"),
    ("guest_sessions", "Anyone can read their own guest session by token", "SELECT", "anon,authenticated"),
    ("guest_sessions", "Service role can manage all guest sessions", "ALL", "service_role"),
    ("platform_events", "Users can insert their own platform events", "INSERT", "authenticated"),
    ("platform_events", "Anonymous users can insert platform events", "INSERT", "anon"),
    ("platform_events", "Admins can view all platform events", "SELECT", "authenticated"),
    ("platform_events", "Service role can manage all platform events", "ALL", "service_role"),
}

ADDED_POLICIES: set[tuple[str, str, str, str]] = {
    (table, f"Amara service: {verb}", verb.upper(), "amara_service")
    for table, verbs in {
        "amara_conversations": ("select", "insert", "update"),
        "amara_messages": ("select", "insert", "update"),
        "guest_sessions": ("select", "insert", "update", "delete"),
        "platform_events": ("select", "insert", "update", "delete"),
    }.items()
    for verb in verbs
}

BOUNDS = (
    "p_start_date timestamp with time zone DEFAULT (now() - '30 days'::interval), "
    "p_end_date timestamp with time zone DEFAULT now()"
)

# function → (arguments, result)
FUNCTIONS: dict[str, tuple[str, str]] = {
    "cleanup_expired_guest_sessions": ("", "void"),
    "convert_guest_to_user": ("p_guest_session_id uuid, p_user_id uuid", "void"),
    "get_event_counts_by_type": (BOUNDS, "TABLE(event_type text, event_count bigint)"),
    "get_conversion_funnel": (BOUNDS, "TABLE(stage text, unique_users bigint, conversion_rate numeric)"),
    "cleanup_old_platform_events": ("", "void"),
    "handle_updated_at": ("", "trigger"),
}

# trigger → (table, what it does)
TRIGGERS: dict[str, tuple[str, str]] = {
    "set_amara_conversations_updated_at": (
        "amara_conversations",
        "BEFORE UPDATE ON public.amara_conversations FOR EACH ROW EXECUTE FUNCTION handle_updated_at()",
    ),
}

ADDED_TRIGGERS = {
    "read_amara_messages_tool_calls",
    "settle_amara_conversations",
    "stamp_amara_messages",
    "record_amara_replies",
    "forget_amara_summary",
    "seal_guest_sessions",
    "stamp_platform_events",
    "learn_platform_identities",
    "lend_platform_events",
    "mark_platform_events",
    "mark_changed_platform_events",
    "mark_deleted_platform_events",
    "mark_emptied_platform_events",
    "forget_account_of_platform_events",
}
