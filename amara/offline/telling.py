"""Answers made of tool results, and of nothing else: what the tool did not say is not said."""

from __future__ import annotations

from typing import Any, Final
from zoneinfo import ZoneInfo

from amara.offline import replies, speech, tongue
from amara.offline.speech import Said
from amara.offline.tongue import Locale

Json = dict[str, Any]

RELAXABLE: Final = ("min_rating", "max_hourly_rate_cop", "language")
"""Criteria to let go of when nobody was found, the first that is set first."""
_OFFERED: Final = ("time", *RELAXABLE, "date")

_FOUND_MANY: Final = Said(
    "Encontré {found} opciones de {what}; estas son {shown}:", "I found {found} matches for {what}; here are {shown}:"
)
_FOUND_ALL: Final = Said("Encontré {found} opciones de {what}:", "I found {found} matches for {what}:")
_FOUND_ONE: Final = Said("Encontré una opción de {what}:", "I found one match for {what}:")
_CLOSING: Final = Said(
    "¿Quiere saber más de alguna, o prefiere otro precio o idioma?",
    "Would you like to hear more about one of them, or try another price or language?",
)
_CLOSING_BOOKING: Final = Said(
    "¿Quiere saber más de alguna, o ver sus horas libres? Dígame cuál y para qué día.",
    "Would you like to hear more about one of them, or see free hours? Tell me which one, and for which day.",
)
_FOUND_OTHERS: Final = Said(
    "Otras {shown} de las {found} opciones de {what}:", "{shown} more of the {found} matches for {what}:"
)
_ALL_SHOWN: Final = Said(
    "Ya le mostré las {found} que hay de {what}.", "You have seen all {found} there are for {what}."
)
_MORE: Final = Said(" Si quiere, le muestro otras.", " I can show you others if you like.")
_NOBODY: Final = Said("No encontré a nadie para {what}.", "I found nobody for {what}.")
_RELAX: Final = {
    "min_rating": Said("¿Quiere que busque sin la calificación mínima?", "Shall I search without the minimum rating?"),
    "max_hourly_rate_cop": Said("¿Quiere que busque sin el tope de precio?", "Shall I search without the price limit?"),
    "language": Said("¿Quiere que busque sin la condición del idioma?", "Shall I search without the language?"),
}
_ANY_HOUR: Final = Said(
    "¿Quiere que busque para ese mismo día a cualquier hora?", "Shall I search for that same day at any time?"
)
_NEXT_FREE: Final = Said(
    "Lo más próximo es el {when}. ¿Quiere que busque para ese día?",
    "The next that is free is {when}. Shall I search for that day?",
)
_ANY_DAY: Final = Said("¿Quiere que busque sin fijar el día?", "Shall I search without a day?")
_ELSEWHERE: Final = Said("Podemos probar otra ciudad u otro servicio.", "We can try another city or another service.")
_CANNOT_BOOK: Final = Said(
    "Por ahora no puedo reservar desde el chat; una reserva siempre la confirma usted.",
    "For now I can't book from the chat; a booking is always confirmed by you.",
)
_WHEN: Final = Said(
    "Si le gusta, dígame para qué día y miro sus horas libres.",
    "If you like, tell me a day and I'll look at the free hours.",
)
_UNLIKE_DETAILS: Final = Said(
    "Para más detalles, dígame cuál («la primera»).", "For the details, tell me which one (“the first”)."
)
_BOOKINGS: Final = {
    "upcoming": Said("Tiene {found} {word} por delante:", "You have {found} upcoming {word}:"),
    "past": Said("Estas son sus reservas pasadas ({found}):", "These are your past bookings ({found}):"),
    "all": Said("Estas son todas sus reservas ({found}):", "These are all your bookings ({found}):"),
}
_NO_BOOKINGS: Final = {
    "upcoming": Said(
        "No tiene reservas por delante. Si quiere, busco a alguien: ¿qué servicio y en qué ciudad?",
        "You have no upcoming bookings. If you like, I can look for somebody: which service, and in which city?",
    ),
    "past": Said("No encontré reservas pasadas a su nombre.", "I found no past bookings of yours."),
    "all": Said("Todavía no tiene reservas.", "You have no bookings yet."),
}
_SIGN_IN: Final = Said(
    "Si reservó con una cuenta, ingrese y se las muestro.", "If you booked with an account, sign in and I'll show you."
)
_FAILED: Final = {
    "not_found": Said(
        "No encontré esa reserva entre las suyas. Puedo mostrarle la lista para que me diga cuál es.",
        "I couldn't find that booking among yours. I can show you the list so you can tell me which one it is.",
    ),
    "bad_arguments": Said(
        "Disculpe, no pude hacer esa consulta tal como la planteé. ¿Me lo dice con otras palabras?",
        "Sorry, I couldn't make that query the way I put it. Could you say it in other words?",
    ),
}
_BROKEN: Final = Said(
    "Disculpe, no pude consultarlo en este momento. Por favor intente de nuevo en un momento.",
    "Sorry, I couldn't look that up right now. Please try again in a moment.",
)


def result(answer: Json, locale: Locale, zone: ZoneInfo | None, *, failed: bool, can_book: bool = False) -> str:
    """One tool result in words.

    Args:
        answer: the tool's.
        locale: of the person.
        zone: of the person.
        failed: The tool refused.
        can_book: Drafts can be made from this chat, so they are offered.
    """
    error = answer.get("error")
    if failed or error is not None:
        code = error.get("code") if isinstance(error, dict) else answer.get("code")
        return _FAILED.get(str(code), _BROKEN).to(locale)
    if isinstance(answer.get("professionals"), list):
        return _professionals(answer, locale, zone, can_book=can_book)
    if isinstance(answer.get("bookings"), list):
        return "\n\n".join(part for part in (bookings_shown(answer, locale, zone), _closing(answer, locale)) if part)
    if isinstance(answer.get("booking"), dict):
        return _booking(answer["booking"], locale, zone)
    return _BROKEN.to(locale)


def relaxable(criteria: Json) -> str | None:
    """The criterion to let go of next."""
    return next((key for key in RELAXABLE if criteria.get(key)), None)


def _professionals(answer: Json, locale: Locale, zone: ZoneInfo | None, *, can_book: bool) -> str:
    shown = [person for person in answer["professionals"] if isinstance(person, dict)]
    found = _count(answer, shown)
    criteria = answer.get("criteria")
    criteria = criteria if isinstance(criteria, dict) else {}
    what = replies.sought(criteria, locale)
    if not shown and found:
        return f"{_ALL_SHOWN.to(locale, what=what, found=found)} {_ELSEWHERE.to(locale)}"
    if not shown:
        return f"{_NOBODY.to(locale, what=what)} {_offer(answer, loose(answer) or relaxable(criteria), locale, zone)}"
    more = answer.get("more")
    is_later = isinstance(more, int) and len(shown) + more < found
    opening = _FOUND_ONE if found == 1 else _FOUND_ALL if found <= len(shown) else _FOUND_MANY
    lines = [f"- {_line(person, locale)}" for person in shown]
    head = (_FOUND_OTHERS if is_later else opening).to(locale, found=found, what=what, shown=len(shown))
    closing = (_CLOSING_BOOKING if can_book else _CLOSING).to(locale)
    return "\n".join([head, "", *lines, "", closing + (_MORE.to(locale) if more else "")])


def loose(answer: Json) -> str | None:
    """The first criterion that, let go of, finds somebody; as the search itself has named it."""
    relax = answer.get("relax")
    return next((key for key in _OFFERED if key in relax), None) if isinstance(relax, dict) else None


def _offer(answer: Json, criterion: str | None, locale: Locale, zone: ZoneInfo | None) -> str:
    if criterion == "time":
        return _ANY_HOUR.to(locale)
    if criterion == "date":
        start = answer.get("next_free")
        when = None if start is None else speech.moment(start, locale, zone)
        return _ANY_DAY.to(locale) if when is None else _NEXT_FREE.to(locale, when=when)
    return (_RELAX[criterion] if criterion else _ELSEWHERE).to(locale)


def _line(person: Json, locale: Locale) -> str:
    rate = Said("{rate} por hora", "{rate} per hour").to(
        locale, rate=speech.money(person.get("hourly_rate_cop"), locale)
    )
    reason = person.get("reason")
    if isinstance(reason, dict):
        reason = reason.get(locale)
    # The reason is made of the facts, in the page's language; who writes in the other one is told the bare rating.
    is_theirs = reason and tongue.guess(reason, locale) == locale
    why = _sentence(speech.quoted(reason, 200)) if is_theirs else _sentence(_rating(person, locale))
    return f"**{speech.quoted(person.get('name', ''))}**: {rate}; {why}"


def _rating(person: Json, locale: Locale) -> str:
    if not person.get("rating"):
        return Said("sin calificaciones todavía", "no ratings yet").to(locale)
    reviews = Said("calificación {rating} ({count} reseñas)", "rated {rating} ({count} reviews)")
    return reviews.to(
        locale, rating=speech.decimal(person["rating"], locale), count=_count({"found": person.get("review_count")}, [])
    )


def professional(person: Json, locale: Locale, *, can_book: bool = False) -> str:
    """What was found about one of those shown before; the bio stays in the card, it is the professional's own word."""
    sentences = [_line(person, locale)]
    if years := person.get("experience_years"):
        experience = Said("Tiene {years} años de experiencia.", "{years} years of experience.")
        sentences.append(experience.to(locale, years=speech.quoted(years, 4)))
    tongues = person.get("languages")
    if isinstance(tongues, list) and tongues:
        named = [
            speech.LANGUAGES[code].to(locale) if code in speech.LANGUAGES else speech.quoted(code, 20)
            for code in map(str, tongues)
        ]
        sentences.append(Said("Habla {named}.", "Speaks {named}.").to(locale, named=speech.among(named, locale)))
    sentences.append((_WHEN if can_book else _CANNOT_BOOK).to(locale))
    return " ".join(sentences)


def bookings_shown(answer: Json, locale: Locale, zone: ZoneInfo | None) -> str:
    """The bookings, numbered; that there are none, where there are none."""
    shown = [booking for booking in answer["bookings"] if isinstance(booking, dict)]
    when = str(answer.get("when", "upcoming"))
    if not shown:
        return _NO_BOOKINGS.get(when, _NO_BOOKINGS["all"]).to(locale)
    found = _count(answer, shown)
    word = Said("reserva", "booking") if found == 1 else Said("reservas", "bookings")
    head = _BOOKINGS.get(when, _BOOKINGS["all"]).to(locale, found=found, word=word.to(locale))
    lines = [f"{place}. {_summary(booking, locale, zone)}" for place, booking in enumerate(shown, start=1)]
    return "\n".join([head, "", *lines])


def _closing(answer: Json, locale: Locale) -> str:
    if answer.get("card") == "sign_in":
        return _SIGN_IN.to(locale)
    return _UNLIKE_DETAILS.to(locale) if answer["bookings"] else ""


def _summary(booking: Json, locale: Locale, zone: ZoneInfo | None) -> str:
    who = booking.get("professional")
    name = speech.quoted(who.get("name", "")) if isinstance(who, dict) else ""
    line = Said("{service} con {name}, {when}: {status}, {price}.", "{service} with {name}, {when}: {status}, {price}.")
    status = str(booking.get("status", ""))
    known = speech.STATUSES.get(status)
    service = speech.service(booking.get("service"), locale)
    return line.to(
        locale,
        service=service[:1].upper() + service[1:],
        name=f"**{name or '—'}**",
        when=speech.moment(booking.get("starts_at", ""), locale, zone),
        status=known.to(locale) if known else speech.quoted(status, 30),
        price=speech.money(booking.get("total_price"), locale),
    )


def _booking(booking: Json, locale: Locale, zone: ZoneInfo | None) -> str:
    sentences = [_summary(booking, locale, zone)]
    if minutes := booking.get("duration_minutes"):
        sentences.append(Said("Dura {length}.", "It lasts {length}.").to(locale, length=speech.hours(minutes, locale)))
    if address := booking.get("address"):
        sentences.append(Said("Dirección: {text}.", "Address: {text}.").to(locale, text=speech.place(address)))
    if wishes := booking.get("special_instructions"):
        noted = Said("Indicaciones que dejó: «{text}».", "Your instructions: “{text}”.")
        sentences.append(noted.to(locale, text=speech.quoted(wishes, 200)))
    return " ".join(sentences)


def _count(answer: Json, shown: list[Json]) -> int:
    found = answer.get("found")
    return found if isinstance(found, int) and not isinstance(found, bool) else len(shown)


def _sentence(text: str) -> str:
    return text if not text or text[-1] in ".!?…" else f"{text}."
