"""The cards of a conversation as staff reads them: a heading, the facts, and the data behind for who needs them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from xml.etree.ElementTree import Element

import msgspec

from amara.inbox.press import Language, Press
from amara.inbox.words import WORDS, word

Json = dict[str, Any]

ITEMS_MAX = 10
SHORT_MAX = 20  # characters that stand well beside others
_SWAPPED = str.maketrans(",.", ".,")
_TITLES: dict[str, tuple[str, str]] = {
    "professionals": ("Profesionales", "Professionals"),
    "availability": ("Horas libres", "Free hours"),
    "booking_draft": ("Borrador", "Draft"),
    "approval": ("Decisión sobre el borrador", "Decision on the draft"),
    "bookings": ("Reservas", "Bookings"),
    "booking": ("Reserva", "Booking"),
    "sign_in": ("Invitación a ingresar", "Asked to sign in"),
    "contact_form": ("Formulario de contacto", "Contact form"),
    "handoff": ("Paso a una persona", "Handed to a person"),
}
_LABELS: dict[str, tuple[str, str]] = {
    "service": ("Servicio", "Service"),
    "professional": ("Profesional", "Professional"),
    "starts_at": ("Cuándo", "When"),
    "duration_minutes": ("Minutos", "Minutes"),
    "total_price": ("Precio (COP)", "Price (COP)"),
    "hourly_rate_cop": ("Por hora (COP)", "Per hour (COP)"),
    "rating": ("Calificación", "Rating"),
    "city": ("Ciudad", "City"),
    "address": ("Dirección", "Address"),
    "special_instructions": ("Indicaciones", "Instructions"),
    "status": ("Estado", "State"),
    "outcome": ("Resultado", "Outcome"),
    "found": ("Encontrados", "Found"),
    "reason": ("Motivo", "Reason"),
    "staffed_from": ("Vuelven", "Back on"),
}


def card(press: Press, spoken: Language, tool: str, data: Any) -> Element:
    """One answer of a tool, or what came of an approval. Args: tool names it where the answer has no card."""
    told: Json = data if isinstance(data, dict) else {}
    kind = str(told.get("card") or tool)
    title = _TITLES.get(kind, (kind, kind))[spoken == "en"]
    body = press.tag("div", press.tag("h3", title), class_="facts")
    for item in _items(told):
        facts = list(_facts(item, spoken))
        name = _named(item.get("name"))
        if name:
            body.append(press.tag("p", name, class_="named"))
        if facts:
            body.append(press.tag("dl", *(_pair(press, label, value) for label, value in facts)))
    raw = msgspec.json.format(msgspec.json.encode(data), indent=2).decode()
    behind = press.tag("summary", word(spoken, "details"))
    body.append(press.tag("details", behind, press.tag("pre", raw, tabindex="0")))
    return body


def worded(press: Press, content: str) -> Iterator[Element | str]:
    """What is said, its **strong** words strong; everything else is text."""
    pieces = content.split("**")
    for place, piece in enumerate(pieces):
        is_strong = place % 2 == 1 and place < len(pieces) - 1
        yield press.tag("strong", piece) if is_strong else piece if place % 2 == 0 else f"**{piece}"


def _pair(press: Press, label: str, value: str) -> Element:
    is_long = len(value) > SHORT_MAX
    return press.tag("div", press.tag("dt", label), press.tag("dd", value), class_="long" if is_long else None)


def _items(told: Json) -> list[Json]:
    for name in ("professionals", "bookings", "days"):
        if isinstance(told.get(name), list):
            return [item for item in told[name] if isinstance(item, dict)][:ITEMS_MAX]
    inner = [told[name] for name in ("draft", "booking") if isinstance(told.get(name), dict)]
    return [{name: told.get(name) for name in ("outcome", "reason")} | item for item in inner] or [told]


def _facts(item: Mapping[str, Any], spoken: Language) -> Iterator[tuple[str, str]]:
    for name, labels in _LABELS.items():
        said = _named(item.get(name))
        if name == "reason" and said in WORDS[spoken]:
            said = WORDS[spoken][said]
        if isinstance(item.get(name), int | float) and not isinstance(item.get(name), bool):
            said = f"{item[name]:,}"
            said = said.translate(_SWAPPED) if spoken == "es" else said
        if said:
            yield labels[spoken == "en"], said
    starts = item.get("starts")
    if isinstance(starts, list) and starts:
        yield _named(item.get("date")) or "·", ", ".join(_named(start)[-5:] or _named(start) for start in starts)


def _named(value: Any) -> str:
    """A value in a person's words: of a thing its name, of a moment the day and the hour."""
    if isinstance(value, dict):
        return str(value.get("name") or value.get("slug") or value.get("es") or "")
    if value is None or isinstance(value, bool | list):
        return ""
    text = str(value)
    try:
        return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M}" if "T" in text else text
    except ValueError:
        return text
