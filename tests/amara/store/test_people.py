"""An account with its profile, made or brought up to date by the database's owner."""

from __future__ import annotations

from uuid import uuid4

from amara.store import people

QUESTION = (
    "select u.email, u.email_confirmed_at is not null as is_confirmed, u.is_anonymous, p.role"
    " from auth.users u join public.profiles p using (id) where id = $1"
)


async def test_a_person_is_made_once_and_then_brought_up_to_date(owner):
    user_id = uuid4()
    steps = [
        ({"email": None, "is_confirmed": True, "role": "customer"}, (None, False, False, "customer")),
        ({"email": "a@example.com", "is_confirmed": False, "role": "admin"}, ("a@example.com", False, False, "admin")),
        ({"email": "a@example.com", "is_confirmed": True, "role": "admin"}, ("a@example.com", True, False, "admin")),
        ({"email": None, "is_confirmed": True, "role": "customer"}, ("a@example.com", True, False, "customer")),
    ]
    for given, expected in steps:
        await people.ensure(owner, user_id, is_anonymous=False, **given)
        assert tuple(await owner.fetchrow(QUESTION, user_id)) == expected


async def test_a_visitor_has_no_address(owner):
    user_id = uuid4()
    await people.ensure(owner, user_id, email=None, is_confirmed=True, role="customer", is_anonymous=True)
    assert tuple(await owner.fetchrow(QUESTION, user_id)) == (None, False, True, "customer")
