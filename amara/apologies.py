"""What Amara says where no model speaks: how a turn ended that did not end by itself, in the person's language."""

from __future__ import annotations

from typing import Literal

from amara import errors

Locale = Literal["es", "en"]

CLOSING: dict[Locale, str] = {
    "es": "He consultado todo lo que podía en este turno. ¿Le ayudo con algo más concreto?",
    "en": "I have looked up all I can in this turn. Shall I help with something more specific?",
}
"""After the last round: there is nothing more to look up, and nothing was said."""

SPENT: dict[Locale, str] = {
    "es": "Por hoy no puedo conversar más. Sus reservas siguen en pie; mañana le ayudo de nuevo, y hoy puede reservar"
    " sin el chat aquí: {link}",
    "en": "I cannot talk any more today. Your bookings stand; I will help again tomorrow, and today you can book"
    " without the chat here: {link}",
}

REFUSED: dict[Locale, str] = {
    "es": "Con eso no puedo ayudarle. Si se trata de un servicio para su hogar, dígame qué necesita.",
    "en": "I cannot help with that. If it is about a service for your home, tell me what you need.",
}
"""The model would not answer, and gives no reason of its own."""

_FAILURES: dict[str, dict[Locale, str]] = {
    errors.ModelFailed.code: {
        "es": "Amara no pudo responder esta vez. Intente de nuevo en un momento.",
        "en": errors.ModelFailed.message,
    },
    errors.ModelOverloaded.code: {
        "es": "Amara está muy ocupada en este momento. Intente de nuevo en unos segundos.",
        "en": errors.ModelOverloaded.message,
    },
    errors.ModelBusy.code: {
        "es": "Amara está muy ocupada en este momento. Intente de nuevo en unos segundos.",
        "en": errors.ModelBusy.message,
    },
    errors.ModelRefusedUs.code: {
        "es": "Amara no puede responder en este momento. Nuestro equipo ya fue avisado.",
        "en": errors.ModelRefusedUs.message,
    },
    errors.ModelFull.code: {
        "es": "Esta conversación ya es demasiado larga para Amara. Empiece una nueva; sus reservas siguen en pie.",
        "en": errors.ModelFull.message,
    },
    errors.ModelSilent.code: {
        "es": "Amara tardó demasiado en responder. Intente de nuevo.",
        "en": errors.ModelSilent.message,
    },
    errors.ModelCut.code: {
        "es": "La respuesta se cortó. Intente de nuevo.",
        "en": errors.ModelCut.message,
    },
    errors.Unavailable.code: {
        "es": "El servicio no puede hacer esto en este momento. Intente de nuevo en un momento.",
        "en": errors.Unavailable.message,
    },
    errors.TokenExpired.code: {
        "es": "Su sesión terminó mientras Amara respondía. Ingrese de nuevo, por favor.",
        "en": "Your session ended while Amara was answering. Please sign in again.",
    },
    errors.TokenInvalid.code: {
        "es": "Esta conversación pasó a su cuenta. Ábrala de nuevo, por favor.",
        "en": "This conversation has moved to your account. Please open it again.",
    },
    errors.AmaraError.code: {
        "es": "Algo salió mal de nuestro lado. Intente de nuevo.",
        "en": errors.AmaraError.message,
    },
}


def failure(error: errors.AmaraError, locale: Locale) -> str:
    """Why there is no whole answer, as the person reads it."""
    words = _FAILURES.get(error.code)
    return error.detail if words is None else words[locale]
