"""What each actor gets at each relation: the walls, as a table.

- `yes`   a row is read, written, changed or taken away
- `no`    nothing of it: the row is not there for this actor, or a policy refuses the new one
- `deny`  refused for want of a privilege (42501), whatever the row
- `mine`  taken, but as the actor's own: what was said about its owner is overwritten
- `held`  allowed, and refused only because something else still refers to the row

One word is about every row; of two, the first is about the actor's own and the second about somebody else's.

Who they are: `anon` nobody with the public key; `guest` the same with a session's token, `stranger` with a token of no
session, `expired` with one that has ended; `person` signed in; `visitor` signed in anonymously, `checkout` that visitor
with a guest's token; `pro` a professional whose profile is still a draft; `admin` by `profiles.role`; `secret` the
platform's service_role; `amara` our service; `login` the role it logs in as, before it takes another on.
"""

from __future__ import annotations

from collections.abc import Iterator

HEAD = """
        anon     guest    stranger expired  person   visitor  checkout pro      admin    secret   amara    login
"""

TABLE = """
auth.users
select  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny
insert  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny
update  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
delete  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
public.profiles
select  deny     deny     deny     deny     yes/no   yes/no   yes/no   yes/no   yes/no   yes      yes      deny
insert  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny     deny
update  deny     deny     deny     deny     yes/no   yes/no   yes/no   yes/no   yes/no   yes      deny     deny
delete  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny     deny
public.professional_profiles
select  yes      yes      yes      yes      yes      yes      yes      yes      yes      yes      yes      deny
insert  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny     deny
update  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny     deny
delete  deny     deny     deny     deny     deny     deny     deny     deny     deny     held     deny     deny
public.professional_working_hours
select  yes      yes      yes      yes      yes      yes      yes      yes      yes      yes      yes      deny
insert  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny     deny
update  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny     deny
delete  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny     deny
public.professional_blocked_dates
select  yes      yes      yes      yes      yes      yes      yes      yes      yes      yes      yes      deny
insert  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny     deny
update  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny     deny
delete  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny     deny
public.guest_sessions
select  no       yes/no   no       no       no       no       yes/no   no       no       yes      yes      deny
insert  yes      yes      yes      yes      yes      yes      yes      yes      yes      yes      yes      deny
update  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      yes      deny
delete  deny     deny     deny     deny     deny     deny     deny     deny     deny     held     held     deny
public.amara_conversations
select  deny     deny     deny     deny     yes/no   yes/no   yes/no   yes/no   yes/no   yes      yes      deny
insert  deny     deny     deny     deny     yes/no   yes/no   yes/no   yes/no   yes/no   yes      yes      deny
update  deny     deny     deny     deny     yes/no   yes/no   yes/no   yes/no   yes/no   yes      yes      deny
delete  deny     deny     deny     deny     yes/no   yes/no   yes/no   yes/no   yes/no   yes      deny     deny
public.amara_messages
select  deny     deny     deny     deny     yes/no   yes/no   yes/no   yes/no   yes/no   yes      yes      deny
insert  deny     deny     deny     deny     yes/no   yes/no   yes/no   yes/no   yes/no   yes      yes      deny
update  deny     deny     deny     deny     yes/no   yes/no   yes/no   yes/no   yes/no   yes      yes      deny
delete  deny     deny     deny     deny     yes/no   yes/no   yes/no   yes/no   yes/no   yes      deny     deny
public.amara_runs
select  deny     deny     deny     deny     yes/no   yes/no   yes/no   yes/no   yes/no   yes      yes      deny
insert  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      yes      deny
update  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      yes      deny
delete  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny     deny
public.amara_run_events
select  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      yes      deny
insert  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      yes      deny
update  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny     deny
delete  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      yes      deny
public.amara_tool_runs
select  deny     deny     deny     deny     yes/no   yes/no   yes/no   yes/no   yes/no   yes      yes      deny
insert  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      yes      deny
update  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      yes      deny
delete  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny     deny
public.amara_handoffs
select  deny     deny     deny     deny     no       no       no       no       no       yes      yes      deny
insert  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      yes      deny
update  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      yes      deny
delete  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny     deny
public.amara_handoff_notes
select  deny     deny     deny     deny     no       no       no       no       no       yes      deny     deny
insert  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      yes      deny
update  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny     deny
delete  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny     deny
public.amara_usage
select  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      yes      deny
insert  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      yes      deny
update  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny     deny
delete  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny     deny
public.bookings
select  no       yes/no   no       no       yes/no   yes/no   yes/no   yes/no   yes/no   yes      yes      deny
insert  no       yes/no   no       no       yes/mine yes/mine yes/no   mine     yes/mine yes      yes      deny
update  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      yes      deny
delete  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny     deny
public.amara_booking_drafts
select  deny     deny     deny     deny     yes/no   yes/no   no       yes/no   yes/no   yes      yes      deny
insert  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      yes      deny
update  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      yes      deny
delete  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny     deny
public.platform_event_types
select  deny     deny     deny     deny     no       no       no       no       yes      yes      yes      deny
insert  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      yes      deny
update  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny     deny
delete  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny     deny
public.platform_events
select  deny     deny     deny     deny     no       no       no       no       yes      yes      yes      deny
insert  yes/no   yes/no   yes/no   yes/no   yes/no   yes/no   yes/no   yes/no   yes/no   yes      yes      deny
update  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      yes      deny
delete  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      yes      deny
public.platform_identities
select  deny     deny     deny     deny     no       no       no       no       yes      yes      yes      deny
insert  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny     deny
update  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny     deny
delete  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      yes      deny
public.platform_numbers
select  deny     deny     deny     deny     no       no       no       no       yes      yes      yes      deny
insert  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
update  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
delete  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
public.platform_event_marks
select  deny     deny     deny     deny     no       no       no       no       yes      yes      yes      deny
insert  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
update  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
delete  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
public.platform_funnel_people
select  deny     deny     deny     deny     no       no       no       no       yes      yes      yes      deny
insert  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
update  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
delete  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
public.platform_funnel_days
select  deny     deny     deny     deny     no       no       no       no       yes      yes      yes      deny
insert  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
update  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
delete  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
public.platform_event_days
select  deny     deny     deny     deny     no       no       no       no       yes      yes      yes      deny
insert  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
update  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
delete  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
public.platform_booking_days
select  deny     deny     deny     deny     no       no       no       no       yes      yes      yes      deny
insert  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
update  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
delete  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
public.idempotency_keys
select  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      yes      deny
insert  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      yes      deny
update  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      yes      deny
delete  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      yes      deny
amara_private.confirmations
select  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
insert  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny
update  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
delete  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
amara_private.guest_attempts
select  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny
insert  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny
update  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny
delete  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny
amara_private.guest_claims
select  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      yes      deny
insert  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
update  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
delete  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
amara_private.guest_mail
select  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny
insert  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
update  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny
delete  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
amara_private.guest_recoveries
select  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny
insert  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny
update  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny
delete  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny
amara_private.handoff_deeds
select  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
insert  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny
update  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
delete  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
amara_private.asides
select  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny
insert  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny
update  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
delete  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny
amara_private.recollections
select  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      yes      deny
insert  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      yes      deny
update  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      yes      deny
delete  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      yes      deny
amara_private.replies
select  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny
insert  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny
update  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
delete  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
amara_private.revocations
select  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      yes      deny
insert  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny     deny
update  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny     deny
delete  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny     deny
amara_private.socket_tickets
select  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny
insert  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny
update  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny
delete  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny
amara_private.page_passes
select  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny
insert  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny
update  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny
delete  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny
amara_private.token_budgets
select  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      yes      deny
insert  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      yes      deny
update  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      yes      deny
delete  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      yes      deny
amara_private.webhook_receiver
select  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny
insert  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
update  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny
delete  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
amara_private.webhook_notices
select  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny
insert  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
update  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny
delete  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny
amara_private.open_calls
select  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      yes      deny
insert  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      yes      deny
update  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      yes      deny
delete  deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      yes      deny
amara_private.booking_news
select  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny
insert  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
update  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
delete  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny
amara_private.migration_hashes
select  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny
insert  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
update  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
delete  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
supabase_migrations.schema_migrations
select  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     yes      deny
insert  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
update  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
delete  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
amara_api.professionals
select  yes      yes      yes      yes      yes      yes      yes      yes      yes      yes      yes      deny
insert  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
update  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
delete  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
amara_api.bookings
select  no       yes/no   no       no       yes/no   yes/no   yes/no   yes/no   yes/no   yes      yes      deny
insert  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
update  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
delete  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
amara_api.working_hours
select  yes      yes      yes      yes      yes      yes      yes      yes      yes      yes      yes      deny
insert  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
update  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
delete  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
amara_api.blocked_dates
select  yes      yes      yes      yes      yes      yes      yes      yes      yes      yes      yes      deny
insert  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
update  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
delete  deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny     deny
"""


def rows() -> Iterator[tuple[str, str, dict[str, tuple[str, str]]]]:
    """Relation, verb, and for each actor what it gets of its own row and of another's."""
    relation, actors = "", HEAD.split()
    for line in TABLE.strip().splitlines():
        first, *words = line.split()
        if not words:
            relation = first
            continue
        assert len(words) == len(actors), f"{relation} {line}"
        pairs = (word.partition("/") for word in words)
        yield relation, first, dict(zip(actors, ((own, other or own) for own, _, other in pairs), strict=True))
