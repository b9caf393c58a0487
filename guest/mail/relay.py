"""Where letters go: an SMTP relay, the terminal of a demo, or nowhere at all."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import ClassVar, Protocol
from urllib.parse import unquote, urlsplit

import aiosmtplib

WAIT_S = 30.0  # for a whole letter, from the connection to the last answer


class NotSent(Exception):
    """It did not go out."""

    def __init__(self, cause: str, *, is_final: bool = False) -> None:
        """Args: the cause is a class's name or a reply code, never the relay's words: they repeat the address. Final:
        another try would fare no better.
        """
        super().__init__(cause)
        self.is_final = is_final


class Relay(Protocol):
    """Takes one letter at a time."""

    @property
    def is_there(self) -> bool:
        """Whether what it takes reaches anybody."""
        ...

    async def send(self, message: EmailMessage) -> None:
        """Returns once somebody else answers for the letter.

        Raises:
            NotSent: nobody does.
        """
        ...


@dataclass(frozen=True, slots=True)
class Smtp:
    """A relay on the network. The scheme says how it is encrypted: `smtps` from the first byte, `smtp` by STARTTLS,
    which is demanded, `smtp+plain` not at all.
    """

    url: str = field(repr=False)
    tls: ssl.SSLContext | None = None
    """Whom to trust, where the system's certificates are not meant."""
    wait_s: float = WAIT_S
    is_there: ClassVar[bool] = True

    async def send(self, message: EmailMessage) -> None:
        """Hands the letter over, on a connection of its own."""
        parts = urlsplit(self.url)
        client = aiosmtplib.SMTP(
            hostname=parts.hostname,
            port=parts.port,  # by the scheme: 465, 587, 25
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            use_tls=parts.scheme == "smtps",
            start_tls=parts.scheme == "smtp",
            tls_context=self.tls,
            timeout=self.wait_s,
            local_hostname=message["From"].addresses[0].domain,  # not this machine's name
        )
        try:
            async with asyncio.timeout(self.wait_s):
                await client.connect()
                await client.send_message(message)
        except aiosmtplib.SMTPRecipientsRefused as error:
            code = error.recipients[0].code
            raise NotSent(str(code), is_final=code >= 500) from None
        except aiosmtplib.SMTPDataError as error:
            raise NotSent(str(error.code), is_final=error.code >= 500) from None
        except aiosmtplib.SMTPNotSupported:  # no such letters in an address; or no log-in of a kind we have
            is_final = not message["To"].addresses[0].username.isascii()
            raise NotSent("SMTPNotSupported", is_final=is_final) from None
        except (aiosmtplib.SMTPException, OSError) as error:  # a time-out is both
            raise NotSent(type(error).__name__) from None
        finally:
            with suppress(aiosmtplib.SMTPException, OSError):
                await client.quit(timeout=1.0)  # what it says to that changes nothing
            client.close()


@dataclass(frozen=True, slots=True)
class Terminal:
    """The person who started the demo reads everybody's mail."""

    say: Callable[[str], None]
    is_there: ClassVar[bool] = True

    async def send(self, message: EmailMessage) -> None:
        """Prints the letter; what is attached is named."""
        body = message.get_body(("plain",))
        text = "" if body is None else body.get_content()
        attached = "".join(f"\n[{part.get_filename()}]" for part in message.iter_attachments())
        # What people wrote must not move the cursor.
        lines = [
            "".join(c if c.isprintable() else " " for c in line)
            for line in f"{message['To']}\n{message['Subject']}\n\n{text}{attached}".splitlines()
        ]
        self.say("\n".join(("", "── mail ──", *lines, "──────────")))


@dataclass(frozen=True, slots=True)
class Nowhere:
    """No relay was named: the log says that a letter was due, not to whom and not what it said."""

    is_there: ClassVar[bool] = False

    async def send(self, message: EmailMessage) -> None:
        """Nothing."""
