"""The words people use for services, cities and languages, and what each of them means to the database.

Data, with one way to read it. A city or a service an operator adds needs no line here: what is not in these tables is
compared with the marketplace's own names.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import Final

from amara.tools.tool import Locale

SERVICE_NAMES: Final[Mapping[str, Mapping[Locale, str]]] = {
    "cleaning": {"es": "Aseo general", "en": "Cleaning"},
    "deep_cleaning": {"es": "Aseo profundo", "en": "Deep cleaning"},
    "laundry": {"es": "Lavandería", "en": "Laundry"},
    "ironing": {"es": "Planchado", "en": "Ironing"},
    "cooking": {"es": "Cocina", "en": "Cooking"},
    "childcare": {"es": "Cuidado de niños", "en": "Childcare"},
    "elder_care": {"es": "Cuidado de adultos mayores", "en": "Elder care"},
    "gardening": {"es": "Jardinería", "en": "Gardening"},
}

# Written as people write them; folded once below. Words of place and manner ("de la casa", "por horas") are filler.
_SERVICE_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "cleaning": (
        *("aseo", "aseo general", "aseadora", "aseador", "limpieza", "limpieza general", "limpiar", "limpiadora"),
        *("empleada", "empleada doméstica", "empleada de servicio", "muchacha del servicio", "servicio doméstico"),
        *("doméstica", "trabajadora doméstica", "señora del aseo", "oficios varios", "oficios domésticos"),
        *("clean", "cleaner", "cleaners", "cleaning", "house cleaning", "housecleaner", "housekeeper", "housekeeping"),
        *("maid", "maids", "maid service", "tidying", "general cleaning", "regular cleaning", "standard cleaning"),
    ),
    "deep_cleaning": (
        *("aseo profundo", "aseo a fondo", "limpieza profunda", "limpieza a fondo", "limpieza detallada"),
        *("limpieza de mudanza", "aseo de mudanza", "limpieza de fin de obra", "aseo post obra", "desinfección"),
        *("deep clean", "deep cleaner", "deep cleaning", "move-in cleaning", "move-out cleaning", "spring cleaning"),
        *("post-construction cleaning", "thorough cleaning"),
    ),
    "laundry": (
        *("lavandería", "lavado", "lavado de ropa", "lavar", "lavar ropa", "lavandera", "lavar y doblar"),
        *("laundry", "washing", "washing clothes", "wash clothes", "laundress", "wash and fold"),
    ),
    "ironing": (
        *("planchado", "planchar", "planchadora", "plancha", "planchado de ropa", "planchar ropa"),
        *("iron", "ironing", "ironing clothes", "iron clothes", "pressing"),
    ),
    "cooking": (
        *("cocina", "cocinar", "cocinera", "cocinero", "chef", "preparación de alimentos", "preparar almuerzo"),
        *("almuerzos", "preparar comida", "comida casera", "chef a domicilio"),
        *("cook", "cooks", "cooking", "meal prep", "meal preparation", "private chef", "personal chef"),
    ),
    "childcare": (
        *("niñera", "niñero", "nana", "cuidado de niños", "cuidado de niñas", "cuidado infantil", "cuidar niños"),
        *("cuidado de bebés", "cuidado de bebé", "cuidar bebé", "cuidadora de niños", "cuidado de hijos"),
        *("nanny", "nannies", "babysitter", "babysitters", "babysitting", "baby sitter", "au pair"),
        *("childcare", "child care", "childminder", "kids care", "baby care", "care for children"),
    ),
    "elder_care": (
        *("cuidado de adultos mayores", "cuidado de adulto mayor", "cuidado de ancianos", "cuidado de anciano"),
        *("cuidadora de adultos mayores", "cuidado de la tercera edad", "acompañamiento de adultos mayores"),
        *("cuidar abuelos", "cuidado de abuelos", "cuidadora de ancianos", "adulto mayor", "adultos mayores"),
        *("elder care", "eldercare", "elderly care", "senior care", "caregiver for elderly", "elderly caregiver"),
        *("care for elderly", "care of elderly", "senior caregiver", "aged care"),
    ),
    "gardening": (
        *("jardinería", "jardinero", "jardinera", "jardín", "cuidado de jardín", "cortar pasto", "podar", "poda"),
        *("cuidado de plantas", "mantenimiento de jardín", "prado"),
        *(
            "garden",
            "gardener",
            "gardeners",
            "gardening",
            "lawn",
            "lawn care",
            "lawn mowing",
            "yard work",
            "plant care",
        ),
    ),
}

_FILLER: Final = frozenset(
    (
        *("a", "al", "con", "de", "del", "el", "en", "la", "las", "lo", "los", "mi", "mis", "para", "por", "que", "su"),
        *("un", "una", "unos", "unas", "y", "servicio", "servicios", "hora", "horas", "dia", "dias", "casa", "casas"),
        *("hogar", "apartamento", "apartamentos", "apto", "oficina", "semanal", "quincenal", "alguien", "persona"),
        *("busco", "necesito", "the", "an", "my", "for", "of", "to", "and", "service", "services", "home", "house"),
        *("apartment", "flat", "office", "someone", "somebody", "weekly", "hourly", "help"),
    )
)

_CITY_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "Bogotá": ("Bogotá D.C.", "Bogotá DC", "Santa Fe de Bogotá", "Santafé de Bogotá", "BOG", "Bogota Colombia"),
    "Medellín": ("Medallo", "MDE", "Medellín Antioquia", "Medellin Colombia"),
    "Cali": ("Santiago de Cali", "CLO", "Cali Colombia", "Cali Valle"),
    "Barranquilla": ("Quilla", "BAQ", "Barranquilla Colombia"),
    "Cartagena": ("Cartagena de Indias", "CTG", "Cartagena Colombia"),
    "Bucaramanga": ("Buca", "BGA", "Bucaramanga Colombia"),
    "Pereira": ("PEI",),
    "Manizales": ("MZL",),
}

_LANGUAGE_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "es": ("español", "spanish", "castellano", "española", "habla español", "spa"),
    "en": ("inglés", "english", "inglesa", "habla inglés", "eng"),
    "fr": ("francés", "french"),
    "pt": ("portugués", "portuguese"),
    "de": ("alemán", "german"),
    "it": ("italiano", "italian"),
}


def fold(text: str) -> str:
    """The text as a search sees it: lower case, no accents, marks as single spaces.

    Agrees with `amara_api.fold()` on letters; beyond it, marks and control characters go, so that the result is always
    something PostgreSQL can be asked.
    """
    parts = unicodedata.normalize("NFKD", text.casefold())
    kept = (character if character.isalnum() else " " for character in parts if not unicodedata.combining(character))
    return " ".join("".join(kept).split())


def plain(text: str, limit: int) -> str:
    """The text on one line without invisible characters, at most `limit` characters, an ellipsis where it was cut.

    What other people wrote reaches the model through here: nothing in it may hide from a reader (bidirectional
    overrides, zero-width letters), and nothing may be long.
    """
    seen = "".join(
        " " if c.isspace() else c for c in text if c.isspace() or not unicodedata.category(c).startswith("C")
    )
    line = " ".join(seen.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def service_slug(words: str) -> str | None:
    """The service these words mean, or none that is known here."""
    folded = fold(words)
    return _slugs().get(folded) or _slugs().get(_without_filler(folded))


def service_name(slug: str, locale: Locale, otherwise: str) -> str:
    """What the service is called; the marketplace's own name for a service that is not in the table."""
    names = SERVICE_NAMES.get(slug)
    return names[locale] if names else otherwise


def city_spellings(city: str) -> tuple[str, list[str]]:
    """The city's name, and every folded spelling a row may carry for it."""
    folded = fold(city)
    name = _cities().get(folded)
    if name is None:
        return plain(city, 80), [folded]
    return name, [fold(spelling) for spelling in (name, *_CITY_WORDS[name])]


def language_spellings(language: str) -> tuple[str, list[str]]:
    """The language's code where it is known (`en-US` is `en`), and every folded spelling a row may carry for it."""
    folded = fold(language)
    code = _languages().get(folded) or _languages().get(folded.split(" ", maxsplit=1)[0])
    if code is None:
        return plain(language, 80), [folded]
    return code, [code, *(fold(spelling) for spelling in _LANGUAGE_WORDS[code])]


def _without_filler(folded: str) -> str:
    return " ".join(word for word in folded.split() if word not in _FILLER)


@cache
def _slugs() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for slug, words in _SERVICE_WORDS.items():
        for word in (slug, *SERVICE_NAMES[slug].values(), *words):
            folded = fold(word)
            found[folded] = slug
            if bare := _without_filler(folded):
                found.setdefault(bare, slug)
    return found


@cache
def _cities() -> Mapping[str, str]:
    return _meanings(_CITY_WORDS)


@cache
def _languages() -> Mapping[str, str]:
    return _meanings(_LANGUAGE_WORDS)


def _meanings(table: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    return {fold(word): name for name, words in table.items() for word in (name, *words)}
