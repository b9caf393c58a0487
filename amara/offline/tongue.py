"""Which of the two languages a person writes, and how text is folded before it is read."""

from __future__ import annotations

import re
import unicodedata
from typing import Final, Literal

Locale = Literal["es", "en"]

LONGEST: Final = 8_000
"""Characters that are read of one message."""

_SPANISH_LIST: Final = """
    de la el en que y para con por una un los las mi mis su sus del al lo le les se es son esta estan hay tengo tiene
    tienen necesito busco quiero quisiera hola gracias como cuanto cuanta donde cuando quien cual alguien favor hora
    casa mil pesos mas menos muy pero porque si ya aqui soy estoy puede puedo puedes ayuda manana semana dia dias
    buenas buenos tardes noches senora senor reservas servicio limpieza aseo ninera empleada muchacha jardinero
    cocinera planchar lavar cuidar barata baratas hasta entre sin sobre este esa ese eso todo toda todas todos
    nada tambien cuesta cobran vale chao adios bien usted ustedes que hasta maximo desde otra otro cuales listo
    perfecto primera segunda detalles hable ingles espanol estrellas abuela mama papa hijos
    """
_SPANISH: Final = frozenset(_SPANISH_LIST.split())
_ENGLISH_LIST: Final = """
    the in for to my i i'm i'd i'll i've need want is are you your with and of on at it this that someone somebody
    looking find can could would do does did have has who what when where how much please hello hi hey thanks thank
    per hour under less than more up from by an any be was were we our they there here not don't clean cleaning
    cleaner house home help nanny maid cook laundry gardener ironing bookings booking show tell about good morning
    afternoon evening bye goodbye yes cheaper cheapest speaks speak english spanish ones one or if so but which
    around tomorrow today week next last first second details appointment budget max rated stars kids mother
    housekeeper babysitter iron deep garden elderly lawn upcoming past all great perfect
    """
_ENGLISH: Final = frozenset(_ENGLISH_LIST.split())


def fold(text: str) -> str:
    """Lower case, accents away, quotation marks and dashes plain, letters drawn out («holaaa») shortened."""
    plain = unicodedata.normalize("NFKD", text[:LONGEST].lower().replace("½", ".5"))
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))[:LONGEST]
    bare = bare.translate({0x2019: "'", 0x2018: "'", 0x00B4: "'", 0x2013: "-", 0x2014: " - ", 0x200B: None})
    return " ".join(re.sub(r"([a-z])\1{2,}", r"\1", bare).split())


def guess(text: str, otherwise: Locale) -> Locale:
    """The language of the text by its function words; `otherwise` where they do not tell."""
    words = re.findall(r"[a-z']+", fold(text))
    spanish = sum(word in _SPANISH for word in words) + (1 if re.search(r"[ñ¿¡]", text[:LONGEST].lower()) else 0)
    english = sum(word in _ENGLISH for word in words)
    if spanish == english:
        return otherwise
    return "es" if spanish > english else "en"
