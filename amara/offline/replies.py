"""What the offline concierge says when no tool has spoken: short, warm, formal in Spanish, honest about its limits."""

from __future__ import annotations

from datetime import date, time
from typing import Any, Final

from amara.offline import places, speech
from amara.offline.speech import Said
from amara.offline.tongue import Locale

GREETING: Final = Said(
    "¡Hola{name}! Soy Amara, la asistente de MaidConnect. ¿Qué servicio necesita y en qué ciudad?",
    "Hello{name}! I'm Amara, MaidConnect's assistant. Which service do you need, and in which city?",
)
THANKS: Final = Said(
    "Con mucho gusto. Si necesita algo más, aquí estoy.",
    "You're very welcome. I'm here if you need anything else.",
)
NOD: Final = Said(
    "Muy bien. ¿Le ayudo a buscar a alguien o a ver sus reservas?",
    "All right. Shall I look for somebody, or show you your bookings?",
)
GOODBYE: Final = Said("Hasta pronto{name}. Que tenga un buen día.", "Goodbye{name}. Have a good day.")
ABOUT: Final = Said(
    "Soy Amara, la asistente virtual de MaidConnect; no soy una persona. Busco profesionales de {services} en "
    "{cities}, y le "
    "muestro sus reservas. Dígame el servicio, la ciudad y, si quiere, cuánto desea pagar por hora. Por ahora no "
    "reservo "
    "desde el chat: una reserva siempre la confirma usted.",
    "I'm Amara, MaidConnect's virtual assistant; I'm not a person. I look for professionals in {services} in "
    "{cities}, and I "
    "show you your bookings. Tell me the service, the city and, if you like, what you want to pay per hour. For "
    "now I "
    "can't book from the chat: a booking is always confirmed by you.",
)
BOOK: Final = Said(
    "Por ahora desde el chat puedo buscar profesionales y mostrarle sus reservas, pero todavía no reservar. Una "
    "reserva "
    "siempre la confirma usted; yo no reservo por mi cuenta. ¿Quiere que busque a alguien más?",
    "For now I can search for professionals and show you your bookings from this chat, but I can't book yet. A "
    "booking is "
    "always confirmed by you; I never book on my own. Would you like me to look for someone else?",
)
ABOUT_BOOKING: Final = Said(
    "Soy Amara, la asistente virtual de MaidConnect; no soy una persona. Busco profesionales de {services} en "
    "{cities}, miro sus horas libres y le preparo la reserva, o el cambio o la cancelación de una que ya tenga. "
    "Yo solo hago el borrador: usted lo confirma con el botón de la tarjeta. ¿Qué servicio necesita y en qué ciudad?",
    "I'm Amara, MaidConnect's virtual assistant; I'm not a person. I look for professionals in {services} in {cities}, "
    "see when they are free and prepare your booking, or a change or cancellation of one you have. I only make the "
    "draft: you confirm it with the button on the card. Which service do you need, and in which city?",
)
CHANGE: Final = Said(
    "Por ahora no puedo cancelar ni cambiar una reserva desde el chat, pero le muestro las que tiene.",
    "For now I can't cancel or change a booking from this chat, but here are the ones you have.",
)
# 123 is the emergency line in all of Colombia.
HANDOFF: Final = Said(
    "Entiendo. Esto lo debe atender una persona de nuestro equipo y no se puede resolver en este chat, así que no "
    "le voy a "
    "prometer una solución aquí. Por favor comuníquese con soporte de MaidConnect y cuente la fecha y lo ocurrido. "
    "Si hay "
    "alguien en peligro, llame al 123.",
    "I understand. A person of our team has to look at this, and it can't be settled in this chat, so I won't "
    "promise you a "
    "solution here. Please contact MaidConnect support and tell them the date and what happened. If anyone is in "
    "danger, "
    "call 123.",
)
OUTSIDE: Final = Said(
    "Con eso no le puedo ayudar: me ocupo de servicios para el hogar y de sus reservas. ¿Busco a alguien para "
    "{services}?",
    "I can't help with that: I look after home services and your bookings. Shall I look for somebody for {services}?",
)
TRADE: Final = Said(
    "Ese servicio no lo tenemos en MaidConnect. Sí le puedo buscar profesionales de {services}.",
    "MaidConnect doesn't offer that service. I can look for professionals in {services}.",
)
UNCLEAR: Final = Said(
    "Disculpe, no le entendí bien. Dígame qué servicio necesita y en qué ciudad, o pídame ver sus reservas.",
    "Sorry, I didn't quite understand. Tell me which service you need and in which city, or ask for your bookings.",
)
ASK_BOTH: Final = Said(
    "Con gusto le ayudo. ¿Qué servicio necesita y en qué ciudad?",
    "Gladly. Which service do you need, and in which city?",
)
ASK_CITY: Final = Said(
    "Con gusto le busco {service}. ¿En qué ciudad lo necesita?",
    "I'll gladly look for {service}. In which city do you need it?",
)
ASK_CITY_KNOWN: Final = Said(
    "Con gusto le busco {service}. ¿En qué ciudad lo necesita? ¿En {city}, como dice su perfil?",
    "I'll gladly look for {service}. In which city do you need it? In {city}, as in your profile?",
)
ASK_SERVICE: Final = Said(
    "¿Qué servicio necesita en {city}? Tenemos {services}.",
    "Which service do you need in {city}? We have {services}.",
)
ELSEWHERE: Final = Said(
    "Allí todavía no tenemos profesionales. Estamos en {cities}. ¿Le sirve alguna de estas ciudades?",
    "We don't have professionals there yet. We are in {cities}. Would one of these cities work for you?",
)
MORE: Final = Said("Le busco otras como estas.", "Let me find others like these.")
NO_MORE: Final = Said(
    "Esas son todas las que cumplen lo que pide. Si me dice otro presupuesto por hora, otro día u otra ciudad, busco "
    "más.",
    "Those are all that match. Tell me another budget per hour, another day or another city and I'll look for more.",
)
CANNOT: Final = Said(
    "En este momento no puedo consultar esa información desde el chat. Por favor intente de nuevo más tarde.",
    "I can't look that up from this chat right now. Please try again later.",
)
SEARCHING: Final = Said("Voy a buscar {what}.", "Let me look for {what}.")
LOOKING_UP: Final = Said("Voy a revisar sus reservas.", "Let me check your bookings.")
OPENING: Final = Said("Voy a abrir esa reserva.", "Let me open that booking.")


def services(locale: Locale) -> str:
    """Everything offered, in words."""
    return speech.among([name.to(locale) for name in speech.SERVICES.values()], locale)


def cities(locale: Locale) -> str:
    """Everywhere it is offered."""
    return speech.among(list(places.CITIES), locale)


def addressed(name: str | None) -> str:
    """«, María», from a full name; nothing where none is known."""
    first = speech.quoted(name, 40).split(" ")[0] if name else ""
    return f", {first}" if first.isalpha() else ""


def ask(known: dict[str, Any], missing: list[str], locale: Locale, *, home: str | None) -> str:
    """The one question that a search still needs answered."""
    if missing == ["city"]:
        service = speech.service(known["service"], locale)
        if home:
            return ASK_CITY_KNOWN.to(locale, service=service, city=home)
        return ASK_CITY.to(locale, service=service)
    if missing == ["service"]:
        return ASK_SERVICE.to(locale, city=known["city"], services=services(locale))
    return ASK_BOTH.to(locale)


_PARTS: Final = {
    "morning": Said("por la mañana", "in the morning"),
    "afternoon": Said("por la tarde", "in the afternoon"),
    "evening": Said("por la noche", "in the evening"),
}


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


def _free_on(day: date, at: object, locale: Locale) -> str:
    told = Said("libre el {day}", "free on {day}").to(locale, day=speech.day(day, locale))
    if str(at) in _PARTS:
        return f"{told} {_PARTS[str(at)].to(locale)}"
    try:
        return f"{told} {speech.at(time.fromisoformat(str(at).rjust(5, '0')), locale)}"
    except ValueError:
        return told


def sought(criteria: dict[str, Any], locale: Locale) -> str:
    """The criteria of a search in words: «aseo en Bogotá, hasta $ 30.000 por hora»."""
    service, city = criteria.get("service"), criteria.get("city")
    parts = [speech.service(service, locale) if service else Said("profesionales", "professionals").to(locale)]
    if city:
        parts[0] += Said(" en {city}", " in {city}").to(locale, city=speech.quoted(city, 40))
    if day := _day(criteria.get("date")):
        parts.append(_free_on(day, criteria.get("time"), locale))
    if rate := criteria.get("max_hourly_rate_cop"):
        parts.append(Said("hasta {rate} por hora", "up to {rate} per hour").to(locale, rate=speech.money(rate, locale)))
    if language := criteria.get("language"):
        known = speech.LANGUAGES.get(str(language))
        said = known.to(locale) if known else speech.quoted(language, 20)
        parts.append(Said("que hable {language}", "speaking {language}").to(locale, language=said))
    if rating := criteria.get("min_rating"):
        least = Said("con calificación de {rating} o más", "rated {rating} or more")
        parts.append(least.to(locale, rating=speech.decimal(rating, locale)))
    return ", ".join(parts)
