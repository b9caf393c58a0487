"""Services as people ask for them, in both languages: patterns over folded text, each with its weight.

A deed («planchar», "mow") weighs more than a person who may do many things («empleada», "maid"), and both more than
a mere sign («mis hijos»), which counts only where the sentence asks for somebody.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Sign(NamedTuple):
    """One way of meaning a service."""

    service: str
    weight: float
    pattern: str


SIGN_ONLY: Final = 1.0
"""Weights up to this count only beside a wish for somebody."""

_CLEAN = r"(?:limp\w+|ase(?:o|os|ar|en|ando|arme)|clean\w*)"
_SOME = r"\W+(?:\w+\W+){0,4}?"
_CHILD = (
    r"(?:nin[oa]s?|ninit[oa]s?|bebes?|bebecit[oa]s?|hij[oa]s?|hijit[oa]s?|nietos?|nietas?|gemel[oa]s|sobrin[oa]s?|"
    r"pelad(?:[oa]s?|it[oa]s?)|chiquit[oa]s?|chiquill[oa]s?|chin[oa]s|pequen(?:[oa]s?|it[oa]s?)|menores|infantes?|"
    r"recien nacid[oa]|criaturas?|"
    r"kids?|kiddos?|child|children|bab(?:y|ies)|infants?|newborns?|toddlers?|sons?|daughters?|twins|"
    r"little ones?|boys?|girls?|nephews?|nieces?|grandchild(?:ren)?|grandkids|grandsons?|granddaughters?|"
    r"(?:\d+|one|two|three|four|five|six) year olds?)"
)
_ELDER = (
    r"(?:abuel\w*|ancian\w*|viejit\w*|adult[oa]s? mayor(?:es)?|persona(?:s)? mayor(?:es)?|senora mayor|senor mayor|"
    r"tercera edad|mayor de edad avanzada|mama|papa|mami|papi|mamita|papito|madre|padre|padres|suegr[oa]s?|"
    r"ti[oa]s?|enferm[oa]s?|pacientes?|discapacitad[oa]s?|alzheimer|"
    r"elders?|elderly|seniors?|old(?:er)? (?:man|woman|lady|people|person|folks|adults?|parents?)|"
    r"aging|ageing|mom|mum|mother|dad|father|parents?|grand(?:ma|pa|mother|father|parents?)|granny|nana|"
    r"(?:mother|father)-in-law|aunt|uncle|patients?)"
)
_CARE = (
    r"(?:cuid\w+|acompan\w+|atend\w+|atiend\w+|ver por|vea por|estar pendiente|este pendiente|recoger|recoja|"
    r"tak(?:e|es|ing) care|car(?:e|es|ing) (?:for|of)|look(?:s|ing)? after|watch(?:es|ing)?|sit(?:s|ting)? with|"
    r"mind(?:s|ing)?|assist(?:s|ing)?|keep(?:s|ing)? an eye|company|companion|help(?:s|ing)? with|caregiver)"
)
_CLOTHES = (
    r"(?:ropa|ropita|sabanas?|cortinas?|cobijas?|edredon(?:es)?|uniformes?|prendas?|tendidos|toallas?|camisas?|"
    r"clothes|clothing|sheets|linens?|bedding|towels|garments?|uniforms?|shirts?)"
)
_SURFACE = (
    r"(?:loza|platos|trastes|ollas|banos?|ventan\w*|vidrios?|pisos?|paredes|cocina|patio|casa|apartamento|apto|muebles|"
    r"tapetes?|alfombras?|terraza|garaje|dishes|windows?|floors?|walls?|bathrooms?|toilets?|kitchen|carpets?|"
    r"house|home|"
    r"apartment|flat|sofa)"
)
_DEEP = (
    r"(?:profund\w*|a fondo|fondo|exhaustiv\w*|intensiv\w*|minucios\w*|detallad\w*|mudanza|trasteo|"
    r"(?:pos|post|despues de|fin de|de)(?: |-)?(?:la |una )?(?:obra|construccion|remodelacion)|remodel\w*|"
    r"(?:para )?entreg(?:ar|a|o) (?:\w+ )?(?:de |del |el |mi )?(?:apartamento|apto|casa|inmueble)|desinfec\w*|"
    r"de arriba a ?abajo|hasta el ultimo rincon)"
)
_DEEP_EN = (
    r"(?:mov(?:e|ing)(?: |-)?(?:out|in)|moveout|end of (?:tenancy|lease)|post(?: |-)?(?:construction|renovation)|"
    r"after (?:the |a |some )?(?:renovation|construction|remodel\w*|building work)|"
    r"top to bottom|from top|every corner|really thorough\w*|spring)"
)

SIGNS: Final = (
    Sign("deep_cleaning", 4.5, rf"\b{_CLEAN}{_SOME}{_DEEP}\b"),
    Sign("deep_cleaning", 4.5, rf"\b{_DEEP}{_SOME}{_CLEAN}\b"),
    Sign("deep_cleaning", 4.5, rf"\b{_DEEP_EN}{_SOME}clean\w*\b"),
    Sign("deep_cleaning", 4.5, rf"\bclean\w*{_SOME}{_DEEP_EN}\b"),
    Sign("deep_cleaning", 4.5, r"\b(?:deep|depth|thorough|heavy(?: |-)?duty|intensive)(?: |-)?(?:\w+ )?clean\w*"),
    Sign("deep_cleaning", 4.5, r"\bclean\w*(?:\W+\w+){0,4}?\W+(?:deeply|thoroughly|in depth)\b"),
    Sign("deep_cleaning", 3.5, r"\b(?:move(?: |-)?out|moveout)\b"),
    Sign("cleaning", 3.0, r"\blimp(?:i\w*|ar|eza|esa|en|e|ie)\b"),
    Sign("cleaning", 3.0, r"\b(?:ase(?:o|os|ar|en|ando|arme|adit[oa])|aseador\w*|aceo|haseo|asio)\b"),
    Sign(
        "cleaning", 3.0, r"\b(?:barr(?:er|a|an|ido)|trape(?:ar|e|en|ada)|aspirar|sacudir|desempolv\w*|tender camas)\b"
    ),
    Sign("cleaning", 3.0, rf"\blav\w+{_SOME}{_SURFACE}\b"),
    Sign("cleaning", 3.0, rf"\bwash\w*{_SOME}{_SURFACE}\b"),
    Sign("cleaning", 3.0, r"\b(?:clean\w*|claen\w*|tid(?:y|ying)\w*|mop|mops|mopping|vacuum\w*|dusting|scrub\w*)\b"),
    Sign(
        "cleaning", 3.0, r"\b(?:house(?: |-)?keep\w*|house(?: |-)?work|(?:house(?:hold)?|domestic) (?:chores?|work))\b"
    ),
    Sign("cleaning", 2.2, r"\b(?:maids?|chores?|charwom[ae]n|domestic (?:help\w*|worker|employee)|house ?help)\b"),
    Sign("cleaning", 2.2, r"\b(?:emplead[oa]s?|domestic[oa]s?|muchach(?:a|as|ita)|mucamas?|criadas?|sirvientas?)\b"),
    Sign("cleaning", 2.2, r"\b(?:ama de (?:llaves|casa)|camareras?|oficios?(?: varios| domesticos?)?|quehaceres)\b"),
    Sign("cleaning", 2.0, r"\b(?:senora|chica|nina|persona|alguien) (?:de|del|pal|para el) servicio\b"),
    Sign("cleaning", 2.0, r"\b(?:tareas|labores|trabajo|arreglo) (?:del|de la|en el|en la) (?:hogar|casa)\b"),
    Sign("cleaning", 2.0, r"\b(?:arregl|organi[zc]|orden|recog)\w+ (?:\w+ )?(?:casa|apartamento|apto|cuarto|hogar)\b"),
    Sign(
        "cleaning", 2.0, r"\b(?:orden y aseo|sucia?s?|mugre|cochin[oa]|reguero|polvo|dirty|filthy|messy|dust|a mess)\b"
    ),
    Sign("laundry", 3.6, rf"\b(?:lav|re?lav|remoj|desmanch)\w+{_SOME}{_CLOTHES}\b"),
    Sign("laundry", 3.6, r"\b(?:lavanderi?as?|laundr\w*|lavad[oa] y (?:a?planch)\w*|lavar y a?planchar)\b"),
    Sign(
        "laundry",
        3.6,
        r"\b(?:wash (?:and|&|n) (?:fold|dry|iron)|dry(?: |-)?clean\w*|lav\w+ y (?:sec|dobl|a?planch)\w*)\b",
    ),
    Sign("laundry", 3.6, rf"\bwash\w*{_SOME}{_CLOTHES}\b"),
    Sign("laundry", 2.4, rf"\b(?:ropa|clothes) (?:sucia|por lavar|to wash)\b|\bdirty {_CLOTHES}\b"),
    Sign("laundry", 1.6, r"\blav(?:ar|ado|e|en|ando)\b(?!\W+(?:\w+\W+){0,2}(?:carro|moto|auto|camioneta|perro)\b)"),
    Sign("laundry", 0.8, r"\b(?:ropa|clothes)\b"),
    Sign("ironing", 3.3, r"\ba?planch\w*\b"),
    Sign("ironing", 3.3, r"\b(?:iron(?:s|ed|ing|er)?|pressing|steam(?:ing)? (?:my )?(?:clothes|shirts))\b"),
    Sign("ironing", 3.3, r"\bpress(?:es|ed)? (?:\w+ ){0,2}(?:shirts|clothes|suits?)\b"),
    Sign("cooking", 3.2, r"\bcocin(?:ar\w*|en?|er[oa]s?|erit[oa]|ando|ando?|eme|emos|ad[oa])\b"),
    Sign(
        "cooking", 3.0, r"\bque (?:me |nos |sepa )?cocina\b|\bcocina (?:casera|saludable|vegan\w*|vegetarian\w*|diaria)"
    ),
    Sign("cooking", 1.8, r"(?<!\bla )(?<!\bmi )(?<!\bde )(?<!\bsu )(?<!\bel )\bcocina\b"),
    Sign("cooking", 1.0, r"\bcocina\b"),
    Sign("cooking", 3.2, r"\b(?:cook(?:s|ed|ing|er)?|chefs?|meal(?: |-)?prep\w*)\b"),
    Sign(
        "cooking",
        3.2,
        rf"\b(?:prepar|hac|hag|sirv|alist)\w*{_SOME}(?:comidas?|almuerzos?|cenas?|desayunos?|sancocho|ajiaco|"
        rf"loncheras?|"
        r"menus?)\b",
    ),
    Sign(
        "cooking", 3.2, rf"\b(?:mak|prepar|fix|prep)(?:e|es|ing)?{_SOME}(?:meals?|food|lunch\w*|dinners?|breakfasts?)\b"
    ),
    Sign("cooking", 1.6, r"\b(?:meals|homemade food|home cooked|comida casera|almuerzos)\b"),
    Sign(
        "childcare", 3.4, r"\b(?:ninier\w*|niner[oa]s?|ni(?:nh|ny|gn)er[oa]s?|nodrizas?|au ?pairs?|baby ?sist?ters?)\b"
    ),
    Sign("childcare", 3.4, r"\b(?:nann(?:y|ies)|nannie|baby(?: |-)?sit\w*|child(?: |-)?(?:care|minder)|day ?care)\b"),
    Sign("childcare", 3.2, r"(?<!\bmi )(?<!\bmy )\bnanas?\b"),
    Sign("childcare", 3.5, rf"\b{_CARE}{_SOME}{_CHILD}\b"),
    Sign("childcare", 2.6, r"\b(?:kids|children|infantil)\b(?: |-)(?:care|sitter)|\bcuidado infantil\b"),
    Sign("childcare", 1.0, rf"\b{_CHILD}\b"),
    Sign("elder_care", 3.5, rf"\b{_CARE}{_SOME}{_ELDER}\b"),
    Sign("elder_care", 3.4, r"\b(?:elder(?:ly)?|senior|geriatric|aged)(?: |-)?(?:care\w*|companion\w*|sitter|help)\b"),
    Sign(
        "elder_care",
        3.3,
        r"\b(?:gerontolog\w*|geriatr\w*|tercera edad|adult[oa]s? mayor(?:es)?|elderly|ancian[oa]s?)\b",
    ),
    Sign(
        "elder_care",
        2.3,
        r"\b(?:abuel(?:a|o|as|os|it[oa]s?)|viejit[oa]s?|grand(?:ma|pa|mother|father|parents?)|granny)\b",
    ),
    Sign("elder_care", 2.0, r"\b(?:cuidador(?:a|as|es)?|care ?(?:giver|taker)s?|carers?|acompanante)\b"),
    Sign("elder_care", 1.0, rf"\b(?:mi|mis|my|our|nuestr[oa]s?) (?:\w+ ){{0,2}}{_ELDER}\b"),
    Sign("gardening", 3.3, r"\b(?:jardiner\w*|jardiniero|gardener\w*|gardening|landscap\w*|paisajis\w*)\b"),
    Sign(
        "gardening",
        3.2,
        r"(?<!\bciudad )(?<!\bcon )(?<!\bcon un )(?<!\by un )(?<!\bwith )(?<!\bwith a )(?<!\band a )"
        r"\b(?:jardin(?:es|cito)?|garden|gardens|yard|back ?yard|front ?yard)\b(?! infantil)",
    ),
    Sign(
        "gardening", 3.2, r"\b(?:pod(?:ar|a|e|en|ando|adora)|guadan\w*|deshierb\w*|desyerb\w*|cesped|antejardin\w*)\b"
    ),
    Sign(
        "gardening",
        3.2,
        r"\b(?:cort|motil|arregl|reg)\w*\W+(?:\w+\W+)?(?:pasto|grama|prado|matas|plantas|arbol\w*|setos?)\b",
    ),
    Sign("gardening", 3.2, r"\b(?:mow\w*|lawns?|hedges?|prun(?:e|es|ing)|weed(?:s|ing)?|grass)\b"),
    Sign("gardening", 2.4, r"(?<!\ben )\b(?:pasto|prado|matas|maticas|zonas? verdes?)\b"),
    Sign("gardening", 1.6, r"\b(?:plantas|plants|trees?|arbol(?:es)?|bushes|flowers)\b"),
)
