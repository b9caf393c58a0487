"""Cities as people write them: canonical names, other spellings, quarters that betray their city, towns elsewhere."""

from __future__ import annotations

from typing import Final

CITIES: Final = (
    "Bogotá",
    "Medellín",
    "Cali",
    "Barranquilla",
    "Cartagena",
    "Bucaramanga",
    "Pereira",
    "Manizales",
)
"""The names the tools take."""

SPELLINGS: Final = {
    "Bogotá": (
        r"bogot[ao]|santa fe de bogota|santafe de bogota|bta|bgta|bgt|bog|bogo|vogota|rolos?|bogotan[oa]s?|"
        r"chapinero|usaquen|teusaquillo|cedritos|el chico|suba|fontibon|engativa|zona rosa de bogota|la candelaria"
    ),
    "Medellín": r"medellin|mede|medallo|med|mde|el poblado|poblado|laureles|ciudad de la eterna primavera|paisas?",
    # Four letters are too near to «casi», «call» and «cal» for guessing: its misspellings are listed.
    "Cali": r"santiago de cali|cali|kali|caly|calli|calii|calen[oa]s?|sucursal del cielo",
    "Barranquilla": r"barranquilla|quilla|curramba|la arenosa|barranquiller[oa]s?|bquilla|b/quilla",
    "Cartagena": r"cartagena(?: de indias)?|ctg|bocagrande|getsemani|la heroica|cartagener[oa]s?",
    "Bucaramanga": r"bucaramanga|bucara|bga|ciudad bonita|b/manga|bumanga",
    "Pereira": r"pereira|perla del otun|pereiran[oa]s?",
    "Manizales": r"manizales|manizalit[oa]|manizalen[oa]s?",
}
"""Folded patterns, whole words."""

ELSEWHERE: Final = (
    r"santa marta|ibague|cucuta|villavicencio|villavo|en pasto|san juan de pasto|armenia|neiva|monteria|popayan|tunja|"
    r"sincelejo|valledupar|soacha|chia|zipaquira|cajica|envigado|itagui|sabaneta|bello|rionegro|leticia|quibdo|"
    r"riohacha|san andres|yopal|florencia|girardot|fusagasuga|palmira|buenaventura|tulua|soledad|floridablanca|"
    r"dosquebradas|barrancabermeja|apartado|duitama|sogamoso|miami|new york|nueva york|madrid|barcelona|"
    r"mexico|lima|quito|guayaquil|caracas|buenos aires|santiago de chile|panama|london|londres|paris|orlando|"
    r"houston|los angeles|toronto|berlin|sao paulo|rio de janeiro"
)
"""Places that are named often and are not served; said so instead of asking the city as if none had been named."""
