"""What people say besides services and cities, as data: patterns over folded text (lower case, no accents).

Numbers in words have become digits and common misspellings have been mended before these are tried.
"""

from __future__ import annotations

from typing import Final

WISH: Final = (
    r"\b(?:necesit\w*|nesesit\w*|necsit\w*|busc\w*|quier\w*|quisier\w*|requier\w*|contrat\w*|consig\w*|encuentr\w*|"
    r"encontrar\w*|urge\w*|recomiend\w*|recomend\w*|ayud\w+ (?:con|a|en)|hay|tienen?|alguien|ocup[oa]|me hace falta|"
    r"gustaria|deseo|solicit\w*|para|precis[oa]|agend\w*|reserv\w*|coti[zc]\w*|"
    r"need\w*|want\w*|wanna|look(?:ing|in)? (?:for|4)|find|hire|hiring|search\w*|recommend\w*|get me|book|schedule|"
    r"someone|somebody|anyone|anybody|help|would like|i'?d like|available|do you have|any|for)\b"
)
"""The sentence asks for something; gives mere signs of a service their weight."""

WANTS_SOMEBODY: Final = (
    (
        r"\b(?:necesit\w*|nesesit\w*|busc\w*|quier\w*|quisier\w*|requier\w*|contrat\w*|consig\w*|encuentr\w*|"
        r"encontrar\w*|"
        r"ocupo|recomiend\w*|recomend\w*|ayude\w*|gustaria|hay|tienen|deseo|urge)\b(?:\W+\w+){0,5}?\W+(?:alguien|"
        r"personas?|"
        r"senor(?:a|as)?|chic[oa]s?|profesional(?:es)?|ayudante|trabajador(?:a|as|es)?|servicios?(?! al cliente)|"
        r"contratar\w*|reservar|reserva|agendar\w*|cita|ayuda (?:en|con|para|domestica)|hogar|casa|apartamento|apto)\b"
    ),
    (
        r"\b(?:contratar|reservar|agendar|hacer una reserva|ayuda en (?:la |mi )?casa|ayuda domestica|"
        r"ayuda con la casa)\b"
    ),
    (
        r"\b(?:need|want|looking|look|find|hire|get|search|recommend|like|know|is there|are there|"
        r"have)\b(?:\W+\w+){0,5}?\W+"
        r"(?:someone|somebody|anyone|anybody|person|people|pros?|professionals?|hand|worker|lady|woman|guy|"
        r"help (?:at|around|in|with|for)|booking|appointment|service|house|home|apartment|flat|place|to book|to hire)\b"
    ),
    r"\b(?:hire|help around the house|help at home|book (?:someone|somebody|a (?:service|professional|visit|pro)))\b",
)

"""What a person of the team must settle."""

# Requests that stay outside whatever else the sentence names.
OUTSIDE: Final = (
    (
        r"\b(?:ignor\w*|olvid\w*|forget|disregard|bypass|override)\b(?:\W+\w+){0,4}?\W+(?:instruc\w*|reglas|"
        r"rules|prompt|"
        r"anterior\w*|previous|guidelines|everything)\b"
    ),
    (
        r"\b(?:system prompt|jailbreak|developer mode|modo desarrollador|prompt del sistema|instrucciones del sistema|"
        r"your (?:system )?(?:prompt|instructions)|(?:tus|sus) instrucciones|api key|act as|actua como|"
        r"pretend (?:to be|you))\b"
    ),
    (
        r"\b(?:clima|weather|pronostico|temperatura|llov(?:er|era)|va a llover|forecast|is it (?:raining|"
        r"sunny)|raining|"
        r"hace (?:frio|calor|sol))\b"
    ),
    (
        r"\b(?:chiste\w*|jokes?|poema\w*|poems?|poesia|cancion\w*|songs?|cuent(?:e|a)\w* un cuento|un cuento|"
        r"tell me a story|"
        r"ensayos?|essays?|adivinanza\w*|riddles?|trabalenguas|haiku|rap|limerick)\b"
    ),
    (
        r"\b(?:traduc\w+|translat\w+|python|javascript|java|html|sql|programar|programa en|codigo (?:en|de|para)|"
        r"source code|"
        r"write (?:\w+ ){0,3}(?:code|function|script|program|essay|email|letter)|excel|algoritmo|algorithm)\b"
    ),
    (
        r"\b(?:president\w*|eleccion\w*|elections?|politic\w*|petro|trump|congreso|senado|gobierno|government|religion|"
        r"futbol|partido|football|soccer|mundial|world cup|james rodriguez|messi|nacional vs|seleccion colombia|"
        r"who won|quien gano)\b"
    ),
    (
        r"\b(?:noticias|the news|bitcoin|cripto\w*|crypto\w*|invertir|invest\w*|bolsa de valores|"
        r"stock (?:market|price)|"
        r"precio del dolar|dolar hoy|a como esta el dolar|exchange rate|tasa de cambio|trm)\b"
    ),
    (
        r"\b(?:capital (?:de|of)|raiz cuadrada|square root|cuanto es \d|cuantos? (?:habitantes|planetas)|what(?:'s|"
        r" is) \d+ ?[-+x*/]|"
        r"\d+ ?(?:[-+x*/]|por|mas|times|plus|minus|menos|entre|divided by) ?\d+ ?(?:\?|=|$)|derivada|integral de|"
        r"ecuacion\w*|equation\w*)"
    ),
    r"\b(?:recetas?|recipes?|ingredientes|ingredients)\b",
    (
        r"\b(?:como|how (?:do|can|to|should|would)(?: i)?|what(?:'s| is) the best way to|cual es la mejor (?:forma|"
        r"manera) de|"
        r"tips? (?:for|to|para)|trucos? para|consejos? para)\b(?:\W+\w+){0,3}?\W+"
        r"(?:quit\w*|sac[oa]r?|elimin\w*|remov\w*|get rid|limpi(?:o|ar|a)|clean|wash|lav(?:o|ar)|cocin(?:o|ar)|cook|"
        r"planch(?:o|ar)|"
        r"iron|pod(?:o|ar)|prune|grow|sembr\w*|siembr\w*|cultiv\w*|educ\w*|dorm\w*|make)\b"
    ),
    r"\b(?:mancha\w*|stains?)\b",
    (
        r"\b(?:busco|necesito|quiero|conseguir|ofrezco|ando buscando|estoy buscando) (?:un |mi )?(?:trabajo|empleo|"
        r"trabajar|vacante|"
        r"mis servicios)\b|\b(?:trabajar (?:con|en|para) (?:ustedes|maidconnect|usted)|hoja de vida|vacantes?|"
        r"soy (?:una? )?(?:ninera|"
        r"cocinera|aseadora|empleada|jardinero|cuidadora)|me ofrezco|ofrezco)\b"
    ),
    (
        r"\b(?:looking for (?:a )?(?:job|work)|(?:want|like|love) to (?:work|become|be) (?:as|for|with|a)|"
        r"job (?:opening|offer|application)|"
        r"apply (?:for|as)|are you hiring|my resume|i'?m a (?:cleaner|nanny|cook|gardener|maid))\b"
    ),
    (
        r"\b(?:te amo|te quiero|i love you|marry me|cas(?:arte|arse|ate|ese) conmigo|tienes novi[oa]|sexo|sexy|sex|"
        r"desnud\w*|naked|"
        r"horoscopo|horoscope|signo zodiacal|loteria|lottery|drogas|drugs|armas?|weapons?|bomba|bomb|hack\w*)\b"
    ),
)

# Other trades and things of life; a service of ours in the same sentence outweighs them.
OTHER_TRADES: Final = (
    (
        r"\b(?:plomer\w*|fontaner\w*|plumb\w*|electricis\w*|electrician\w*|pintor\w*|pintar|painter\w*|paint|"
        r"carpinter\w*|"
        r"carpenter\w*|cerrajer\w*|locksmith\w*|albanil\w*|maestro de obra|builder|mecanic\w*|mechanic\w*|tecnic\w*|"
        r"technician|"
        r"repair\w*|reparar\w*|reparacion\w*|arregl\w+ (?:\w+ )?(?:nevera|lavadora|televisor|computador|carro|celular|"
        r"techo|tuberia)|"
        r"fix (?:my|the)|handym[ae]n|instal\w*|fumiga\w*|exterminat\w*|pest control|mudanzas?|trasteos?|movers?|"
        r"moving company|"
        r"aire acondicionado|air conditioning)\b"
    ),
    (
        r"\b(?:perr[oa]s?|perrit[oa]s?|gat[oa]s?|mascotas?|dogs?|cats?|pets?|puppy|pase\w* (?:de |al |a mi )?perr\w*|"
        r"veterinari\w*|vet)\b"
    ),
    (
        r"\b(?:pizzas?|hamburguesas?|burgers?|taxis?|uber|vuelos?|flights?|hotel\w*|restaurant\w*|tiquetes?|tickets?|"
        r"domicilio de|airbnb|arriendo|arrend\w*|rent an?|apartments? for rent|comprar?|buy|vender?|sell|venta de|"
        r"netflix|peliculas?|"
        r"movies?|musica|music|spotify|videojueg\w*|iphone|celular\w*|computador\w*|carros?|cars?|motos?|prestamo\w*|"
        r"loan\w*|credito|"
        r"credit card|seguro de vida|insurance)\b"
    ),
    (
        r"\b(?:medic[oa]s?|doctor\w*|medicina|medicine|dentist\w*|odontolog\w*|psicolog\w*|psycholog\w*|enfermer\w*|"
        r"nurse|"
        r"abogad\w*|lawyers?|contador\w*|accountant|masaj\w*|massage\w*|peluquer\w*|barber\w*|hair\w*|manicur\w*|"
        r"maquillaje|makeup|"
        r"profesor\w*|teacher|tutor\w*|clases de|lessons?|classes|conductor|chofer|driver|vigilante|escolta|bodyguard|"
        r"security guard|"
        r"meser[oa]s?|waiter\w*|fotograf\w*|photograph\w*|dj|entrenador|personal trainer|disenador\w*|designer|"
        r"costurera|sastre|tailor)\b"
    ),
    (
        r"\b(?:historia de|history of|que hora es|what time is it|what day is|que dia es|quien (?:invento|"
        r"fue|escribio)|"
        r"who (?:invented|wrote|was)|meaning of life|sentido de la vida|tarea de|homework|dinosaur\w*|planeta\w*|"
        r"universo|universe|"
        r"einstein|shakira|bailar|dance|sing|cantar)\b"
    ),
)
