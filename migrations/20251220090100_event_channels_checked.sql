-- What was there before channels: a confirmed booking has its booking's, and every row has one of the three.

update public.platform_events e
set channel = case b.booking_source when 'amara' then 'assistant' else 'guest' end
from public.bookings b
where e.event_type = 'BookingConfirmed' and e.source = 'server' and e.channel = 'web'
  and b.id::text = e.properties ->> 'booking_id' and b.booking_source in ('amara', 'guest');

alter table public.platform_events validate constraint platform_events_channel;
