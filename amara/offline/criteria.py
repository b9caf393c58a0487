"""What narrows a search: city, service, the most an hour may cost, a language, the least rating."""

from __future__ import annotations

import functools
import re
from typing import Final, Literal, NamedTuple

from amara.offline import places, trades, words

CHEAPEST_COP: Final = 5_000
DEAREST_COP: Final = 500_000
"""An hour costs something in between, or the number means something else."""

_NOT: Final = (
    r"(?:\bno(?: (?:quiero|necesito|busco|es|era|en|para|de))?|\bnot?(?: (?:in|a|for|the))?|\bn't(?: \w+)?|"
    r"\ben (?:vez|lugar) de|\binstead of|\brather than|\bsin|\bwithout|\bya no(?: \w+)?|\bexcept\w*|\bmenos en|"
    r"\bdeje de)"
    r" (?:\w+ ){0,1}$"
)
_FROM: Final = (
    r"(?:\bsoy de|\bvengo de|\bnaci en|\bi'?m from|\bi am from|\bcome from|\bvivia en|\blived in|\bfrom|\bdesde) $"
)
_TURN: Final = r"\b(?:pero|sino|mejor|ahora|actually|but|now|rather|perdon|digo|sorry|i mean)\b"
_BESIDES: Final = (
    r"\b(?:tambien|ademas|de paso|y si (?:se )?puede|ojala|also|besides|plus|as well as|bonus if)\W+(?:\w+\W+){0,3}$"
)


def city(text: str) -> str | None:
    """The city wanted: of several, the one not ruled out and, after a «pero» or "now", the later one."""
    turn = re.search(_TURN, text)
    best: tuple[float, int, str] | None = None
    for match, name in _places(text):
        before = text[max(0, match.start() - 40) : match.start()]
        score = 0.0
        if re.search(_NOT, before):
            score -= 4
        if re.search(_FROM, before):
            score -= 2
        if turn and turn.end() <= match.start():
            score += 1
        if best is None or (score, -match.start()) > (best[0], best[1]):
            best = (score, -match.start(), name)
    return best[2] if best else None


def elsewhere(text: str) -> bool:
    """A place is named that is not served."""
    return re.search(rf"\b(?:{places.ELSEWHERE})\b", text) is not None


def _places(text: str) -> list[tuple[re.Match[str], str]]:
    # Where cities touch («Cali» within «Santiago de Cali») the canonical name is the same, so overlap does no harm.
    return [(match, name) for name in places.CITIES for match in _city_pattern(name).finditer(text)]


@functools.cache
def _city_pattern(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w/])(?:{places.SPELLINGS[name]})\b")


class Wanted(NamedTuple):
    """A service and how plainly it was asked for."""

    service: str
    weight: float


def service(text: str) -> Wanted | None:
    """The service wanted: a deed before a person, a person before a mere sign; of equals the first named."""
    asked = re.search(words.WISH, text) is not None
    found: list[tuple[float, int, str]] = []
    for sign in trades.SIGNS:
        if sign.weight <= trades.SIGN_ONLY and not asked:
            continue
        for count, match in enumerate(re.finditer(sign.pattern, text)):
            before = text[max(0, match.start() - 40) : match.start()]
            weight = sign.weight
            if re.search(_NOT, before):
                weight -= 10
            if re.search(_BESIDES, before):
                weight -= 1.5
            found.append((weight, -match.start(), sign.service))
            if count == 3:
                break
    if not found:
        return None
    weight, _, name = max(found)
    return Wanted(name, weight if weight > 0 else weight + 10)


_AMOUNT: Final = re.compile(
    r"(?P<mark>cop ?\$?|\$ ?|usd ?\$?|us\$ ?|€ ?)?"
    r"(?<![\d.,])(?P<number>\d{1,3}(?:[.,' ]\d{3})+(?!\d)|\d{1,7}(?:[.,]\d{1,2}(?!\d))?)"
    r" ?(?P<times>mil+(?:es)?\b|k\b|thousand\b|grand\b|lucas?\b|lks\b|luks\b|barras\b)?"
    r" ?(?P<coin>pesos\b|cop\b|colombian pesos\b|lucas?\b|dolares\b|dollars\b|usd\b|bucks\b|euros\b)?"
)
_AT_MOST: Final = (
    r"(?:no mas (?:de|que)|maxim[oa]s?(?: de)?|max\.?|tope(?: de)?|hasta|menos de|menor(?:es)? (?:a|de|que)|"
    r"inferior(?:es)? a|"
    r"por debajo de|debajo de|no (?:pase|supere|exceda|cobre mas|pagar mas|pago mas|mas)(?:n)?(?: de| los)?|"
    r"presupuesto[\w ]{0,14}|"
    r"(?:pagar|pago|pagaria|ofrezco|tengo|alcanza (?:para)?|por|de a|barat\w+ de)|"
    r"under|below|less than|lower than|up to|at most|no more than|not more than|no higher than|maximum(?: of)?|max|"
    r"within|"
    r"cheaper than|budget[\w' ]{0,14}|pay(?:ing)?|spend(?:ing)?|afford|cap(?:ped)? (?:at|of)|limit[\w ]{0,6}|"
    r"not? (?:over|above|exceed\w*)|"
    r"(?:does ?n'?t|do ?n'?t|wo ?n'?t) (?:exceed|charge more than|cost more than|go over)|around|about|unos|como|"
    r"<=?|≤)"
    r"[: ]*(?:a |of |los |las |unos |is |es de |es |de |around |about |cop ?|\$ ?)*$"
)
_AT_LEAST: Final = (
    r"(?:mas de|minim[oa]s?(?: de)?|desde|a partir de|at least|over|more than|above|from|starting at|"
    r"superior(?:es)? a) ?(?:\$|cop)? ?$"
)
_DENIED: Final = r"(?:\b(?:no|not|never|nothing|nadie|nobody|nada|sin|without|cannot|nunca)|n't)\b(?:\W+\w+){0,3}\W*$"
_HOURLY: Final = r"^\W{0,2}(?:(?:pesos|cop)\W+)?(?:la|x|por|cada|/|an?|per|the|each)? ?(?:hora|hour|hr|h)\b"
_OTHER_TIME: Final = (
    r"^\W{0,2}(?:(?:pesos|cop|mil|en total)\W+)?(?:(?:al?|el|por|x|/|per|the|each|cada|la)\W?)+ ?(?:dias?|mes|"
    r"semana|jornada|quincena|"
    r"day|month|week|visit|visita)\b|^\W{0,2}(?:diari[oa]s?|mensual\w*|semanal\w*|daily|weekly|monthly)"
)
_NOT_MONEY: Final = (
    r"^\W{0,2}(?:horas?|hours?|hrs?|h\b|anos?|anitos|years?|yrs?|yo\b|mes(?:es)?|months?|dias?|days?|semanas?|"
    r"weeks?|minut\w*|personas?|people|"
    r"habitac\w*|alcobas?|cuartos?|banos?|rooms?|bed\w*|bath\w*|pisos?|floors?|metros?|mts?2?\b|m2|m²|sq\w*|square|"
    r"nin[oa]s?|kids?|hij[oa]s?|"
    r"child\w*|estrell\w*|stars?|[ap]\.? ?m\b|o'?clock|de la (?:tarde|manana|noche)|:|veces|times|camisas|shirts|"
    r"perros|gatos|calle|bebes?|"
    r"adult\w*|resenas|reviews|puntos|points|%|de (?:ene|feb|mar|abr|may|jun|jul|ago|sep|oct|nov|dic))"
)
_NOT_MONEY_BEFORE: Final = (
    r"(?:\blas|\ba las|\bcalle|\bcarrera|\bcra|\bcl|\bkr|\bestrato|\bpiso|\bapto|\btorre|\bat|\bdia|"
    r"\bnumero|#|:|-|\bjunto con|\btengo) $"
)
_FOREIGN: Final = frozenset({"dolares", "dollars", "usd", "bucks", "euros"})


def most_per_hour(text: str, *, spanish: bool) -> int | None:
    """The most an hour may cost, in whole COP; None where no number can mean that."""
    limits: list[int] = []
    plain: list[int] = []
    for match in _AMOUNT.finditer(text):
        before, after = text[max(0, match.start() - 40) : match.start()], text[match.end() : match.end() + 30]
        mark, coin = (match["mark"] or "").strip(), match["coin"] or ""
        if mark in {"usd", "us$", "usd$", "€"} or coin in _FOREIGN or re.match(_OTHER_TIME, after):
            continue
        bound = _bound(before)
        if bound == "least":
            continue
        at_most = bound == "most"
        amount = _pesos(match["number"], match["times"] or (coin if coin.startswith("luca") else ""))
        if amount < CHEAPEST_COP:
            said_short = (at_most or re.match(_HOURLY, after) is not None) and not match["times"] and not coin
            counts = re.match(_NOT_MONEY, after) or re.search(_NOT_MONEY_BEFORE, before)
            if not said_short or (counts and not re.match(_HOURLY, after)) or not 8 <= amount <= 300:
                continue
            if mark == "$" and not spanish:
                continue  # "$25" in English is as likely dollars
            amount *= 1_000
        elif not (mark or coin or match["times"]) and re.match(_NOT_MONEY, after):
            continue
        if CHEAPEST_COP <= amount <= DEAREST_COP:
            (limits if at_most else plain).append(amount)
    if re.search(r"\b(?:entre|between|from|de|desde)\b", text) and len(limits + plain) == 2:
        return max(limits + plain)
    amounts = limits or plain
    return amounts[0] if amounts else None


def _bound(before: str) -> Literal["most", "least"] | None:
    """What the words before an amount make of it."""
    if re.search(_AT_MOST, before):
        return "most"
    if least := re.search(_AT_LEAST, before):
        # «no superior a», "can't pay more than": a least that is denied is a most.
        return "most" if re.search(_DENIED, before[: least.start()]) else "least"
    return None


def _pesos(number: str, times: str) -> int:
    if re.fullmatch(r"\d{1,3}(?:[.,' ]\d{3})+", number):
        whole = re.sub(r"\D", "", number)
        return int(whole) if len(whole) < 10 else 10 * DEAREST_COP
    amount = float(number.replace(",", "."))
    return round(amount * 1_000) if times else int(amount)


_STARS: Final = (
    (
        r"(?<![\d.,])([1-5](?:[.,]\d{1,2})?) ?(?:\+|o mas|or more|or (?:higher|above|better|up)|plus|de)? ?"
        r"(?:estrell\w*|stars?|star\b|⭐|★|\*|puntos de calificacion|(?:de )?(?:calificacion|rating|promedio|puntaje|"
        r"valoracion))"
    ),
    (
        r"(?:calific\w*|rating|rated|puntua\w*|puntaje|valora\w*|estrellas|stars|nota|score[ds]?|reviews?|resenas?)"
        r"(?:[^\d.]{0,28})(?<![\d.,$])([1-5](?:[.,]\d{1,2})?)(?![\d.,]*\d| ?(?:mil|k\b|anos|years|horas|"
        r"hours|kids|nin))"
    ),
    (
        r"(?<![\d.,$])([1-5][.,]\d) ?(?:\+|o mas|o superior|o mejor|para arriba|hacia arriba|en adelante|or (?:more|"
        r"higher|above|better|up)|"
        r"and (?:up|above|higher)|minimo|minimum)(?! ?(?:mil|k)\b)"
    ),
    r"(?:al menos|minimo|at least|minimum|mas de|above|over)(?: un| a| de)? ([1-5][.,]\d)(?![\d.,]*\d| ?(?:mil|k\b))",
)


def least_rating(text: str) -> float | None:
    """The least rating asked for, between 1 and 5."""
    for pattern in _STARS:
        if match := re.search(pattern, text):
            value = float(match[1].replace(",", "."))
            if 1 <= value <= 5:
                return value
    return None


_TONGUES: Final = (
    ("en", r"ingles\w*|english|anglo\w*|bilingue\w*|bilingual\w*|anglofon\w*"),
    ("fr", r"frances\w*|french"),
    ("pt", r"portugues\w*|portuguese"),
    ("de", r"aleman\w*|german"),
    ("it", r"italian\w*"),
    ("es", r"espanol\w*|castellano|spanish"),
)


def language(text: str) -> str | None:
    """The language the professional should speak, as a code."""
    if re.search(r"\b(?:clases? de|lessons|teach\w*|ensen\w*)\b", text):
        return None
    no_spanish = (
        r"\b(?:(?:do ?n'?t|do not|can ?'?t|can ?not) (?:\w+ )?(?:speak|know|understand)|no (?:hablo|entiendo|se)|my)"
        r" (?:\w+ ){0,2}(?:spanish|espanol)\b"
    )
    if re.search(no_spanish, text):
        return "en"
    for code, pattern in _TONGUES:
        if re.search(rf"\b(?:{pattern})\b", text):
            return code
    return None
