"""What a person of the team should see to: which words ask for one, why, and what is said of it."""

from __future__ import annotations

import re
from typing import Any, Final, Literal

from amara.offline import speech
from amara.offline.speech import Said
from amara.offline.tongue import Locale

Json = dict[str, Any]
Reason = Literal["asked", "failures", "safety", "billing", "dispute"]

LOST_MAX: Final = 2
"""Answers in a row that did not help, before the next one is a person's."""
SUMMARY_MAX: Final = 200  # characters of what was said, for whoever takes over

_PERSON: Final = (
    r"^\W*(?:hablar|comunicarme) con (?:una )?(?:persona|alguien)(?: por favor)?\W*$",
    r"\b(?:want|need|give me|get me|prefer) (?:a |an |some )?(?:human|humans|real person|person of the team)\b",
    r"\b(?:quiero|necesito|prefiero|deme|paseme) (?:a )?(?:un |una )?(?:human[oa]|persona de verdad|persona real)\b",
    (
        r"\b(?:telefono|celular|correo|numero|linea|phone(?: number)?|email|number|"
        r"contact) (?:\w+ ){0,3}(?:soporte|ayuda|contacto|"
        r"ustedes|support|(?:call|reach|contact) (?:someone|somebody|you|support))\b"
    ),
    (
        r"\b(?:habl\w*|comunic\w*|pas(?:eme|ame|arme|en|enme)|contact\w*|conect\w*|atiend\w*|atend\w*|charlar|escal\w*|"
        r"transfier\w*|transfer\w*|remit\w*)\b"
        r"(?:\W+\w+){0,4}?\W+(?:human[oa]s?|persona (?:real|de verdad|del equipo|de carne|de ustedes)|"
        r"asesor\w*|agentes?|"
        r"superviso\w*|gerentes?|encargad[oa]|responsable|soporte|operador\w*|representante|jef[ea]|"
        r"servicio al cliente|"
        r"atencion al cliente|alguien (?:de|del) (?:la |el |su )?(?:equipo|empresa|compania|soporte|maidconnect|verdad|"
        r"real))\b"
    ),
    (
        r"\b(?:quiero|quisiera|necesito|puedo|deseo|prefiero|dejeme|dejame|podria)\W+(?:\w+\W+){0,2}?(?:hablar|"
        r"comunicarme|"
        r"charlar|ser atendid[oa])\W+(?:\w+\W+){0,2}?(?:con|por) (?:una? |alguna? )?(?:persona|alguien|ser|human[oa])\b"
    ),
    (
        r"\b(?:persona real|persona de verdad|ser humano|asesor(?:a)? human[oa]|agente human[oa]|"
        r"asesor(?:a)?\b.{0,20}por favor|"
        r"servicio al cliente|atencion al cliente|linea de atencion|no quiero (?:hablar )?(?:con )?(?:un |una )?"
        r"(?:robot|bot|maquina|ia)|humano por favor)\b"
    ),
    (
        r"\b(?:talk|speak|chat|connect|transfer|put|pass|get|escalate|reach|contact|"
        r"give)\w*\b(?:\W+\w+){0,5}?\W+(?:human|"
        r"humans|real (?:person|human|agent)|actual (?:person|human)|agent|representative|rep|manager|supervisor|"
        r"operator|customer (?:service|support|care)|support (?:team|agent|person)|support|your team|"
        r"someone (?:from|on|at|in) (?:the|your) (?:team|company|staff|support)|someone real|someone in charge)\b"
    ),
    r"\b(?:talk|speak|chat)(?:ing)? (?:to|with) (?:a |an |some )?(?:person|someone|somebody)\b",
    (
        r"\b(?:real person|human (?:being|agent|please|help|support)|live agent|customer (?:service|support)|"
        r"a human now)\b"
    ),
    (
        r"\b(?:don'?t|do not|no) want\w*(?: to (?:talk|speak|chat)(?: to| with)?)? (?:a |the )?(?:bot|robot|machine|"
        r"ai)\b"
    ),
)
_COMPLAINTS: Final = (
    (
        r"\b(?:quej(?:a|as|arme|o)|reclam(?:o|os|ar|acion\w*)|denunci\w*|demandar\w*|inconform\w*|pqrs?|"
        r"complain\w*|complaint\w*|dissatisf\w*|insatisf\w*|decepcion\w*|disappointed|unacceptable|inaceptable|"
        r"sue you)\b"
    ),
    (
        r"\b(?:pesim[oa]|terrible|horrible|mal[oa]?|fatal|deficiente|awful|bad|poor|worst|lousy|"
        r"rude)\W+(?:\w+\W+){0,2}?"
        r"(?:servicio|atencion|experiencia|trabajo|trato|service|experience|job|work|treatment)\b"
    ),
    (
        r"\b(?:servicio|atencion|experiencia|trabajo|trato|service|experience|job|cleaner|nanny|maid|cook|gardener|"
        r"empleada|ninera|cocinera|muchacha|senora|professional)\b(?:\W+\w+){0,3}?\W+(?:fue|estuvo|era|quedo|"
        r"was|were)\W+"
        r"(?:\w+\W+){0,2}?(?:pesim[oa]|terrible|horrible|mal[oa]?|fatal|grosera?o?|bad|awful|rude|late|unprofessional|"
        r"drunk|poor\w*|disaster|desastre|worst)\b"
    ),
    (
        r"\b(?:no (?:me |nos )?(?:llego|vino|aparecio|cumplio|se presento)|nunca (?:llego|vino|aparecio)|quedo mal|"
        r"me deja?r?o?n? plantad[oa]|me quedo mal|no hizo (?:nada|bien|su trabajo)|llego (?:muy |super |"
        r"\d+ horas? )?tarde|"
        r"dejo (?:todo|la casa|el apartamento) (?:\w+ )?(?:sucio|sucia|peor|vuelto|abiert[oa])|fue (?:muy )?grosera?o?|"
        r"no[- ]?show|never (?:showed|came|arrived|turned)|did ?n'?t (?:show|come|arrive|turn up|finish)|"
        r"did not (?:show|come|"
        r"arrive|turn up|finish)|showed up (?:\w+ ){0,3}late|came (?:\w+ ){0,3}late|stood me up|"
        r"left (?:\w+ ){0,4}(?:dirty|a mess)|"
        r"(?:not|un)happy with|did (?:a )?(?:very |really )?(?:bad|poor|terrible|awful))\b"
    ),
)
_MONEY: Final = (
    (
        r"\b(?:cobr|cargo|carg|descont|debit|factur)\w*\b(?:\W+\w+){0,6}?\W+(?:dos veces|2 veces|doble|demas|"
        r"de mas|mal|"
        r"errad[oa]|equivocad[oa]|sin (?:mi )?(?:permiso|autorizacion)|indebid\w*|incorrect\w*|"
        r"que no (?:hice|reconozco|"
        r"corresponde\w*|era)|no (?:autorice|reconozco)|otra vez|un servicio que no)\b"
    ),
    (
        r"\b(?:doble|mal|error en (?:el|la|mi)|problema con (?:el|la|mi)|no reconozco (?:un|este|el|ese)) "
        r"(?:cobro|cargo|pago|factura|facturacion)\b|\bcobro (?:doble|indebido|errado|equivocado|de mas)\b"
    ),
    r"\bme (?:estan cobrando|cobraron)\b",
    (
        r"\b(?:reembols\w*|rembols\w*|devolucion\w*|(?:devuelv|devolv|regres)\w*\W+(?:\w+\W+){0,3}?(?:dinero|"
        r"plata|pago)|"
        r"refund\w*|reimburs\w*|chargeback|overcharg\w*|money back|billing|wrong (?:amount|charge|invoice|bill)|"
        r"(?:charged|billed)\b(?:\W+\w+){0,5}?\W+(?:twice|double|wrong|too much|more|again|extra|never|"
        r"without|2 times)|"
        r"double (?:charge|charged|billed|billing)|unauthori[sz]ed|(?:dispute|disputing|strange|"
        r"weird) (?:\w+ ){0,2}(?:charge|payment)|"
        r"(?:charge|payment|invoice|bill) (?:i|that|is|was) (?:\w+ )?(?:wrong|incorrect|don'?t recogni[sz]e|did ?n'?t|"
        r"not mine))\b"
    ),
)
_HARM: Final = (
    # Theft, loss and damage.
    (
        r"\b(?:(?:me|nos|le|se) (?:ha |han |esta |estan )?(?:rob(?:o|aron|ado|aban|ando)|hurt\w+)|(?:fui|victima de|"
        r"hubo) "
        r"(?:un |una )?(?:robad[oa]|robo|hurto)|un (?:robo|hurto)|robaron|se (?:me |nos )?(?:llev(?:o|aron)) (?:mi|mis|"
        r"el|la|"
        r"unas?|unos?)|se (?:me |nos )?perdi(?:o|eron)|(?:me|nos) faltan? (?:\w+ ){0,2}(?:plata|dinero|joya\w*|cosas|"
        r"anill\w*|"
        r"celular|computador|reloj)|desaparec\w*|estaf\w*|fraude\w*|ladron\w*)\b"
    ),
    (
        r"\b(?:st(?:ole|olen|eal|ealing)|theft|thief|robbed|robbery|scam\w*|fraud\w*|(?:jewel\w*|money|cash|watch|ring|"
        r"laptop|phone|things?|items?|earrings|necklace) (?:is|are|was|were|went|has gone|have gone|disappeared) ?"
        r"(?:missing|stolen|gone|taken)?|missing (?:jewel\w*|money|cash|items?))\b"
    ),
    (
        # «Se me rompió un tubo» accuses nobody.
        r"(?<!\bse )(?<!\bse me )(?<!\bse le )(?<!\bse nos )\b(?:(?:me|nos|le|la|lo) (?:rompi(?:o|eron)|"
        r"quebr(?:o|aron)|dan(?:o|aron)|quem(?:o|aron)|parti(?:o|eron))|"
        r"(?:rompi(?:o|eron)|quebr(?:o|aron)|quem(?:o|aron)|estrope(?:o|aron)|dan(?:o|aron)) (?:un|una|el|la|los|las|"
        r"mi|mis|unos|unas)|"
        r"(?:broke|damaged|ruined|destroyed|burn(?:ed|t)|shattered|scratched|flooded) (?:my|our|the|a|an|some|"
        r"several))\b"
    ),
    # Safety.
    (
        r"\b(?:acos(?:o|ad\w*|ar|ando|aron)|maltrat\w*|agred\w*|agresi\w*|golpe(?:o|aron|ad\w*)|(?:le|me|lo|"
        r"la|nos) pego|"
        r"amenaz\w*|abus(?:o|aron|ando|ad\w*)|violencia|violent\w*|inapropiad\w*|manose\w*|toc(?:o|aron) (?:a mi|"
        r"de forma)|"
        r"me siento insegur\w*|tengo miedo|da miedo|en peligro|peligros[oa]|policia|emergencia|accidente\w*|"
        r"se lastim\w*|"
        r"herid[oa]s?|resulto lesionad\w*|grit(?:o|aron) a)\b"
    ),
    (
        r"\b(?:harass\w*|assault\w*|threat\w*|abus(?:e|ed|ing|ive)|violen\w*|inappropriate\w*|(?:hit|hurt|slapped|"
        r"touched|"
        r"yelled at|shouted at|attacked|grabbed) (?:me|my|us|her|him|the)|(?:was|got|is|been) (?:hurt|injured|"
        r"attacked)|unsafe|"
        r"not safe|do ?n'?t feel safe|feel (?:scared|afraid|threatened)|safety (?:issue|concern|problem|incident)|"
        r"in danger|dangerous|police|emergency|accident|injur(?:y|ed))\b"
    ),
)
_REASONS: Final[dict[Reason, tuple[str, ...]]] = {
    "safety": _HARM,
    "billing": _MONEY,
    "dispute": _COMPLAINTS,
    "asked": _PERSON,
}
"""What weighs most comes first."""

OPENING: Final[dict[Reason, Said]] = {
    "asked": Said("Claro, le aviso a una persona del equipo.", "Of course, I am calling a person of the team."),
    "failures": Said(
        "No le he podido ayudar bien; le aviso a una persona del equipo.",
        "I have not been able to help; I am calling a person of the team.",
    ),
    # 123 is the emergency line in all of Colombia.
    "safety": Said(
        "Lo lamento mucho. Si alguien está en peligro, llame ya al 123. Le aviso a una persona del equipo.",
        "I am very sorry. If anyone is in danger, call 123 now. I am calling a person of the team.",
    ),
    "billing": Said(
        "Entiendo. Los cobros los revisa una persona del equipo; ya le aviso.",
        "I understand. Charges are looked at by a person of the team; I am calling them.",
    ),
    "dispute": Said(
        "Lamento lo ocurrido. Esto lo debe atender una persona del equipo; ya le aviso.",
        "I am sorry about that. A person of the team has to look at this; I am calling them.",
    ),
}
_COMES: Final = Said(
    "Una persona del equipo le responde aquí mismo en cuanto tome la conversación. Puede escribir lo que falte; yo no "
    "respondo hasta que me la devuelvan.",
    "A person of the team answers right here as soon as they take the conversation. You can write whatever is "
    "missing; I stay silent until they give it back.",
)
_LATER: Final = Said(
    "Ahora no hay nadie del equipo: vuelven el {when} y le responden aquí mismo. Lo que escriba queda guardado.",
    "Nobody of the team is there now: they are back on {when} and answer right here. Whatever you write is kept.",
)
_HERE: Final = Said("{name} ya tiene esta conversación y le responde aquí.", "{name} has this conversation already.")

_SUGGESTED: Final[dict[Reason, Said]] = {
    "safety": Said(
        "Buenos días{name}. Lamento mucho lo ocurrido y ya lo estoy revisando. ¿Están todos bien? Cuénteme, por favor, "
        "la fecha de la visita y qué pasó.",
        "Hello{name}. I am very sorry about this and am looking into it now. Is everybody all right? Please tell me "
        "the date of the visit and what happened.",
    ),
    "billing": Said(
        "Buenos días{name}. Ya estoy revisando su cobro. ¿Me confirma la fecha de la visita y el valor cobrado?",
        "Hello{name}. I am looking at your charge now. Could you confirm the date of the visit and the amount?",
    ),
    "dispute": Said(
        "Buenos días{name}. Lamento lo ocurrido con su visita. ¿Me confirma la fecha y qué quedó mal?",
        "Hello{name}. I am sorry about your visit. Could you confirm the date and what went wrong?",
    ),
    "asked": Said(
        "Buenos días{name}. Con gusto le ayudo. ¿Qué necesita?", "Hello{name}. I am glad to help. What do you need?"
    ),
}


def reason(said: str) -> Reason | None:
    """Why a person should see to this; none where nobody need. Args: said is folded and mended."""
    return next(
        (why for why, patterns in _REASONS.items() if any(re.search(pattern, said) for pattern in patterns)), None
    )


def told(card: Json, locale: Locale) -> str:
    """That somebody has it, or comes, and when."""
    author = card.get("author")
    if isinstance(author, dict) and author.get("name"):
        return _HERE.to(locale, name=speech.quoted(author["name"]))
    if card.get("staffed_from"):
        return _LATER.to(locale, when=speech.moment(card["staffed_from"], locale, None))
    return _COMES.to(locale)


def suggested(said: str, locale: Locale, called: str) -> str:
    """What a colleague could answer to this. Args: called is how the person is addressed: «, María», or nothing."""
    return _SUGGESTED[reason(said) or "asked"].to(locale, name=called)
