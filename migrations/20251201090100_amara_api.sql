-- What the assistant reads of the marketplace. An operator whose tables differ replaces these two views and nothing else.

create schema if not exists amara_api;
grant usage on schema amara_api to anon, authenticated, service_role, amara_service;

-- Case and accents do not tell two words apart. Letters are listed with their capitals because lower() leaves a capital with
-- an accent as it is where the database's locale is C; letters that come apart (a, then its accent) are put together first.
create or replace function amara_api.fold(text) returns text language sql immutable strict parallel safe
  return lower(translate(
    normalize($1),
    'áàâäãåÁÀÂÄÃÅéèêëÉÈÊËíìîïÍÌÎÏóòôöõÓÒÔÖÕúùûüÚÙÛÜñÑçÇ',
    'aaaaaaaaaaaaeeeeeeeeiiiiiiiioooooooooouuuuuuuunncc'
  ));
revoke execute on function amara_api.fold(text) from public;
grant execute on function amara_api.fold(text) to anon, authenticated, service_role, amara_service;

create or replace view amara_api.professionals with (security_invoker = true) as
  select
    p.profile_id as id,
    p.full_name,
    p.bio,
    p.city,
    p.country,
    p.languages,
    p.services,
    p.rating,
    p.review_count,
    p.experience_years,
    p.on_time_rate,
    p.verification_level,
    p.time_zone,
    p.buffer_minutes,
    p.max_bookings_per_day,
    p.instant_booking
  from public.professional_profiles p
  where p.status = 'active';

create or replace view amara_api.bookings with (security_invoker = true) as
  select
    b.id,
    b.customer_id,
    b.guest_session_id,
    b.professional_id,
    b.status,
    b.service_name,
    b.service_date,
    b.scheduled_start,
    b.scheduled_end,
    b.duration_minutes,
    b.total_price,
    b.currency,
    b.address,
    b.special_instructions,
    b.booking_source,
    b.source_details,
    b.anonymized_at,
    b.created_at,
    b.updated_at,
    p.full_name as professional_name,
    p.city as professional_city
  from public.bookings b
  left join public.professional_profiles p on p.profile_id = b.professional_id;

revoke all on amara_api.professionals, amara_api.bookings from public, anon, authenticated;
grant select on amara_api.professionals to anon, authenticated, service_role;
grant select on amara_api.bookings to authenticated, service_role;
