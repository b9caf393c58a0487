-- A conversation's language is one the assistant speaks: `es-CO` and `en-US` are read as what they mean, anything else is
-- refused, because it ends in the prompt.

create or replace function amara_private.settle_conversation() returns trigger language plpgsql set search_path = '' as $fn$
begin
  if new.locale ~* '^(es|en)([-_][a-z0-9]{2,8}){0,3}$' then
    new.locale := lower(left(new.locale, 2));
  end if;
  -- The client's clock says when something was said, within reason; else one row would head every list for ever.
  if current_user in ('anon', 'authenticated')
    and not new.last_message_at between now() - interval '1 day' and now() + interval '5 minutes' then
    if tg_op = 'INSERT' then
      new.last_message_at := now();
    elsif new.last_message_at is distinct from old.last_message_at then
      new.last_message_at := now();
    end if;
  end if;
  return new;
end
$fn$;
revoke execute on function amara_private.settle_conversation() from public, anon, authenticated;

drop trigger if exists settle_amara_conversations on public.amara_conversations;
create trigger settle_amara_conversations before insert or update of locale, last_message_at on public.amara_conversations
  for each row execute function amara_private.settle_conversation();

do $do$
begin
  if not exists (
    select from pg_catalog.pg_constraint
    where conrelid = 'public.amara_conversations'::regclass and conname = 'amara_conversations_locale'
  ) then
    -- English is the column's own default, so it is what an unknown language was meant to fall back to.
    update public.amara_conversations set locale = case when locale ~* '^es' then 'es' else 'en' end
    where locale not in ('es', 'en');
    alter table public.amara_conversations add constraint amara_conversations_locale check (locale in ('es', 'en'));
  end if;
end
$do$;
