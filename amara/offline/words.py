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

HANDOFF: Final = (
    (
        r"\b(?:telefono|celular|correo|numero|linea|phone(?: number)?|email|number|"
        r"contact) (?:\w+ ){0,3}(?:soporte|ayuda|contacto|"
        r"ustedes|support|(?:call|reach|contact) (?:someone|somebody|you|support))\b"
    ),
    # A person of the team.
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
    # Complaints.
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
    # Money.
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
