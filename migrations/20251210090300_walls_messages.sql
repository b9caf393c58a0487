-- Who said it. A person may write and edit every row of the own conversation, an assistant's too: the seed's callers do. So
-- the database itself says where a row came from, and what the model reads as the assistant's is only what the service said.

alter table public.amara_messages add column if not exists origin text not null default 'client'
  constraint amara_messages_origin check (origin in ('service', 'client'));
comment on column public.amara_messages.origin is 'who wrote the row as it stands; nobody else than the service is the service';

create or replace function amara_private.stamp_message() returns trigger language plpgsql set search_path = '' as $fn$
begin
  if tg_op = 'INSERT' then
    new.origin := case current_user when 'amara_service' then 'service' else 'client' end;
    return new;
  end if;
  -- The service never turns a person's row into its own by touching it.
  new.origin := case current_user when 'amara_service' then old.origin else 'client' end;
  if current_user in ('anon', 'authenticated') then
    new.id := old.id;
    new.conversation_id := old.conversation_id;
    new.sequence := old.sequence;
    new.created_at := old.created_at;
  end if;
  return new;
end
$fn$;
revoke execute on function amara_private.stamp_message() from public, anon, authenticated;

drop trigger if exists stamp_amara_messages on public.amara_messages;
create trigger stamp_amara_messages before insert or update on public.amara_messages
  for each row execute function amara_private.stamp_message();

-- Sizes. Rows from before keep theirs; what the service writes is bounded where it is made.
do $do$
begin
  if not exists (
    select from pg_catalog.pg_constraint
    where conrelid = 'public.amara_messages'::regclass and conname = 'amara_messages_size'
  ) then
    alter table public.amara_messages add constraint amara_messages_size check (
      origin = 'service'
      or octet_length(content) <= 65536
      and (metadata is null or octet_length(metadata::text) <= 65536)
      and (tool_calls is null or octet_length(tool_calls::text) <= 1048576)
    ) not valid;
    alter table public.amara_messages add constraint amara_messages_metadata check (
      metadata is null
      or jsonb_typeof(metadata) = 'object'
      and (
        not metadata ? 'client_message_id'
        or jsonb_typeof(metadata -> 'client_message_id') = 'string'
        and length(metadata ->> 'client_message_id') between 1 and 256
      )
    ) not valid;
  end if;
end
$do$;

-- What the service said, as it said it, where no person and no platform's tool reaches: a row that merely looks like an
-- answer, or was changed behind the service's back, has no record here that fits. Nobody may change or delete a record.

create table if not exists amara_private.replies (
  id bigint generated always as identity primary key,
  message_id uuid not null references public.amara_messages (id) on delete cascade,
  run_id uuid not null references public.amara_runs (id) on delete cascade,
  content_hash bytea not null,
  recorded_at timestamptz not null default clock_timestamp()
);
create index if not exists replies_message on amara_private.replies (message_id, id desc);
create index if not exists replies_run on amara_private.replies (run_id);
revoke all on amara_private.replies from public, anon, authenticated, service_role, amara_service;
grant select, insert on amara_private.replies to amara_service;

create or replace function amara_private.reply_hash(said public.amara_messages) returns bytea
  language sql stable set search_path = '' as $fn$
  select sha256(convert_to(
    jsonb_build_array(
      said.id, said.conversation_id, said.role, said.content, said.tool_calls, said.metadata, said.sequence
    )::text,
    'UTF8'
  ));
$fn$;

create or replace function amara_private.speaks(said public.amara_messages) returns boolean
  language sql stable set search_path = '' as $fn$
  select said.origin = 'service' and said.role = 'assistant' and coalesce((
    select r.content_hash = amara_private.reply_hash(said)
    from amara_private.replies r
    join public.amara_runs u on u.id = r.run_id and u.conversation_id = said.conversation_id
    where r.message_id = said.id
    order by r.id desc
    limit 1
  ), false);
$fn$;
comment on function amara_private.speaks(public.amara_messages) is
  'the row stands as the service last recorded it, for a run of its conversation';

-- As amara_service: a change of a row that no longer spoke is not a new word of the service.
create or replace function amara_private.record_reply() returns trigger language plpgsql set search_path = '' as $fn$
begin
  if tg_op = 'UPDATE' and not amara_private.speaks(old) then
    return null;
  end if;
  insert into amara_private.replies (message_id, run_id, content_hash)
  select new.id, u.id, amara_private.reply_hash(new)
  from public.amara_runs u
  where u.conversation_id = new.conversation_id and u.id::text = new.metadata ->> 'run_id';
  return null;
end
$fn$;

revoke execute on function amara_private.reply_hash(public.amara_messages), amara_private.speaks(public.amara_messages),
  amara_private.record_reply() from public, anon, authenticated;
grant execute on function amara_private.reply_hash(public.amara_messages), amara_private.speaks(public.amara_messages)
  to amara_service;

drop trigger if exists record_amara_replies on public.amara_messages;
create trigger record_amara_replies after insert or update on public.amara_messages
  for each row when (current_user = 'amara_service' and new.origin = 'service' and new.role = 'assistant')
  execute function amara_private.record_reply();
