/** Every word the widget says itself, and how it writes money, dates and languages. Spanish is Colombian and says usted. */

import { speakOfBooking } from "./booking-words.js";

const WORDS = {
  es: {
    heading: "Amara",
    subtitle: "Asistente de MaidConnect",
    connecting: "Conectando…",
    offline: "Sin conexión",
    log: "Conversación con Amara",
    fresh: "Nueva conversación",
    close: "Cerrar el chat",
    send: "Enviar",
    stop: "Detener la respuesta",
    latest: "Ir al final",
    input: "Escriba su mensaje",
    left: (n) => `Quedan ${n} caracteres`,
    over: (n) => `Sobran ${n} caracteres: divida el mensaje en dos.`,
    disclosure: "Amara es una asistente de inteligencia artificial y puede equivocarse.",
    concierge: "Ahora responde el conserje sin conexión: un programa de reglas fijas, sin inteligencia artificial. Puede equivocarse.",
    hello: "Hola, soy Amara.",
    invitation: "Le ayudo a encontrar a la persona indicada para su hogar y a revisar sus reservas. ¿Qué necesita?",
    starters: ["Busco limpieza en Bogotá", "¿Quién cuida niños en Medellín?", "Muéstreme mis reservas"],
    starterList: "Preguntas para empezar",
    loading: "Cargando la conversación…",
    earlier: "Ver mensajes anteriores",
    historyLost: "No pudimos cargar los mensajes anteriores.",
    retry: "Reintentar",
    retryNow: "Reintentar ahora",
    lost: "Se perdió la conexión. Volviendo a conectar…",
    unreachable: "No logramos comunicarnos con Amara. Revise su conexión a internet; seguimos intentando.",
    refused: "Amara no puede atender este chat en este momento.",
    signIn: "Su sesión terminó. Vuelva a ingresar para continuar.",
    writing: "Amara está escribiendo…",
    resuming: "Retomando la respuesta…",
    queued: "Se enviará cuando vuelva la conexión.",
    stopped: "Respuesta detenida.",
    cut: "La respuesta quedó incompleta.",
    you: "Usted",
    amara: "Amara",
    perHour: "por hora",
    reviews: (n) => (n === 1 ? "1 reseña" : `${n} reseñas`),
    noReviews: "Aún sin reseñas",
    rated: (r) => `Calificación ${r} de 5`,
    experience: (n) => (n === 1 ? "1 año de experiencia" : `${n} años de experiencia`),
    basic: "Verificación básica",
    verified: "Perfil verificado",
    instant: "Reserva inmediata",
    found: (shown, all) => (all > shown ? `Se muestran ${shown} de ${all} profesionales` : all === 1 ? "1 profesional" : `${all} profesionales`),
    nobody: "No hay profesionales con esos criterios.",
    bookings: (n) => (n === 1 ? "1 reserva" : `${n} reservas`),
    noBookings: "No hay reservas para mostrar.",
    with: "con",
    instructions: "Instrucciones",
    status: { pending: "Pendiente", confirmed: "Confirmada", declined: "Rechazada", in_progress: "En curso", completed: "Completada", cancelled: "Cancelada" },
    service: { cleaning: "Aseo general", deep_cleaning: "Aseo profundo", laundry: "Lavandería", ironing: "Planchado", cooking: "Cocina", childcare: "Cuidado de niños", elder_care: "Cuidado de adultos mayores", gardening: "Jardinería" },
    error: {
      model_refused: "Amara no puede responder en este momento. Nuestro equipo ya fue avisado.",
      model_busy: "Amara está muy ocupada en este momento. Intente de nuevo en unos segundos.",
      too_many: "Son muchos mensajes seguidos. Espere un momento, por favor.",
      busy: "Amara todavía está respondiendo el mensaje anterior.",
      text_too_long: "El mensaje supera los 8.000 caracteres.",
      other: "Amara no pudo responder esta vez. Intente de nuevo en un momento.",
    },
  },
  en: {
    heading: "Amara",
    subtitle: "MaidConnect assistant",
    connecting: "Connecting…",
    offline: "Offline",
    log: "Conversation with Amara",
    fresh: "New conversation",
    close: "Close the chat",
    send: "Send",
    stop: "Stop the answer",
    latest: "Jump to latest",
    input: "Write your message",
    left: (n) => `${n} characters left`,
    over: (n) => `${n} characters too many: please split the message in two.`,
    disclosure: "Amara is an artificial intelligence assistant and can be wrong.",
    concierge: "The offline concierge is answering now: a program of fixed rules, without artificial intelligence. It can be wrong.",
    hello: "Hello, I am Amara.",
    invitation: "I help you find the right person for your home and look through your bookings. What do you need?",
    starters: ["I need cleaning in Bogotá", "Who looks after children in Medellín?", "Show me my bookings"],
    starterList: "Questions to start with",
    loading: "Loading the conversation…",
    earlier: "Show earlier messages",
    historyLost: "We could not load the earlier messages.",
    retry: "Try again",
    retryNow: "Try now",
    lost: "The connection was lost. Reconnecting…",
    unreachable: "We cannot reach Amara. Please check your internet connection; we keep trying.",
    refused: "Amara cannot attend to this chat right now.",
    signIn: "Your session has ended. Please sign in again to go on.",
    writing: "Amara is writing…",
    resuming: "Picking the answer up again…",
    queued: "Will be sent when the connection is back.",
    stopped: "Answer stopped.",
    cut: "The answer was left incomplete.",
    you: "You",
    amara: "Amara",
    perHour: "per hour",
    reviews: (n) => (n === 1 ? "1 review" : `${n} reviews`),
    noReviews: "No reviews yet",
    rated: (r) => `Rated ${r} out of 5`,
    experience: (n) => (n === 1 ? "1 year of experience" : `${n} years of experience`),
    basic: "Basic verification",
    verified: "Verified profile",
    instant: "Instant booking",
    found: (shown, all) => (all > shown ? `Showing ${shown} of ${all} professionals` : all === 1 ? "1 professional" : `${all} professionals`),
    nobody: "No professionals match these criteria.",
    bookings: (n) => (n === 1 ? "1 booking" : `${n} bookings`),
    noBookings: "There are no bookings to show.",
    with: "with",
    instructions: "Instructions",
    status: { pending: "Pending", confirmed: "Confirmed", declined: "Declined", in_progress: "In progress", completed: "Completed", cancelled: "Cancelled" },
    service: { cleaning: "Cleaning", deep_cleaning: "Deep cleaning", laundry: "Laundry", ironing: "Ironing", cooking: "Cooking", childcare: "Childcare", elder_care: "Elder care", gardening: "Gardening" },
    error: {
      model_refused: "Amara cannot answer at the moment. Our team has been told.",
      model_busy: "Amara is very busy right now. Please try again in a few seconds.",
      too_many: "That is a lot of messages in a row. Please wait a moment.",
      busy: "Amara is still answering the previous message.",
      text_too_long: "The message is longer than 8,000 characters.",
      other: "Amara could not answer this time. Please try again in a moment.",
    },
  },
};
WORDS.es.error.model_overloaded = WORDS.es.error.model_busy;
WORDS.en.error.model_overloaded = WORDS.en.error.model_busy;

const REGION = { es: "es-CO", en: "en-US" };

/** The two languages we speak, from any tag: `es-CO` is Spanish, what is not English is Spanish too. */
export function languageOf(tag) {
  return /^en\b/i.test(tag ?? "") ? "en" : "es";
}

/** The language a text is most likely in, for `lang` on a message: a screen reader needs the right voice, no more. */
export function guessLanguage(text, otherwise) {
  const count = (pattern) => (text.match(pattern) ?? []).length;
  const spanish = count(/[ñ¿¡áéíóú]|\b(el|la|los|las|de|que|en|un|una|para|con|por|su|sus|es|mis|hay)\b/gi);
  const english = count(/\b(the|of|and|to|is|are|for|with|you|your|i|my|in|a|there|this|what|who)\b/gi);
  return spanish === english ? otherwise : spanish > english ? "es" : "en";
}

/** The words and formats of one language. */
export function speak(lang, timeZone) {
  const region = REGION[lang];
  const currencies = lang === "es" ? "narrowSymbol" : "code";
  const format = (options) => new Intl.DateTimeFormat(region, { timeZone, ...options });
  // Whoever is elsewhere is told which zone the hour is in; at home it would be noise.
  const zone = timeZone === "America/Bogota" ? {} : { timeZoneName: "short" };
  return {
    lang,
    ...WORDS[lang],
    ...speakOfBooking(lang, format),
    number: (value, digits = 0) => new Intl.NumberFormat(region, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value),
    money: (amount, currency = "COP") =>
      new Intl.NumberFormat(region, { style: "currency", currency, currencyDisplay: currencies, maximumFractionDigits: 0 }).format(amount),
    day: (date) => format({ weekday: "long", day: "numeric", month: "long", year: "numeric" }).format(date),
    hours: (from, to) => format({ hour: "numeric", minute: "2-digit", ...zone }).formatRange(from, to),
    duration: (minutes) => [Math.floor(minutes / 60) && `${Math.floor(minutes / 60)} h`, minutes % 60 && `${minutes % 60} min`].filter(Boolean).join(" "),
    spoken: (tag) => {
      try {
        return new Intl.DisplayNames(region, { type: "language" }).of(tag) ?? tag;
      } catch {
        return tag; // a word rather than a tag: shown as it stands
      }
    },
    serviceName: (service) => {
      const slug = typeof service === "string" ? service : service?.slug;
      return WORDS[lang].service[slug] ?? service?.name ?? slug ?? "";
    },
    errorText: (code) => WORDS[lang].error[code] ?? WORDS[lang].error.other,
  };
}
