"""`amara import professionals FILE`, with files as people and their spreadsheets write them."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest

from amara import intake
from tests.amara.test_main import amara
from tests.builders import a_person
from tests.rig import SECRET

HEAD = "email,full_name,city,services,hours,blocked_dates,languages,bio,instant_booking"
ANA = (
    'ana@example.com,Ana Núñez,Medellín,Limpieza=25.000 | Cocina=30000,"lun-vie 8-12 | lun-vie 13:00-18:00 | sáb 8-12",'
    '2026-12-24|2026-12-25,es | en,"Ocho años,\nen casas de familia.",sí'
)
LUZ = "luz@example.com,Luz Dary Peña,Bogotá,Aseo profundo=32000,,,,,"


@pytest.fixture
def own(urls) -> dict[str, str]:
    return {
        "AMARA_DATABASE_URL": urls.login_url,
        "AMARA_MIGRATION_DATABASE_URL": urls.owner_url,
        "AMARA_JWT_SECRET": SECRET,
    }


@pytest.fixture
def bring(own, tmp_path):
    async def bring(content: str | bytes, *flags: str, name: str = "people.csv"):
        file = tmp_path / name
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return await amara("import", "professionals", str(file), *flags, **own)

    return bring


def table(*lines: str) -> str:
    return "\n".join((HEAD, *lines)) + "\n"


async def people(owner):
    rows = await owner.fetch(
        "select u.email, p.* from professional_profiles p join auth.users u on u.id = p.profile_id order by u.email"
    )
    return {row["email"]: row for row in rows}


async def test_a_professional_is_there_with_everything(bring, owner):
    said = await bring(table(ANA, LUZ))
    assert (said.exit_code, said.stdout) == (0, "2 were added, 0 were changed.\n")
    found = await people(owner)
    ana = found["ana@example.com"]
    assert (ana["full_name"], ana["city"], ana["status"], ana["country"]) == ("Ana Núñez", "Medellín", "active", "CO")
    assert ana["services"] == [
        {"name": "Limpieza", "slug": "cleaning", "hourly_rate_cop": 25_000},
        {"name": "Cocina", "slug": "cooking", "hourly_rate_cop": 30_000},
    ]
    assert (ana["languages"], ana["bio"]) == (["es", "en"], "Ocho años,\nen casas de familia.")
    assert (ana["instant_booking"], ana["buffer_minutes"]) == (True, 30)
    hours = await owner.fetch(
        "select weekday, start_time, end_time from professional_working_hours where professional_id = $1 order by 1, 2",
        ana["profile_id"],
    )
    assert len(hours) == 11
    assert tuple(hours[0]) == (1, dt.time(8), dt.time(12))
    assert tuple(hours[-1]) == (6, dt.time(8), dt.time(12))
    blocked = await owner.fetch("select date from professional_blocked_dates order by 1")
    assert [row["date"] for row in blocked] == [dt.date(2026, 12, 24), dt.date(2026, 12, 25)]
    roles = await owner.fetch("select role from profiles")
    assert {row["role"] for row in roles} == {"professional"}
    shown = await owner.fetch("select full_name from amara_api.professionals order by 1")
    assert [row["full_name"] for row in shown] == ["Ana Núñez", "Luz Dary Peña"]


async def test_the_same_file_twice_is_the_same_as_once(bring, owner):
    await bring(table(ANA, LUZ))
    before = await people(owner)
    said = await bring(table(ANA, LUZ))
    assert said.stdout == "0 were added, 2 were changed.\n"
    kept = [name for name in dict(before["ana@example.com"]) if name != "updated_at"]
    assert [[row[name] for name in kept] for row in (await people(owner)).values()] == [
        [row[name] for name in kept] for row in before.values()
    ]
    assert await owner.fetchval("select count(*) from professional_working_hours") == 11


async def test_what_a_file_leaves_empty_stays_as_it_is(bring, owner):
    await bring(table(ANA))
    await bring("email,full_name,city,services,bio\nANA@example.com,Ana Núñez,Cali,Limpieza=27000,\n")
    ana = (await people(owner))["ana@example.com"]
    assert (ana["city"], ana["services"][0]["hourly_rate_cop"], ana["bio"][:4]) == ("Cali", 27_000, "Ocho")
    assert await owner.fetchval("select count(*) from professional_working_hours") == 11


SEMICOLONS = (
    "Correo;Nombre completo;Ciudad;Servicios;Años de experiencia\r\n"
    "ana@example.com;Ana Núñez;Bogotá;Limpieza=25.000;8\r\n"
)


@pytest.mark.parametrize(
    ("content", "read_as"),
    [
        (SEMICOLONS.encode("utf-8-sig"), "UTF-8, semicolons"),
        (("sep=;\r\n" + SEMICOLONS).encode("cp1252"), "Windows-1252, semicolons"),
        (SEMICOLONS.replace(";", "\t").encode("utf-16"), "UTF-16, tabs"),
        (SEMICOLONS.replace(";", ",").encode(), "UTF-8, commas"),
    ],
    ids=["a mark before it", "old letters", "two bytes a letter", "commas"],
)
async def test_a_spreadsheets_own_way_is_understood(bring, owner, content, read_as):
    said = await bring(content)
    assert said.exit_code == 0, said.output
    assert f"Read as {read_as}." in said.stderr
    ana = (await people(owner))["ana@example.com"]
    assert (ana["full_name"], ana["city"], ana["experience_years"]) == ("Ana Núñez", "Bogotá", 8)


async def test_json_says_the_same(bring, owner):
    item = {
        "email": "ana@example.com",
        "full_name": "Ana Núñez",
        "city": "Medellín",
        "services": [{"name": "Limpieza", "hourly_rate_cop": 25_000}, {"name": "Piscinas", "hourly_rate_cop": 40_000}],
        "hours": ["lun-vie 08:00-18:00"],
        "blocked_dates": ["2026-12-24"],
        "languages": ["es"],
        "rating": 4.8,
        "instant_booking": False,
        "bio": None,
    }
    said = await bring(msgspec.json.encode([item]), name="people.json")
    assert said.exit_code == 0, said.output
    ana = (await people(owner))["ana@example.com"]
    assert [service["slug"] for service in ana["services"]] == ["cleaning", "piscinas"]
    assert (float(ana["rating"]), ana["instant_booking"]) == (4.8, False)
    assert await owner.fetchval("select count(*) from professional_working_hours") == 5


async def test_a_trial_says_what_would_be_and_keeps_nothing(bring, owner):
    said = await bring(table(ANA, LUZ), "--dry-run")
    assert said.stdout == "2 would be added, 0 would be changed.\n"
    assert await owner.fetchval("select count(*) from auth.users") == 0


async def test_everything_that_is_wrong_is_said_at_once_by_its_line_and_nothing_is_written(bring, owner):
    said = await bring(
        table(
            ANA,  # lines 2 and 3
            "nobody,,Bogotá,Limpieza=25000.50,lun-vie 18:00-08:00,24/12/2026,,,quizás",
            "ana@example.com,Otra Ana,Bogotá,Limpieza=25000,,,,,",
            "luz@example.com,Luz,Bogotá",
            "eva@example.com,Eva,Bogotá,Limpieza,lunes 8-12 | lun 11-14,,,,",
        )
    )
    assert said.exit_code == 1
    assert [line for line in said.stderr.splitlines() if line.startswith("people.csv, ")] == [
        "people.csv, line 4, full_name: is missing",
        "people.csv, line 4, email: is no e-mail address",
        "people.csv, line 4, services: “Limpieza” must cost whole pesos an hour: 25000 or 25.000",
        "people.csv, line 4, hours: “lun-vie 18:00-08:00” ends before it begins",
        "people.csv, line 4, blocked_dates: “24/12/2026” must be a day such as 2026-12-24",
        "people.csv, line 4, instant_booking: must be sí or no, yes or no, true or false",
        "people.csv, line 5, email: is the one of line 2, too",
        "people.csv, line 6: has 3 cells where the head has 9",
        "people.csv, line 7, services: “Limpieza” needs its price an hour: name=25000",
        "people.csv, line 7, hours: 08:00-12:00 and 11:00-14:00 overlap on one day",
    ]
    assert "10 problems; nothing was written." in said.stderr
    assert await owner.fetchval("select count(*) from auth.users") == 0


async def test_a_head_nobody_knows_is_said_with_what_is_known(bring):
    said = await bring("email,full_name,ciudad,ciudad,precio\na@example.com,A,Cali,Cali,1\n")
    assert "line 1, ciudad: stands here twice" in said.stderr
    assert "line 1, precio: is no column; known are email, full_name, city" in said.stderr
    assert "line 1, services: is missing" in said.stderr


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("people.csv", b"", "people.csv is empty"),
        ("people.csv", b"\xef\xbb\xbf\r\n", "people.csv is empty"),
        ("people.json", b" ", "people.json is empty"),
        ("people.csv", HEAD.encode(), "people.csv holds nobody"),
        ("people.csv", (HEAD + '\n"open').encode(), "line 2: cannot be read: unexpected end of data"),
        ("people.csv", b"\x00\x01\x02", "line 1, "),
        ("people.json", b"{}", "people.json must be a list of objects"),
        ("people.json", b"[1]", "item 1: must be an object"),
        ("people.json", b'[{"email": "a@example.com"},\n{"email" 3}]', "people.json, line 2: is no JSON"),
        ("people.json", b"[" * 100_000, "line 1: is no JSON"),
        ("people.json", b'[{"email": 7, "full_name": [], "city": {}, "services": 3}]', "item 1, email: must be a text"),
        (
            "people.json",
            b'[{"email": "a@example.com", "full_name": "a", "city": "b", "services": [[]]}]',
            "item 1, services",
        ),
    ],
)
async def test_what_is_no_such_file_is_said(bring, name, content, problem):
    said = await bring(content, name=name)
    assert said.exit_code == 1
    assert problem in said.stderr
    assert "Traceback" not in said.output


async def test_a_database_without_tables_is_said_once_and_what_makes_them(empty_urls, tmp_path):
    own = {"AMARA_DATABASE_URL": empty_urls.login_url, "AMARA_MIGRATION_DATABASE_URL": empty_urls.owner_url}
    file = tmp_path / "people.csv"
    file.write_text(table(ANA, LUZ), "utf-8")
    said = await amara("import", "professionals", str(file), **own, AMARA_JWT_SECRET=SECRET)
    assert said.exit_code == 1
    assert "Error: This database has no marketplace yet: amara migrate makes one." in said.stderr
    assert "line" not in said.stderr


async def test_what_the_database_does_not_take_is_said_by_its_line(bring, owner):
    await owner.execute("alter table professional_profiles add constraint no_cali check (city <> 'Cali')")
    said = await bring(table(LUZ, ANA.replace("Medellín", "Cali")))
    assert "people.csv, line 3, no_cali: is refused by the database (CheckViolationError)" in said.stderr
    assert await owner.fetchval("select count(*) from auth.users") == 0


async def test_an_account_that_is_there_becomes_a_professional_and_an_administrator_stays_one(bring, owner):
    await a_person(owner, email="ana@example.com")
    await a_person(owner, email="luz@example.com", role="admin")
    said = await bring(table(ANA, LUZ))
    assert said.stdout == "2 were added, 0 were changed.\n"
    rows = await owner.fetch("select role from profiles p join auth.users u on u.id = p.id order by email")
    assert [row["role"] for row in rows] == ["professional", "admin"]


async def test_a_long_file_is_brought_in_and_found(bring, owner):
    lines = [
        f"p{number}@example.com,Ana {number},Bogotá,Limpieza={20_000 + number},lun-sáb 8-18,,,,"
        for number in range(120)
    ]
    said = await bring(table(*lines))
    assert said.stdout == "120 were added, 0 were changed.\n"
    assert await owner.fetchval("select count(*) from amara_api.professionals") == 120


def test_what_a_file_means_needs_no_database():
    people, found = intake.understand(table(ANA).encode(), is_json=False)
    assert (people[0].email, people[0].line, found.read_as) == ("ana@example.com", 2, "UTF-8, commas")
    with pytest.raises(intake.Refused, match="larger than 20 MB"):
        intake.understand(b"a" * (20 * 1024 * 1024 + 1), is_json=False)
