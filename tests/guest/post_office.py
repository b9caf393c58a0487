"""A real SMTP server in the test's own loop, which answers as it is told to and keeps what it takes."""

from __future__ import annotations

import asyncio
import datetime as dt
import email
import ipaddress
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

TAKEN = "250 OK"
USER, PASSWORD = "amara", "a p@ss/word"


@dataclass
class PostOffice:
    """What a test may reach."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    to_recipients: list[str] = field(default_factory=list)
    """Answers to RCPT, in turn; then all are taken."""
    to_letters: list[str] = field(default_factory=list)
    """Answers to DATA, likewise."""
    hello: str | None = None
    logins: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"smtp+plain://127.0.0.1:{self.port}"

    async def handle_EHLO(self, _server: Any, session: Any, _envelope: Any, hostname: str, answers: Any) -> Any:  # noqa: N802 - aiosmtpd's name
        self.hello = session.host_name = hostname
        return answers

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802 - aiosmtpd's name
        answer = self.to_recipients.pop(0) if self.to_recipients else TAKEN
        if answer == TAKEN:
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        answer = self.to_letters.pop(0) if self.to_letters else TAKEN
        if answer == TAKEN:
            letter = email.message_from_bytes(envelope.original_content, policy=default)
            assert [letter["To"].addresses[0].addr_spec] == envelope.rcpt_tos
            self.letters.append(letter)
        return answer


@asynccontextmanager
async def opened(
    *, tls: ssl.SSLContext | None = None, from_the_first_byte: bool = False, with_login: bool = False
) -> AsyncIterator[PostOffice]:
    """Args: tls is the server's; whoever is to log in must have said STARTTLS, or have come encrypted."""
    office = PostOffice()

    def log_in(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        office.logins.append(data.login)
        is_known = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=is_known, handled=False)

    def speak() -> SMTP:
        return SMTP(
            office,
            hostname="relay.example.com",
            enable_SMTPUTF8=False,
            tls_context=None if from_the_first_byte else tls,
            require_starttls=tls is not None and not from_the_first_byte,
            auth_required=with_login and not from_the_first_byte,  # it does not see that it is encrypted already
            auth_require_tls=not from_the_first_byte,
            authenticator=log_in,
            loop=asyncio.get_running_loop(),
        )

    server = await asyncio.get_running_loop().create_server(
        speak, "127.0.0.1", 0, ssl=tls if from_the_first_byte else None
    )
    office.port = server.sockets[0].getsockname()[1]
    try:
        yield office
    finally:
        server.close()
        await server.wait_closed()


def certified(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's certificate for 127.0.0.1, and whoever trusts it and nothing else."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "relay.example.com")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "relay.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    serves = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serves.load_cert_chain(file)
    trusts = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusts.load_verify_locations(file)
    return serves, trusts
