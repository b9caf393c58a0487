"""What the front door stands on, each opened with its reason not to: the database, the model, the keys of tokens."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import asyncpg

from amara import db, demo, errors, migrate, offline, postgres
from amara.auth import Tokens
from amara.budget import Budget, Limits
from amara.feeds import Feeds
from amara.house import House
from amara.keys import Keys
from amara.model import Model
from amara.model.claude import Claude
from amara.model.features import Features
from amara.news import News
from amara.settings import Settings
from amara.standby import Standby
from amara.webhooks import Webhooks

if TYPE_CHECKING:
    from amara import feed_redis, limits_redis

POSTGRES_MIN = 15

Say = Callable[[str], None]


class CannotStart(Exception):
    """Something must be put right first; the message says what, without a secret."""


async def database_url(
    settings: Settings, stack: contextlib.AsyncExitStack, *, has_demo: bool, say: Say, today: datetime
) -> str:
    """The service's URL; an embedded database is started, migrated and, for the demo, filled."""
    if not settings.is_embedded:
        if has_demo:
            await _load_demo(settings.migration_database_url, settings, today, say)
        return settings.database_url
    cluster = postgres.Cluster.at(settings.data_dir)
    say("Starting the embedded PostgreSQL")
    await cluster.join()
    stack.push_async_callback(cluster.leave)
    await migrate.apply(cluster.owner_url, say=say)
    owner = await asyncpg.connect(cluster.owner_url)
    try:
        await migrate.ensure_login(owner, postgres.LOGIN)
    finally:
        await owner.close()
    if has_demo:
        await _load_demo(cluster.owner_url, settings, today, say)
    keeper = postgres.Keeper(cluster)
    keeper.start()
    stack.push_async_callback(keeper.stop)
    return cluster.login_url


async def _load_demo(owner_url: str, settings: Settings, today: datetime, say: Say) -> None:
    if not owner_url:
        raise CannotStart("--demo fills the database: AMARA_MIGRATION_DATABASE_URL must name its owner.")
    owner = await asyncpg.connect(owner_url)
    try:
        if await demo.load(owner, today.astimezone(ZoneInfo(settings.time_zone)).date()):
            say("Loaded the demo marketplace")
    finally:
        await owner.close()


async def open_database(url: str) -> db.Database:
    """The pool.

    Raises:
        CannotStart: nothing answers there.
    """
    try:
        return await db.open_database(url)
    except (OSError, asyncpg.PostgresError) as error:
        raise CannotStart(f"The database does not answer: {type(error).__name__}.") from error


def open_standby(settings: Settings, database: db.Database, stack: contextlib.AsyncExitStack) -> Standby | None:
    """Where numbers are asked, if a standby is named; it may be away, then and later."""
    if not settings.standby_url:
        return None
    standby = Standby(settings.standby_url, database)
    stack.push_async_callback(standby.close)
    return standby


async def inspect(database: db.Database) -> None:
    """Whether what was opened may be built on.

    Raises:
        CannotStart: with every reason against it.
    """
    safety = await database.safety()
    reasons = []
    if safety.version < POSTGRES_MIN:
        reasons.append(f"PostgreSQL {safety.version} is too old; {POSTGRES_MIN} or newer is needed.")
    if not safety.is_durable:
        reasons.append("synchronous_commit is off: what was acknowledged could be lost.")
    if safety.is_above_policies:
        reasons.append("AMARA_DATABASE_URL logs in above row level security; give the service a role of its own.")
    if not reasons:
        try:
            async with database.service() as connection:
                differences = await migrate.check(connection)
        except asyncpg.PostgresError as error:
            raise CannotStart("The service's role may not become amara_service: run `amara migrate` first.") from error
        reasons += [f"{difference}: run `amara migrate`." for difference in differences]
    if reasons:
        raise CannotStart("\n".join(reasons))


async def open_broker(
    settings: Settings, stack: contextlib.AsyncExitStack
) -> tuple[feed_redis.Streams, limits_redis.Counting] | None:
    """What several processes share beside the database, where a broker is named. It may be away: then they do without.

    Raises:
        CannotStart: its package is not installed.
    """
    if not settings.redis_url:
        return None
    try:
        from amara import feed_redis, limits_redis  # noqa: PLC0415 - the package is an extra's
    except ModuleNotFoundError as error:
        raise CannotStart("AMARA_REDIS_URL needs the extra `scale`: pip install 'amara[scale]'.") from error
    streams = feed_redis.Streams(feed_redis.connect(settings.redis_url))
    counting = limits_redis.Counting(feed_redis.connect(settings.redis_url), settings.pepper())
    for part in (streams, counting):
        part.start()
        stack.push_async_callback(part.stop)
    return streams, counting


async def open_model(settings: Settings, stack: contextlib.AsyncExitStack) -> Model:
    """The one the settings name, or the concierge behind the same protocol."""
    base_url = settings.anthropic_base_url or None
    name = settings.model
    if settings.is_concierge:
        base_url, name = await stack.enter_async_context(offline.start()), "concierge"
    model = Claude(name, settings.anthropic_api_key, base_url, features=Features(set(settings.model_lacks)))
    model.sums_up = not settings.is_concierge  # it follows rules, and has none for this
    await model.open()
    stack.push_async_callback(model.close)
    return model


async def open_tokens(settings: Settings, stack: contextlib.AsyncExitStack, now: Callable[[], datetime]) -> Tokens:
    """By our own secret, or by the keys that are published where the settings say."""
    signer: str | Keys
    if settings.jwks_url:
        signer = Keys(settings.jwks_url)
        await signer.open()
        stack.push_async_callback(signer.close)
    else:
        signer = settings.secret()
    return Tokens(
        signer,
        audience=settings.jwt_audience or None,
        issuer=settings.jwt_issuer or None,
        clock=lambda: now().timestamp(),
    )


async def open_tellers(
    settings: Settings, stack: contextlib.AsyncExitStack, database: db.Database, feeds: Feeds, lease_s: float
) -> None:
    """Who tells the platform's own service, if there is one; and who tells the chats what the platform did."""
    news = News(database, settings.time_zone)
    news.start()
    stack.push_async_callback(news.stop)
    webhooks = Webhooks(database, settings.webhook_url, settings.webhook_secret, heard=feeds.heard)
    webhooks.within(lease_s)
    stack.push_async_callback(webhooks.close)
    await webhooks.open()


def open_purses(settings: Settings, database: db.Database, now: Callable[[], datetime]) -> Budget | None:
    """The purses of the day; the concierge costs nothing."""
    if settings.is_concierge:
        return None
    limits = Limits(
        settings.daily_tokens_user, settings.daily_tokens_guest, settings.daily_tokens_ip, settings.daily_tokens_total
    )
    return Budget(database, limits, now, settings.time_zone, settings.pepper())


def watch(its: House, sockets: Callable[[], int]) -> None:
    """What is asked for when somebody reads the metrics."""
    metrics, breaker, database = its.metrics, getattr(its.model, "breaker", None), its.database
    metrics.watch("amara_sockets_open", "Connections", sockets)
    metrics.watch("amara_runs_live", "Answers being written here", lambda: len(its.runs))
    metrics.watch("amara_draining", "1 while no new answer begins here", lambda: float(its.runs.is_draining))
    metrics.watch("amara_model_well", "1 where the last call was answered", lambda: float(its.model.is_well))
    metrics.watch(
        "amara_breaker_open", "1 while the model is left alone", lambda: float(breaker is not None and breaker.is_open)
    )
    metrics.watch("amara_database_well", "1 where the last transaction ended well", lambda: float(database.is_well))
    metrics.watch("amara_pool_lent", "Connections to the database in use", lambda: database.pool_use[0])
    metrics.watch("amara_pool_open", "Connections to the database", lambda: database.pool_use[1])
    metrics.watch("amara_pool_most", "How many there may be", lambda: database.pool_use[2])
    if (budget := its.budget) is not None:
        metrics.watch("amara_daily_tokens_most", "What all may cost a day", lambda: budget.limits.total)


async def problems(its: House) -> list[str]:
    """What stands against being ready."""
    if its.runs.is_draining:
        return ["draining"]
    try:
        async with its.database.service() as connection:
            return [str(difference) for difference in await migrate.check(connection)]
    except errors.Unavailable:
        return ["database"]
