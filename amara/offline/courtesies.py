"""Courtesies, and questions about Amara and the service itself: patterns over folded text."""

from __future__ import annotations

from typing import Final

GREETING: Final = (
    r"\b(?:hola|holi\w*|ola|buen[oa]s? (?:dias?|tardes?|noches?)|buenas|buen dia|saludos|que tal|que mas|quiubo|"
    r"q mas|"
    r"como (?:esta|estas|le va|te va|vas|va|anda)|que hubo|alo|hello|helo|hi|hii|hey|heya|hiya|yo|good (?:morning|"
    r"afternoon|"
    r"evening|day)|greetings|howdy|what'?s up|sup|how are you|how'?s it going|morning|evening)\b"
)
THANKS: Final = (
    r"\b(?:gracias|grasias|grax|agradec\w*|agradezco|muy amable|dios (?:le|te) pague|se pas(?:o|aron)|"
    r"thanks?|thank (?:you|u)|thx|tysm|ty|thankyou|cheers|appreciate\w*|grateful|much obliged|that'?s (?:very )?kind|"
    r"you'?ve been (?:very |so |really )?(?:helpful|kind|great))\b"
)
GOODBYE: Final = (
    r"\b(?:chao\w*|chau|ciao|adios|hasta (?:luego|pronto|manana|la proxima|otro dia)|nos vemos|nos hablamos|me voy|"
    r"feliz (?:dia|tarde|noche|fin de semana)|que (?:este|tenga|le vaya|pase|descanse)\w* (?:\w+ )?(?:bien|dia|"
    r"tarde|noche|"
    r"semana)|buen fin de semana|eso (?:es|era|seria) todo|cuidese|"
    r"good ?bye|bye+|bye ?bye|see (?:you|ya|u)|later|take care|farewell|good ?night|"
    r"have a (?:\w+ )?(?:day|one|night|evening|weekend)|that'?s all|that is all|that will be all|"
    r"talk (?:to you )?(?:later|soon)|"
    r"gotta go|got to go|i'?m off|ttyl|cya)\b"
)
NODS: Final = (
    r"^\W*(?:(?:ok|okay|okey|vale|listo|perfecto|super|bueno|genial|excelente|claro|dale|de una|entendido|entiendo|"
    r"si|sip|"
    r"sisas|no|nop|great|perfect|cool|nice|fine|awesome|sure|got it|understood|alright|all right|yes|yep|yeah|yup|"
    r"nope|please|"
    r"por favor|si senora|si senor|correcto|exacto|asi es|right|good|sounds good|muy bien|esta bien)\W*)+$"
)
"""Nothing but agreement or refusal."""
YES: Final = (
    r"^\W*(?:si|sip|sisas|claro|dale|de una|listo|ok|okay|vale|bueno|por favor|correcto|exacto|asi es|yes|yep|yeah|"
    r"yup|sure|"
    r"please|perfecto|perfect|great|sounds good|right|esta bien|fine)\b"
)

PERSON_OR_MACHINE: Final = (
    r"(?:\b(?:eres|sos|es usted|usted es|esto es|amara es|hablo con|estoy hablando con|are you|is (?:this|amara)|"
    r"am i (?:talking|speaking|chatting) (?:to|with))|(?:^|[?!.,;]) ?[^\w\s]?(?:es|so you|you)) "
    r"(?:a |an |un |una |el |la |just |real|really )*(?:bot|robot|chatbot|maquina|ia|inteligencia artificial|"
    r"human[oa]?|"
    r"persona|person|ai|machine|real|virtual|asistente|assistant|computer|programa|gpt|chatgpt|claude)\b"
    r"|\b(?:con quien (?:hablo|estoy|converso|chateo|tengo)|quien (?:me )?(?:habla|escribe|responde|contesta)|"
    r"who(?:'s| is| am i| are we) (?:this|there|talking|speaking|chatting|answering))\b"
)
"""Asked of Amara; it mentions a person without asking for one."""

FIRST_PERSON_WISH: Final = (
    r"\b(?:quiero|quisiera|necesito|prefiero|deseo|paseme|comuniqueme|want|need|prefer|would like|"
    r"i'd like|let me|get me)\b"
)

ABOUT: Final = (
    (
        r"\b(?:quien|kien|que|q) (?:eres|sos|es usted|es amara|es esto|es maidconnect|hace usted|haces|sabes? hacer|"
        r"puede(?:s)? hacer|"
        r"hacen ustedes|podes hacer|podes|(?:mas )?(?:cosas|tareas) (?:\w+ )?(?:haces|hace|puedes?|podes|"
        r"hacen|saben?))\b|\b(?:como te llamas|como se llama usted|cual es (?:tu|"
        r"su) nombre|tu nombre)\b"
    ),
    PERSON_OR_MACHINE,
    (
        r"\b(?:en que|como|con que|de que manera|para que) (?:me |nos )?(?:puede[sn]?|podria[sn]?|sirve[sn]?|"
        r"ayuda[sn]?|va a)\b(?! a?conseg)"
    ),
    (
        r"\b(?:como funciona|como trabaja[ns]?|como (?:es|hago|se hace|seria) (?:el proceso|para (?:reservar|contratar|"
        r"agendar|pagar|usar))|"
        r"como (?:se )?(?:reserv|agend|pag|cancel|contrat|us)(?:o|a|an|ar)\b|como puedo (?:reservar|pagar|contratar|"
        r"agendar|usar)|"
        r"cual es el proceso|que es maidconnect|explique(?:me)? (?:como|que)|explicame|que necesito para)\b"
    ),
    (
        r"\b(?:que|cuales|cuales son los|cuales son sus) (?:\w+ )?(?:servicios|ciudades|opciones|tareas|"
        r"tipo de servicios?|zonas)\b"
        r"(?! (?:tengo|he|agend|reserv|program))|\b(?:donde|en donde) (?:operan|trabajan|prestan|funcionan|estan|"
        r"tienen)\b"
    ),
    (
        r"\b(?:medios|metodos|formas) de pago\b|\b(?:puedo|se puede|reciben|aceptan) (?:pagar|pago|tarjeta|efectivo|"
        r"nequi|pse)\b|"
        r"\b(?:son|estan|como) (?:\w+ )?(?:confiables|verificad\w*|segur[oa]s|de confianza|seleccion\w*|escogen|"
        r"eligen)\b|"
        r"\b(?:verifican|revisan|seleccionan|escogen) (?:a |los |las )"
        r"|\b(?:antecedentes|mis datos|datos personales|privacidad|es seguro|terminos y condiciones|politica de)\b"
    ),
    (
        r"\b(?:who|what) (?:are|r) (?:you|u)\b|\bwhat(?:'s| is) (?:your name|this|amara|maid ?connect)\b|\byour name\b|"
        r"\bwhat (?:can|do|could|does|will) (?:you|u|this|it|amara|maid ?connect) (?:do|help|offer|provide)\b|"
        r"\btell me about (?:you|yourself|"
        r"maid ?connect|amara|this|the service)\b|\bwhat (?:kind|sort|type)s? of (?:services?|help|things)\b"
    ),
    (
        r"\bhow (?:can|could|do|does|will|would|might) (?:you|u|amara) (?:help|assist|work|find|choose|select|vet)\b|"
        r"\bhow (?:does|do|would) (?:this|it|that|the|these|things|maid ?connect|booking|"
        r"everything)\b(?:\W+\w+){0,4}?\W*(?:work|go|function)|"
        r"\bhow (?:do|can|does|would|should) (?:i|we|one|someone|you) (?:\w+ )?(?:book|pay|cancel|hire|use|start|"
        r"get started|schedule|reserve|"
        r"reschedule|confirm)\b|\bhow (?:it|this) works\b|\bwhat(?:'s| is) the process\b|\bexplain (?:how|what)\b"
    ),
    (
        r"\b(?:what|which) (?:\w+ )?(?:services|cities|areas|places|options)\b|\bwhere (?:do|are) you (?:operate|work|"
        r"available|based|located)\b|"
        r"\b(?:payment (?:methods?|options?)|(?:do you|can i) (?:take|accept|pay)|(?:are|is) (?:they|your|the|these|"
        r"it) (?:\w+ )?(?:verified|"
        r"vetted|safe|insured|trusted|reliable|background|trustworthy)|background checks?|privacy|"
        r"my (?:personal )?data|terms)\b"
    ),
    (
        r"\b(?:do|can|could) (?:you|u) speak\b|\b(?:habla|hablas|hablan) (?:usted |ustedes )?(?:ingles|espanol|"
        r"otros idiomas)\b|"
        r"\b(?:puede|puedes|podemos) hablar(?:me)? en\b|\b(?:hableme|respondame|contesteme|hablame) en\b|"
        r"\b(?:speak|reply|answer|respond|talk)(?: to me)? in (?:english|spanish)\b"
    ),
)
MILD_ABOUT: Final = (
    (
        r"^\W*(?:\w+\W+){0,3}(?:ayuda|ayudame|ayudeme|help|help me|auxilio|menu|opciones|options|info|informacion|"
        r"information)"
        r"(?:\W+(?:por favor|please|me|con algo|with something))?\W*$"
    ),
    (
        r"\b(?:me (?:puede[sn]?|podria[sn]?) ayudar|puede[sn]? ayudarme|can you help|could you help|need (?:some |"
        r"your )?help|"
        r"necesito (?:su |tu |una |un poco de )?ayuda|quiero (?:mas )?informacion|more information)\b"
    ),
    (
        r"\b(?:cuanto (?:cuesta|vale|cobra[ns]?|es|sale)|que precios?|precios|tarifas|costos?|valor|how much|prices?|"
        r"pricing|rates|cost|fees?)\b"
    ),
    r"\b(?:como|que|how|what) (?:\w+ ){0,2}(?:reserv|book|agend|pag|pay)\w*\b",
)
"""About Amara only where nothing else was asked."""
