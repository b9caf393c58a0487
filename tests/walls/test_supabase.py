"""Supabase's own command line on our migrations: it and our runner agree, and its advisor has nothing to say."""

from __future__ import annotations

import asyncio
import json
import os
from typing import Any

import asyncpg
import pytest

from amara import migrate
from tests import nodejs
from tests.walls.door import door

FILES = migrate.migrations()
# The package `supabase` itself only looks for this one; where the lock has none for a machine, this says so.
PROGRAM = nodejs.CLIENTS / "node_modules/@supabase/cli-linux-x64/bin/supabase"
UP_TO_DATE = "Remote database is up to date."


@pytest.fixture
def supabase(tmp_path):
    """Runs the command line on a database, in a project whose migrations are ours."""
    assert PROGRAM.is_file(), "Supabase's command line is not there: 'make install' brings it, on Linux and x86-64."
    (tmp_path / "supabase").mkdir()
    (tmp_path / "supabase" / "migrations").symlink_to(FILES[0].path.parent, target_is_directory=True)

    async def run(url: str, *words: str) -> str:
        async with door(url) as remote:
            process = await asyncio.create_subprocess_exec(
                *(PROGRAM, "db", *words, f"--remote={remote}", "--yes", "--agent=no"),
                cwd=tmp_path,
                # Nothing of whoever runs the tests: no login of theirs, no telemetry.
                env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "SUPABASE_TELEMETRY_DISABLED": "1"},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
            try:
                said, complained = await asyncio.wait_for(process.communicate(), nodejs.PATIENCE_S)
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
            assert process.returncode == 0, (said + complained).decode()
            return said.decode() + complained.decode()

    return run


async def recorded(url: str) -> list[tuple[str, str]]:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(
            "select version, name from supabase_migrations.schema_migrations order by version"
        )
        assert await migrate.check(connection) == []
    finally:
        await connection.close()
    return [(row["version"], row["name"]) for row in rows]


EVERY = [(migration.version, migration.name) for migration in FILES]


async def test_what_the_command_line_pushed_our_runner_has_nothing_to_add_to(supabase, empty_urls):
    url = empty_urls.owner_url
    said = await supabase(url, "push", "--include-all")
    assert [line.split()[2].removesuffix("...") for line in said.splitlines() if line.startswith("Applying")] == [
        migration.path.name for migration in FILES
    ]
    assert await migrate.apply(url) == []
    assert await recorded(url) == EVERY
    assert UP_TO_DATE in await supabase(url, "push", "--include-all")


async def test_what_our_runner_applied_the_command_line_has_nothing_to_add_to(supabase, urls):
    assert UP_TO_DATE in await supabase(urls.owner_url, "push", "--include-all")
    assert await recorded(urls.owner_url) == EVERY


async def test_either_goes_on_where_the_other_stopped(supabase, empty_urls):
    url = empty_urls.owner_url
    await migrate.apply(url, files=FILES[:3])
    said = await supabase(url, "push", "--include-all")
    assert said.count("Applying migration") == len(FILES) - 3
    assert await migrate.apply(url) == []
    assert await recorded(url) == EVERY


def advice(said: str) -> list[dict[str, Any]]:
    """What is said of more than informative weight; the list stands between other lines."""
    start = said.find("\n[")
    if start < 0:
        return []
    found, _ = json.JSONDecoder().raw_decode(said[start + 1 :])
    return [notice for notice in found if notice["level"] != "INFO"]


async def test_the_advisor_has_nothing_to_say_above_information(supabase, urls, owner):
    name = await owner.fetchval("select current_database()")
    await owner.execute(f"alter database {name} set pgrst.db_schemas = 'public, amara_api'")
    assert advice(await supabase(urls.owner_url, "advisors", "--level=info")) == []


async def test_the_advisor_would_have_seen_an_open_door(supabase, urls, owner):
    await owner.execute(
        "create table public.open_door (id int primary key); grant select on public.open_door to anon;"
        "create function public.open_path() returns int language sql security definer return 1"
    )
    found = advice(await supabase(urls.owner_url, "advisors", "--level=info"))
    assert {(notice["level"], notice["name"]) for notice in found} >= {
        ("ERROR", "rls_disabled_in_public"),
        ("WARN", "function_search_path_mutable"),
    }
