"""HTTP beside the socket."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

import pytest

from amara import routes
from tests import upstream as scripted
from tests import wire
from tests.builders import a_conversation, a_person
from tests.rig import chatting, serving
from tests.web import browsing, check_problem


@pytest.fixture
async def http(service, token):
    async with browsing(service.url, token) as session:
        yield session


@pytest.fixture
async def nobody(service):
    async with browsing(service.url) as session:
        yield session


async def read(http, path: str, status: int = 200):
    async with http.get(path) as answer:
        assert answer.status == status, await answer.text()
        return await answer.json()


async def every(http, path: str, limit: int) -> list[list[dict]]:
    """All pages of a list."""
    pages, before = [], ""
    while True:
        page = await read(http, f"{path}?limit={limit}{before}")
        pages.append(page["items"])
        if page["next"] is None:
            return pages
        before = f"&before={page['next']}"


async def test_a_visitor_gets_a_principal_of_their_own_and_may_speak(service, nobody, owner):
    async with nobody.post("/v1/auth/anonymous") as answer:
        assert answer.status == 201
        assert answer.headers["cache-control"] == "no-store"
        first = await answer.json()
    assert first.keys() == {"access_token", "token_type", "expires_in", "user_id"}
    assert (first["token_type"], first["expires_in"]) == ("bearer", 86_400)
    assert await owner.fetchval("select is_anonymous from auth.users where id = $1", UUID(first["user_id"]))
    async with chatting(service, first["access_token"]) as chat:
        await chat.ask("Hola")
    async with browsing(service.url, first["access_token"]) as same, same.post("/v1/auth/anonymous") as answer:
        assert (await answer.json())["user_id"] == first["user_id"]
    async with nobody.post("/v1/auth/anonymous") as answer:
        assert (await answer.json())["user_id"] != first["user_id"]


async def test_nobody_plays_the_demos_customer_without_the_demo(service, nobody, urls):
    async with nobody.post("/v1/demo/customer") as answer:
        await check_problem(answer, 404, "not_found")


async def test_the_demos_customer_may_be_played_under_the_demo(urls):
    async with serving(urls, has_demo=True) as service, browsing(service.url) as http:
        async with http.post("/v1/demo/customer") as answer:
            assert answer.status == 201
            customer = await answer.json()
        assert customer["full_name"]
        assert (await read(http, "/v1/amara/about"))["demo"]


async def test_about_says_who_answers(nobody):
    about = await read(nobody, "/v1/amara/about")
    assert about.items() >= {"concierge": False, "model": "scripted", "demo": False, "limits": {"text": 8_000}}.items()


async def test_conversations_are_the_callers_own_newest_first_and_paged(http, owner, laura):
    mine = [str(await a_conversation(owner, user_id=laura)) for _ in range(5)]
    await a_conversation(owner)
    for number, conversation_id in enumerate(mine):
        await owner.execute(
            "update public.amara_conversations set last_message_at = now() + make_interval(mins => $2) where id = $1",
            conversation_id,
            number // 2,  # two of the same moment: the id decides
        )
    pages = await every(http, "/v1/amara/conversations", 2)
    assert [len(page) for page in pages] == [2, 2, 1]
    listed = [item for page in pages for item in page]
    assert sorted(item["id"] for item in listed) == sorted(mine)
    moments = [item["last_message_at"] for item in listed]
    assert moments == sorted(moments, reverse=True)
    one = await read(http, f"/v1/amara/conversations/{mine[0]}")
    assert one["head"] is None
    assert one["thread_id"] == mine[0]


async def test_messages_are_newest_first_and_paged_without_a_gap(service, http, token, upstream):
    upstream.then(scripted.calls("list_my_bookings", {}, before="Miro. "), scripted.says("Ninguna."))
    async with chatting(service, token, thread_id="mine") as chat:
        await chat.ask("¿Mis reservas?", message_id="m1")
        heard = await chat.ask("Gracias")
    (conversation,) = (await read(http, "/v1/amara/conversations"))["items"]
    assert (conversation["thread_id"], conversation["title"]) == ("mine", "¿Mis reservas?")
    path = f"/v1/amara/conversations/{conversation['id']}"
    assert (await read(http, path))["head"] == heard[-1]["id"]
    pages = await every(http, f"{path}/messages", 2)
    listed = [item for page in pages for item in page][::-1]
    assert [item["content"] for item in listed] == ["¿Mis reservas?", "Miro. ", "Ninguna.", "Gracias", "Claro."]
    assert listed[0]["metadata"]["client_message_id"] == "m1"
    (call,) = listed[1]["tool_calls"]
    assert (call["name"], call["result"]["card"], call["is_error"]) == ("list_my_bookings", "bookings", False)


async def test_a_foreign_conversation_is_answered_as_one_that_never_was(service, http, owner):
    foreign, unknown = str(await a_conversation(owner)), str(uuid4())
    for method, path in (("get", ""), ("get", "/messages"), ("delete", "")):
        answers = []
        for conversation_id in (foreign, unknown):
            async with http.request(method, f"/v1/amara/conversations/{conversation_id}{path}") as answer:
                problem = await check_problem(answer, 404, "not_found")
                answers.append((problem["detail"], {**answer.headers, "content-length": "", "date": ""}))
        assert answers[0][0] == answers[1][0]
        assert answers[0][1].keys() == answers[1][1].keys()
    assert await owner.fetchval("select count(*) from public.amara_conversations") == 1


async def test_a_deleted_conversation_is_gone_with_all_it_held(service, http, owner, token):
    async with chatting(service, token) as chat:
        await chat.ask("Hola")
    path = f"/v1/amara/conversations/{chat.thread_id}"
    async with http.delete(path) as answer:
        assert answer.status == 204
    async with http.get(path) as answer:
        await check_problem(answer, 404, "not_found")
    for table in ("conversations", "messages", "runs", "run_events", "tool_runs"):
        assert await owner.fetchval(f"select count(*) from public.amara_{table}") == 0
    assert await owner.fetchval("select count(*) from public.amara_usage") == 1  # the money record outlives it


async def test_a_run_is_cancelled_over_http_by_its_owner_alone(service, http, upstream, owner, token):
    answer = scripted.says("Uno, ", "dos.")
    answer.until = asyncio.Event()
    upstream.then(answer)
    stranger = service.token(await a_person(owner))
    async with chatting(service, token) as chat:
        await chat.say("Cuente", run_id="run 1/ñ")
        await chat.hear_until("TEXT_MESSAGE_CONTENT")
        path = "/v1/amara/runs/run%201%2F%C3%B1/cancel"
        async with browsing(service.url, stranger) as other, other.post(path.replace("%2F", "-")) as refused:
            await check_problem(refused, 404, "not_found")
        await chat.send({"type": "abort", "runId": "run 1/ñ"})
        await chat.hear_until("RUN_FINISHED")
        answer = scripted.says("Tres, ", "cuatro.")
        answer.until = asyncio.Event()
        upstream.then(answer)
        await chat.say("Siga", run_id="run-2")
        await chat.hear_until("TEXT_MESSAGE_CONTENT")
        async with http.post("/v1/amara/runs/run-2/cancel") as accepted:
            assert accepted.status == 202
        await chat.hear_until("RUN_FINISHED")
        assert wire.last_run(chat)[-1]["outcome"] == {"type": "cancelled"}
        async with http.post("/v1/amara/runs/%00/cancel") as refused:
            assert refused.status in {400, 404}


async def test_what_needs_somebody_in_particular_says_so(nobody):
    for method, path in (
        ("get", "/v1/amara/conversations"),
        ("get", f"/v1/amara/conversations/{uuid4()}"),
        ("get", f"/v1/amara/conversations/{uuid4()}/messages"),
        ("delete", f"/v1/amara/conversations/{uuid4()}"),
        ("post", "/v1/amara/runs/r/cancel"),
    ):
        async with nobody.request(method, path) as answer:
            await check_problem(answer, 401, "token_missing")
        async with nobody.request(method, path, headers={"authorization": "Bearer a.b.c"}) as answer:
            await check_problem(answer, 401, "token_invalid")
        async with nobody.request(method, f"{path}?token=a.b.c&access_token=a.b.c") as answer:
            await check_problem(answer, 401, "token_missing")


async def test_a_request_that_cannot_be_read_is_said_to_be_one(http):
    here = "/v1/amara/conversations"
    for query in ("limit=0", "limit=201", "limit=x", "before=x", "before=2030-01-01~x", "before=%00"):
        async with http.get(f"{here}?{query}") as answer:
            await check_problem(answer, 400, "bad_request")
    for before in ("x", "-1", "1e3", "9" * 30, "%00", "٣"):
        async with http.get(f"{here}/{uuid4()}/messages?before={before}") as answer:
            assert answer.status in {400, 404}
    async with http.get(f"{here}/not-a-uuid") as answer:
        await check_problem(answer, 404, "not_found")


async def test_unknown_routes_and_methods_are_problems_too(nobody):
    async with nobody.get("/v1/nowhere") as answer:
        await check_problem(answer, 404, "not_found")
    async with nobody.put("/v1/amara/about") as answer:
        await check_problem(answer, 405, "method_not_allowed")
    async with nobody.get("/v1/amara/chat") as answer:
        assert answer.status in {404, 405, 426}
    for path in ("/schema", "/metrics", "/docs", "/debug"):
        async with nobody.get(path) as answer:
            await check_problem(answer, 404, "not_found")


async def test_the_service_is_ready_until_it_drains_and_alive_all_along(service, nobody):
    body = await read(nobody, "/health/ready")
    assert (body["status"], body["reasons"]) == ("ready", [])
    service.door.house.runs.is_draining = True
    body = await read(nobody, "/health/ready", 503)
    assert (body["status"], body["reasons"]) == ("unready", ["draining"])
    assert await read(nobody, "/health/live") == {"status": "live"}


async def test_the_service_is_not_ready_without_its_migrations(service, nobody, owner):
    await owner.execute("delete from supabase_migrations.schema_migrations where name = 'amara_api'")
    body = await read(nobody, "/health/ready", 503)
    assert "amara_api.sql" in body["reasons"][0]


async def test_the_page_allows_no_foreign_script_and_is_cached_by_its_content(nobody):
    async with nobody.get("/") as page:
        assert (page.status, page.content_type) == (200, "text/html")
        assert page.headers["content-security-policy"] == routes.CSP
        assert page.headers["x-content-type-options"] == "nosniff"
        assert "<script>" not in await page.text()
    async with nobody.get("/", headers={"if-none-match": page.headers["etag"]}) as again:
        assert again.status == 304
        assert await again.read() == b""
    async with nobody.get("/", headers={"if-none-match": '"another"'}) as again:
        assert again.status == 200
    async with nobody.get("/widget/v1/amara-chat.js") as script:
        assert script.content_type == "text/javascript"
        assert "script-src 'unsafe-inline'" not in routes.CSP


@pytest.mark.parametrize(
    "path",
    [
        "/widget/v1/../settings.py",
        "/widget/v1/..%2Fsettings.py",
        "/widget/v1/%2e%2e/settings.py",
        "/widget/v1//etc/passwd",
        "/widget/v1/..\\settings.py",
        "/widget/v1/",
        "/widget/v1/amara-chat.js%00",
        "/widget/v2/amara-chat.js",
        "/amara-chat.js",
    ],
)
async def test_nothing_but_the_widgets_files_can_be_read(service, path):
    reader, writer = await asyncio.open_connection("127.0.0.1", int(service.url.rpartition(":")[2]))
    writer.write(f"GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    assert answer.split(b"\r\n")[0].split()[1] == b"404", answer


async def test_a_conversation_deleted_while_it_is_open_begins_anew(service, http, upstream, owner, token):
    async with chatting(service, token) as chat:
        await chat.ask("Hola")
        async with http.delete(f"/v1/amara/conversations/{chat.thread_id}") as answer:
            assert answer.status == 204
        heard = await chat.ask("¿Sigue ahí?")
        wire.check_run(wire.last_run(chat))
        assert [row[1] for row in await wire.record(owner, chat.thread_id)] == ["¿Sigue ahí?", "Claro."]
        assert await wire.kept(owner, chat.thread_id) == [frame for frame in heard if "chunk" in frame]
