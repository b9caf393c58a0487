"""What the pages say, in Spanish and in English: words, numbers and days."""

from __future__ import annotations

from datetime import date
from typing import Literal

Language = Literal["es", "en"]

WORDS: dict[Language, dict[str, str]] = {
    "es": {
        "title": "Embudo y eventos",
        "funnel": "Embudo",
        "funnel_says": "Personas que buscaron en estos días y hasta dónde llegaron en las 24 horas siguientes."
        " Cada persona cuenta una vez.",
        "days": "Por día",
        "days_says": "Personas que buscaron cada día y cuántas de ellas reservaron.",
        "days_cut": "Aquí se ven los últimos {n} días del periodo; los archivos los traen todos.",
        "counts": "Eventos por tipo",
        "counts_all": "De todas las ciudades.",
        "counts_none": "No hubo eventos en estos días.",
        "health": "La asistente",
        "health_all": "De todas las ciudades.",
        "from": "Desde",
        "to": "Hasta",
        "channel": "Canal",
        "city": "Ciudad",
        "all_channels": "Todos",
        "all_cities": "Todas",
        "assistant": "Asistente",
        "guest": "Invitados",
        "web": "Sitio web",
        "show": "Ver",
        "last": "{n} días",
        "stage": "Etapa",
        "people": "Personas",
        "of_first": "De quienes buscaron",
        "of_previous": "De la etapa anterior",
        "day": "Día",
        "searched": "Buscaron",
        "booked": "Reservaron",
        "type": "Tipo",
        "times": "Veces",
        "SearchStarted": "Búsqueda",
        "ProfessionalViewed": "Perfil visto",
        "CheckoutStarted": "Reserva iniciada",
        "BookingConfirmed": "Reserva confirmada",
        "answers": "Respuestas terminadas",
        "interrupted": "Interrumpidas",
        "failed": "Fallidas",
        "drafts": "Ofertas de reserva",
        "bookings": "Reservas desde el chat",
        "tokens": "Tokens por reserva",
        "cost": "Costo por reserva",
        "usage": "Lo que costó el modelo",
        "usage_none": "La asistente no llamó al modelo en estos días.",
        "usage_all": "En total: {cost} · llamadas: {n} · leído de la caché: {share}",
        "estimated": "Llamadas que no terminaron, con tokens estimados: {n}.",
        "unpriced": "Llamadas sin precio (AMARA_PRICES), que no están en la suma: {n}.",
        "model": "Modelo",
        "calls": "Llamadas",
        "tokens_read": "Tokens leídos",
        "cached": "De la caché",
        "tokens_written": "Tokens escritos",
        "cost_of_it": "Costo",
        "tool": "Herramienta",
        "uses": "Usos",
        "with_error": "Con error",
        "no_tools": "La asistente no usó herramientas en estos días.",
        "empty": "Nadie ha buscado en estos días",
        "empty_says": "Si filtró por canal o ciudad, quite el filtro; si no, elija otro periodo.",
        "empty_send": "Si su sitio aún no envía eventos, haga que los envíe a POST /v1/events, o dé a una librería de"
        " Segment esta dirección y su clave de escritura (AMARA_WRITE_KEYS).",
        "empty_link": "Ver todo lo de los últimos 90 días",
        "beyond": "Los eventos se guardan {n} días. De los anteriores quedan días completos, ya sin nombres.",
        "zone": "Los días son los de {zone}.",
        "take": "Llevar los números",
        "bad": "No se pudo leer el periodo o el filtro: revise las fechas («Desde» no va después de «Hasta»).",
        "leave": "Salir",
        "other": "English",
        "enter": "Entrar",
        "enter_title": "Páginas de administración",
        "enter_says": "Pegue el token de una cuenta de administración. La sesión dura mientras una página siga abierta,"
        " a lo sumo un día y nunca más que el token; sin ninguna abierta, 30 minutos.",
        "enter_hint": "Un operador obtiene uno con: amara token --user UUID --role admin",
        "enter_code": "Este enlace sirve una sola vez.",
        "token": "Token",
        "token_missing": "Pegue un token para entrar.",
        "token_refused": "Ese token no es válido o ya venció.",
        "code_refused": "Ese enlace ya se usó o ya venció. Pegue un token, o reinicie el servicio.",
        "not_allowed": "Esta cuenta no es de administración.",
        "ended": "Su sesión terminó. Entre de nuevo.",
        "left": "Ha salido.",
    },
    "en": {
        "title": "Funnel and events",
        "funnel": "Funnel",
        "funnel_says": "People who searched in these days, and how far they got within the next 24 hours."
        " Each person counts once.",
        "days": "By day",
        "days_says": "People who searched on each day, and how many of them booked.",
        "days_cut": "These are the last {n} days of the period; the files have all of them.",
        "counts": "Events by type",
        "counts_all": "Of all cities.",
        "counts_none": "Nothing happened in these days.",
        "health": "The assistant",
        "health_all": "Of all cities.",
        "from": "From",
        "to": "To",
        "channel": "Channel",
        "city": "City",
        "all_channels": "All",
        "all_cities": "All",
        "assistant": "Assistant",
        "guest": "Guests",
        "web": "Website",
        "show": "Show",
        "last": "{n} days",
        "stage": "Stage",
        "people": "People",
        "of_first": "Of those who searched",
        "of_previous": "Of the stage before",
        "day": "Day",
        "searched": "Searched",
        "booked": "Booked",
        "type": "Type",
        "times": "Times",
        "SearchStarted": "Search",
        "ProfessionalViewed": "Profile viewed",
        "CheckoutStarted": "Booking started",
        "BookingConfirmed": "Booking confirmed",
        "answers": "Answers finished",
        "interrupted": "Interrupted",
        "failed": "Failed",
        "drafts": "Bookings offered",
        "bookings": "Bookings from the chat",
        "tokens": "Tokens per booking",
        "cost": "Cost per booking",
        "usage": "What the model cost",
        "usage_none": "The assistant did not call the model in these days.",
        "usage_all": "All together: {cost} · calls: {n} · read from the cache: {share}",
        "estimated": "Calls that did not come to their end, with estimated tokens: {n}.",
        "unpriced": "Calls without a price (AMARA_PRICES), which are not in the sum: {n}.",
        "model": "Model",
        "calls": "Calls",
        "tokens_read": "Tokens read",
        "cached": "From the cache",
        "tokens_written": "Tokens written",
        "cost_of_it": "Cost",
        "tool": "Tool",
        "uses": "Uses",
        "with_error": "With an error",
        "no_tools": "The assistant used no tool in these days.",
        "empty": "Nobody searched in these days",
        "empty_says": "If you chose a channel or a city, take it away; otherwise choose another period.",
        "empty_send": "If your site does not send events yet, have it send them to POST /v1/events, or give one of"
        " Segment's libraries this address and your write key (AMARA_WRITE_KEYS).",
        "empty_link": "Show everything of the last 90 days",
        "beyond": "Events are kept for {n} days. Of those before, whole days are left, without any names.",
        "zone": "Days are those of {zone}.",
        "take": "Take the numbers along",
        "bad": "The period or the filter cannot be read: look at the days (“From” is not after “To”).",
        "leave": "Sign out",
        "other": "Español",
        "enter": "Enter",
        "enter_title": "Administrators' pages",
        "enter_says": "Paste the token of an administrator's account. The session lasts while a page is open, a day at"
        " the most and never longer than the token; without one, 30 minutes.",
        "enter_hint": "An operator gets one with: amara token --user UUID --role admin",
        "enter_code": "This link works once.",
        "token": "Token",
        "token_missing": "Paste a token to enter.",
        "token_refused": "This token is not valid, or no longer.",
        "code_refused": "This link was used, or is too old. Paste a token, or start the service again.",
        "not_allowed": "This account is not an administrator's.",
        "ended": "Your session is over. Please enter again.",
        "left": "You are signed out.",
    },
}
_MONTHS = {
    "es": ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}
ABSENT = "—"


def language(asked: str | None, header: str) -> Language:
    """The one asked for, else the one of ours the browser likes best (RFC 9110, 12.5.4), else Spanish."""
    liked = []
    for place, part in enumerate(header.lower().split(",")):
        name, _, rest = part.strip().partition(";")
        liked.append((-_weight(rest), place, name.partition("-")[0]))
    wanted = [asked or "", *(name for weight, _, name in sorted(liked) if weight < 0)]
    return "en" if next((name for name in wanted if name in {"es", "en"}), "es") == "en" else "es"


def _weight(parameter: str) -> float:
    """Units: none, 0 to 1."""
    name, _, value = parameter.replace(" ", "").partition("=")
    if name != "q":
        return 1.0
    return float(value) if value.replace(".", "", 1).isdecimal() and value.isascii() else 0.0


def number(value: float, spoken: Language, *, decimals: int = 0) -> str:
    """With the separators of the language."""
    written = f"{value:,.{decimals}f}"
    return written if spoken == "en" else written.translate(str.maketrans(",.", ".,"))


def percent(part: float, whole: float, spoken: Language) -> str:
    """With one decimal; a dash where there is no whole."""
    if not whole:
        return ABSENT
    written = number(100 * part / whole, spoken, decimals=1)
    return f"{written}%" if spoken == "en" else f"{written}\N{NO-BREAK SPACE}%"


def day(value: date, spoken: Language, *, has_year: bool = False) -> str:
    """As people write a day."""
    month = _MONTHS[spoken][value.month - 1]
    written = f"{month} {value.day}" if spoken == "en" else f"{value.day} {month}"
    if not has_year:
        return written
    return f"{written}, {value.year}" if spoken == "en" else f"{written} {value.year}"
