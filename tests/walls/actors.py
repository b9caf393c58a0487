"""Who stands before the walls, and what happens when they try something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import asyncpg
import msgspec

from tests.walls import world
from tests.walls.privileges import COLUMNS
from tests.walls.relations import Relation

VERBS = ("select", "insert", "update", "delete")


@dataclass(frozen=True)
class Actor:
    """A request: the role it runs in, whose token it bears, which guest's proof it brings."""

    name: str
    role: str
    sub: str = ""
    token: str = ""
    own: tuple[str, ...] = ()
    """Whose rows are the actor's own: the first of them who has one."""
    other: tuple[str, ...] = ("other", "colleague", "neighbour")
    login: str = "amara_login"
    """Who is at the other end of the connection; empty for a superuser."""

    def settings(self) -> str:
        """The statements that make a transaction this request's."""
        claims: dict[str, Any] = {}
        if self.role in {"anon", "authenticated"}:
            claims = {"role": self.role}
        if self.sub:
            account = world.account(self.sub, "kept")
            claims |= {"sub": account["id"].split("'")[1], "is_anonymous": account["is_anonymous"] == "true"}
        headers = {"x-guest-session": self.token} if self.token else {}
        settings = {"request.jwt.claims": _json(claims), "request.headers": _json(headers), "role": self.role}
        become = f"set local session authorization {self.login}; " if self.login else ""
        return become + "select " + ", ".join(f"set_config('{k}', '{v}', true)" for k, v in settings.items())

    def targets(self, relation: Relation) -> list[str]:
        """Whose row there is the actor's own, if any, and whose is not."""
        return [
            next(whose for whose in group if whose in relation.owners)
            for group in (self.own, self.other)
            if set(group) & set(relation.owners)
        ]


def _json(value: dict[str, Any]) -> str:
    return msgspec.json.encode(value).decode() if value else ""


_TO_GUESTS = ("neighbour", "other", "colleague")

ACTORS = {
    actor.name: actor
    for actor in (
        Actor("anon", "anon", own=("nobody",), other=_TO_GUESTS),
        Actor("guest", "anon", token=world.token("guest"), own=("guest", "nobody"), other=_TO_GUESTS),
        Actor("stranger", "anon", token=world.token("of no session"), own=("nobody",), other=_TO_GUESTS),
        Actor("expired", "anon", token=world.token("expired"), own=("expired", "nobody"), other=_TO_GUESTS),
        Actor("person", "authenticated", "person", own=("person",)),
        Actor("visitor", "authenticated", "anonymous", own=("anonymous",)),
        Actor("checkout", "authenticated", "anonymous", world.token("guest"), ("guest", "anonymous"), _TO_GUESTS),
        Actor("pro", "authenticated", "professional", own=("professional",)),
        Actor("admin", "authenticated", "admin", own=("admin",)),
        Actor("secret", "service_role", login=""),  # the platform's secret key comes by another login than ours
        Actor("amara", "amara_service"),
        Actor("login", "none"),
    )
}
RETURNING = Actor("returning", "authenticated", "person", world.token("returning"))
"""A guest who has an account by now, and brings both proofs."""
OWNER = Actor("owner", "none", login="")
"""Whom nothing but triggers and constraints can hold."""


class Refused(str):
    """Why nothing came of it: `deny` for want of a privilege, `no` from a policy, else PostgreSQL's code."""

    __slots__ = ()


# Still referred to (PostgreSQL 18 tells `restrict` apart); and a view of a join, which takes nothing from anybody.
_IN_WORDS = {"23503": "held", "23001": "held", "55000": "deny"}


async def attempt(connection: Any, actor: Actor, statement: str, question: str = "", before: str = "") -> Any:
    """What comes of a statement, taken back at once.

    Args:
        connection: A superuser's, inside a transaction.
        question: Asked afterwards behind the actor's back; its answer comes back instead of the number of rows.
        before: Arranged first, as the superuser.
    """
    try:
        tag = await connection.execute(f"savepoint attempt; {before}; {actor.settings()}; {statement}")
        if not question:
            return int(tag.split()[-1])
        await connection.execute("set local session authorization default; set local role none")
        return await connection.fetchval(question)
    except asyncpg.InsufficientPrivilegeError as refusal:
        return Refused("no" if "row-level security" in str(refusal) else "deny")
    except asyncpg.PostgresError as refusal:
        return Refused(" ".join(filter(None, (refusal.sqlstate, getattr(refusal, "constraint_name", None)))))
    finally:
        await connection.execute("rollback to savepoint attempt")


async def cell(connection: Any, relation: Relation, verb: str, actor: Actor, whose: str) -> str:
    """One word for what this actor gets when trying this on that row."""
    columns = COLUMNS.get((relation.name, verb, actor.role), "").split()
    where = relation.where(whose)
    if verb == "insert":
        return await _insert(connection, relation, actor, whose, columns)
    if verb == "update":
        changes = ", ".join(f"{column} = {column}" for column in columns or [relation.touch])
        statement = f"update {relation.name} set {changes} where {where}"
    elif verb == "delete":
        statement = f"delete from {relation.name} where {where}"
    else:
        statement = f"select 1 from {relation.name} where {where}"
    got = await attempt(connection, actor, statement)
    if isinstance(got, Refused):
        return _IN_WORDS.get(got.split()[0], got)
    return "yes" if got else "no"


async def _insert(connection: Any, relation: Relation, actor: Actor, whose: str, columns: list[str]) -> str:
    row = relation.row(whose, "new")
    row = {column: row.get(column, "null") for column in columns or row}
    question = ""
    if row.keys() >= set(relation.keys) and not relation.is_view:
        owner = relation.owner if relation.owner in row else ""
        is_theirs = f"{owner} is not distinct from {row[owner]}" if owner else "true"
        question = f"select {is_theirs} from {relation.name} where {relation.where(whose, 'new')}"
    got = await attempt(connection, actor, relation.insert(row), question)
    if isinstance(got, Refused):
        return _IN_WORDS.get(got, got)
    return {1: "yes", 0: "mine"}.get(got, "gone")  # True and False are 1 and 0
