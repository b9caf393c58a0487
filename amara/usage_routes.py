"""What the model cost, for administrators, at `/v1/admin/usage`; what is counted of this process, at `/metrics`, for a
scraper on this machine or for who shows the token. For anybody else that is not there.
"""

from __future__ import annotations

from hmac import compare_digest
from ipaddress import ip_address
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler

from amara import auth, errors, expenses
from amara.doorkeeper import Doorkeeper
from amara.house import House
from amara.metrics import Metrics
from amara.settings import Settings
from amara.store.expenses import is_administrator

# Whoever comes through a proxy of this machine comes from it, and not from here.
_FORWARDED = ("x-forwarded-for", "forwarded", "x-real-ip", "via")


def routes(house: House, doorkeeper: Doorkeeper, settings: Settings) -> list[HTTPRouteHandler]:
    """Both doors."""
    figures = _figures(house.metrics, to=settings.metrics, token=settings.metrics_token)
    return [_usage(house, doorkeeper, settings.time_zone), *figures]


def _usage(house: House, doorkeeper: Doorkeeper, time_zone: str) -> HTTPRouteHandler:
    @get("/v1/admin/usage", summary="What the model cost, by day, model or kind of caller")
    async def read_usage(request: Request[Any, Any, Any]) -> Response[bytes]:
        token = auth.bearer(request.headers.get("authorization"))
        if token is None:
            raise errors.TokenMissing
        form = request.query_params.get("format") or _accepted(request.headers.get("accept", ""))
        if form not in {"json", "csv"}:
            raise errors.BadRequest("`format` is json or csv.")
        async with house.database.transaction(await doorkeeper.admit(token)) as db:
            if not await is_administrator(db):
                raise errors.NotAllowed
            asked = expenses.question(request.query_params, now=house.now(), zone=time_zone)
        async with house.numbers.service() as db:
            told = await expenses.report(db, asked)
        headers = {"cache-control": "no-store", "x-content-type-options": "nosniff", "vary": "accept, authorization"}
        if form == "json":
            return Response(msgspec.json.encode(told), headers=headers, media_type="application/json")
        headers["content-disposition"] = f'attachment; filename="usage_{asked.first}_{asked.last}.csv"'
        return Response(expenses.sheet(told).encode(), headers=headers, media_type="text/csv")

    return read_usage


def _accepted(accept: str) -> str:
    kinds = {part.partition(";")[0].strip().lower() for part in accept.split(",")}
    return "csv" if "text/csv" in kinds and not kinds & {"application/json", "*/*"} else "json"


def _figures(metrics: Metrics, *, to: str, token: str) -> list[HTTPRouteHandler]:

    @get("/metrics", summary="What is counted of this process", include_in_schema=False)
    async def read_metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
        if not _may_read(request, to, token):
            raise errors.NotFound
        told = metrics.text() if metrics.of_all is None else await metrics.of_all()
        return Response(told, headers={"cache-control": "no-store"}, media_type="text/plain; version=0.0.4")

    return [] if to == "off" else [read_metrics]


def _may_read(request: Request[Any, Any, Any], to: str, token: str) -> bool:
    if to == "token":
        shown = auth.bearer(request.headers.get("authorization")) or ""
        return compare_digest(shown.encode(), token.encode())
    if request.client is None or any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False
