/**
 * `<amara-chat>`: the chat as one tag. It needs `getToken` and the service it was loaded from; nothing else.
 *
 * Attributes: `lang` (es, en), `heading`, `server` (another origin), `open`, `closable`, `accounts` (guests are offered one).
 * Methods: open, close, toggle, send, stop, prefill, reset (new conversation), restart (another person), logout, claim.
 * Events: `amara:ready open close message action error auth-required`, bubbling, with what they are about in `detail`.
 */

import { Announcer } from "./announcer.js";
import { Answer } from "./answer.js";
import { Composer } from "./composer.js";
import { Drafts } from "./drafts.js";
import { analyticsSession, forgetEverything } from "./guest.js";
import { fetchAbout, fetchMessages, Story } from "./history.js";
import { languageOf, speak } from "./i18n.js";
import { newId } from "./ids.js";
import { drawPanel } from "./panel.js";
import { AmaraSocket } from "./protocol.js";
import { sheet } from "./style.js";
import { Transcript } from "./transcript.js";
import { Who } from "./who.js";

const UNANSWERABLE = new Set(["model_refused", "text_too_long", "text_refused", "message_changed", "not_allowed", "not_found"]);
const ATTEMPTS_BEFORE_ALARM = 2; // one lost connection is ordinary; three in a row are worth saying so

// When a person, or the network, comes back, a waiting socket need not wait any longer.
const RETURNS = [[document, "visibilitychange"], [globalThis, "online"], [globalThis, "pageshow"]];
const session = () => analyticsSession(newId);

export class AmaraChat extends HTMLElement {
  static observedAttributes = ["lang", "heading", "open", "closable", "accounts"];

  /** Gives the bearer token; asked again with `fresh` when the last one was refused. An error with `final` ends the asking. */
  getToken = () => Promise.reject(Object.assign(new Error("amara-chat needs getToken"), { final: true }));

  #timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone || "America/Bogota";
  #t = speak("es", this.#timeZone);
  #panel = null;
  #transcript;
  #composer;
  #answer;
  #drafts;
  #socket = null;
  #who = new Who({ server: () => this.#server, getToken: (wish) => this.getToken(wish), changed: () => this.#transcript.clear() });
  #live = false;
  #story;
  #concierge = false;
  #everReady = false;

  connectedCallback() {
    if (!this.#panel) this.#build();
    this.#speak();
    if (this.hasAttribute("open")) this.#start();
    for (const [target, moment] of RETURNS) target.addEventListener(moment, this.#nudge);
  }

  disconnectedCallback() {
    this.#socket?.close();
    this.#socket = null;
    for (const [target, moment] of RETURNS) target.removeEventListener(moment, this.#nudge);
  }

  attributeChangedCallback(name) {
    if (!this.#panel || !this.isConnected) return;
    if (name === "open" && this.hasAttribute("open")) this.#start();
    else if (name !== "open") this.#speak();
  }

  open() {
    if (this.hasAttribute("open")) return;
    this.setAttribute("open", "");
    // Over the page the chat is a place one goes to; the input is not focused, its keyboard would hide the greeting.
    if (this.hasAttribute("closable")) this.#panel.focusTitle();
    this.#tell("open");
  }

  close() {
    if (!this.hasAttribute("open")) return;
    this.removeAttribute("open"); // the socket stays: an answer being written goes on
    this.#tell("close");
  }

  toggle() {
    return this.hasAttribute("open") ? this.close() : this.open();
  }

  /** Says something for the person; while an answer is being written it is only put into the input. */
  send(text) {
    if (this.#live || !this.#socket) {
      this.prefill(text);
      return;
    }
    const id = this.#socket.say(text);
    this.#transcript.said(id, text, this.#socket.state === "waiting" ? "queued" : null);
    this.#head();
    this.#setLive(true);
    this.#tell("message", { id, role: "user" });
  }

  stop() {
    this.#socket?.stop();
  }

  prefill(text) {
    this.#composer.text = text;
    this.#composer.focus();
  }

  /** Leaves this conversation and begins another. */
  reset() {
    if (this.#live) this.stop();
    this.#who.place?.leave();
    this.restart();
    this.#composer.focus();
  }

  /** Begins again with whoever `getToken` now speaks for; nothing of the one before stays on the screen. */
  restart() {
    this.#socket?.close();
    this.#socket = null;
    this.#who.place = null;
    this.#answer.torn = false;
    this.#drafts.clear();
    this.#story.forget();
    this.#setLive(false);
    this.#transcript.clear();
    this.#head();
    if (this.hasAttribute("open")) this.#start();
  }

  /** Whoever wrote here goes, and leaves nothing in this browser. */
  logout() {
    forgetEverything();
    this.restart();
  }

  /** The guest of this chat takes the bookings and the conversation to this account; then `getToken` speaks for it. */
  claim(token) {
    this.#socket?.close(); // its visitor is about to be somebody else
    return this.#who.claim(token).catch((problem) => {
      this.#socket?.open();
      throw problem;
    });
  }

  #nudge = () => document.visibilityState === "visible" && this.#socket?.nudge();

  get #server() {
    return new URL(this.getAttribute("server") ?? "../../", import.meta.url);
  }

  #tell(name, detail = {}) {
    this.dispatchEvent(new CustomEvent(`amara:${name}`, { bubbles: true, composed: true, detail }));
  }

  #build() {
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet()];
    this.#composer = new Composer({ send: (text) => this.send(text), stop: () => this.stop() });
    this.#panel = drawPanel(this.#composer.element, {
      fresh: () => this.reset(),
      close: () => this.close(),
      again: () => (this.#socket?.state === "refused" ? this.#socket.open() : this.#socket?.nudge()),
    });
    const announcer = new Announcer(this.#panel.announcer);
    const drafts = new Drafts({
      decide: (interrupt, payload) => this.#socket.decide(interrupt, payload),
      ask: this.#who.ask,
      tell: (words) => announcer.say(words),
      words: () => this.#t,
    });
    this.#drafts = Object.assign(drafts, { session, open: this.#who.open });
    const say = (text) => this.send(text);
    const on = { drafts, say, retry: () => this.#retry(), prefill: (text) => this.prefill(text), save: () => this.#tell("action", { action: "save" }) };
    this.#transcript = new Transcript({ log: this.#panel.log, latest: this.#panel.latest, announcer, t: this.#t, on });
    this.#answer = new Answer({
      lines: this.#transcript,
      drafts,
      words: () => this.#t,
      live: (live) => this.#setLive(live),
      ended: () => this.#tell("message", { role: "assistant" }),
      failed: (code) => this.#fail(code),
      stale: () => this.#story.recall(),
    });
    this.#story = new Story({
      lines: this.#transcript,
      place: () => this.#who.place,
      page: (id, before) => fetchMessages(this.#server, id, this.#who.token, before),
      drawn: () => this.#head(),
      told: (last) => {
        if (this.#live) return;
        drafts.check();
        if (last?.role === "user" || last?.note === "cut") this.#fail("other", true);
      },
    });
    this.#panel.section.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.hasAttribute("closable") && !event.isComposing) this.close();
    });
    root.append(this.#panel.section);
  }

  #speak() {
    this.#drafts.offersAccounts = this.hasAttribute("accounts");
    this.#t = speak(languageOf(this.lang || document.documentElement.lang), this.#timeZone);
    this.#panel.speak(this.#t, { heading: this.getAttribute("heading"), closable: this.hasAttribute("closable"), concierge: this.#concierge });
    this.#composer.speak(this.#t);
    this.#transcript.speak(this.#t);
    this.#head();
    this.#showState(this.#socket?.state ?? "idle", 0);
    if (this.#live) this.#transcript.setStatus(this.#t.writing);
  }

  #start() {
    if (this.#socket) return;
    const url = new URL("v1/amara/chat", this.#server);
    url.protocol = url.protocol.replace("http", "ws");
    const socket = new AmaraSocket({
      url: url.href,
      threadId: () => this.#who.place.id,
      locale: () => this.#t.lang,
      timeZone: this.#timeZone,
      session,
      getToken: this.#who.identify,
      on: (kind, detail) => socket === this.#socket && this.#hear(kind, detail),
    });
    this.#socket = socket;
    socket.open();
  }

  async #learn() {
    const about = await fetchAbout(this.#server);
    this.#drafts.aheadMs = about?.aheadMs ?? 0;
    this.#panel.showConcierge((this.#concierge = Boolean(about?.concierge)));
  }

  #retry() {
    const message = this.#transcript.lastUser;
    if (!message || this.#live) return;
    this.#transcript.dropAnswer();
    this.#transcript.said(message.id, message.parts[0].text, this.#socket.state === "waiting" ? "queued" : null);
    this.#socket.say(message.parts[0].text, message.id);
    this.#setLive(true);
    this.#composer.focus();
  }

  #setLive(live) {
    this.#live = live;
    this.#composer.live = live;
    this.#transcript.setStatus(live && this.#socket?.state === "ready" ? this.#t.writing : "");
  }

  #hear(kind, detail) {
    if (kind === "state") this.#showState(detail.state, detail.attempt, detail.code);
    else if (kind === "welcome") this.#welcome(detail);
    else if (kind === "event") this.#answer.follow(detail);
    else if (kind === "ack") {
      this.#who.place.keep();
      this.#transcript.amend(detail.id, { local: false, note: null });
    } else if (kind === "refused" && !this.#drafts.refuse(detail.id)) this.#fail(detail.code, detail.retryable);
  }

  #showState(state, attempt, code) {
    const alarm = !this.#everReady || attempt > ATTEMPTS_BEFORE_ALARM ? this.#t.unreachable : this.#t.lost;
    this.#panel.showState(state, state === "refused" ? (code === 4401 ? this.#t.signIn : this.#t.refused) : alarm);
    if (state !== "refused") return;
    this.#tell(code === 4401 ? "auth-required" : "error", { code });
    if (code === 4404 && this.#who.place?.known) this.reset(); // a conversation that is no more, or never was this person's
  }

  #welcome({ again, resumed, frame }) {
    this.#everReady = true;
    this.#composer.limit = frame.limits?.text ?? 8000;
    for (const id of this.#socket.waiting) this.#transcript.amend(id, { note: null });
    if (this.#live) this.#transcript.setStatus(again ? this.#t.resuming : this.#t.writing);
    if (again) this.#drafts.check(this.#socket.waiting);
    else {
      this.#learn();
      this.#tell("ready");
    }
    if (resumed || !this.#who.place.known) return this.#head();
    if (again && this.#live) {
      this.#answer.torn = true;
      this.#transcript.dropAnswer();
    }
    return this.#story.recall();
  }

  #head() {
    const on = { recall: (before) => this.#story.recall(before), say: (text) => this.send(text) };
    this.#transcript.setHead(...this.#panel.head(this.#t, this.#story, on));
  }

  #fail(code, retryable) {
    this.#setLive(false);
    this.#transcript.settle({ note: null, error: { text: () => this.#t.errorText(code), retry: retryable ?? !UNANSWERABLE.has(code) } });
    this.#tell("error", { code });
  }
}

if (!customElements.get("amara-chat")) customElements.define("amara-chat", AmaraChat);
