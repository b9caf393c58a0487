"""A guest who lost the token gets in again, and nobody else learns or gets anything on the way."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from datetime import timedelta
from uuid import uuid4

import aiohttp
import pytest
import structlog

from guest import errors, recovery, tokens
from guest.mail import Mailroom
from guest.mail.relay import Smtp
from guest.recovery import routes
from guest.settings import Handed
from tests.builders import a_booking, a_guest, a_person
from tests.guest import post_office
from tests.guest.serving import Tokens, handed_to_guests, serving

EMAIL = "maria@example.com"


@pytest.fixture
def codes():
    return []


@pytest.fixture
async def handed(db, clock):
    return Handed(**handed_to_guests(db, clock, Tokens()))


@pytest.fixture
def pauses():
    return []


@pytest.fixture
async def desk(handed, codes, pauses):
    async def pause(seconds):
        pauses.append(seconds)

    router = routes.router(handed, codes.append, sleep=pause)
    async with serving(router, errors.GuestError) as address, aiohttp.ClientSession(address) as client:
        yield client


async def a_visit(owner, email=EMAIL, **session):
    guest = await a_guest(owner, email=email, **session)
    return await a_booking(owner, guest_session_id=guest, booking_source="guest")


async def ask(desk, booking_id, email=EMAIL, status=202):
    async with desk.post("/v1/guest/recovery", json={"booking_id": str(booking_id), "email": email}) as answer:
        said = await answer.json()
        assert answer.status == status, said
        return said.get("recovery_id") or said["code"]


async def consume(desk, recovery_id, code):
    async with desk.post("/v1/guest/recovery/consume", json={"recovery_id": recovery_id, "code": code}) as answer:
        assert answer.status != 200 or answer.headers["Cache-Control"] == "no-store"
        return answer.status, await answer.json()


def another(code):
    return f"{(int(code) + 1) % 1_000_000:06}"


async def test_booking_and_address_and_the_code_from_the_letter_open_the_session_anew(desk, owner, codes, clock):
    old = "t" * 43
    booking_id = await a_visit(owner, session_token=old)
    recovery_id = await ask(desk, booking_id, " MARIA@example.com ")
    status, session = await consume(desk, recovery_id, codes[0].code)
    assert (status, session["email"], session["full_name"]) == (200, EMAIL, "María González")
    at_rest, expires_at = await owner.fetchrow("select session_token, expires_at from guest_sessions")
    assert at_rest == tokens.at_rest(session["session_token"]) != tokens.at_rest(old)
    assert expires_at == clock() + timedelta(hours=24)


async def test_a_session_that_had_expired_lasts_a_day_again(desk, owner, codes, clock):
    booking_id = await a_visit(owner, expires_at=clock() - timedelta(days=20))
    assert (await consume(desk, await ask(desk, booking_id), codes[0].code))[0] == 200
    assert await owner.fetchval("select expires_at from guest_sessions") == clock() + timedelta(hours=24)


async def test_whatever_is_asked_the_answer_and_the_deed_are_the_same(desk, owner, codes, pauses):
    known = await a_visit(owner)
    account = await a_person(owner)
    claimed = await a_visit(owner, metadata={"converted_to_user_id": str(account)})
    gone = await a_visit(owner)
    await owner.execute("update bookings set anonymized_at = now() where id = $1", gone)
    accounts = await a_booking(owner)
    asked = [(known, EMAIL), (known, "pedro@example.com"), (uuid4(), EMAIL), (claimed, EMAIL), (gone, EMAIL)]
    asked += [(accounts, EMAIL), (known, "not an address"), (known, "")]
    answers = []
    for booking_id, email in asked:
        async with desk.post("/v1/guest/recovery", json={"booking_id": str(booking_id), "email": email}) as answer:
            said = await answer.json()
            kept = {name: value for name, value in answer.headers.items() if name != "date"}
            answers.append((answer.status, kept, len(said.pop("recovery_id")), said))
    assert all(answer == answers[0] for answer in answers)
    assert answers[0][0] == 202
    assert [code.email for code in codes] == [EMAIL]
    assert await owner.fetchval("select count(*) from amara_private.guest_recoveries") == len(asked)
    assert pauses == [recovery.ANSWERED_AFTER_S] * len(asked)


async def test_an_answer_without_a_letter_behind_it_opens_nothing(desk, owner, handed, clock):
    await a_visit(owner)
    asked = recovery.Asked(uuid4(), EMAIL)
    said = await recovery.ask(
        asked, handed, recovery.Settings(), address="here", send_code=pytest.fail, mint_code=lambda: "123456"
    )
    assert (await consume(desk, said.recovery_id, "123456"))[0] == 422


async def test_a_code_is_spent_once(desk, owner, codes):
    recovery_id = await ask(desk, await a_visit(owner))
    assert (await consume(desk, recovery_id, codes[0].code))[0] == 200
    assert (await consume(desk, recovery_id, codes[0].code))[1]["code"] == "code_refused"


async def test_of_many_who_spend_a_code_at_once_one_wins(desk, owner, codes):
    recovery_id = await ask(desk, await a_visit(owner))
    answers = await asyncio.gather(*(consume(desk, recovery_id, codes[0].code) for _ in range(8)))
    assert sorted(status for status, _ in answers) == [200, *[422] * 7]
    (token,) = [said["session_token"] for status, said in answers if status == 200]
    assert await owner.fetchval("select session_token from guest_sessions") == tokens.at_rest(token)


async def test_the_fifth_wrong_code_is_the_last(desk, owner, codes):
    recovery_id = await ask(desk, await a_visit(owner))
    wrong = another(codes[0].code)
    answers = await asyncio.gather(*(consume(desk, recovery_id, wrong) for _ in range(5)))
    assert {status for status, _ in answers} == {422}
    assert (await consume(desk, recovery_id, codes[0].code))[0] == 422


async def test_four_wrong_codes_are_forgiven(desk, owner, codes):
    recovery_id = await ask(desk, await a_visit(owner))
    for _ in range(4):
        assert (await consume(desk, recovery_id, another(codes[0].code)))[0] == 422
    assert (await consume(desk, recovery_id, codes[0].code))[0] == 200


async def test_a_code_lasts_ten_minutes(desk, owner, codes, clock):
    booking_id = await a_visit(owner)
    early, late = await ask(desk, booking_id), await ask(desk, booking_id)
    clock.move(timedelta(minutes=10, seconds=-1))
    assert (await consume(desk, early, codes[0].code))[0] == 200
    clock.move(timedelta(seconds=1))
    assert (await consume(desk, late, codes[1].code))[0] == 422


async def test_who_did_not_ask_cannot_spend_the_code(desk, owner, codes):
    mine = await ask(desk, await a_visit(owner))
    theirs = await ask(desk, await a_visit(owner, "pedro@example.com"), "pedro@example.com")
    assert (await consume(desk, theirs, codes[0].code))[0] == 422
    assert (await consume(desk, "x" * 43, codes[0].code))[0] == 422
    assert (await consume(desk, mine, codes[0].code))[0] == 200


async def test_every_refusal_is_the_same(desk, owner, codes, clock):
    booking_id = await a_visit(owner)
    wrong = await consume(desk, await ask(desk, booking_id), another(codes[0].code))
    unknown = await consume(desk, "nothing of ours", "123456")
    no_code = await consume(desk, await ask(desk, booking_id), "ñ" * 2000)
    clock.move(timedelta(minutes=11))
    assert wrong == unknown == no_code == await consume(desk, await ask(desk, uuid4()), "000000")


async def test_what_is_an_accounts_by_now_is_not_a_guests_any_more(desk, owner, codes):
    recovery_id = await ask(desk, await a_visit(owner))
    await owner.execute('update guest_sessions set metadata = \'{"converted_to_user_id": "x"}\'')
    assert (await consume(desk, recovery_id, codes[0].code))[0] == 422


async def test_a_mailbox_is_not_filled_with_codes(desk, owner, codes, clock):
    booking_id = await a_visit(owner)
    await asyncio.gather(*(ask(desk, booking_id) for _ in range(8)))
    assert len(codes) == recovery.CODES_A_BOOKING
    for email in ("Maria@example.com", "MARIA@example.com", "maria@Example.com"):
        await ask(desk, await a_visit(owner, email), email)
    assert len(codes) == recovery.CODES_AN_EMAIL
    clock.move(timedelta(hours=1))
    await ask(desk, booking_id)
    assert len(codes) == recovery.CODES_AN_EMAIL + 1


async def test_who_asks_too_often_is_told_so_whatever_was_asked(desk, owner, codes):
    booking_id = await a_visit(owner)
    for _ in range(recovery.ASKED_FROM_AN_ADDRESS):
        await ask(desk, uuid4())
    assert await ask(desk, booking_id, status=429) == await ask(desk, uuid4(), status=429) == "too_many"
    assert codes == []


async def test_neither_the_table_nor_the_letter_alone_opens_anything(desk, owner, codes):
    recovery_id = await ask(desk, await a_visit(owner))
    row = await owner.fetchrow("select * from amara_private.guest_recoveries")
    assert row["id"] == hashlib.sha256(recovery_id.encode()).digest()
    assert row["code_hash"] == hmac.new(recovery_id.encode(), codes[0].code.encode(), hashlib.sha256).digest()
    kept = str(dict(row)).lower()
    assert not any(secret in kept for secret in (recovery_id.lower(), "maria", "example.com"))
    guessed = {hashlib.sha256(f"{n:06}".encode()).digest() for n in range(0, 1_000_000, 97)}
    assert row["code_hash"] not in guessed


async def test_rows_that_limit_nothing_any_more_go(desk, owner, clock):
    for _ in range(3):
        await ask(desk, uuid4())
    clock.move(timedelta(hours=1, seconds=1))
    await ask(desk, uuid4())
    assert await owner.fetchval("select count(*) from amara_private.guest_recoveries") == 1


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b'{"booking_id": "x", "email": "a@example.com"}', b'{"booking_id": null, "email": 3}', b"\xff"],
)
async def test_what_cannot_be_read_says_nothing_back(desk, body):
    for path in ("", "/consume"):
        async with desk.post(f"/v1/guest/recovery{path}", data=body) as answer:
            assert answer.status == 400
            assert "a@example.com" not in await answer.text()


async def test_an_endless_address_is_refused_before_it_is_looked_for(desk, owner):
    assert await ask(desk, uuid4(), "a" * 321, status=422) == "email_invalid"
    assert await ask(desk, uuid4(), "a\x00@example.com", status=422) == "email_invalid"


async def test_the_code_comes_by_mail_and_stands_in_no_log(db, owner, clock, handed):
    has_come = asyncio.Event()

    class Tells:
        is_there = True

        async def send(self, message):
            await Smtp(office.url).send(message)
            if "code" in message["Subject"]:  # the booking itself is told too
                has_come.set()

    booking_id = await a_visit(owner, metadata={"locale": "en"})
    async with post_office.opened() as office:
        mailroom = Mailroom(db.service, Tells(), "hola@example.com", "https://x/", clock, "America/Bogota")
        mailroom.start()
        with structlog.testing.capture_logs() as lines:
            router = routes.router(handed, mailroom.send_code)
            async with serving(router, errors.GuestError) as address, aiohttp.ClientSession(address) as desk:
                recovery_id = await ask(desk, booking_id)
                await has_come.wait()
                (letter,) = (letter for letter in office.letters if "code" in letter["Subject"])
                code = letter.get_content().partition("code is ")[2][:6]
                status, session = await consume(desk, recovery_id, code)
        await mailroom.stop()
    assert status == 200
    for secret in (code, recovery_id, session["session_token"], EMAIL):
        assert secret not in str(lines)
