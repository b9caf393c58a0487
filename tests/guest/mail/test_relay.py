"""A letter over the wire: encrypted as the address of the relay says, and what the relay's answers mean."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from urllib.parse import quote

import pytest

from guest.mail import letter
from guest.mail.relay import NotSent, Smtp, Terminal
from guest.mail.shapes import Code
from tests.guest import post_office
from tests.guest.post_office import PASSWORD, USER


def a_letter(email="maria@example.com"):
    said = Code(email=email, language="es", code="123456", minutes=10)
    return letter.with_code(said, sender="MaidConnect <hola@example.com>", name="one", at=datetime.now(UTC))


async def refusal(relay, message=None):
    with pytest.raises(NotSent) as raised:
        await relay.send(message or a_letter())
    return str(raised.value), raised.value.is_final


async def test_a_letter_arrives_as_it_was_written():
    async with post_office.opened() as office:
        await Smtp(office.url).send(a_letter())
    (arrived,) = office.letters
    assert arrived["From"] == "MaidConnect <hola@example.com>"
    assert arrived["To"] == "maria@example.com"
    assert arrived["Message-ID"] == "<one@example.com>"
    assert "123456" in arrived.get_content()
    assert office.hello == "example.com"  # not this machine's name


@pytest.mark.parametrize("scheme", ["smtps", "smtp"])
async def test_whoever_logs_in_does_so_encrypted(tmp_path, scheme):
    serves, trusts = post_office.certified(tmp_path)
    async with post_office.opened(tls=serves, from_the_first_byte=scheme == "smtps", with_login=True) as office:
        login = f"{USER}:{quote(PASSWORD, safe='')}"
        await Smtp(f"{scheme}://{login}@127.0.0.1:{office.port}", trusts).send(a_letter())
        assert (len(office.letters), office.logins) == (1, [USER.encode()])  # the server takes no login in clear
        wrong = Smtp(f"{scheme}://{USER}:wrong@127.0.0.1:{office.port}", trusts)
        assert await refusal(wrong) == ("SMTPAuthenticationError", False)


async def test_a_certificate_nobody_vouches_for_gets_no_letter(tmp_path):
    serves, _ = post_office.certified(tmp_path)
    async with post_office.opened(tls=serves, from_the_first_byte=True) as office:
        cause, is_final = await refusal(Smtp(f"smtps://127.0.0.1:{office.port}"))
    assert (cause.startswith("SMTP"), is_final, office.letters) == (True, False, [])


async def test_where_encryption_is_demanded_none_is_no_relay():
    async with post_office.opened() as office:
        assert await refusal(Smtp(f"smtp://127.0.0.1:{office.port}")) == ("SMTPException", False)
    assert office.letters == []


@pytest.mark.parametrize(("answer", "is_final"), [("450 later", False), ("550 no maria@example.com here", True)])
async def test_what_a_relay_says_to_the_address_decides(answer, is_final):
    async with post_office.opened() as office:
        office.to_recipients = [answer]
        assert await refusal(Smtp(office.url)) == (answer[:3], is_final)  # its words would repeat the address


@pytest.mark.parametrize(("answer", "is_final"), [("451 full", False), ("554 spam", True)])
async def test_what_a_relay_says_to_the_letter_decides(answer, is_final):
    async with post_office.opened() as office:
        office.to_letters = [answer]
        assert await refusal(Smtp(office.url)) == (answer[:3], is_final)


async def test_an_address_that_the_relay_cannot_write_is_not_tried_again():
    async with post_office.opened() as office:
        assert (await refusal(Smtp(office.url), a_letter("josé@example.com")))[1]


async def test_an_address_with_a_domain_beyond_ascii_is_written_in_ascii():
    async with post_office.opened() as office:
        await Smtp(office.url).send(a_letter("maria@bogotá.example.com"))
    assert office.letters[0]["To"].addresses[0].domain == "xn--bogot-1qa.example.com"


async def test_nobody_there_is_another_time():
    async with post_office.opened() as office:
        pass
    assert await refusal(Smtp(office.url)) == ("SMTPConnectError", False)


async def test_a_relay_that_says_nothing_is_left():
    async def sit(_reader, writer):
        await stay.wait()
        writer.close()

    stay = asyncio.Event()
    silent = await asyncio.start_server(sit, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    cause, is_final = await refusal(Smtp(f"smtp+plain://127.0.0.1:{port}", wait_s=0.2))
    stay.set()
    silent.close()
    assert "Timeout" in cause
    assert not is_final


async def test_a_demo_reads_its_mail_on_the_terminal():
    said = []
    message = a_letter()
    message.replace_header("Subject", "Hola \x1b[2J")
    await Terminal(said.append).send(message)
    (text,) = said
    assert "maria@example.com" in text
    assert "123456" in text
    assert "\x1b" not in text


def test_the_relays_password_shows_where_nobody_asked_for_it():
    assert "secret" not in repr(Smtp("smtps://amara:secret@example.com"))
