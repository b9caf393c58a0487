/** How cards put their words together: money, hours, services, and what came of a draft. */

/** Adds it to the words of a language, which know those of cards by now. */
export function speakOfBooking(t) {
  if (t.money) return t;
  const { lang, region, format, isHome } = t;
  const currencies = lang === "es" ? "narrowSymbol" : "code";
  // Whoever is elsewhere is told which zone the hour is in; at home it would be noise.
  const zone = isHome ? {} : { timeZoneName: "short" };
  const time = (date) => format({ hour: "numeric", minute: "2-digit" }).format(date);
  const date = (day) => format({ weekday: "long", day: "numeric", month: "long" }).format(day).replace(",", lang === "es" ? "" : ",");
  const at = (start) => (lang === "en" ? `${date(start)} at ${time(start)}` : `${date(start)} a ${/^1:/.test(time(start)) ? "la" : "las"} ${time(start)}`);
  return Object.assign(t, {
    time,
    date,
    at,
    money: (amount, currency = "COP") =>
      new Intl.NumberFormat(region, { style: "currency", currency, currencyDisplay: currencies, maximumFractionDigits: 0 }).format(amount),
    day: (date) => format({ weekday: "long", day: "numeric", month: "long", year: "numeric" }).format(date),
    /** Whose hours these are, for whoever is elsewhere; else nothing. */
    zone: (at) => (isHome ? "" : t.hoursOf(format({ timeZoneName: "long" }).formatToParts(at).find(({ type }) => type === "timeZoneName").value)),
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
      return t.service[slug] ?? service?.name ?? slug ?? "";
    },
    /** A tapped hour, as the person would write it. */
    wish: (start) => (lang === "en" ? at(start) : `El ${at(start)}`),
    /** What is new about a draft that is open again, or null. */
    news({ outcome, state, others }) {
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
  });
}
