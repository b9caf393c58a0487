"""What the tools ask of the marketplace: the only SQL of this package, on the views of `amara_api`, as the caller.

Long texts are cut here already, so that a bio of megabytes never leaves the database.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

Connection: TypeAlias = "asyncpg.pool.PoolConnectionProxy[Any]"  # generic in its stubs alone


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person looks for; none means that it does not matter."""

    cities: list[str] | None = None
    """Folded spellings of one city."""
    service: str | None = None
    """A slug."""
    max_hourly_rate_cop: int | None = None
    languages: list[str] | None = None
    """Folded spellings of one language."""
    min_rating: float | None = None
    among: list[UUID] | None = None
    """Nobody but these."""
    shown: list[UUID] | None = None
    """They count, and are not shown again."""


# One row per service of a professional. A platform that has grown may hold anything in the column: what is not an array
# of objects with a whole rate offers nothing, instead of breaking everybody's search.
_OFFERS = """
    select p.id, p.city, p.languages, p.rating, p.review_count, p.on_time_rate,
           left(s.offer ->> 'slug', 80) as slug, left(s.offer ->> 'name', 80) as service_name,
           case when s.offer ->> 'hourly_rate_cop' ~ '^[0-9]{1,9}$'
                then (s.offer ->> 'hourly_rate_cop')::bigint end as rate
    from amara_api.professionals as p
    cross join lateral jsonb_array_elements(
        case when jsonb_typeof(p.services) = 'array' then p.services else '[]'::jsonb end
    ) as s(offer)
    where s.offer ->> 'hourly_rate_cop' ~ '^[0-9]{1,9}$' and s.offer ->> 'slug' is not null
"""

# A rating counts as if twenty reviews of 4.5 stood beside the professional's own, so that three perfect ones do not
# outrank a hundred very good ones. Of 100 points the rating between 3 and 5 gives 60, punctuality 25, and 15 go to the
# lowest rate among those found, less to the others in proportion. The id settles what is still equal.
_RANKED = f"""
with matching as (
    select distinct on (o.id) o.id, o.slug, o.service_name, o.rate, o.rating, o.review_count, o.on_time_rate
    from ({_OFFERS}) as o
    where ($1::text[] is null
           or btrim(regexp_replace(amara_api.fold(o.city), '[[:punct:][:space:]]+', ' ', 'g')) = any($1))
      and ($2::text is null or o.slug = $2)
      and ($3::bigint is null or o.rate <= $3)
      and ($4::text[] is null or exists (
              select from unnest(o.languages) as spoken(word)
              where amara_api.fold(word) = any($4) or amara_api.fold(split_part(word, '-', 1)) = any($4)))
      and ($5::float8 is null or o.rating >= $5)
      and ($6::uuid[] is null or o.id = any($6))
    order by o.id, o.rate, o.slug
),
ranked as (
    select m.*, count(*) over () as found, min(m.rate) over () as lowest_rate,
           60 * (((coalesce(m.rating, 4.5) * coalesce(m.review_count, 0) + 4.5 * 20)
                  / (coalesce(m.review_count, 0) + 20) - 3) / 2)
           + 25 * coalesce(m.on_time_rate, 85) / 100.0
           + 15 * min(m.rate) over () / greatest(m.rate, 1)::numeric as score
    from matching as m
)
"""  # noqa: S608 - put together from constants only

_BEST_FIRST = "order by score desc, b.rating desc nulls last, b.review_count desc nulls last, id"

_CANDIDATES = f"""{_RANKED}
select b.id, p.time_zone from ranked as b join amara_api.professionals as p using (id) {_BEST_FIRST} limit $7
"""  # noqa: S608 - put together from constants only

_SEARCH = f"""{_RANKED},
best as (
    select b.*, count(*) over () as unshown from ranked as b where $7::uuid[] is null or b.id <> all($7)
    {_BEST_FIRST} limit $8
)
select id, left(p.full_name, 120) as full_name, left(p.city, 80) as city, left(p.bio, 1000) as bio, b.slug,
       b.service_name, b.rate, b.lowest_rate, b.found, b.unshown, b.rating, b.review_count,
       p.experience_years, b.on_time_rate, p.languages[1:8] as languages,
       left(p.verification_level, 40) as verification_level, p.instant_booking
from best as b
join amara_api.professionals as p using (id)
{_BEST_FIRST}
"""  # noqa: S608 - put together from constants only


async def professionals(db: Connection, wish: Wish, *, limit: int) -> list[asyncpg.Record]:
    """The best matches, best first, each with the number found and the lowest rate among all of them.

    A professional appears once, with the cheapest service that matches.
    """
    rows: list[asyncpg.Record] = await db.fetch(_SEARCH, *_criteria(wish), wish.shown, limit)
    return rows


async def candidates(db: Connection, wish: Wish, *, limit: int) -> list[asyncpg.Record]:
    """Whoever matches, best first, each with the zone they live in."""
    rows: list[asyncpg.Record] = await db.fetch(_CANDIDATES, *_criteria(wish), limit)
    return rows


def _criteria(wish: Wish) -> tuple[Any, ...]:
    return wish.cities, wish.service, wish.max_hourly_rate_cop, wish.languages, wish.min_rating, wish.among


async def services_offered(db: Connection) -> dict[str, str]:
    """Slug and the marketplace's own name of every service somebody offers, by slug."""
    rows = await db.fetch(
        f"select slug, min(service_name) as name from ({_OFFERS}) as o group by slug order by slug limit 50"  # noqa: S608 - constants
    )
    return {row["slug"]: row["name"] or row["slug"] for row in rows}


async def rates_of(db: Connection, professional_ids: list[UUID]) -> list[asyncpg.Record]:
    """Everything these people offer: whose, slug, name and whole rate, the cheapest first, eight of each at most."""
    rows: list[asyncpg.Record] = await db.fetch(
        f"""
        select id, slug, service_name, rate from (
            select o.*, row_number() over (partition by o.id order by o.rate, o.slug) as place
            from ({_OFFERS}) as o where o.id = any($1)
        ) as o where place <= 8 order by id, place
        """,  # noqa: S608 - constants
        professional_ids,
    )
    return rows


async def professional(db: Connection, professional_id: UUID) -> asyncpg.Record | None:
    """What somebody says of themselves and others have found."""
    return await db.fetchrow(
        """
        select id, left(full_name, 120) as full_name, left(city, 80) as city, left(bio, 1000) as bio,
               languages[1:8] as languages, rating, review_count, experience_years, on_time_rate,
               left(verification_level, 40) as verification_level, instant_booking
        from amara_api.professionals where id = $1
        """,
        professional_id,
    )


async def cities_served(db: Connection, service: str | None = None) -> list[str]:
    """Every city somebody offers this service in, or any service, by name."""
    rows = await db.fetch(
        f"""
        select distinct left(city, 80) as city from ({_OFFERS}) as o
        where city is not null and ($1::text is null or slug = $1) order by 1 limit 50
        """,  # noqa: S608 - constants
        service,
    )
    return [row["city"] for row in rows]


_BOOKING = """
select id, status::text as status, left(service_name, 80) as service_name, professional_id,
       left(professional_name, 120) as professional_name, scheduled_start, scheduled_end, duration_minutes,
       total_price, left(currency, 8) as currency, left(address, 300) as address,
       left(special_instructions, 1000) as special_instructions, created_at
from amara_api.bookings
"""

# Row level security also lets a professional see the visits to be made and an admin see everybody's; "my bookings" are
# those the person made, so the owner is asked for here as well.
_MINE = "customer_id = (select auth.uid())"

_UPCOMING = "coalesce(status::text in ('pending', 'confirmed', 'in_progress') and scheduled_end > $1, false)"


async def is_visitor(db: Connection) -> bool:
    """Whether the caller came without an account, which is what the claims of this transaction say."""
    return bool(await db.fetchval("select coalesce(auth.jwt() -> 'is_anonymous' = 'true'::jsonb, false)"))


async def bookings(db: Connection, when: str, *, now: datetime, limit: int) -> tuple[int, list[asyncpg.Record]]:
    """The number there is and the first of the caller's own bookings.

    Args:
        db: carries the caller.
        when: `upcoming` (live and not yet over, next first), `past` (all others, latest first) or `all` (latest first).
        now: aware.
        limit: of the rows, not of the number.
    """
    direction = "asc" if when == "upcoming" else "desc"
    chosen = f"{_MINE} and ($2 = 'all' or ($2 = 'upcoming') = {_UPCOMING})"
    found = await db.fetchval(f"select count(*) from amara_api.bookings where {chosen}", now, when)  # noqa: S608 - constants
    rows = await db.fetch(
        f"{_BOOKING} where {chosen} order by scheduled_start {direction} nulls last, id limit $3",
        now,
        when,
        limit,
    )
    return int(found), list(rows)


async def booking(db: Connection, booking_id: UUID) -> asyncpg.Record | None:
    """The caller's own booking, or none: not there and not theirs are one answer."""
    return await db.fetchrow(f"{_BOOKING} where {_MINE} and id = $1", booking_id)


async def offers_of(db: Connection, professional_id: UUID) -> list[asyncpg.Record]:
    """What one professional offers, cheapest first, each with the name; nothing where there is no such professional."""
    rows: list[asyncpg.Record] = await db.fetch(
        f"""
        select left(p.full_name, 120) as full_name, o.slug, o.service_name, o.rate
        from ({_OFFERS}) as o join amara_api.professionals as p using (id)
        where o.id = $1 order by o.rate, o.slug limit 20
        """,  # noqa: S608 - constants
        professional_id,
    )
    return rows
