"""Which functions there are, in whose name they run, and who may call them."""

from __future__ import annotations

import asyncpg
import pytest

from tests.builders import a_person
from tests.walls.browser import DENIED, is_refused

SCHEMAS = "('public', 'amara_api', 'amara_private', 'amara_once')"
CALLABLE = f"""
select n.nspname || '.' || p.proname as name
from pg_proc p join pg_namespace n on n.oid = p.pronamespace
where n.nspname in {SCHEMAS} and has_function_privilege($1, p.oid, 'execute')
  and has_schema_privilege($1, n.oid, 'usage')
"""
OVERLAP_RULE = {"public.uuid_range", "public.uuid_multirange"}  # PostgreSQL's own constructors; an index calls them
ANYBODY = OVERLAP_RULE | {
    "amara_api.fold",
    "amara_api.guest_proof",
    "public.guest_session_by_token",
    "public.convert_guest_to_user",
    # These refuse whoever has become somebody, as every browser has: the next test.
    "amara_once.serve",
    "amara_once.keep_frames",
    "amara_once.begin_call",
    "amara_once.recall",
    "amara_once.remember",
}
NUMBERS = {
    "public.get_event_counts_by_type",
    "public.get_conversion_funnel",
    "public.get_conversion_funnel_by",
    "public.get_funnel_days",
    "public.get_funnel_cities",
    "public.get_event_days",
    "amara_api.numbers_asked",
    "amara_api.funnel_differences",
    "amara_api.funnel_searches",
    "amara_api.funnel_names",
    "amara_api.funnel_city",
    "amara_api.events_by_day",
}

OF_PEOPLE = NUMBERS | {"amara_api.open_word"}  # which tells them what their own rows say


@pytest.mark.parametrize(("role", "functions"), [("anon", ANYBODY), ("authenticated", ANYBODY | OF_PEOPLE)])
async def test_a_browser_calls_what_is_on_this_list_and_nothing_else(owner, role, functions):
    assert {row["name"] for row in await owner.fetch(CALLABLE, role)} == functions


async def _serve(owner, *, may_become: str, role: str = "none") -> None:
    """As a login that may become these; undone with the error it ends in."""
    async with owner.transaction():
        await owner.execute("create role any_login login noinherit")
        await owner.execute(f"grant {may_become} to any_login")
        await owner.execute(f"set local session authorization any_login; set local role {role}")
        await owner.execute("select amara_once.serve()")


@pytest.mark.parametrize("role", ["anon", "authenticated", "service_role", "amara_service"])
async def test_whoever_is_somebody_does_not_become_the_service(owner, role):
    """Not even where their login might: a login that becomes people may become the service as nobody alone."""
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="become somebody"):
        await _serve(owner, may_become="anon, authenticated, service_role, amara_service", role=role)


async def test_a_login_that_is_no_member_does_not_become_the_service(owner):
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match='set role "amara_service"'):
        await _serve(owner, may_become="anon, authenticated, service_role")


async def test_a_new_function_is_nobodys_until_it_is_granted(owner):
    await owner.execute("create function public.fresh() returns int language sql as 'select 1'")
    for role in ("anon", "authenticated", "service_role", "amara_service"):
        assert not await owner.fetchval("select has_function_privilege($1, 'public.fresh()', 'execute')", role)


async def test_a_function_runs_in_its_owners_name_only_where_it_must_and_always_on_a_fixed_path(owner):
    rows = await owner.fetch(f"""
        select n.nspname || '.' || p.proname as name, p.prosecdef, p.proconfig
        from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname in {SCHEMAS}
    """)
    assert {row["name"] for row in rows if row["prosecdef"]} == {
        "public.handle_new_user",
        "amara_private.true_booking",
        "amara_private.confirm_booking",
        "amara_private.learn_identities",
        "amara_private.convert_guest",
        "amara_private.complete_claims",
        "amara_private.mark_events",
        "amara_private.mark_changed_events",
        "amara_private.mark_everything",
        "amara_private.mark_learned",
        "amara_private.mark_moved",
        "amara_private.mark_forgotten",
        "amara_private.lend_arrived_visits",
        "amara_private.forget_account",
        "amara_private.roll_up_events",
        "amara_private.purge_events",
        "amara_private.use_time_zone",
        "amara_private.note_guest_mail",
        "amara_private.note_booking_news",
        "amara_private.notify",
        "amara_private.notify_of_booking",
        "amara_private.forget_idle_visitors",
        "amara_private.forget_conversations",
        "amara_private.forget_summary",
    }
    assert [row["name"] for row in rows if 'search_path=""' not in (row["proconfig"] or [])] == []


@pytest.mark.parametrize(
    "statement",
    [
        "select public.cleanup_expired_guest_sessions()",
        "select public.cleanup_old_platform_events()",
        "select amara_private.convert_guest(gen_random_uuid(), gen_random_uuid())",
        "select amara_private.move_guest(gen_random_uuid(), gen_random_uuid())",
        "select * from amara_private.replies",
        "select * from amara_private.guest_claims",
        "select nextval('public.amara_messages_sequence_seq')",
        "create table public.mine ()",
        "create schema mine",
    ],
)
async def test_what_is_not_a_browsers_is_refused(owner, statement):
    admin = await a_person(owner, role="admin")
    for who in (None, await a_person(owner), admin):
        assert await is_refused(owner, statement, user_id=who) == DENIED
    assert await is_refused(owner, "select * from public.get_conversion_funnel()") == DENIED


async def test_a_function_put_in_the_way_never_runs(owner):
    """Whoever may make things in a schema of the own shadows what a careless function would call by name."""
    person = await a_person(owner)
    await owner.execute("""
        create schema evil;
        grant all on schema evil to authenticated;
        create function evil.now() returns timestamptz language plpgsql as $fn$
        begin raise exception 'it ran'; end $fn$;
        create function evil.lower(text) returns text language plpgsql as $fn$
        begin raise exception 'it ran'; end $fn$;
        create function evil.sha256(bytea) returns bytea language plpgsql as $fn$
        begin raise exception 'it ran'; end $fn$;
        grant execute on all functions in schema evil to authenticated;
        create table evil.bookings (); create table evil.guest_sessions ();
        set search_path = evil, pg_catalog, public
    """)
    convert = "select public.convert_guest_to_user(gen_random_uuid(), auth.uid())"
    assert await is_refused(owner, convert, user_id=person) == DENIED
    async with owner.transaction():
        await owner.execute("set local role authenticated")
        assert await owner.fetch("select * from public.guest_session_by_token('x')") == []


async def test_a_browsers_statement_ends_by_itself(owner):
    rows = await owner.fetch(
        "select rolname from pg_roles, unnest(rolconfig) setting where setting like 'statement_timeout=%'"
    )
    assert {"anon", "authenticated"} <= {row["rolname"] for row in rows}
