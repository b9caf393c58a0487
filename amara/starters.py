"""What somebody may begin with, for a tap: by language, by the page they are on, and by who they are."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any
from urllib.parse import unquote

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter

from amara import auth
from amara.doorkeeper import Doorkeeper
from amara.house import House
from amara.tools import store
from amara.tools.tool import Locale
from amara.tools.words import SERVICE_NAMES, fold, service_slug

Json = dict[str, Any]

STARTERS_MAX = 4
PAGE_MAX = 500  # characters of it that are read

_BOOKINGS = {"reserva", "reservas", "booking", "bookings", "visita", "visitas"}
_SEARCH: dict[Locale, dict[str, tuple[str, str]]] = {
    "es": {
        "cleaning": ("Aseo en casa", "Busco a alguien para el aseo general de mi casa"),
        "deep_cleaning": ("Aseo profundo", "Busco a alguien para un aseo profundo"),
        "laundry": ("Lavado de ropa", "Busco a alguien para lavar la ropa"),
        "ironing": ("Planchado", "Busco a alguien que planche en mi casa"),
        "cooking": ("Cocina", "Busco a alguien que cocine en mi casa"),
        "childcare": ("Cuidado de niños", "Busco a alguien para cuidar a mis hijos"),
        "elder_care": ("Cuidado de mayores", "Busco a alguien para cuidar a un adulto mayor"),
        "gardening": ("Jardinería", "Busco a alguien para el jardín"),
    },
    "en": {
        "cleaning": ("Cleaning", "I am looking for somebody to clean my home"),
        "deep_cleaning": ("Deep cleaning", "I am looking for somebody for a deep cleaning"),
        "laundry": ("Laundry", "I am looking for somebody to do the laundry"),
        "ironing": ("Ironing", "I am looking for somebody to iron at my home"),
        "cooking": ("Cooking", "I am looking for somebody to cook at my home"),
        "childcare": ("Childcare", "I am looking for somebody to look after my children"),
        "elder_care": ("Elder care", "I am looking for somebody to look after an elderly person"),
        "gardening": ("Gardening", "I am looking for somebody for the garden"),
    },
}
_ABOUT: dict[Locale, dict[str, tuple[str, str]]] = {
    "es": {
        "prices": ("¿Cuánto cuesta?", "¿Cuánto cuesta el servicio por horas?"),
        "how": ("¿Cómo se reserva?", "¿Cómo funciona una reserva y cuándo queda confirmada?"),
        "mine": ("Mis reservas", "¿Qué reservas tengo?"),
        "move": ("Mover una reserva", "Quiero mover una reserva"),
        "cancel": ("Cancelar una reserva", "Quiero cancelar una reserva"),
    },
    "en": {
        "prices": ("What does it cost?", "What does the service cost per hour?"),
        "how": ("How does booking work?", "How does a booking work, and when is it confirmed?"),
        "mine": ("My bookings", "Which bookings do I have?"),
        "move": ("Move a booking", "I want to move a booking"),
        "cancel": ("Cancel a booking", "I want to cancel a booking"),
    },
}


def starters(locale: Locale, page: str, *, has_bookings: bool) -> list[Json]:
    """At most four, `{label, text}`: what the page is about first.

    Args:
        locale: whose words.
        page: an address, a path or a title; whatever it says beside services and bookings is passed over.
        has_bookings: there are visits to come.
    """
    said = fold(unquote(page[:PAGE_MAX]))
    words = "".join(char if char.isalnum() else " " for char in said).split()
    search, about = _SEARCH[locale], _ABOUT[locale]
    named = [slug for slug in _slugs(words) if slug in search]
    usual = [search[slug] for slug in [*named, "cleaning", "childcare", "cooking"]]
    mine = [about["mine"]] if has_bookings else []
    if has_bookings and _BOOKINGS & set(words):
        chosen = [about["mine"], about["move"], about["cancel"], *usual]
    elif named:
        chosen = [*usual[: len(named)], about["prices"], about["how"], *mine, *usual]
    else:
        chosen = [*mine, *usual, about["how"]]
    return [{"label": label, "text": text} for label, text in dict.fromkeys(chosen)][:STARTERS_MAX]


def _slugs(words: list[str]) -> list[str]:
    """Services that neighbouring words name; a deep cleaning is no cleaning like others."""
    joined = " ".join(words)
    said = [service_slug(f"{one} {other}") for one, other in pairwise(words)] + [service_slug(word) for word in words]
    named = [slug for slug in SERVICE_NAMES if slug.replace("_", " ") in joined or slug in said]
    return [slug for slug in named if slug != "cleaning" or "deep_cleaning" not in named][:2]


def routes(house: House, doorkeeper: Doorkeeper) -> list[HTTPRouteHandler]:
    """`GET /v1/amara/starters`: for everybody; who shows a token is told of their own bookings too."""

    @get("/v1/amara/starters", summary="What somebody may begin with")
    async def read_starters(
        request: Request[Any, Any, Any],
        locale: Annotated[str, QueryParameter(name="locale", max_length=16)] = "es",
        page: Annotated[str, QueryParameter(name="page", max_length=2_000)] = "",
    ) -> Response[Json]:
        token, has_bookings = auth.bearer(request.headers.get("authorization")), False
        if token is not None:
            async with house.database.transaction(await doorkeeper.admit(token)) as db:
                found, _ = await store.bookings(db, "upcoming", now=house.now(), limit=1)
            has_bookings = found > 0
        spoken: Locale = "en" if locale.lower().startswith("en") else "es"
        headers = {"cache-control": "no-store", "vary": "authorization"}
        return Response({"items": starters(spoken, page, has_bookings=has_bookings)}, headers=headers)

    return [read_starters]
