"""What the database has noted for the guests' mail. Everything here is *service*."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from guest.mail.shapes import Claimed, Notice
from guest.settings import Connection

# Of a booking b and its guest's session g: as the session has it, else the conversation in which it was booked or the
# visitor's latest, else the profile's, else Spanish. What a browser wrote for a conversation's id need not be one.
LANGUAGE = """
case when coalesce(
  g.metadata ->> 'locale',
  (select c.locale from public.amara_conversations c
   where c.id = case when b.source_details ->> 'conversation_id' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
     then (b.source_details ->> 'conversation_id')::uuid end),
  (select c.locale from public.amara_conversations c
   where c.user_id = g.user_id order by c.last_message_at desc limit 1),
  (select p.locale from public.profiles p where p.id = b.customer_id)
) like 'en%' then 'en' else 'es' end
"""


async def claim(connection: Connection, *, now: datetime, until: datetime) -> Claimed | None:
    """A letter that is due, as nobody else's until that moment; those of one booking in their order."""
    row = await connection.fetchrow(
        """
        update amara_private.guest_mail m set attempts = m.attempts + 1, due_at = $2
        from (
          select w.id from amara_private.guest_mail w
          where w.state = 'waiting' and w.due_at <= $1 and not exists (
            select from amara_private.guest_mail e
            where e.booking_id = w.booking_id and e.sequence < w.sequence and e.state = 'waiting'
          )
          order by w.due_at, w.created_at limit 1
          for update skip locked
        ) due
        where m.id = due.id
        returning m.id, m.booking_id, m.kind, m.attempts
        """,
        now,
        until,
    )
    return None if row is None else Claimed(**row)


async def notice(connection: Connection, mail_id: UUID, *, now: datetime) -> Notice | None:
    """What to tell, and whom; nothing once the person is out of the booking."""
    row = await connection.fetchrow(
        f"""
        select m.id, m.booking_id, m.kind, m.sequence, m.created_at as noted_at, m.starts_at, m.ends_at,
          b.status::text = 'confirmed' as is_confirmed, coalesce(b.service_date, m.created_at::date) as day,
          g.email, g.full_name,
          {LANGUAGE} as language,
          b.service_name as service, b.professional_name as professional, b.address, b.total_price::bigint,
          coalesce(b.currency, 'COP') as currency,
          case when m.kind = 'cancelled' and b.source_details -> 'cancellation' ->> 'refund_cop' ~ '^[0-9]{{1,12}}$'
            then (b.source_details -> 'cancellation' ->> 'refund_cop')::bigint end as refund,
          p.time_zone,
          (select count(*) from public.guest_sessions s
           join public.bookings o on o.guest_session_id = s.id
           join amara_private.guest_mail e on e.booking_id = o.id
           where lower(btrim(s.email)) = lower(btrim(g.email)) and e.state = 'sent' and e.settled_at > $2
          ) as sent_lately
        from amara_private.guest_mail m
        join amara_api.bookings b on b.id = m.booking_id and b.anonymized_at is null
        join public.guest_sessions g on g.id = b.guest_session_id
        left join amara_api.professionals p on p.id = b.professional_id
        where m.id = $1
        """,  # noqa: S608 - a text of ours
        mail_id,
        now - timedelta(hours=24),
    )
    return None if row is None else msgspec.convert(dict(row), Notice)


async def settle(connection: Connection, mail_id: UUID, state: str, *, now: datetime) -> None:
    """It was sent, or is given up; where two sent it, it was sent."""
    await connection.execute(
        "update amara_private.guest_mail set state = $2, settled_at = $3 where id = $1 and state <> 'sent'",
        mail_id,
        state,
        now,
    )


async def defer(connection: Connection, claimed: Claimed, *, due_at: datetime) -> None:
    """Another time, unless somebody has claimed it anew."""
    await connection.execute(
        "update amara_private.guest_mail set due_at = $3 where id = $1 and attempts = $2 and state = 'waiting'",
        claimed.id,
        claimed.attempts,
        due_at,
    )
