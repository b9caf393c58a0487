"""What the model cost is told to administrators alone, and a price that is not known is not made up."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from uuid import uuid4

import aiohttp
import pytest
from click.testing import CliRunner
from rich.console import Console

from amara import __main__, errors, expenses
from amara.usage_command import table
from tests.builders import a_person

NOW = datetime(2026, 3, 2, 3, tzinfo=UTC)  # still the first of March in Bogotá
ZONE = "America/Bogota"


async def a_call(owner, at, *, model="one", cost=None, is_visitor=False, **tokens):
    names = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens")
    await owner.execute(
        "insert into amara_usage (id, model, round, created_at, is_visitor, cost_usd, input_tokens, output_tokens,"
        " cache_read_tokens, cache_write_tokens) values ($1, $2, 1, $3, $4, $5, $6, $7, $8, $9)",
        uuid4(),
        model,
        at,
        is_visitor,
        cost,
        *(tokens.get(name, 0) for name in names),
    )


@pytest.fixture
async def spent(owner):
    early = datetime(2026, 2, 28, 12, tzinfo=UTC)
    await a_call(owner, early, cost="0.01", input_tokens=100, output_tokens=10, cache_read_tokens=300)
    await a_call(owner, NOW, cost="0.02", input_tokens=50, output_tokens=5, is_visitor=True)
    await a_call(owner, NOW, model="=two", input_tokens=7, is_visitor=None)


async def asked(service, token=None, **query):
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    async with (
        aiohttp.ClientSession(service.url) as http,
        http.get("/v1/admin/usage", params=query, headers=headers) as answer,
    ):
        return answer.status, await answer.text()


def test_a_question_is_days_of_the_house_s_own_zone():
    found = expenses.question({}, now=NOW, zone=ZONE)
    assert (str(found.first), str(found.last), found.by) == ("2026-01-31", "2026-03-01", "day")
    assert found.ends.astimezone(UTC) == datetime(2026, 3, 2, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "query",
    [
        {"from": "yesterday"},
        {"from": "2026-03-02", "to": "2026-03-01"},
        {"from": "2020-01-01", "to": "2026-03-01"},
        {"to": "9999-12-31"},
        {"by": "person"},
    ],
)
def test_a_question_that_is_none_is_refused(query):
    with pytest.raises(errors.BadRequest):
        expenses.question(query, now=NOW, zone=ZONE)


async def test_an_administrator_reads_it_by_day_model_and_caller(service, owner, spent):
    token = service.token(await a_person(owner, role="admin"))
    days = {"from": "2026-02-28", "to": "2026-03-01"}
    status, body = await asked(service, token, **days)
    told = json.loads(body)
    assert status == 200
    assert [(item["day"], item["calls"], item["cost_usd"]) for item in told["items"]] == [
        ("2026-02-28", 1, 0.01),
        ("2026-03-01", 2, 0.02),
    ]
    assert told["items"][0]["cached_share"] == 0.75
    assert (told["total"]["input_tokens"], told["total"]["unpriced_calls"], told["total"]["cost_usd"]) == (157, 1, 0.03)
    by_model = json.loads((await asked(service, token, **days, by="model"))[1])["items"]
    assert {item["model"]: item["cost_usd"] for item in by_model} == {"=two": None, "one": 0.03}
    by_caller = json.loads((await asked(service, token, **days, by="caller"))[1])["items"]
    assert [item["caller"] for item in by_caller] == ["account", "unknown", "visitor"]
    _, sheet = await asked(service, token, **days, by="model", format="csv")
    rows = list(csv.reader(sheet.splitlines()))
    assert rows[0][:2] == ["model", "calls"]
    assert [row[0] for row in rows[1:]] == ["'=two", "one"]  # no spreadsheet takes it for a formula
    assert (await asked(service, token, by="person"))[0] == 400


async def test_nobody_else_reads_it(service, owner, laura, token):
    assert (await asked(service))[0] == 401
    assert (await asked(service, "nonsense"))[0] == 401
    assert (await asked(service, token))[0] == 403
    visitor = service.token(await a_person(owner, is_anonymous=True), is_anonymous=True)
    assert (await asked(service, visitor))[0] == 403


async def test_the_page_shows_it_by_model_and_says_what_has_no_price(service, owner, spent):
    token = service.token(await a_person(owner, role="admin"))
    async with aiohttp.ClientSession(service.url, cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        async with http.post("/admin/session", json={"token": token}) as answer:
            assert answer.status == 204
        async with http.get("/admin/funnel", params={"from": "2026-02-28", "to": "2026-03-01", "lang": "es"}) as answer:
            page = await answer.text()
    assert "Lo que costó el modelo" in page
    assert "En total: US$\N{NO-BREAK SPACE}0,0300 · llamadas: 3 · leído de la caché:" in page
    assert "Llamadas sin precio (AMARA_PRICES), que no están en la suma: 1." in page


def test_the_terminal_shows_a_dash_where_there_is_no_price():
    figures = dict.fromkeys(expenses._COUNTED, 3) | {"cached_share": 0.5, "cost_usd": None}
    shown = table({"from": "a", "to": "b", "by": "model", "items": [{"model": "one"} | figures], "total": figures})
    assert [next(iter(column.cells)) for column in shown.columns] == ["one", "3", "3", "3", "3", "3", "50%", "—"]
    assert "no price" in str(shown.caption)


def test_no_figure_and_no_name_is_cut_in_a_narrow_terminal():
    tokens = dict.fromkeys(expenses._COUNTED, 1_369_840) | {"calls": 4_000}
    figures = tokens | {"cached_share": 0.9, "cost_usd": 1234.5}
    name = "claude-haiku-5-5-20260115"
    shown = io.StringIO()
    said = {"from": "a", "to": "b", "by": "model", "items": [{"model": name} | figures], "total": figures}
    Console(file=shown, width=80).print(table(said))
    told = shown.getvalue()
    assert "…" not in told
    assert told.count("1,369,840") == 9  # of four columns twice, and below
    assert name in "".join(line[1:13].strip() for line in told.splitlines())


def test_the_command_names_what_is_wrong_with_a_day(tmp_path):
    told = CliRunner().invoke(
        __main__.main, ["usage", "--from", "2026-03-02", "--to", "2026-03-01"], env={"AMARA_DATA_DIR": str(tmp_path)}
    )
    assert told.exit_code == 1
    assert "not after" in told.output
