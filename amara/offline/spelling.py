"""Mends misspelt words that matter, so that the patterns may be written in correct spelling only.

A word is mended when exactly one deletion, insertion, exchange or swap (two from eight letters on) leads to a known
word that begins with the same sound. Words people write correctly and that merely look alike are left alone.
"""

from __future__ import annotations

import functools
import re
from itertools import combinations
from typing import Final

_KNOWN_LIST: Final = """
    bogota medellin barranquilla cartagena bucaramanga pereira manizales
    limpiar limpieza limpiadora limpie aseadora domestica empleada muchacha profunda profundo planchar planche planchado
    lavanderia cocinar cocinera cocinero ninera nineras cuidar cuidadora cuide abuela abuelita abuelito anciano
    anciana jardinero jardineria jardin necesito quiero busco buscando reserva reservas reservar historial
    proximas gracias maximo presupuesto ingles espanol estrellas calificacion bilingue reclamo
    persona apartamento ninos hijos bebe alguien contratar reembolso robaron
    cleaning cleaner housekeeper housekeeping laundry ironing cooking babysitter babysitting nannies
    childcare children elderly gardener gardening booking bookings appointment appointments upcoming
    reservation reservations complaint refund someone looking english spanish thanks weather apartment grandmother
    grandma mother clothes maximum budget
    """
_KNOWN: Final = frozenset(_KNOWN_LIST.split())
_LEFT_ALONE_LIST: Final = """
    manuales cuidad ciudad nietos cooling clearing clearly busca buscar buscado thinks tanks perdida jardines
    reserve reserved reserves reservo clothe planche plancha planchas limpio limpia limpian limpiado cocinas cocina
    cuida cuido cuidan cuidado cuidador ingle ingreso england another bothers brother todos todo quieres quiere quiera
    persono personas personal empleado empleados empleadas domestico domesticas domesticos cleaned cleaners clean
    children's cooked cooker cooks hijo hijas hija nino nina ninas bebes robaran robaria appointed lookup
    profundas profundos estrella aseador aseadoras ancianos ancianas abuelas abuelo abuelos necesita necesitan
    necesitas busque buscan buscas maxima minimo proximo proxima proximos pasado pasada pasados grandpa
    reclama reclamar reclamos quejas quejar reembolse limpiando limpien maximas presupuestos contrato contrata contrate
    person persons historia historias clearer ninez personaje personajes clothed cloths thank bothering
    budgets somehow somewhat gardens garden gardeners mothers motherhood reservado reservada reservamos
    """
_LEFT_ALONE: Final = frozenset(_LEFT_ALONE_LIST.split())
_SHORTEST: Final = 5
"""Letters below which nothing is guessed: too many words are near."""
_SHORTHAND: Final = {
    "q": "que", "xq": "porque", "pq": "porque", "x": "por", "pa": "para", "tb": "tambien", "tmb": "tambien",
    "tbn": "tambien", "xfa": "por favor", "porfa": "por favor", "porfis": "por favor", "bn": "bien", "msj": "mensaje",
    "u": "you", "ur": "your", "pls": "please", "plz": "please", "ppl": "people", "smn": "someone", "sb": "somebody",
    "im": "i'm", "ive": "i've", "youre": "you're", "youve": "you've", "dont": "don't", "doesnt": "doesn't",
    "didnt": "didn't", "cant": "can't", "wont": "won't", "isnt": "isn't", "wasnt": "wasn't", "havent": "haven't",
    "whats": "what's", "whos": "who's", "hows": "how's", "wheres": "where's", "whens": "when's", "thats": "that's",
}  # fmt: skip
"""Chat spelling and contractions without their apostrophe."""
_SAME_SOUND: Final = ({"b", "v"}, {"c", "k", "q", "s", "z"}, {"g", "j", "h"}, {"y", "l"})


def mend(folded: str) -> str:
    """The folded text with misspelt words of ours put right."""
    return re.sub(r"(?<![a-z'])[a-z]{1,17}(?![a-z'])", lambda match: _mended(match.group()), folded)


def _mended(word: str) -> str:
    if word in _SHORTHAND:
        return _SHORTHAND[word]
    if len(word) < _SHORTEST or word in _KNOWN or word in _LEFT_ALONE:
        return word
    near = _near()
    reach = _reach(len(word) + 1)
    for gaps in range(reach + 1):
        for spelling in sorted(_without(word, gaps)):
            for known in near.get(spelling, ()):
                if _akin(word, known):
                    return known
    return word


def _akin(word: str, known: str) -> bool:
    first = word[0] == known[0] or any({word[0], known[0]} <= sounds for sounds in _SAME_SOUND)
    return first and distance(word, known) <= _reach(len(known))


def _reach(letters: int) -> int:
    return 0 if letters < _SHORTEST else 1 if letters < 8 else 2


@functools.cache
def _near() -> dict[str, tuple[str, ...]]:
    """Every known word under itself and under itself with letters left out."""
    index: dict[str, list[str]] = {}
    for known in sorted(_KNOWN):
        for gaps in range(_reach(len(known)) + 1):
            for spelling in _without(known, gaps):
                index.setdefault(spelling, []).append(known)
    return {spelling: tuple(words) for spelling, words in index.items()}


def _without(word: str, gaps: int) -> set[str]:
    return {"".join(kept) for kept in combinations(word, len(word) - gaps)}


def distance(one: str, other: str) -> int:
    """Deletions, insertions, exchanges and swaps of neighbours between two words."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        before, above, row = row, before, [i]
        for j, b in enumerate(other, start=1):
            steps = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                steps = min(steps, above[j - 2] + 1)
            row.append(steps)
    return row[-1]
