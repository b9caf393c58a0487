/** The words of booking: free hours, drafts, and what came of them. */

const WORDS = {
  es: {
    draftKind: { book: "Reserva", cancel: "Cancelación", reschedule: "Cambio de fecha" },
    draftComing: { book: "Preparando la reserva", cancel: "Calculando el reembolso", reschedule: "Preparando el cambio" },
    toConfirm: "Por confirmar",
    draftState: { confirmed: "Hecho", cancelled: "Descartada", expired: "Venció", superseded: "Reemplazada", lost: "Sin cupo" },
    bookingPrice: "Valor de la reserva",
    refund: (percent) => `Reembolso (${percent} %)`,
    noAddress: "Falta la dirección",
    giveAddress: "Dar la dirección",
    addressIs: "La dirección es ",
    held: (n) => `Le guardamos este horario ${n > 1 ? `${n} minutos más` : "menos de un minuto más"}.`,
    quoted: (n) => `Puede decidir durante ${n > 1 ? `${n} minutos más` : "menos de un minuto más"}.`,
    confirm: "Confirmar",
    change: "Cambiar",
    cancel: "Cancelar",
    confirmCancel: "Confirmar la cancelación",
    keep: "Conservar la reserva",
    changeTitle: "Cambiar el borrador",
    dateField: "Fecha",
    timeField: "Hora",
    lengthField: "Duración",
    addressField: "Dirección",
    saveChange: "Aplicar el cambio",
    back: "Volver",
    draftFailed: "No pudimos registrar su decisión; nada cambió. Intente de nuevo.",
    newerBelow: "Este borrador sigue más abajo.",
    saveToAccount: "Guardar en una cuenta",
    priceChanged: "La tarifa cambió. Revise el nuevo valor antes de confirmar.",
    versionChanged: "El borrador cambió mientras tanto. Revíselo antes de confirmar.",
    taken: "Esa hora no está libre. Estas sí:",
    takenAll: "Esa hora no está libre, y no hay otra cercana.",
    notPossible: "Ese cambio no es posible; el borrador sigue como estaba.",
    bookingNumber: (number) => `Reserva n.º ${number}`,
    doneBook: { pending: (name) => `Quedó registrada como pendiente: ${name} tiene 24 horas para responder.`, confirmed: () => "Quedó confirmada: su visita está en firme." },
    doneOther: "Quedó registrada.",
    doneCancel: (amount, percent) => `La reserva quedó cancelada. El reembolso es de ${amount} (${percent} %).`,
    doneMove: "La reserva quedó en la nueva fecha y espera de nuevo la respuesta.",
    updated: "Actualizamos el borrador; nada está reservado hasta que usted confirme.",
    declined: "No se reservó nada.",
    stays: "La reserva sigue como estaba.",
    expired: "El tiempo para confirmar terminó y la hora quedó libre; no se hizo ningún cambio.",
    superseded: "Fue reemplazado por un borrador más reciente.",
    free: (n) => (n === 1 ? "1 hora libre" : `${n} horas libres`),
    starts: (n) => (n === 1 ? "1 hora" : `${n} horas`),
    full: "No hay horas libres esos días.",
    later: "No hay horas libres esos días. Las siguientes son:",
  },
  en: {
    draftKind: { book: "Booking", cancel: "Cancellation", reschedule: "New date" },
    draftComing: { book: "Preparing the booking", cancel: "Working out the refund", reschedule: "Preparing the new date" },
    toConfirm: "To confirm",
    draftState: { confirmed: "Done", cancelled: "Discarded", expired: "Expired", superseded: "Replaced", lost: "Taken" },
    bookingPrice: "Price of the booking",
    refund: (percent) => `Refund (${percent}%)`,
    noAddress: "The address is missing",
    giveAddress: "Give the address",
    addressIs: "The address is ",
    held: (n) => `We hold this time for ${n > 1 ? `${n} more minutes` : "less than a minute"}.`,
    quoted: (n) => `You can decide for ${n > 1 ? `${n} more minutes` : "less than a minute"}.`,
    confirm: "Confirm",
    change: "Change",
    cancel: "Cancel",
    confirmCancel: "Confirm the cancellation",
    keep: "Keep the booking",
    changeTitle: "Change the draft",
    dateField: "Date",
    timeField: "Time",
    lengthField: "Length",
    addressField: "Address",
    saveChange: "Apply the change",
    back: "Back",
    draftFailed: "We could not register your decision; nothing changed. Please try again.",
    newerBelow: "This draft goes on further down.",
    saveToAccount: "Save to an account",
    priceChanged: "The rate has changed. Check the new price before you confirm.",
    versionChanged: "The draft changed meanwhile. Check it before you confirm.",
    taken: "That time is not free. These are:",
    takenAll: "That time is not free, and no other is near it.",
    notPossible: "That change is not possible; the draft stays as it was.",
    bookingNumber: (number) => `Booking no. ${number}`,
    doneBook: { pending: (name) => `It is registered as pending: ${name} has 24 hours to answer.`, confirmed: () => "It is confirmed: your visit stands." },
    doneOther: "It is registered.",
    doneCancel: (amount, percent) => `The booking is cancelled. The refund is ${amount} (${percent}%).`,
    doneMove: "The booking has its new date and waits for a new answer.",
    updated: "We have updated the draft; nothing is booked until you confirm.",
    declined: "Nothing was booked.",
    stays: "The booking stays as it was.",
    expired: "The time to confirm ran out and the hour is free again; nothing was changed.",
    superseded: "It was replaced by a newer draft.",
    free: (n) => (n === 1 ? "1 free time" : `${n} free times`),
    starts: (n) => (n === 1 ? "1 time" : `${n} times`),
    full: "No free times on those days.",
    later: "No free times on those days. The next ones are:",
  },
};

export function speakOfBooking(lang, format) {
  const t = WORDS[lang];
  const time = (date) => format({ hour: "numeric", minute: "2-digit" }).format(date);
  const date = (day) => format({ weekday: "long", day: "numeric", month: "long" }).format(day).replace(",", lang === "es" ? "" : ",");
  const at = (start) => (lang === "en" ? `${date(start)} at ${time(start)}` : `${date(start)} a ${/^1:/.test(time(start)) ? "la" : "las"} ${time(start)}`);
  return {
    ...t,
    time,
    date,
    at,
    /** A tapped hour, as the person would write it. */
    wish: (start) => (lang === "en" ? at(start) : `El ${at(start)}`),
    /** What is new about a draft that is open again, or null. */
    news: ({ outcome, state, others }) => {
      if (outcome === "slot_lost" && state === "open") return others.length ? t.taken : t.takenAll;
      return { price_changed: t.priceChanged, version_changed: t.versionChanged, impossible: t.notPossible }[outcome] ?? null;
    },
    /** What came of a draft, in a sentence. */
    outcome({ draft, state, booking, others, outcome }) {
      const isBooking = draft.kind === "book";
      if (state === "lost") return others.length ? t.taken : t.takenAll;
      if (state === "cancelled") return isBooking ? t.declined : t.stays;
      if (state !== "confirmed") return t[state] ?? this.news({ outcome, state, others }) ?? t.updated;
      if (draft.kind === "cancel") return t.doneCancel(this.money(draft.refund?.amount ?? 0, draft.currency), draft.refund?.percent ?? 0);
      return isBooking ? (t.doneBook[booking?.status]?.(draft.professional.name) ?? t.doneOther) : t.doneMove;
    },
  };
}
