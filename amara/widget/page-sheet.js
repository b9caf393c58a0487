/** A professional's sheet: who they are, what they charge, when they are free; from a chosen hour to Amara or to the guest's form. */

import { icon, make } from "./make.js";
import { badges, portrait, rating, serviceName, spoken } from "./page-drawing.js";
import { TEXT } from "./page-text.js";
import { sign } from "./signs.js";

const LENGTHS = [120, 180, 240, 300, 360, 480];

export class Sheet {
  #on;
  #dialog = make("dialog.sheet", { "aria-labelledby": "sheet-name" });
  #one = null;
  #hours = null; // the days of the chosen length, null while they come, false where they could not
  #wish = { service: null, minutes: 240, day: 0, start: null };
  #asked = 0;

  /** Args: speech(); book(text) says it to Amara; closed() is told; viewed(one, price) is told once for each opening. */
  constructor(on) {
    this.#on = on;
    document.body.append(this.#dialog);
    this.#dialog.addEventListener("close", () => {
      this.#one = null;
      this.#asked += 1;
      on.closed();
    });
    this.#dialog.addEventListener("click", (event) => event.target === this.#dialog && this.close());
  }

  get id() {
    return this.#one?.id ?? null;
  }

  /** Shows somebody: at once what the list knew, then the rest. */
  async open(id, known = null, service = null) {
    const asked = ++this.#asked;
    this.#one = known ?? { id, name: "", services: [], languages: [], isComing: true };
    this.#wish = { service, minutes: 240, day: 0, start: null };
    this.#hours = null;
    this.draw();
    if (!this.#dialog.open) this.#dialog.showModal();
    this.#dialog.scrollTop = 0;
    this.#lookForHours();
    try {
      const answer = await fetch(`/v1/demo/professionals/${encodeURIComponent(id)}`);
      if (!answer.ok) throw Object.assign(new Error(), { isGone: answer.status === 404 });
      const one = await answer.json();
      if (asked !== this.#asked) return;
      this.#one = one;
      if (!one.services.some(({ slug }) => slug === this.#wish.service)) this.#wish.service = one.services[0]?.slug ?? null;
      this.#on.viewed(one, this.#rate);
    } catch ({ isGone }) {
      if (asked !== this.#asked) return;
      this.#one = { ...this.#one, isComing: false, isGone, isLost: !isGone };
    }
    this.draw();
  }

  close() {
    this.#dialog.close();
  }

  /** Draws again, in whatever language is spoken now. */
  draw() {
    if (!this.#one) return;
    const { words, lang } = this.#on.speech();
    const t = TEXT[lang];
    this.#dialog.lang = lang;
    const focused = this.#dialog.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    const shut = make("button.shut", { type: "button", "aria-label": t.close, "data-key": "shut", onclick: () => this.close() }, icon("close"));
    this.#dialog.replaceChildren(make("div.inside", {}, shut, ...this.#body(t, words)));
    if (focused) this.#dialog.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
  }

  get #rate() {
    return this.#one.services.find(({ slug }) => slug === this.#wish.service)?.hourly_rate_cop ?? null;
  }

  async #lookForHours() {
    const { id } = this.#one;
    const { minutes } = this.#wish;
    const asked = this.#asked;
    let hours;
    try {
      const answer = await fetch(`/v1/demo/professionals/${encodeURIComponent(id)}/hours?minutes=${minutes}`);
      hours = answer.ok ? (await answer.json()).days : false;
    } catch {
      hours = false;
    }
    if (asked !== this.#asked || minutes !== this.#wish.minutes) return;
    this.#hours = hours;
    this.draw();
  }

  #body(t, words) {
    const one = this.#one;
    if (one.isGone) return [make("h2", { id: "sheet-name" }, t.gone)];
    if (one.isLost && !one.name) return [make("h2", { id: "sheet-name" }, t.failed), this.#again(t)];
    const facts = [
      one.experience_years > 0 && t.years(one.experience_years),
      one.languages.length > 0 && t.speaks(spoken(one.languages, words)),
      typeof one.on_time_rate === "number" && t.onTime(one.on_time_rate),
    ].filter(Boolean);
    return [
      make(
        "header.top",
        {},
        portrait(one.name),
        make("div", {}, make("h2", { id: "sheet-name" }, one.name || t.looking), make("p.quiet.place", {}, one.city && sign("pin"), one.city ?? ""), !one.isComing && rating(one, words)),
      ),
      badges(one, words),
      one.about && make("p.about", { lang: "es" }, one.about),
      make("ul.facts", { role: "list" }, ...facts.map((fact) => make("li", {}, sign("check"), fact))),
      one.services.length > 0 && this.#rates(t, words),
      one.services.length > 0 && this.#times(t, words),
      one.services.length > 0 && this.#deeds(t, words),
    ].filter(Boolean);
  }

  #again(t) {
    return make("button.plainly", { type: "button", onclick: () => this.open(this.#one.id) }, t.retry);
  }

  #rates(t, words) {
    const choose = (slug) => {
      this.#wish.service = slug;
      this.draw();
    };
    const row = (service) => {
      const input = make("input", { type: "radio", name: "sheet-service", value: service.slug, checked: service.slug === this.#wish.service, "data-key": `rate-${service.slug}`, onchange: () => choose(service.slug) });
      return make("label.rate", {}, input, make("span", {}, serviceName(service, words)), make("span.price", {}, make("strong", {}, words.money(service.hourly_rate_cop)), make("span.quiet", {}, ` ${t.perHour}`)));
    };
    return make("fieldset", {}, make("legend", {}, t.rates), ...this.#one.services.map(row));
  }

  #times(t, words) {
    const onchange = ({ target }) => {
      Object.assign(this.#wish, { minutes: Number(target.value), day: 0, start: null });
      this.#hours = null;
      this.draw();
      this.#lookForHours();
    };
    const length = make("select", { id: "sheet-length", "data-key": "length", onchange }, ...LENGTHS.map((minutes) => make("option", { value: minutes, selected: minutes === this.#wish.minutes }, words.duration(minutes))));
    return make(
      "section.times",
      { "aria-labelledby": "sheet-hours", "aria-busy": String(this.#hours === null) },
      make("div.line", {}, make("h3", { id: "sheet-hours" }, t.hoursTitle), make("label.length", {}, make("span", {}, t.length), length)),
      ...this.#days(t, words),
    );
  }

  #days(t, words) {
    if (this.#hours === null) return [make("p.quiet", { role: "status" }, t.looking)];
    if (this.#hours === false) return [make("p.quiet", { role: "alert" }, t.failed), make("button.plainly", { type: "button", onclick: () => this.#lookForHours() }, t.retry)];
    if (!this.#hours.length) return [make("p.quiet", { role: "status" }, t.noHours)];
    const chosen = this.#hours[this.#wish.day] ?? this.#hours[0];
    const pick = (index) => {
      Object.assign(this.#wish, { day: index, start: null });
      this.draw();
    };
    const day = ({ date }, index) => {
      const noon = new Date(`${date}T12:00:00-05:00`);
      const part = (options) => new Intl.DateTimeFormat(words.lang === "es" ? "es-CO" : "en-US", { timeZone: "America/Bogota", ...options }).format(noon);
      return make(
        "button.day",
        { type: "button", "aria-pressed": String(this.#hours[index] === chosen), "aria-label": words.date(noon), "data-key": `day-${date}`, onclick: () => pick(index) },
        make("span", {}, part({ weekday: "short" }).replace(".", "")),
        make("strong", {}, part({ day: "numeric" })),
        make("span", {}, part({ month: "short" }).replace(".", "")),
      );
    };
    const hour = (moment) => {
      const start = new Date(moment);
      const onclick = () => {
        this.#wish.start = moment;
        this.draw();
      };
      return make("li", {}, make("button.hour", { type: "button", "aria-pressed": String(moment === this.#wish.start), "aria-label": words.at(start), "data-key": `hour-${moment}`, onclick }, words.time(start)));
    };
    return [
      make("div.days", { role: "group", "aria-label": t.days }, ...this.#hours.map(day)),
      make("p.caption", {}, `${words.date(new Date(chosen.starts[0]))} · ${t.inBogota}`),
      make("ul.hours", { role: "list" }, ...chosen.starts.map(hour)),
    ];
  }

  #deeds(t, words) {
    const { start, minutes, service } = this.#wish;
    const one = this.#one;
    const chosen = one.services.find(({ slug }) => slug === service) ?? one.services[0];
    if (!start) return make("div.deeds", {}, make("p.quiet", { role: "status" }, t.choose));
    const at = words.at(new Date(start));
    const wish = { name: one.name, city: one.city, service: serviceName(chosen, words), at, hours: words.number(minutes / 60, minutes % 60 ? 1 : 0) };
    const book = () => {
      this.close();
      this.#on.book(t.wish(wish));
    };
    const query = new URLSearchParams({ professional: one.id, service: chosen.slug, minutes, start });
    return make(
      "div.deeds",
      {},
      make("p", { role: "status" }, make("strong", {}, `${wish.service} · ${words.money((chosen.hourly_rate_cop * minutes) / 60)}`), make("span.quiet", {}, `${at} · ${words.duration(minutes)}. ${one.instant_booking ? t.instant : t.pending(one.name)}`)),
      make("div.pair", {}, make("button.call", { type: "button", "data-key": "book", onclick: book }, t.book), make("a.plainly", { href: `/guest?${query}`, "data-key": "hand" }, t.byHand)),
    );
  }
}
