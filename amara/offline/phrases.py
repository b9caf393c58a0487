"""Questions about one's bookings and about what was just shown: patterns over folded text."""

from __future__ import annotations

from typing import Final

BOOKINGS: Final = (
    (
        r"\b(?:ya |yo )?(?:l[aoe]s? )?(?:he|habia|hemos|habiamos|tenia) (?:\w+ )?(?:reservad|agendad|contratad|"
        r"programad)[oa]s?\b"
    ),
    r"\b(?:what|which|how many) (?:\w+ )?(?:bookings?|appointments?|reservations?|visits?) (?:do|have|are)\b",
    r"\b(?:i|we)(?:'ve|'d| have| had)? (?:already |ever |just )?(?:booked|reserved|scheduled|hired)\b",
    (
        r"\b(?:todo|everything|anything|all) (?:lo que |that |the things )?(?:i|we|yo|he|hemos|"
        r"tengo)\b(?:\W+\w+){0,3}?\W+"
        r"(?:book|reserv|agend|program|schedul|hir|contrat)\w*"
    ),
    (
        r"\b(?:who|quien(?:es)?) (?:\w+ )?(?:came|cleaned|cooked|ironed|helped|visited|vino|vinieron|limpio|"
        r"cocino|plancho|ayudo)\b"
    ),
    (
        r"\b(?:que|cuales|cuantos|cuantas) (?:\w+ )?(?:tengo|hay|tenemos) (?:\w+ ){0,2}(?:para|esta|este|hoy|"
        r"manana|agendad\w*|"
        r"program\w*|pendient\w*|reservad\w*)\b"
    ),
    (
        r"\b(?:who'?s|who is|quien)(?: \w+)? (?:going to|coming to|gonna|va a|viene a) (?:clean|cook|iron|help|"
        r"limpiar|cocinar|"
        r"planchar|ayudar)\b"
    ),
    (
        r"\b(?:mis?|nuestras?|las|la|el|los|tengo|alguna|algun|ver|proximas?|cuantas|que|ultimas?|otra) (?:\w+ ){0,3}?"
        r"(?:reserva(?:s|cion|ciones)?|resevas?|citas?|servicios? (?:agendad|program|reserv|pendient|pasad|anterior|"
        r"contratad)\w*|"
        r"agendamientos?|visitas? (?:agendad|program)\w*)\b"
    ),
    (
        r"\b(?:reservas|reservaciones|citas|visitas|servicios) (?:\w+ )?(?:pasad\w*|anterior\w*|futur\w*|proxim\w*|"
        r"pendient\w*|que tengo|"
        r"agendad\w*|programad\w*|hech\w*|confirmad\w*|cancelad\w*|activ\w*)\b"
    ),
    r"\bmis? (?:proxim[oa]s?|ultim[oa]s?) (?:\w+ )?(?:limpieza|aseo|servicios?|visitas?|turnos?|agendamientos?)\b",
    r"\b(?:que|cuando|quien)\b(?:\W+\w+){0,4}?\W+(?:agendad[oa]s?|programad[oa]s?|reservad[oa]s?|tengo pendiente)\b",
    (
        r"\b(?:tengo|hay) (?:algo|alguna cosa|algun servicio|servicio|visita)\b(?:\W+\w+){0,3}?\W*(?:agendad|programad|"
        r"reservad|manana|"
        r"esta semana|pendiente|hoy)\w*"
    ),
    (
        r"\b(?:cuando|a que horas?(?: es que)?|que dia|quien)\b(?:\W+\w+){0,2}?\W+(?:viene|vienen|llega|"
        r"llegan|me toca|vendra|"
        r"llegara|va a venir|"
        r"es mi (?:proxim\w+ |ultim\w+ )?(?:limpieza|aseo|servicio|cita|reserva|visita))\b"
    ),
    (
        r"\b(?:que|cuales|cuantos?|cuantas|los|las) (?:\w+ ){0,2}(?:he|hemos) (?:reservado|contratado|agendado|pedido|"
        r"tenido)\b|"
        r"\b(?:reserve|contrate|agende|pedi) (?:yo )?(?:el|la|en|antes|la semana|ayer|hace|el mes)\b|"
        r"\bquien (?:vino|me (?:limpio|ayudo|atendio))\b|\b(?:mi |el )?historial\b|\bmi agenda\b|"
        r"\bestado de mi (?:reserva|servicio|cita)\b"
    ),
    (
        r"\b(?:my|our|the|any|all|upcoming|past|previous|last|next|recent|future|old|earlier|current) (?:\w+ ){0,3}?"
        r"(?:bookings?|reservations?|appointments?|visits?|scheduled \w+|booked \w+|history)\b"
    ),
    (
        r"\b(?:do|did|have) (?:i|we) (?:\w+ ){0,2}(?:have|got|book|booked|hire|hired|"
        r"scheduled?) (?:\w+ ){0,4}?(?:booked|scheduled|planned|"
        r"coming|booking|bookings|appointments?|last|before|tomorrow|today|this week|so far|already|next|in the past|"
        r"anything)\b"
    ),
    (
        r"\b(?:what|when|who|which|whom)\b(?:\W+\w+){0,4}?\W+(?:i|we|i'?ve) (?:\w+ )?(?:booked|scheduled|hired|"
        r"reserved)\b"
    ),
    r"\b(?:what|when|who) did (?:i|we) (?:book|hire|schedule|have)\b",
    (
        r"\b(?:when|what time|who|what day)(?:'s| is| are| does| do| will)?\b(?:\W+\w+){0,3}?\W+(?:coming|come|comes|"
        r"arriv\w+|get here|"
        r"scheduled|booked|my (?:next |last )?(?:cleaning|appointment|booking|visit|service))\b"
    ),
    (
        r"\b(?:what|anything|something) (?:\w+ ){0,3}(?:scheduled|booked|lined up|on my (?:calendar|schedule|"
        r"agenda))\b|"
        r"\b(?:booking|order|service|appointment) (?:history|status)\b|\b(?:my|our) (?:schedule|agenda|history)\b|"
        r"\bmy (?:next|last|upcoming|past|previous) (?:\w+ )?(?:cleaning|service|nanny|cleaner|visit)s?\b"
    ),
    (
        r"\b(?:cancel|reschedul|reagend|reprogram|aplaz|postpone|cambiar (?:la|de|el) (?:fecha|hora|dia)|mover)\w*\b"
        r"(?:\W+\w+){0,4}?\W+(?:reserva|cita|booking|appointment|reservation|limpieza|servicio|visita|visit|cleaning|"
        r"service)\b"
    ),
)
NEW_BOOKING: Final = (
    r"\b(?:hacer|haga|hagame|haz|crear|nueva|otra|una|make|create|new|another|a) (?:una |a |nueva |new )?"
    r"(?:reserva|reservacion|cita|booking|reservation|appointment)\b(?! (?:pasada|anterior|previa))"
)
"""Wanting one is not asking for those one has."""
SEEKS: Final = (
    r"\b(?:need|want|looking|necesit\w*|busc\w*|quier\w*|quisiera)\b(?!.{0,12}\b(?:ver|see|view|check|"
    r"cancel\w*|saber|know)\b)"
)
"""With a city and a service it is a search, whatever was booked before."""
CHANGE: Final = (
    r"\b(?:cancel|reschedul|reagend|reprogram|aplaz|postpone|cambiar (?:la|de|el)|mover|move my|change my)\w*\b"
)
PAST: Final = (
    r"\b(?:pasad[oa]s?|anterior(?:es)?|previ[oa]s?|antiguas?|viejas?|historial|ultim[oa]s?|"
    r"ya (?:pasaron|tuve|hice|fueron)|complet\w*|terminad\w*|finalizad\w*|realizad[oa]s|hace (?:un|una|dos|\d+)|ayer|"
    r"antes|past|previous|prior|old|earlier|history|last|before|finished|ago|yesterday|already (?:had|happened))\b"
)
FRESH: Final = r"\b(?:nuev[oa]s?|new|newer|coming up|actual(?:es)?|current|vigentes?|por hacer|futur[oa]s?)\b"
"""Beside past ones: both are meant."""
DONE: Final = (
    r"\b(?:he (?:reservado|contratado|agendado|tenido|pedido)|hice|tuve|reserve|contrate|agende|vino|limpio|atendio|"
    r"who came|vinieron|(?:i|we) (?:booked|hired|had)|did (?:i|we)|(?:have|had) (?:i|we) (?:booked|had|"
    r"hired)|i'?ve (?:booked|had|hired|made))\b"
)
"""Past too, unless all of them are asked for («todas las que he reservado»)."""
ALL: Final = (
    r"\b(?:tod[oa]s?|completo|todito|entire|all|every|everything|ever|full|"
    r"complete (?:list|history)|"
    r"pasadas y (?:futuras|proximas)|past and (?:future|upcoming))\b"
)
UPCOMING: Final = (
    r"\b(?:proxim[oa]s?|futur[oa]s?|pendientes?|siguientes?|manana|hoy|esta semana|que vienen?|por venir|agendad\w*|"
    r"upcoming|next|future|coming|pending|scheduled|tomorrow|today|this week|later)\b"
)

BOOK_IT: Final = (
    r"\b(?:res[ei]rv(?:e|ar|ame|eme|arl[ao]|ela|elo|a)|agend(?:e|ar|ame|eme|ela|elo|arl[ao])|contrat(?:e|ar|ela|"
    r"elo|arl[ao])|"
    r"me quedo con|escojo|elijo|quiero (?:la|el|a la|al|esa|ese|con)|book|hire|schedule|reserve|i'?ll take|go with|"
    r"i choose|i pick|i want "
    r"(?:the|her|him))\b"
)
"""Wanting the one just shown."""

CHEAPER: Final = (
    r"\b(?:mas (?:barat\w*|economic\w*|comod\w*|asequible\w*)|menos (?:car\w*|costos\w*)|menor precio|"
    r"precio mas bajo|barat\w*|"
    r"economic[oa]s?|muy car[oa]s?|estan? car[oa]s?|carisim[oa]s?|bajar(?:le)? (?:al|el) precio|"
    r"cheap\w*|less expensive|more affordable|affordable|lower (?:price|rate|cost)s?|too (?:expensive|much|pricey)|"
    r"budget friendly)\b"
)
BETTER_RATED: Final = (
    r"\b(?:mejor(?:es)? (?:calificad\w*|valorad\w*|puntuad\w*|calificacion\w*|resen\w*|rating)|mas estrellas|"
    r"mayor calificacion|"
    r"bien calificad\w*|better (?:rated|reviews?|ratings?)|higher (?:rated|ratings?)|best (?:rated|reviews?)|"
    r"top(?: |-)?rated|highest rated|"
    r"highly rated|good (?:reviews|ratings?))\b"
)
MORE: Final = (
    r"^\W*(?:y |and |pero |but )?(?:hay |tiene |any |show me |see |deme |dame |muestr\w*me |quiero ver |ver )?"
    r"(?:las |los |the |some )?(?:(?:otr[oa]s|mas)(?: (?:dos|tres|2|3))?|(?:more|others|next)(?: (?:two|three|2|3))?|"
    r"siguientes(?: (?:dos|tres|2|3))?)\W*(?:por favor|please|gracias|thanks)?\W*$|"
    r"\b(?:mas|otr[oa]s) (?:como|parecid[oa]s|similares|igual(?:es)?)\b|\bmore (?:like|similar)\b|"
    r"\b(?:others|ones) like (?:these|those|them|this|her|him)\b|"
    r"\botr[oa] (?:persona|opcion|alternativa|profesional)\b|"
    r"\b(?:mas (?:opciones|alternativas|resultados|profesionales|perfiles)|otr[oa]s (?:opciones|alternativas|"
    r"profesionales|personas)|"
    r"alguien mas|hay mas|muestreme mas|muestrame mas|ver mas|more (?:options|results|people|choices|professionals)|"
    r"(?:other|another) (?:options?|ones?|professionals?|people|person)|someone else|anyone else|"
    r"any(?:body)? (?:others?|else)|show me more|"
    r"see more)\b"
)
ANY_PRICE: Final = (
    r"\b(?:(?:sin (?:limite|tope|importar)|no importa|cualquier|da igual|quite|quitele|"
    r"olvide)(?: \w+){0,2} (?:precio|tarifa|presupuesto|"
    r"limite|tope|valor)|el precio no importa|(?:any|no) (?:price|budget|rate)(?: limit)?|(?:price|money|budget|"
    r"cost) (?:does ?n'?t|"
    r"does not|is not|isn'?t) (?:matter|an? (?:issue|problem))|whatever (?:price|the price|it costs)|"
    r"forget the (?:price|budget))\b"
)
ANY_RATING: Final = (
    r"\b(?:(?:sin (?:importar|limite de)|no importa|cualquier|da igual|quite)(?: \w+){0,2} (?:calificacion|"
    r"estrellas|puntaje)|"
    r"any rating|(?:rating|reviews|stars) (?:does ?n'?t|do ?n'?t|does not|do not) matter)\b"
)
ANY_LANGUAGE: Final = (
    r"\b(?:(?:no importa|cualquier|da igual)(?: \w+){0,2} (?:idioma|lengua)|any language|"
    r"language (?:does ?n'?t|does not) matter)\b"
)

LEANINGS: Final = (CHEAPER, BETTER_RATED, ANY_PRICE, ANY_RATING, ANY_LANGUAGE)
"""What moves a criterion from where it is."""
REFINEMENTS: Final = (*LEANINGS, MORE)
"""What makes sense after a search only."""

DETAILS: Final = (
    r"\b(?:detall\w*|mas (?:sobre|informacion|info|de)|informacion (?:de|sobre)|cuent\w*me|hable(?:me)? de|"
    r"muestr\w*me|digame|que (?:dice|tiene)|"
    r"acerca de|details?|more (?:about|on|info)|tell me|about|info|information|show me|what about|y la|y el|"
    r"abr[ae]|ver)\b"
)
ORDINALS: Final = (
    r"\b(?:primer[oa]?|1r[oa]|first|1st|(?:numero|number|opcion|option|la|el|#) ?1|la una)\b",
    r"\b(?:segund[oa]|2d[oa]|second|2nd|(?:numero|number|opcion|option|la|el|#) ?2|la dos)\b",
    r"\b(?:tercer[oa]?|3r[oa]|third|3rd|(?:numero|number|opcion|option|la|el|#) ?3|la tres)\b",
    r"\b(?:cuart[oa]|fourth|4th|(?:numero|number|opcion|option|#) ?4)\b",
    r"\b(?:quint[oa]|fifth|5th|(?:numero|number|opcion|option|#) ?5)\b",
)
LAST_ONE: Final = r"\b(?:ultim[oa]|last one|last|the bottom one)\b"
THAT_ONE: Final = r"\b(?:esa|ese|esta|este|that|this|it|la|the one)\b"
