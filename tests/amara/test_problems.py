"""Every error over HTTP has one shape, and tells nothing of the inside."""

from __future__ import annotations

import asyncpg
import pytest
from litestar import Litestar, get

from amara import errors, frames, problems
from tests.web import check_problem, door


def failing(error: Exception) -> Litestar:
    @get("/broken")
    async def broken() -> None:
        raise error

    return Litestar(
        [broken], exception_handlers={Exception: problems.respond}, openapi_config=None, logging_config=None
    )


SECRET = "select secret from /var/lib/x"


@pytest.mark.parametrize(
    "error",
    [KeyError(SECRET), asyncpg.UniqueViolationError(SECRET), RuntimeError(SECRET)],
    ids=lambda one: type(one).__name__,
)
async def test_what_we_did_not_foresee_says_nothing_of_itself(error):
    async with door(failing(error)) as http, http.get("/broken") as answer:
        problem = await check_problem(answer, 500, "internal")
        assert problem["detail"] == errors.AmaraError.message
        assert SECRET not in str(problem)


async def test_a_situation_of_ours_is_said_with_its_own_sentence():
    async with door(failing(errors.Busy("Una respuesta a la vez."))) as http, http.get("/broken") as answer:
        problem = await check_problem(answer, 409, "busy")
        assert (problem["detail"], problem["instance"]) == ("Una respuesta a la vez.", "/broken")


async def test_who_shall_come_back_is_told_when():
    async with door(failing(errors.TooMany(retry_after_s=7))) as http, http.get("/broken") as answer:
        await check_problem(answer, 429, "too_many")
        assert answer.headers["retry-after"] == "7"
    async with door(failing(errors.Unavailable())) as http, http.get("/broken") as answer:
        await check_problem(answer, 503, "unavailable")
        assert answer.headers["retry-after"] == "1"


async def test_who_has_no_token_is_told_which_kind_is_wanted():
    async with door(failing(errors.TokenMissing())) as http, http.get("/broken") as answer:
        await check_problem(answer, 401, "token_missing")
        assert answer.headers["www-authenticate"] == "Bearer"


def test_every_situation_has_a_close_code_clients_may_act_on():
    documented = {
        errors.BadFrame: frames.BAD_FRAME,
        errors.TokenExpired: frames.TOKEN,
        errors.NotAllowed: frames.ORIGIN,
        errors.NotFound: frames.NO_CONVERSATION,
        errors.TooLarge: frames.FRAME_TOO_LARGE,
        errors.TooMany: frames.TOO_MANY,
        errors.Unavailable: frames.TOO_SLOW,
        errors.Fenced: frames.RESTARTING,
    }
    assert {kind: problems.close_code(kind()) for kind in documented} == documented
    assert problems.close_code(errors.ModelCut()) == frames.TOO_SLOW  # come back, jittered
