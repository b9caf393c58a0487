/** The marketplace's search: a service and a city in, everybody who fits out; with its empty, failed and waiting states. */

import { make } from "./make.js";
import { badges, drawing, portrait, rating, serviceName } from "./page-drawing.js";
import { SERVICES, TEXT } from "./page-text.js";
import { sign } from "./signs.js";

const FIRST_SHOWN = 6;
const ORDER = Object.keys(SERVICES);
const byId = (id) => document.getElementById(id);

export class Search {
  #on;
  #found = null;
  #state = "waiting";
  #shown = FIRST_SHOWN;
  #asked = 0;
  #picked = null; // chosen in the form, and not looked for yet: an answer that comes meanwhile leaves it alone
  service = null;
  city = null;

  /** Args: words() speaks the page's language; open(one) shows a person; ask(text) says it to Amara; searched(wish) is told. */
  constructor(on) {
    this.#on = on;
    byId("finder").addEventListener("change", () => (this.#picked = { service: byId("service").value, city: byId("city").value }));
    byId("finder").addEventListener("submit", (event) => {
      event.preventDefault();
      this.look({ service: byId("service").value || null, city: byId("city").value || null });
      byId("results").focus();
    });
  }

  get hasLooked() {
    return this.#asked > 0;
  }

  /** Looks for somebody; what stands on the page stays until there is an answer. */
  async look({ service = this.service, city = this.city } = {}, { isSearch = true } = {}) {
    Object.assign(this, { service, city });
    this.#picked = null;
    const asked = ++this.#asked;
    this.#state = "waiting";
    this.#shown = FIRST_SHOWN;
    this.draw();
    if (isSearch) this.#on.searched({ service, city });
    try {
      const query = new URLSearchParams(Object.entries({ service, city }).filter(([, value]) => value));
      const answer = await fetch(`/v1/demo/catalogue?${query}`);
      if (!answer.ok) throw new Error(`the catalogue answered ${answer.status}`);
      const found = await answer.json();
      if (asked !== this.#asked) return;
      this.#found = found;
      this.#state = "found";
    } catch {
      if (asked === this.#asked) this.#state = "failed";
    }
    if (asked === this.#asked) this.draw();
  }

  /** Draws again, in whatever language is spoken now. */
  draw() {
    const { words, lang } = this.#on.speech();
    const t = TEXT[lang];
    this.#drawFinder(t, words);
    const service = this.service && serviceName(this.#named(this.service), words);
    byId("found").textContent = t.found(service, this.city);
    const list = byId("people-list");
    list.setAttribute("aria-busy", String(this.#state === "waiting"));
    const count = { waiting: t.looking, failed: "", found: this.#found?.found ? t.count(this.#found.found) : "" };
    byId("count").textContent = count[this.#state];
    const isFirst = this.#state === "waiting" && !this.#found?.found;
    if (this.#state === "failed") list.replaceChildren(this.#failure(t));
    else if (isFirst) list.replaceChildren(make("ul.cards.ghosts", { role: "list", "aria-hidden": "true" }, ...Array.from({ length: 4 }, () => make("li.person"))));
    else if (this.#state === "found" && !this.#found.found) list.replaceChildren(this.#nobody(t, words, service));
    else list.replaceChildren(...this.#people(t, words));
  }

  #named(slug) {
    return this.#found?.services.find((one) => one.slug === slug) ?? slug;
  }

  #drawFinder(t, words) {
    const place = ({ slug }) => (ORDER.indexOf(slug) + ORDER.length + 1) % (ORDER.length + 1); // what the page has no sign for comes last
    const services = (this.#found?.services ?? ORDER.map((slug) => ({ slug }))).toSorted((a, b) => place(a) - place(b));
    const cities = this.#found?.cities ?? [];
    if (this.city && !cities.includes(this.city)) cities.push(this.city);
    const chosen = this.#picked ?? { service: this.service ?? "", city: this.city ?? "" };
    const option = (of) => (value, name) => make("option", { value, selected: value === chosen[of] }, name);
    byId("service").replaceChildren(option("service")("", t.anyService), ...services.map((one) => option("service")(one.slug, serviceName(one, words))));
    byId("city").replaceChildren(option("city")("", t.anyCity), ...cities.map((name) => option("city")(name, name)));
    const isHere = byId("services").contains(document.activeElement) && document.activeElement.dataset.service;
    const tile = ({ slug, ...service }) => {
      const isChosen = slug === this.service;
      const onclick = () => this.look({ service: isChosen ? null : slug });
      return make("li", {}, make("button", { type: "button", "data-service": slug, "aria-pressed": String(isChosen), onclick }, drawing(SERVICES[slug]), make("span", {}, serviceName({ slug, ...service }, words))));
    };
    byId("services").setAttribute("aria-label", t.services);
    byId("services").replaceChildren(...services.filter(({ slug }) => SERVICES[slug]).map(tile));
    if (isHere) byId("services").querySelector(`[data-service="${CSS.escape(isHere)}"]`)?.focus(); // the tile was drawn anew under the finger
  }

  #people(t, words) {
    const { professionals } = this.#found;
    const rest = professionals.length - this.#shown;
    const list = make("ul.cards", { role: "list" }, ...professionals.slice(0, this.#shown).map((one) => make("li.person", {}, ...this.#card(one, t, words))));
    const more = () => {
      this.#shown = professionals.length;
      this.draw();
      byId("people-list").querySelectorAll(".open")[professionals.length - rest]?.focus();
    };
    return [list, rest > 0 && make("button.plainly.more", { type: "button", onclick: more }, t.more(rest))].filter(Boolean);
  }

  #card(one, t, words) {
    const names = one.services.map((service) => serviceName(service, words));
    return [
      make(
        "div.top",
        {},
        portrait(one.name),
        make(
          "div",
          {},
          make("h3", {}, make("button.open", { type: "button", "aria-haspopup": "dialog", "data-id": one.id, onclick: () => this.#on.open(one) }, one.name)),
          make("p.where", {}, make("span.quiet", {}, one.city), rating(one, words)),
        ),
      ),
      make("p.price", {}, !this.service && one.services.length > 1 && make("span.quiet", {}, `${t.from} `), make("strong", {}, words.money(one.hourly_rate_cop)), make("span.quiet", {}, ` ${t.perHour}`)),
      make("p.trades", {}, names.join(" · ")),
      badges(one, words),
      make("p.soon", {}, sign("clock"), one.next_free ? t.soon(words.at(new Date(one.next_free))) : t.notSoon),
    ];
  }

  #nobody(t, words, service) {
    const others = this.service ? this.#found.cities_of_service.filter((name) => name !== this.city) : this.#found.cities;
    const sentence = service && this.city ? t.nobody(service, this.city) : t.nobodyThere(this.city ?? "Colombia");
    const go = (name) => make("li", {}, make("button.plainly", { type: "button", onclick: () => this.look({ city: name }).then(() => byId("results").focus()) }, name));
    return make(
      "div.nothing",
      { role: "status" },
      make("p", {}, sentence),
      others.length > 0 && make("p.quiet", {}, t.elsewhere),
      others.length > 0 && make("ul.chips", { role: "list" }, ...others.map(go)),
      make("button.plainly", { type: "button", onclick: () => this.#on.ask(t.ask(service, this.city)) }, t.askAmara),
    );
  }

  #failure(t) {
    const again = make("button.plainly", { type: "button", onclick: () => this.look({}, { isSearch: false }) }, t.retry);
    return make("div.nothing", { role: "alert" }, make("p", {}, navigator.onLine ? t.failed : t.offline), again);
  }
}
