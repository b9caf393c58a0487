"""Nobody becomes an administrator by oneself, whatever the platform granted."""

from __future__ import annotations

import pytest

from tests.builders import a_person, a_professional
from tests.walls.browser import DENIED, browser, is_refused

ROLE = "select role from public.profiles where id = $1"


@pytest.mark.parametrize("role", ["admin", "professional"])
async def test_no_sign_up_form_says_what_one_is(owner, role):
    user_id = await owner.fetchval(
        "insert into auth.users (raw_user_meta_data) values (jsonb_build_object('role', $1::text)) returning id", role
    )
    assert await owner.fetchval(ROLE, user_id) == "customer"


async def test_not_even_a_sign_up_trigger_of_the_platforms_own_that_reads_the_form(owner):
    await owner.execute("""
        drop trigger on_auth_user_created on auth.users;
        create function public.theirs() returns trigger language plpgsql security definer set search_path = '' as $fn$
        begin
          insert into public.profiles (id, role) values (new.id, new.raw_user_meta_data ->> 'role');
          return new;
        end $fn$;
        create trigger theirs after insert on auth.users for each row execute function public.theirs()
    """)
    user_id = await owner.fetchval(
        "insert into auth.users (raw_user_meta_data) values (jsonb_build_object('role', 'admin')) returning id"
    )
    assert await owner.fetchval(ROLE, user_id) == "customer"


@pytest.mark.parametrize("role", ["customer", "professional", "admin"])
async def test_no_person_writes_a_role(owner, role):
    person = await a_person(owner, role=role)
    for word in ("admin", "customer"):
        statement = f"update public.profiles set role = '{word}'"
        assert await is_refused(owner, statement, user_id=person) == DENIED
    assert await owner.fetchval(ROLE, person) == role


async def test_not_even_where_a_platform_granted_the_column(owner):
    person = await a_person(owner)
    await owner.execute("grant insert, update on public.profiles to authenticated")
    await owner.execute(
        "create policy theirs on public.profiles for all to authenticated using (true) with check (true)"
    )
    assert await is_refused(owner, "update public.profiles set role = 'admin'", user_id=person) == DENIED
    async with browser(owner, person) as page:
        await page.execute("update public.profiles set role = role, city = 'Cali'")
    await owner.execute("delete from public.profiles where id = $1", person)
    async with browser(owner, person) as page:
        await page.execute("insert into public.profiles (id, role) values ($1, 'admin')", person)
    assert await owner.fetchval(ROLE, person) == "customer"


@pytest.mark.parametrize("role", ["none", "service_role"])
async def test_the_operator_does(owner, role):
    person = await a_person(owner)
    await owner.execute(f"set role {role}")
    await owner.execute("update public.profiles set role = 'admin' where id = $1", person)
    await owner.execute("set role none")
    assert await owner.fetchval(ROLE, person) == "admin"


async def test_a_person_sees_and_changes_the_own_profile_alone(owner):
    person, other = await a_person(owner), await a_person(owner)
    async with browser(owner, person) as page:
        assert [row[0] for row in await page.fetch("select id from public.profiles")] == [person]
        rows = await page.fetch("update public.profiles set city = 'Cali', phone = '1' returning id")
        assert [row[0] for row in rows] == [person]
    assert await owner.fetchval("select city from public.profiles where id = $1", other) is None
    assert await is_refused(owner, "select * from public.profiles") == DENIED


async def test_a_draft_of_a_professional_is_seen_by_herself_alone(owner):
    draft = await a_professional(owner, status="draft")
    active = await a_professional(owner)
    question = "select profile_id from public.professional_profiles"
    async with browser(owner, draft) as page:
        assert {row[0] for row in await page.fetch(question)} == {draft, active}
    async with browser(owner, active) as page:
        assert {row[0] for row in await page.fetch(question)} == {active}
    async with browser(owner) as page:
        assert {row[0] for row in await page.fetch(question)} == {active}
