/**
 * Booking as a guest by plain HTTP: contact → choice → address → booked → saved to an account. Each step draws itself
 * from what is known; only the guest's token outlasts the page.
 */

import { openAccount } from "./account.js";
import { cardSheet } from "./card-style.js";
import { drawCard } from "./cards.js";
import { drawContact } from "./contact-form.js";
import { ask, convert, openSession } from "./guest.js";
import { TEXT } from "./guest-text.js";
import { speak } from "./every-word.js";
import { newId } from "./ids.js";
import { analyticsSession, forgetEverything, guestToken, keepGuest, read, write } from "./keeping.js";
import { make } from "./make.js";
import { CITIES, SERVICES } from "./page-text.js";
import { drawStarts } from "./slots.js";
import { sheet } from "./style.js";
import { rememberAccount } from "./tokens.js";

const SERVER = new URL("/", location.href);
// Beside what the widget's sheet gives: the steps stand on the page itself, not in a chat.
const looks = new CSSStyleSheet();
looks.replaceSync(`
.guest { display: grid; gap: 14px; }
.guest h2 { font-size: 20px; }
.guest h2:focus { outline: none; }
.guest .contact { border: 0; padding: 0; }
.guest > .cards > .deed { justify-self: start; }
.guest .quietly { justify-self: start; color: var(--soft); }
`);
const LENGTHS = [120, 180, 240, 300, 360, 480];
const say = (node, words) => ((node.textContent = words), (node.hidden = !words));

class AmaraGuest extends HTMLElement {
  #root = this.attachShadow({ mode: "open" });
  #step = "loading";
  #known = { session: null, wish: { service: "cleaning", city: CITIES[0], minutes: 240 }, contact: {} };
  #lang = "es";
  #trouble = make("p.bad", { role: "alert", hidden: true });

  connectedCallback() {
    this.#root.adoptedStyleSheets = [cardSheet(), sheet(), looks];
    this.#begin();
  }

  set language(lang) {
    this.#lang = lang;
    this.#draw();
  }

  get #t() {
    return TEXT[this.#lang];
  }

  get #words() {
    return speak(this.#lang, "America/Bogota");
  }

  async #begin() {
    if (!guestToken()) return this.#go("contact");
    return this.#try(async () => this.#welcome(await ask(SERVER, "v1/guest/session")));
  }

  #welcome(session) {
    this.#known.session = session;
    this.#go("choose");
    const asked = new URLSearchParams(location.search);
    if (asked.has("professional") && asked.has("start")) this.#try(() => this.#takeUp(asked));
  }

  // An hour chosen on another page: only the address is still missing. Whether it can be had, the booking says.
  async #takeUp(asked) {
    history.replaceState(null, "", location.pathname); // taken up once, not at every reload
    const { id, name } = await ask(SERVER, `v1/demo/professionals/${encodeURIComponent(asked.get("professional"))}`);
    const minutes = LENGTHS.find((length) => length === Number(asked.get("minutes"))) ?? this.#known.wish.minutes;
    const wish = { ...this.#known.wish, service: asked.get("service") ?? this.#known.wish.service, minutes };
    const availability = await ask(SERVER, `v1/demo/professionals/${id}/hours?minutes=${minutes}`);
    this.#go("where", { professional: { id, name }, wish, availability, start: asked.get("start") });
  }

  #go(step, more = {}) {
    Object.assign(this.#known, more);
    this.#step = step;
    this.#draw();
    this.#root.querySelector("h2")?.focus();
  }

  // Whoever the service does not know any more begins again; everything else may be tried again.
  async #try(deed) {
    say(this.#trouble, "");
    this.#root.firstElementChild?.setAttribute("aria-busy", "true");
    try {
      await deed();
    } catch ({ code, status }) {
      if (status === 404 && this.#step !== "contact" && this.#step !== "choose") {
        keepGuest(null);
        this.#go("contact");
        say(this.#trouble, this.#t.expired);
      } else if (this.#step === "loading") {
        keepGuest(null);
        this.#go("contact");
      } else say(this.#trouble, status === 404 ? this.#t.absent : this.#words.error[code] ?? this.#t.failed);
    }
    this.#root.firstElementChild?.removeAttribute("aria-busy");
  }

  #draw() {
    const draw = { loading: () => [make("p.note", {}, this.#t.loading)], contact: () => this.#contact(), choose: () => this.#choose() };
    Object.assign(draw, { hours: () => this.#hours(), where: () => this.#where(), booked: () => this.#booked(), saved: () => this.#saved() });
    this.#root.replaceChildren(make("section.guest", { lang: this.#lang }, this.#trouble, ...draw[this.#step]()));
  }

  #contact() {
    const { element } = drawContact({
      words: this.#words,
      heading: "h2",
      values: this.#known.contact,
      last: this.#t.next,
      submit: (contact) => openSession(SERVER, contact),
      session: analyticsSession,
      done: (opened) => {
        keepGuest(opened.session_token);
        this.#welcome(opened);
      },
    });
    return [element];
  }

  #choose() {
    const { wish, found, session } = this.#known;
    const words = this.#words;
    const service = select(Object.keys(SERVICES), wish.service, (slug) => words.serviceName(slug));
    const city = select(CITIES, wish.city, String);
    const minutes = select(LENGTHS, wish.minutes, (length) => words.duration(length));
    const onsubmit = (event) => {
      event.preventDefault();
      const next = { service: service.value, city: city.value, minutes: Number(minutes.value) };
      this.#try(async () => {
        const query = new URLSearchParams({ service: next.service, city: next.city, locale: this.#lang });
        this.#go("choose", { wish: next, found: await ask(SERVER, `v1/demo/professionals?${query}`) });
      });
    };
    const pick = ({ id, name }) => make("button.deed", { type: "button", onclick: () => this.#pick({ id, name }) }, this.#t.pick(name));
    const shown = found?.professionals ?? [];
    return [
      this.#title(this.#t.choose),
      session && make("p.quiet", {}, this.#t.hello(session.full_name)),
      make("form.account", { onsubmit }, make("div.pair", {}, field(this.#t.service, service), field(this.#t.city, city)), field(this.#t.length, minutes), this.#deeds(this.#t.search)),
      found && !shown.length && drawCard(found, words, "found", {}),
      ...shown.map((one) => make("div.cards", {}, drawCard({ card: "professionals", professionals: [one], found: 1 }, words, one.id, {}).querySelector("article"), pick(one))),
      this.#leave(),
    ].filter(Boolean);
  }

  #pick(professional) {
    const { wish } = this.#known;
    this.#try(async () => {
      const availability = await ask(SERVER, `v1/demo/professionals/${professional.id}/hours?minutes=${wish.minutes}`);
      this.#go("hours", { professional, availability, others: null });
    });
  }

  #hours() {
    const { availability, professional, others } = this.#known;
    const choose = (_, start) => this.#go("where", { start });
    const card = { ...availability, professional };
    const free = card.found ? drawCard(card, this.#words, "hours", { choose }) : make("p.note", {}, this.#t.noHours);
    const near = others && [make("p", { role: "status" }, others.length ? this.#t.lost : this.#t.lostAll), ...drawStarts(others, this.#words, choose)];
    return [this.#title(this.#t.hours(professional.name)), ...(near ?? []), free, this.#deeds(null, () => this.#go("choose"))];
  }

  #where() {
    const { wish, professional, start, address = "", instructions = "" } = this.#known;
    const where = make("input", { required: true, maxlength: "300", autocomplete: "street-address", value: address });
    const more = make("textarea", { rows: "2", maxlength: "1000" }, instructions);
    const onsubmit = (event) => {
      event.preventDefault();
      Object.assign(this.#known, { address: where.value, instructions: more.value });
      this.#try(() => this.#book());
    };
    const words = this.#words;
    return [
      this.#title(this.#t.where),
      make("p", {}, `${words.serviceName(wish.service)} ${words.with} ${professional.name}`),
      make("p.quiet", {}, `${words.at(new Date(start))} · ${words.duration(wish.minutes)}`),
      make("form.account", { onsubmit }, field(this.#t.address, where), field(this.#t.instructions, more), this.#deeds(this.#t.book, () => this.#go("hours"))),
    ];
  }

  async #book() {
    const { wish, professional, start, address, instructions } = this.#known;
    const body = { professional_id: professional.id, service: wish.service, starts_at: start, duration_minutes: wish.minutes, address, instructions: instructions || null };
    // The same visit asked for twice is one booking, whatever the network did to the first answer.
    const said = JSON.stringify(body);
    if (this.#known.asked !== said) Object.assign(this.#known, { asked: said, key: newId() });
    const answer = await ask(SERVER, "v1/guest/bookings", { method: "POST", body, key: this.#known.key });
    if (answer.outcome === "slot_lost") this.#go("hours", { others: answer.alternatives ?? [], asked: null });
    else if (answer.outcome !== "confirmed") say(this.#trouble, this.#t.impossible);
    else this.#go("booked", { booking: answer.booking, bookings: (await ask(SERVER, "v1/guest/bookings")).items });
  }

  #booked() {
    const { booking, bookings } = this.#known;
    const save = make("button.deed.primary", { type: "button", onclick: () => this.#save() }, this.#t.save);
    const again = make("button.deed", { type: "button", onclick: () => this.#go("choose", { found: null, asked: null }) }, this.#t.another);
    const before = bookings.filter((one) => one.id !== booking.id);
    return [
      this.#title(this.#t.booked),
      drawCard({ card: "booking", booking }, this.#words, "booking", {}),
      make("div.deeds", {}, save, again),
      before.length && make("h3", {}, this.#t.mine),
      ...before.map((one) => drawCard({ card: "booking", booking: one }, this.#words, one.id, {})),
      this.#leave(),
    ].filter(Boolean);
  }

  async #save() {
    const claim = async (account) => {
      const moved = await convert(SERVER, account.access_token);
      rememberAccount(account);
      return moved;
    };
    if (await openAccount({ lang: this.#lang, server: SERVER, claim })) this.#go("saved", { session: null, booking: null, bookings: [] });
  }

  #saved() {
    const again = make("button.deed", { type: "button", onclick: () => this.#go("contact", { found: null }) }, this.#t.another);
    return [this.#title(this.#t.booked), make("p", { role: "status" }, this.#t.saved), make("div.deeds", {}, again), this.#leave()];
  }

  #title(words) {
    return make("h2", { tabindex: "-1" }, words);
  }

  #deeds(ahead, back) {
    return make(
      "div.deeds",
      {},
      ahead && make("button.deed.primary", { type: "submit" }, ahead),
      back && make("button.deed", { type: "button", onclick: back }, this.#t.back),
    );
  }

  #leave() {
    const leave = () => {
      forgetEverything();
      location.reload(); // what stands in this page's memory goes with it
    };
    return make("button.quietly", { type: "button", onclick: leave }, this.#t.leave);
  }
}

let made = 0;

function field(words, input) {
  input.id = `field-${(made += 1)}`;
  return make("p.entry", {}, make("label", { for: input.id }, words), input);
}

function select(values, chosen, name) {
  return make("select", {}, ...values.map((value) => make("option", { value: String(value), selected: value === chosen }, name(value))));
}

let lang = read("amara.lang") ?? (/^en\b/i.test(navigator.language) ? "en" : "es");
customElements.define("amara-guest", AmaraGuest);
const guest = document.getElementById("guest");
const languages = document.getElementById("languages");

function showLanguage() {
  document.documentElement.lang = lang;
  document.title = `${TEXT[lang].title} · MaidConnect`;
  for (const node of document.querySelectorAll("[data-t]")) node.textContent = TEXT[lang][node.dataset.t];
  languages.setAttribute("aria-label", TEXT[lang].languages);
  for (const button of languages.children) button.setAttribute("aria-pressed", String(button.dataset.lang === lang));
  guest.language = lang;
}

languages.addEventListener("click", ({ target }) => {
  if (!target.dataset.lang) return;
  lang = target.dataset.lang;
  write("amara.lang", lang);
  showLanguage();
});
showLanguage();
