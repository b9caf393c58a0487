"""A connection is nobody between two transactions, and in one it is who asked: A19 and A20."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from functools import partial
from uuid import uuid4

import aiohttp
import asyncpg
import pytest

from amara import db as amara_db
from amara import demo, postgres
from tests import upstream as scripted
from tests.builders import a_booking, a_person
from tests.rig import chatting, serving

REQUESTS = 1_000
AT_ONCE = 8
WINDOW = "from=2026-01-01&to=2026-01-02"


@pytest.fixture
def pool_of_two(monkeypatch):
    monkeypatch.setattr(amara_db, "open_database", partial(amara_db.open_database, size=2))


async def test_a_thousand_requests_leave_no_role_and_no_claim_behind(urls, owner, pool_of_two):
    """A19: everybody at once, allowed and refused, over two connections."""
    laura, paula = await a_person(owner), await a_person(owner)
    admin = await a_person(owner, role="admin")
    async with serving(urls, has_demo=True) as service:
        tokens = [None, "a.b.c", *(service.token(user_id) for user_id in (laura, paula, admin, uuid4()))]
        guest = {"full_name": "María", "consent": {"version": "1", "accepted": True}}
        asked = [
            ("GET", "/v1/amara/conversations", None),
            ("GET", f"/v1/amara/conversations/{uuid4()}/messages", None),
            ("DELETE", f"/v1/amara/conversations/{uuid4()}", None),
            ("POST", "/v1/auth/anonymous", None),
            ("POST", "/v1/demo/customer", None),
            ("POST", "/v1/events", {"event_type": "SearchStarted", "properties": {"city": "Bogotá"}}),
            ("POST", "/v1/events", {"event_type": "x" * 9_000}),
            ("GET", f"/v1/analytics/funnel?{WINDOW}", None),
            ("POST", "/v1/guest/sessions", guest | {"email": "maria@example.com"}),
            ("POST", "/v1/guest/sessions", guest | {"email": "no"}),
            ("GET", "/v1/guest/session", None),
            ("GET", "/health/ready", None),
        ]
        seen: Counter[int] = Counter()
        numbers = iter(range(REQUESTS))

        async def go_on(http: aiohttp.ClientSession) -> None:
            for number in numbers:
                method, path, body = asked[number % len(asked)]
                token = tokens[number // len(asked) % len(tokens)]
                header = {} if token is None else {"authorization": f"Bearer {token}"}
                async with http.request(method, path, json=body, headers=header) as answer:
                    seen[answer.status] += 1

        async with aiohttp.ClientSession(service.url) as http:
            await asyncio.gather(*(go_on(http) for _ in range(AT_ONCE)))
        assert sum(seen.values()) == REQUESTS
        assert set(seen) <= {200, 201, 202, 204, 400, 401, 403, 404, 422, 429}
        assert seen[200] + seen[201] + seen[202] > REQUESTS / 4
        pool = service.door.house.database._pool
        connections = [await pool.acquire() for _ in range(2)]
        assert pool.get_size() == 2
        for connection in connections:
            left = await connection.fetchrow(
                "select current_user::text, session_user::text, current_setting('role') as role,"
                " coalesce(current_setting('request.jwt.claims', true), '') as claims"
            )
            assert tuple(left) == (postgres.LOGIN, postgres.LOGIN, "none", "")
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.fetchval("select count(*) from public.profiles")
            await pool.release(connection)


# A20 ----------------------------------------------------------------------------------------------------------------

_ENTRY = re.compile(r"^\d{4}-\d\d-\d\d [\d:.]+ \w+ \[(?P<pid>\d+)\] (?P<kind>[A-Z]+):  (?P<text>.*)$")
_STATEMENT = re.compile(r"^(?:statement|execute [^:]+): (?P<sql>.*)$", re.DOTALL)
_LIMITS = " set_config('statement_timeout', '9s', true), set_config('idle_in_transaction_session_timeout', '5s', true)"
_BEGINS_AS = re.compile(
    r"BEGIN;select set_config\('role', '(?P<role>\w+)', true\),"
    rf" set_config\('request\.jwt\.claims', '(?P<claims>.*)', true\),{re.escape(_LIMITS)}"
)
_GOES_ON_AS = f"select set_config('role', $1, true), set_config('request.jwt.claims', $2, true),{_LIMITS}"
_GIVEN = re.compile(r"\$1 = '(?P<role>\w+)', \$2 = '(?P<claims>.*)'$")
OF_TOOLS = ("amara_api.professionals", "amara_api.bookings")
NEEDS_NOBODY = re.compile(
    r"begin|commit|rollback|savepoint|release|select pg_advisory_unlock_all|close all|unlisten|reset all"
    r"|select (?:\* from )?amara_once\."
    r"|select current_setting\('synchronous_commit'\)|select t\.oid|set jit|select pg_catalog\.set_config\('jit'"
    r"|select\s+(?:current_setting|set_config)\('jit'|with recursive typeinfo_tree",  # asyncpg asks what an array is
    re.IGNORECASE,
)


def statements(log: str, pids: set[int]) -> list[tuple[str, str | None, str]]:
    """(role, subject, SQL) of everything these connections ran, as PostgreSQL itself wrote it down.

    A role holds from the moment it is taken to the end of its transaction.
    """
    who: dict[str, tuple[str, str | None]] = {}
    changing: set[str] = set()
    found = []
    for pid, kind, text in _entries(log):
        if int(pid) not in pids:
            continue
        if kind == "DETAIL" and pid in changing:
            given = _GIVEN.search(text)
            assert given, text
            who[pid] = _who(given)
            changing.discard(pid)
        statement = _STATEMENT.match(text) if kind == "LOG" else None
        if statement is None:
            continue
        sql = statement["sql"].strip()
        if taken := _BEGINS_AS.fullmatch(sql):
            who[pid] = _who(taken)
        elif sql == _GOES_ON_AS:
            changing.add(pid)
        elif re.fullmatch(r"(?:begin|commit|rollback);", sql, re.IGNORECASE):
            who.pop(pid, None)
        else:
            found.append((*who.get(pid, ("nobody", None)), sql))
    return found


def _entries(log: str) -> list[list[str]]:
    """[process, kind, text]."""
    entries: list[list[str]] = []
    for line in log.splitlines():
        if entry := _ENTRY.match(line):
            entries.append([entry["pid"], entry["kind"], entry["text"]])
        elif entries:
            entries[-1][2] += "\n" + line
    return entries


def _who(taken: re.Match[str]) -> tuple[str, str | None]:
    claims = json.loads(taken["claims"].replace("''", "'")) if taken["claims"] else {}
    return taken["role"], claims.get("sub")


def test_a_role_is_read_off_the_log_from_where_it_is_taken_to_the_end_of_its_transaction():
    becomes = (
        "statement: BEGIN;select set_config('role', '{}', true), set_config('request.jwt.claims', '{}', true),"
        f"{_LIMITS}"
    )
    said = [
        ("LOG", becomes.format("authenticated", """{"sub":"laura o''hara"}""")),
        ("LOG", "execute __asyncpg_2__: select 1\n\tfrom amara_api.bookings"),
        ("LOG", "statement: COMMIT;"),
        ("LOG", becomes.format("amara_service", "")),
        ("LOG", "statement: select 2"),
        ("LOG", f"execute __asyncpg_1__: {_GOES_ON_AS}"),
        ("DETAIL", """Parameters: $1 = 'anon', $2 = '{"sub":"nobody"}'"""),
        ("LOG", "statement: select 3"),
        ("LOG", "statement: COMMIT;"),
        ("LOG", "statement: select 4"),
    ]
    log = "".join(f"2026-11-22 20:00:00.000 UTC [7] {kind}:  {text}\n" for kind, text in said)
    assert statements(log + log.replace("[7]", "[8]"), {7}) == [
        ("authenticated", "laura o'hara", "select 1\n\tfrom amara_api.bookings"),
        ("amara_service", None, "select 2"),
        ("anon", "nobody", "select 3"),
        ("nobody", None, "select 4"),
    ]


async def test_every_query_of_a_tool_runs_as_the_person_who_asked(urls, owner, maintenance, cluster):
    """A20: what PostgreSQL logged of two people's conversations, with a search, a list and a foreign booking each."""
    name = urls.login_url.partition("?")[0].rpartition("/")[2]
    await maintenance.execute(f"alter database {name} set log_statement = 'all'")
    began = cluster.server.log.stat().st_size
    laura = await a_person(owner)
    foreign = await a_booking(owner)
    async with (
        scripted.upstream() as upstream,
        serving(urls, has_demo=True, anthropic_base_url=upstream.url, model="scripted") as service,
    ):
        for person in (laura, demo.CUSTOMER_ID):
            upstream.then(
                scripted.calls("search_professionals", {"city": "Bogotá"}, call_id="toolu_1"),
                scripted.calls("list_my_bookings", {"when": "all"}, call_id="toolu_2"),
                scripted.calls("get_booking", {"booking_id": str(foreign)}, call_id="toolu_3"),
                scripted.says("Listo."),
            )
            async with chatting(service, service.token(person)) as chat:
                await chat.ask("Hola")
        rows = await owner.fetch(
            "select pid, usename from pg_catalog.pg_stat_activity where datname = $1 and application_name = 'amara'",
            name,
        )
        assert {row["usename"] for row in rows} == {postgres.LOGIN}
        pids = {row["pid"] for row in rows}
    with cluster.server.log.open(errors="replace") as log:
        log.seek(began)
        ran = statements(log.read(), pids)
    # The service looks up by itself what its own record still holds open; that is no tool's question.
    asked = [one for one in ran if "amara_booking_drafts" not in one[2]]
    by_tools = [one for one in asked if any(view in one[2] for view in OF_TOOLS)]
    assert {(role, subject) for role, subject, _ in by_tools} == {
        ("authenticated", str(laura)),
        ("authenticated", str(demo.CUSTOMER_ID)),
    }
    assert len(by_tools) >= 6
    assert {role for role, _, _ in ran} <= {"authenticated", "amara_service", "nobody"}
    assert [sql for role, _, sql in ran if role == "nobody" and not NEEDS_NOBODY.match(sql)] == []
    assert {role for role, _, sql in ran if "amara_once" in sql} == {"nobody"}
