"""Whatever the document allows, and what it does not, asked of a real service as every kind of caller.

    python -m tests.faults.any_request --examples 60

Requests are made by schemathesis from our own OpenAPI document; half of those that name a thing name one that is there.
Each answer is held against the document: no server error, no status, media type or body that it does not have.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from amara import described, migrate, postgres
from tests import upstream as scripted
from tests.builders import a_booking, a_person, a_professional
from tests.calendars import a_hold
from tests.conftest import Urls, connect
from tests.rig import WRITE_KEY, Service, chatting, serving

CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
WAIT_S = 20.0  # for one answer
Json = dict[str, Any]


@dataclass
class World:
    """What is there to be asked about, and who asks."""

    callers: dict[str, dict[str, str]]
    """Headers by who it is."""
    known: dict[str, str]
    """Parameters of paths by name, of things that are there."""


@dataclass
class Verdict:
    """What was asked, and what did not hold."""

    asked: Counter[str] = field(default_factory=Counter)
    """By the first digit of the status."""
    callers: Counter[str] = field(default_factory=Counter)
    operations: set[str] = field(default_factory=set)
    broken: dict[str, str] = field(default_factory=dict)
    """One example of each."""

    def __str__(self) -> str:
        kinds = ", ".join(f"{count:,} answered {kind}xx" for kind, count in sorted(self.asked.items()))
        total = (
            f"{len(self.operations)} operations, {self.asked.total():,} requests: {kinds}; {len(self.broken)} broken."
        )
        return "\n".join([total, *(f"\n{name}\n{example}" for name, example in sorted(self.broken.items()))])


async def settle(service: Service, owner: Any) -> World:
    """Somebody of each kind, and something of everything."""
    customer, admin = await a_person(owner), await a_person(owner, role="admin")
    token = service.token(customer)
    async with chatting(service, token) as chat:
        await chat.ask("Hola", run_id="run-1")
    message = await owner.fetchval("select id from public.amara_messages where role = 'assistant'")
    booking = await a_booking(owner, customer_id=customer)
    since = datetime.now(UTC) + timedelta(days=3)
    until, professional = since + timedelta(hours=4), await a_professional(owner)
    draft = await a_hold(owner, professional, customer, since, until, expires_at=datetime.now(UTC) + timedelta(hours=1))
    async with aiohttp.ClientSession(service.url) as http:
        async with http.post("/v1/auth/anonymous") as answer:
            visitor = (await answer.json())["access_token"]
        form = {"email": "ana@example.com", "full_name": "Ana", "consent": {"version": "1", "accepted": True}}
        async with http.post("/v1/guest/sessions", json=form) as answer:
            guest = (await answer.json())["session_token"]
        said = {"token": service.token(admin)}
        async with http.post("/admin/session", json=said) as answer:
            cookie = answer.headers["set-cookie"].partition(";")[0]
    return World(
        {
            "nobody": {},
            "somebody with a broken token": {"authorization": "Bearer a.b.c"},
            "a visitor": {"authorization": f"Bearer {visitor}"},
            "a customer": {"authorization": f"Bearer {token}"},
            "an administrator": {"authorization": f"Bearer {service.token(admin)}", "cookie": cookie},
            "a guest": {"x-guest-session": guest},
            "a visitor who is a guest": {"authorization": f"Bearer {visitor}", "x-guest-session": guest},
        },
        {
            "conversation_id": chat.thread_id,
            "message_id": str(message),
            "booking_id": str(booking),
            "draft_id": str(draft),
            "run_id": "run-1",
            "key": WRITE_KEY,
            "name": "amara-chat.js",
        },
    )


def ask_everything(url: str, world: World, *, examples: int, number: int) -> Verdict:
    """Args: examples are of each operation; number makes it repeatable. Not for an event loop: it waits."""
    verdict = Verdict()
    schemathesis.serializer.alias("application/csp-report", "application/json")  # as browsers name it
    document = schemathesis.openapi.from_dict(described.document())
    with requests.Session() as session:
        for found in document.get_all_operations():
            _ask(found.ok(), url, session, world, verdict, examples, number)
    return verdict


def _ask(
    operation: Any,
    url: str,
    session: requests.Session,
    world: World,
    verdict: Verdict,
    examples: int,
    number: int,
) -> None:
    modes = st.sampled_from([schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE])
    cases = modes.flatmap(lambda mode: operation.as_strategy(generation_mode=mode))

    @seed(number)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases, who=st.sampled_from(sorted(world.callers)), is_known=st.booleans())
    def attempt(case: Any, who: str, is_known: bool) -> None:
        for name in {"authorization", "cookie", "x-guest-session"} & {name.lower() for name in case.headers}:
            case.headers.pop(name, None)
        case.cookies.clear()
        if is_known:
            case.path_parameters.update({k: v for k, v in world.known.items() if k in case.path_parameters})
        session.cookies.clear()
        try:
            answer = case.call(
                base_url=url, session=session, headers=world.callers[who], timeout=WAIT_S, allow_redirects=False
            )
        except (requests.exceptions.InvalidHeader, UnicodeError):
            return  # cannot even be sent
        verdict.asked[str(answer.status_code)[0]] += 1
        verdict.callers[who] += 1
        verdict.operations.add(operation.label)
        try:
            case.validate_response(answer, checks=CHECKS)
        except (FailureGroup, Failure) as failed:
            for one in getattr(failed, "exceptions", [failed]):
                verdict.broken.setdefault(
                    f"{operation.label}: {one.title} ({answer.status_code}, {who})", f"{one.message}\n{failed}"[:1500]
                )

    attempt()


@contextlib.contextmanager
def _directory() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="amara-requests-") as directory:
        Path(directory).chmod(0o755)  # the database's own user goes through it
        yield Path(directory)


@asynccontextmanager
async def _alone() -> AsyncIterator[tuple[Service, Any]]:
    """A service on a database of its own, outside the tests."""
    with _directory() as directory:
        cluster = postgres.Cluster.at(directory, durable=False)
        await cluster.join()
        try:
            await migrate.apply(cluster.owner_url)
            owner = await connect(cluster.owner_url)
            await migrate.ensure_login(owner, postgres.LOGIN)
            urls = Urls(cluster.owner_url, cluster.url(postgres.LOGIN, postgres.DATABASE))
            async with (
                scripted.upstream() as model,
                serving(urls, has_demo=True, anthropic_base_url=model.url, model="scripted", lease_s=600) as service,
            ):
                yield service, owner
            await owner.close()
        finally:
            await cluster.leave()


async def _main(examples: int, number: int) -> int:
    began = time.monotonic()
    async with _alone() as (service, owner):
        world = await settle(service, owner)
        verdict = await asyncio.to_thread(ask_everything, service.url, world, examples=examples, number=number)
    sys.stdout.write(f"{verdict}\n{time.monotonic() - began:,.0f} s, seed {number}\n")
    return 1 if verdict.broken else 0


def main() -> None:
    """The long form."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--examples", type=int, default=60, help="requests of each operation")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt), warnings.catch_warnings():
        sys.exit(asyncio.run(_main(asked.examples, asked.seed)))


if __name__ == "__main__":
    main()
