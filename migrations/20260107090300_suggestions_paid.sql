-- What a call to the model was for: also words that a colleague of staff asked Amara to propose.

alter table public.amara_usage drop constraint if exists amara_usage_purpose_check;
alter table public.amara_usage add constraint amara_usage_purpose_check check (purpose in ('answer', 'title', 'suggestion'));
alter table amara_private.open_calls drop constraint if exists open_calls_purpose_check;
alter table amara_private.open_calls add constraint open_calls_purpose_check
  check (purpose in ('answer', 'title', 'suggestion'));
