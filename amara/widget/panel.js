/** The frame around the conversation: header, banner, log, composer, and the honest lines at the foot. */

import { icon, make } from "./make.js";

export function drawPanel(composer, on) {
  const title = make("h2", { id: "title", tabindex: "-1" });
  const state = make("p.state", {});
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
  const section = make(
    "section.panel",
    { part: "panel", "aria-labelledby": "title" },
    make("header", {}, make("span.face", { "aria-hidden": "true" }, "A"), make("div.names", {}, title, state), fresh, close),
    banner,
    make("div.middle", {}, log, latest),
    composer,
    make("footer", {}, disclosure),
    announcer,
  );
  let words = null;
  let now = "idle";

  function name(button, label) {
    button.setAttribute("aria-label", label);
    button.title = label;
  }

  return {
    section,
    log,
    latest,
    announcer,
    focusTitle: () => title.focus({ preventScroll: true }),

    /** Everything of the frame in another language. */
    speak(t, { heading, closable, concierge: isConcierge }) {
      words = t;
      section.lang = t.lang;
      title.textContent = heading ?? t.heading;
      name(fresh, t.fresh);
      name(close, t.close);
      close.hidden = !closable;
      log.setAttribute("aria-label", t.log);
      latest.lastChild.textContent = t.latest;
      bannerButton.textContent = t.retryNow;
      this.showConcierge(isConcierge);
      this.showState(now, bannerText.textContent);
    },

    /** Who answers: an artificial intelligence says so, and so does what is none. */
    showConcierge(isConcierge) {
      disclosure.textContent = isConcierge ? words.concierge : words.disclosure;
    },

    /** The dot in the header, and the banner where the person should know or can do something. */
    showState(connection, trouble) {
      now = connection;
      section.dataset.state = connection;
      const isAway = connection === "waiting" || connection === "refused";
      state.textContent = connection === "ready" || connection === "idle" ? words.subtitle : isAway ? words.offline : words.connecting;
      if (isAway && bannerText.textContent !== trouble) bannerText.textContent = trouble;
      // While it dials again the banner stays, else it would flicker with every attempt.
      if (isAway) banner.hidden = false;
      else if (connection !== "connecting") banner.hidden = true;
    },

    /** What stands above the messages: how far back they go, or in an empty conversation the greeting. */
    head(t, { state, next, isEmpty }, on) {
      const button = (text, onclick) => make("button.quietly", { type: "button", onclick }, text);
      if (state === "loading") return [make("p.note", {}, t.loading)];
      if (state === "lost") return [make("p.note", {}, t.historyLost), button(t.retry, () => on.recall())];
      if (next !== null) return [button(t.earlier, () => on.recall(next))];
      return isEmpty ? [this.greeting(t, on.say)] : [];
    },

    /** What stands in an empty conversation. */
    greeting(t, ask) {
      const chips = t.starters.map((text) => make("li", {}, make("button.chip", { type: "button", onclick: () => ask(text) }, text)));
      return make(
        "div.greeting",
        {},
        make("span.face.big", { "aria-hidden": "true" }, "A"),
        make("h3", {}, t.hello),
        make("p", {}, t.invitation),
        make("ul.chips", { role: "list", "aria-label": t.starterList }, ...chips),
      );
    },
  };
}
