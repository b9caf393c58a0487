"""The command line, as somebody types it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import click
import pytest
from click.testing import CliRunner, Result

from amara import auth
from amara.__main__ import main
from tests.rig import SECRET


def run(*arguments: str, **settings: str) -> Result:
    """Types it, with these settings and no others."""
    others = {name: None for name in os.environ if name.startswith(("AMARA_", "ANTHROPIC_"))}
    return CliRunner().invoke(main, arguments, env=others | settings, catch_exceptions=False)


async def amara(*arguments: str, **settings: str) -> Result:
    """The same beside a running loop: the commands make one of their own."""
    return await asyncio.to_thread(run, *arguments, **settings)


@pytest.fixture
def own(urls) -> dict[str, str]:
    """The settings of this test's own database."""
    return {
        "AMARA_DATABASE_URL": urls.login_url,
        "AMARA_MIGRATION_DATABASE_URL": urls.owner_url,
        "AMARA_JWT_SECRET": SECRET,
    }


def commands(group: click.Group, *path: str) -> list[tuple[str, ...]]:
    found = [path]
    for name, command in group.commands.items():
        found += commands(command, *path, name) if isinstance(command, click.Group) else [(*path, name)]
    return found


@pytest.mark.parametrize("path", commands(main), ids=" ".join)
def test_every_command_says_what_it_does(path):
    for flag in ("--help", "-h"):
        said = run(*path, flag)
        assert said.exit_code == 0
        assert said.output.startswith("Usage: ")
        assert len(said.output.splitlines()) > 3


def test_without_a_command_the_commands_are_listed():
    said = run()
    for name in main.commands:
        assert f"\n  {name} " in said.output


def test_the_program_is_a_module_too():
    done = subprocess.run([sys.executable, "-m", "amara", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("amara, version 0.")


def test_what_is_wrong_with_the_settings_is_named_at_once_and_without_its_value():
    wrong = {
        "AMARA_PORT": "eighty-thousand",
        "AMARA_LOG": "xml-please",
        "AMARA_TIME_ZONE": "Mars/Olympus",
        "AMARA_JWT_SECRET": "short-secret",
        "AMARA_DATABASE_URL": "mysql://root:hunter2@db/amara",
    }
    for command in (["serve"], ["migrate"], ["db", "url"], ["token", "--user", str(uuid4())]):
        said = run(*command, **wrong)
        assert said.exit_code == 1
        for name, value in wrong.items():
            assert name in said.output
            assert value not in said.output
        assert "hunter2" not in said.output
        assert "Traceback" not in said.output


async def test_a_token_makes_the_person_and_is_printed_alone(owner, own):
    user_id = uuid4()
    said = await amara("token", "--user", str(user_id), "--email", "rosa@example.com", "--role", "admin", **own)
    assert said.exit_code == 0
    assert said.stdout.count("\n") == 1
    caller = auth.Tokens(SECRET).check(said.stdout.strip())
    assert (caller.user_id, caller.email, caller.is_anonymous) == (user_id, "rosa@example.com", False)
    row = await owner.fetchrow(
        "select u.email, u.email_confirmed_at is not null as is_confirmed, p.role"
        " from auth.users u join public.profiles p using (id) where id = $1",
        user_id,
    )
    assert tuple(row) == ("rosa@example.com", True, "admin")
    said = await amara("token", "--user", str(user_id), "--email", "rosa@example.com", "--unconfirmed", **own)
    assert auth.Tokens(SECRET).check(said.stdout.strip()).user_id == user_id
    row = await owner.fetchrow(
        "select u.email_confirmed_at, p.role from auth.users u join public.profiles p using (id) where id = $1", user_id
    )
    assert tuple(row) == (None, "customer")


async def test_a_token_may_be_a_visitors(owner, own):
    user_id = uuid4()
    said = await amara("token", "--user", str(user_id), "--anonymous", "--ttl", "60", **own)
    assert auth.Tokens(SECRET).check(said.stdout.strip()).is_anonymous
    assert await owner.fetchval("select is_anonymous from auth.users where id = $1", user_id)


@pytest.mark.parametrize(
    "arguments",
    [["--user", "x"], [], ["--user", str(UUID(int=1)), "--role", "owner"], ["--user", str(UUID(int=1)), "--ttl", "0"]],
    ids=" ".join,
)
def test_a_token_for_nobody_is_refused(arguments):
    assert run("token", *arguments).exit_code == 2


async def test_migrate_applies_what_is_missing_and_check_says_what_it_is(empty_urls):
    settings = {
        "AMARA_DATABASE_URL": empty_urls.login_url,
        "AMARA_MIGRATION_DATABASE_URL": empty_urls.owner_url,
        "AMARA_JWT_SECRET": SECRET,
    }
    said = await amara("migrate", "--check", **settings)
    assert said.exit_code == 1
    assert "20251107170000_platform_foundation.sql is pending" in said.stdout
    said = await amara("migrate", **settings)
    assert said.exit_code == 0, said.output
    assert "applied 20251107170000_platform_foundation.sql" in said.output
    assert "Nothing to apply." in (await amara("migrate", **settings)).output
    assert (await amara("migrate", "--check", **settings)).exit_code == 0
    owner = await asyncpg.connect(empty_urls.owner_url)
    await owner.execute("update amara_private.migration_hashes set sha256 = 'x'")
    await owner.close()
    said = await amara("migrate", "--check", **settings)
    assert said.exit_code == 1
    assert "20251107170000_platform_foundation.sql is changed" in said.stdout


async def test_what_is_applied_can_be_asked_by_the_service_without_the_owners_password(urls, owner):
    own = {"AMARA_DATABASE_URL": urls.login_url, "AMARA_JWT_SECRET": SECRET}
    said = await amara("migrate", "--check", **own)
    assert (said.exit_code, said.output) == (0, "Everything is applied.\n")
    await owner.execute("delete from supabase_migrations.schema_migrations where version = '20251201090100'")
    said = await amara("migrate", "--check", **own)
    assert (said.exit_code, said.stdout) == (1, "20251201090100_amara_api.sql is pending\n")


async def test_who_reads_no_further_is_not_told_of_the_database(own):
    asked = [sys.executable, "-m", "amara", "doctor"]
    ours = await asyncio.create_subprocess_exec(
        *asked, env={**os.environ, **own}, stdout=(ends := os.pipe())[1], stderr=asyncio.subprocess.PIPE
    )
    for end in ends:
        os.close(end)
    _, told = await ours.communicate()
    assert ours.returncode == 1
    assert "database" not in told.decode()


def test_a_database_that_does_not_answer_is_one_sentence_without_the_password():
    own = {"AMARA_DATABASE_URL": "postgresql://amara:hunter2@127.0.0.1:9/amara", "AMARA_JWT_SECRET": SECRET}
    for command in (["migrate"], ["serve", "--port", "0"], ["token", "--user", str(uuid4())]):
        said = run(*command, **own)
        assert said.exit_code == 1
        assert said.output.strip().count("\n") == 0
        assert "database" in said.output.lower()
        assert "hunter2" not in said.output


def test_the_embedded_databases_address_is_printed_alone(open_directory):
    place = open_directory / "addressed"
    place.mkdir(mode=0o755, exist_ok=True)
    said = run("db", "url", AMARA_DATA_DIR=str(place))
    assert said.exit_code == 0
    assert said.stdout.startswith("postgresql://amara_owner@/amara?host=")
    assert said.stdout.count("\n") == 1


def test_a_database_of_your_own_has_no_embedded_address():
    own = {"AMARA_DATABASE_URL": "postgresql://amara@127.0.0.1:9/amara", "AMARA_JWT_SECRET": SECRET}
    for command in (["db", "url"], ["db", "psql"]):
        said = run(*command, **own)
        assert said.exit_code == 1
        assert "AMARA_DATABASE_URL" in said.output


def test_a_broken_secret_on_the_disk_is_named(tmp_path: Path):
    (tmp_path / "jwt.secret").write_text("short")
    said = run("token", "--user", str(uuid4()), AMARA_DATA_DIR=str(tmp_path))
    assert said.exit_code == 1
    assert "jwt.secret" in said.output
    assert "Traceback" not in said.output
