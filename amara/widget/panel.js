/** The frame around the conversation: header, banner, log, composer, and the honest lines at the foot. */

import { icon, make, name } from "./make.js";

const ATTEMPTS_BEFORE_ALARM = 2; // one lost connection is ordinary; three in a row are worth saying so

export function drawPanel(composer, on) {
  let stands;
  const title = make("h2", { id: "title", tabindex: "-1" });
  const state = make("p.state", {});
  const past = make("button.round", { type: "button", onclick: on.past, "aria-expanded": "false" }, icon("list"));
  const fresh = make("button.round", { type: "button", onclick: on.fresh }, icon("fresh"));
  const close = make("button.round", { type: "button", onclick: on.close, hidden: true }, icon("close"));
  const bannerText = make("span");
  const bannerButton = make("button", { type: "button", onclick: on.again });
  // The banner is announced by its role; it is filled only when there is something to say.
  const banner = make("div.banner", { role: "status", hidden: true }, bannerText, bannerButton);
  const log = make("div.log", { role: "log", "aria-live": "off", tabindex: "0" });
  const latest = make("button.latest", { type: "button", hidden: true }, icon("down"), make("span"));
  const announcer = make("div.sr", { "aria-live": "polite" });
  const disclosure = make("p");
  const person = make("button.person", { type: "button", onclick: on.person });
  const strip = make("div.strip", { hidden: true });
  const section = make(
    "section.panel",
    { part: "panel", "aria-labelledby": "title" },
    make("header", {}, make("span.face", { "aria-hidden": "true" }, "A"), make("div.names", {}, title, state), past, fresh, close),
    banner,
    strip,
    make("div.middle", {}, log, latest),
    composer,
    make("footer", {}, disclosure, person),
    announcer,
  );
  let words = null;
  let now = ["idle", 0];
  let wasReady = false;

  return {
    section,
    log,
    latest,
    announcer,
    strip,
    person,
    past,
    focusTitle: () => title.focus({ preventScroll: true }),

    /** Everything of the frame in another language. */
    speak(t, { heading, closable, concierge: isConcierge }) {
      words = t;
      section.lang = t.lang;
      title.textContent = heading ?? t.heading;
      name(past, t.past);
      name(fresh, t.fresh);
      person.textContent = t.askPerson;
      name(close, t.close);
      close.hidden = !closable;
      log.setAttribute("aria-label", t.log);
      latest.lastChild.textContent = t.latest;
      bannerButton.textContent = t.retryNow;
      this.showConcierge(isConcierge);
      this.showState(...now);
    },

    /** Who answers: an artificial intelligence says so, and so does what is none. */
    showConcierge(isConcierge) {
      disclosure.textContent = isConcierge ? words.concierge : words.disclosure;
    },

    get isCovered() {
      return section.classList.contains("covered");
    },

    /** Something else in the conversation's place; null gives it back. */
    cover(view) {
      section.querySelector(".view")?.remove();
      section.classList.toggle("covered", Boolean(view));
      past.setAttribute("aria-expanded", String(Boolean(view)));
      if (view) section.append(view);
    },

    /** The dot in the header, and the banner where the person should know or can do something. */
    showState(connection, attempt, code) {
      now = [connection, attempt, code];
      wasReady ||= connection === "ready";
      const alarm = !wasReady || attempt > ATTEMPTS_BEFORE_ALARM ? words.unreachable : words.lost;
      const trouble = connection === "refused" ? (code === 4401 ? words.signIn : words.refused) : alarm;
      section.dataset.state = connection;
      const isAway = connection === "waiting" || connection === "refused";
      state.textContent = connection === "ready" || connection === "idle" ? words.subtitle : isAway ? words.offline : words.connecting;
      if (isAway && bannerText.textContent !== trouble) bannerText.textContent = trouble;
      // While it dials again the banner stays, else it would flicker with every attempt.
      if (isAway) banner.hidden = false;
      else if (connection !== "connecting") banner.hidden = true;
    },

    /**
     * What stands above the messages: how far back they go, or in an empty conversation the greeting. Null while it says
     * the same: a button that is put in another's place loses the tap on it.
     */
    head(t, { state, next, isEmpty }, on) {
      const labels = on.starters?.map((one) => one.label) ?? t.starters;
      const says = JSON.stringify([t.lang, state, next, isEmpty, labels]);
      if (says === stands) return null;
      stands = says;
      const button = (text, onclick) => make("button.quietly", { type: "button", onclick }, text);
      if (state === "loading") return [make("p.note", {}, t.loading)];
      if (state === "lost") return [make("p.note", {}, t.historyLost), button(t.retry, () => on.recall())];
      if (next !== null) return [button(t.earlier, () => on.recall(next))];
      return isEmpty ? [this.greeting(t, on.say, labels)] : [];
    },

    /** What stands in an empty conversation. */
    greeting(t, say, labels) {
      const chip = (label) => make("li", {}, make("button.chip", { type: "button", onclick: () => say(label) }, label));
      return make(
        "div.greeting",
        {},
        make("span.face.big", { "aria-hidden": "true" }, "A"),
        make("h3", {}, t.hello),
        make("p", {}, t.invitation),
        make("ul.chips", { role: "list", "aria-label": t.starterList }, ...labels.map(chip)),
      );
    },
  };
}
