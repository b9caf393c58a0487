"""What a conversation is called in a list: by its first words, then by what was looked for; never over a person's name.

Nobody is asked for it, so it costs nothing and keeps nobody waiting.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from amara.db import Connection
from amara.offline.tongue import guess
from amara.prompt import plain
from amara.store import asides, conversations
from amara.tools.tool import Locale
from amara.tools.words import service_name

Json = dict[str, Any]

TITLE_MAX = 60  # characters

_GREETING = re.compile(
    r"\A(?:[¡!\s]*(?:hola|buen[oa]s?(?: (?:d[ií]as?|tardes|noches))?|hello|hi|hey|good (?:morning|afternoon|evening)"
    r"|amara|por favor|please)\b[\s,.!¡]*)+",
    re.IGNORECASE,
)

_NAMES: dict[str, tuple[str, str]] = {
    "draft_booking": ("Reserva de {what}", "Booking: {what}"),
    "list_my_bookings": ("Mis reservas", "My bookings"),
    "get_booking": ("Mis reservas", "My bookings"),
    "cancel_booking": ("Cancelar una reserva", "Cancelling a booking"),
    "reschedule_booking": ("Mover una reserva", "Moving a booking"),
}


def first_words(text: str) -> str:
    """The beginning of what was said, without a greeting, cut between two words."""
    said = " ".join(text.split())
    rest = _GREETING.sub("", said)
    said = rest if len(rest) > 3 else said
    if len(said) > TITLE_MAX:
        said = said[: TITLE_MAX - 1].rsplit(" ", 1)[0].rstrip(" ,.;:¿¡-") + "…"
    return re.sub(r"\w", lambda first: first[0].upper(), said, count=1)  # which may stand behind a «¿»


def by_deeds(calls: Sequence[Json], *, said: str, locale: Locale) -> str | None:
    """What the tools of a turn were about; none where they do not tell."""
    done = [call for call in calls if not call.get("is_error") and isinstance(call.get("result"), dict)]
    spoken = guess(said, locale)
    for call in done:
        if call["name"] == "search_professionals":
            return _search(call["result"].get("criteria") or {}, spoken)
        if call["name"] in _NAMES:
            spanish, english = _NAMES[call["name"]]
            service = ((call["result"].get("draft") or {}).get("service")) or {}
            what = _service(service, spoken)
            name = spanish if spoken == "es" else english
            return None if "{what}" in name and not what else _short(name.format(what=what))
    return None


def _search(criteria: Json, spoken: Locale) -> str | None:
    what, city = _service(criteria.get("service") or {}, spoken), plain(str(criteria.get("city") or ""))[:40]
    if what and city:
        return _short(f"{what} {'en' if spoken == 'es' else 'in'} {city}")
    return what or city or None


def _service(service: Json, spoken: Locale) -> str:
    slug, name = str(service.get("slug") or ""), str(service.get("name") or "")
    return service_name(slug, spoken, plain(name)[:40])


def _short(name: str) -> str:
    return name if len(name) <= TITLE_MAX else name[: TITLE_MAX - 1].rstrip() + "…"


async def name(
    db: Connection, conversation_id: UUID, calls: Sequence[Json], *, title: str | None, said: str, locale: Locale
) -> None:
    """*Service, holding the conversation's row.* Gives it a better name than its first words, once.

    It is told as what happens outside of any run, so that no client hears it in the middle of one.

    Args:
        db: as the service.
        conversation_id: whose row is held.
        calls: of the turn.
        title: what it is called now.
        said: the last answer.
        locale: of the turn.
    """
    better = by_deeds(calls, said=said, locale=locale)
    if better is None or title is None or better == title:
        return
    began_with = await conversations.first_said(db, conversation_id)
    if began_with is None or first_words(began_with) != title:
        return  # any other name was given by a person, or is made of deeds already
    await conversations.rename_conversation(db, conversation_id, title=better, instead_of=title)
    await asides.leave(db, conversation_id, "title", {"title": better})
