"""THE STORY of professionals that come in a file: read it, say everything that is wrong with it, write all or nothing.

A professional is known by the e-mail address. One who is there already is changed, and what the file does not say of
them stays; so the same file twice is the same as once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import asyncpg

from amara.intake import sheet, store
from amara.intake.professional import Professional, read
from amara.intake.sheet import Problem


class Refused(Exception):
    """Nothing was written."""

    def __init__(self, problems: list[Problem]) -> None:
        """Args: everything that is wrong, in the order of the file."""
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


class NothingThere(Exception):
    """The database has not been migrated."""


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a file."""

    added: int
    changed: int
    read_as: str
    """How its bytes were understood."""


def understand(raw: bytes, *, is_json: bool) -> tuple[list[Professional], sheet.Sheet]:
    """The professionals of a file, and the file.

    Raises:
        Refused: with all that cannot be read.
    """
    found = sheet.of_json(raw) if is_json else sheet.of_csv(raw)
    problems, people, seen = list(found.problems), [], dict[str, int]()
    for record in found.records:
        try:
            person = read(record)
        except sheet.Unreadable as unreadable:
            problems += unreadable.problems
            continue
        first = seen.setdefault(person.email, record.line)
        if first != record.line:
            problems.append(Problem(record.line, "email", f"is the one of line {first}, too"))
        people.append(person)
    if not problems and not people:
        problems.append(Problem(0, "", "holds nobody"))
    if problems:
        raise Refused(_in_order(problems, found.unit))
    return people, found


async def write(
    owner_url: str, raw: bytes, *, is_json: bool, is_trial: bool, advance: Callable[[int, int], None] = lambda *_: None
) -> Done:
    """Writes everybody in one transaction, as the database's owner.

    Args:
        owner_url: of the database.
        raw: the file.
        is_json: else it is CSV.
        is_trial: everything is tried, and nothing kept.
        advance: told how many of how many are done.

    Raises:
        Refused: what cannot be read, or what the database does not take, all of it; nothing was written.
        NothingThere: the database has no tables for it.
    """
    people, found = understand(raw, is_json=is_json)
    problems: list[Problem] = []
    added = 0
    connection = await asyncpg.connect(owner_url)
    try:
        if not await store.is_there(connection):
            raise NothingThere
        transaction = connection.transaction()
        await transaction.start()
        for number, person in enumerate(people, 1):
            try:
                async with connection.transaction():
                    added += await store.put(connection, person)
            except store.NoAccount:
                problems.append(
                    Problem(person.line, "email", "has no account, and accounts are made elsewhere: sign them up first")
                )
            except asyncpg.PostgresError as error:
                what = getattr(error, "column_name", None) or getattr(error, "constraint_name", None) or ""
                problems.append(Problem(person.line, what, f"is refused by the database ({type(error).__name__})"))
            advance(number, len(people))
        if problems or is_trial:
            await transaction.rollback()
        else:
            await transaction.commit()
    finally:
        await connection.close()
    if problems:
        raise Refused(_in_order(problems, found.unit))
    return Done(added, len(people) - added, found.read_as)


def _in_order(problems: list[Problem], unit: Literal["line", "item"]) -> list[Problem]:
    return sorted((replace(problem, unit=unit) for problem in problems), key=lambda problem: problem.line)
