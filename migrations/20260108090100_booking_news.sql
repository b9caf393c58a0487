-- What becomes of a booking outside its chat is told in the chat: written with the deed itself, whoever does it, and told once.

create table if not exists amara_private.booking_news (
  id bigint generated always as identity primary key,
  conversation_id uuid not null references public.amara_conversations (id) on delete cascade,
  booking_id uuid not null references public.bookings (id) on delete cascade,
  kind text not null check (kind in (
    'pending', 'confirmed', 'declined', 'in_progress', 'completed', 'cancelled', 'moved', 'repriced', 'changed'
  )),
  status text,
  scheduled_start timestamptz,
  scheduled_end timestamptz,
  total_price numeric,
  created_at timestamptz not null default clock_timestamp()
);
comment on table amara_private.booking_news is 'changes that a conversation is still to be told; gone when its message is written';
comment on column amara_private.booking_news.status is 'as the booking stood then, like the hours and the price';
create index if not exists booking_news_conversation on amara_private.booking_news (conversation_id, id);

-- Definer: who answers a booking may read no conversation. What the chat does itself it tells itself, and says so in its
-- transaction. The conversation is the one the booking was made in, if it is the customer's, and else the customer's latest:
-- what a browser wrote into the details must not lead into somebody else's chat.
create or replace function amara_private.note_booking_news() returns trigger
  language plpgsql security definer set search_path = '' as $fn$
declare
  status text := new.status::text;
  is_moved boolean := (old.scheduled_start, old.scheduled_end) is distinct from (new.scheduled_start, new.scheduled_end);
  is_other boolean := old.status::text is distinct from status;
  kinds text[] := array_remove(array[
    case when is_moved and status in ('pending', 'confirmed', 'in_progress') then 'moved' end,
    case
      when not is_other or status is null or is_moved and status = 'pending' then null
      when status in ('pending', 'confirmed', 'declined', 'in_progress', 'completed', 'cancelled') then status
      else 'changed'
    end,
    case when old.total_price is distinct from new.total_price and old.total_price is not null
      and new.total_price is not null then 'repriced' end
  ], null);
  person uuid;
  chat uuid;
begin
  if kinds = '{}' or new.anonymized_at is not null or current_setting('amara.tells', true) = 'itself' then
    return null;
  end if;
  person := coalesce(new.customer_id, (select g.user_id from public.guest_sessions g where g.id = new.guest_session_id));
  select c.id into chat from public.amara_conversations c where c.user_id = person
  order by coalesce(c.id::text = new.source_details ->> 'conversation_id', false) desc, c.last_message_at desc, c.id limit 1;
  if chat is not null then
    insert into amara_private.booking_news
      (conversation_id, booking_id, kind, status, scheduled_start, scheduled_end, total_price)
    select chat, new.id, k.kind, status, new.scheduled_start, new.scheduled_end, new.total_price
    from unnest(kinds) with ordinality k (kind, place) order by k.place;
  end if;
  return null;
end
$fn$;
revoke execute on function amara_private.note_booking_news() from public, anon, authenticated;

drop trigger if exists note_bookings_news on public.bookings;
create trigger note_bookings_news after update on public.bookings
  for each row execute function amara_private.note_booking_news();

alter table amara_private.booking_news enable row level security;
revoke all on amara_private.booking_news from public, anon, authenticated, service_role;
grant select, delete on amara_private.booking_news to amara_service;

drop policy if exists "Amara service: select" on amara_private.booking_news;
create policy "Amara service: select" on amara_private.booking_news for select to amara_service using (true);
drop policy if exists "Amara service: delete" on amara_private.booking_news;
create policy "Amara service: delete" on amara_private.booking_news for delete to amara_service using (true);
