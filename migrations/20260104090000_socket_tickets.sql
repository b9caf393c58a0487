-- What a browser shows at the door of the socket instead of a token: it cannot send headers there, and an address is no
-- place for secrets. Any process may be the one that is asked, so what was spent is remembered here.

create table if not exists amara_private.socket_tickets (
  ticket_hash bytea primary key,
  user_id uuid not null,
  is_anonymous boolean not null,
  conversation_id uuid not null,
  origin text,
  token_issued_at timestamptz,
  token_expires_at timestamptz not null,
  made_at timestamptz not null,
  spent_at timestamptz
);
comment on table amara_private.socket_tickets is 'the hash of a ticket, whose it is, for which conversation and page, by which token';
-- No reference to the conversation: one that was never spoken in has no row yet. None to the account: see the revocations.

create index if not exists socket_tickets_user on amara_private.socket_tickets (user_id, made_at);

alter table amara_private.socket_tickets enable row level security;
revoke all on amara_private.socket_tickets from public, anon, authenticated, service_role, amara_service;
grant select, insert, delete on amara_private.socket_tickets to amara_service;
grant update (spent_at) on amara_private.socket_tickets to amara_service;

drop policy if exists "Amara service: all" on amara_private.socket_tickets;
create policy "Amara service: all" on amara_private.socket_tickets for all to amara_service using (true) with check (true);
