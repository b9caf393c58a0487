/** A chat in its element: what the panel, the conversation, the socket and the person's deeds mean to one another. */

import { Announcer } from "./announcer.js";
import { Composer } from "./composer.js";
import { Corner } from "./corner.js";
import { Deck } from "./deck.js";
import { fetchAbout, fetchStarters, Story } from "./history.js";
import { languageOf, Library, speak } from "./i18n.js";
import { analyticsSession as session } from "./keeping.js";
import { Line } from "./line.js";
import { drawPanel } from "./panel.js";
import { Rooms } from "./rooms.js";
import { sheet } from "./style.js";
import { Telling } from "./telling.js";
import { Transcript } from "./transcript.js";
import { Who } from "./who.js";

const UNANSWERABLE = ["model_refused", "text_too_long", "text_refused", "message_changed", "not_allowed", "not_found", "model_full"];

export class Chat {
  #host;
  #timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone || "America/Bogota";
  #t = null;
  #library = new Library(() => languageOf(this.#host.lang || document.documentElement.lang));
  #panel;
  #corner;
  #transcript;
  #composer;
  #telling;
  #deck;
  #line;
  #who;
  #story;
  #rooms;
  #live = false;
  #concierge = false;
  #starters;

  /** Args: `host` is the element, with its attributes and properties; `root` its empty shadow. */
  constructor(host, root) {
    this.#host = host;
    root.adoptedStyleSheets = [sheet()];
    this.#who = new Who({ server: () => host.server, getToken: (wish) => host.getToken(wish), changed: () => this.#clear() });
    const say = (text) => this.send(text);
    const tell = (line) => announcer.say(line);
    const words = () => this.#t;
    const study = (book) => this.#library.open(book).then(() => this.speak());
    const place = () => this.#who.place;
    this.#composer = new Composer({ begun: () => this.#rooms.prepare(), send: say, stop: () => this.stop() });
    this.#panel = drawPanel(this.#composer.element, {
      past: () => this.#rooms.togglePast(),
      fresh: () => this.reset(),
      close: () => host.close(),
      person: () => (this.#who.place?.known ? this.#rooms.askPerson() : this.send(this.#t.askPerson)), // before the first word there is nothing to hand over
      again: () => this.#line.nudge(true),
    });
    this.#line = new Line({
      server: () => host.server,
      who: this.#who,
      lang: () => this.#t.lang,
      timeZone: this.#timeZone,
      kept: (id, text) => this.#transcript.said(id, text, "queued"),
      hear: (kind, detail) => this.#hear(kind, detail),
    });
    this.#corner = new Corner(host, this.#panel, root);
    const announcer = new Announcer(this.#panel.announcer);
    this.#deck = new Deck({
      ...{ root, session, tell, words, study, open: this.#who.open, ask: this.#who.ask },
      decide: (interrupt, payload) => this.#line.decide(interrupt, payload),
      came: () => this.#transcript.redraw(),
      isLive: () => this.#live,
    });
    const on = {
      deck: this.#deck,
      say,
      tools: (...one) => this.#rooms.tools(...one),
      writer: (bubble) => this.#rooms.writer(bubble),
      retry: () => this.#retry(false),
      prefill: (text) => this.prefill(text),
      act: (action) => host.tell("action", { action }),
    };
    this.#transcript = new Transcript({ log: this.#panel.log, latest: this.#panel.latest, announcer, on });
    this.#telling = new Telling({
      ...{ words, deck: this.#deck, lines: this.#transcript },
      live: (live) => this.#setLive(live),
      ended: (more) => this.#ended(more),
      failed: (...what) => this.#fail(...what),
      stale: () => this.#story.recall(),
    });
    this.#story = new Story({
      ...{ place, lines: this.#transcript },
      page: async (...which) => (await import("./answering.js")).ANSWERING.fetchMessages(this.#who.ask, ...which),
      drawn: () => this.#head(),
      told: (last) => {
        if (this.#live || this.#line.run) return; // its answer is on the way here
        this.#deck.check();
        if (last?.role === "user" || last?.note === "cut") this.#fail("other", true);
      },
    });
    this.#rooms = new Rooms({
      ...{ root, place, study, t: words, say: tell, ask: this.#who.ask, lines: this.#transcript, panel: this.#panel, telling: this.#telling },
      came: (message) => this.#came(message),
      again: () => this.#retry(true),
      choose: (id) => this.reset(id),
      fresh: () => this.reset(),
      gone: (id) => id === this.#who.place?.id && this.reset(),
    });
  }

  get unread() {
    return this.#corner.unread;
  }

  /** The element stands in a page. Answers once there are words to speak. */
  async enter() {
    this.#line.listen(true);
    await this.speak();
    this.showOpen();
  }

  leave() {
    this.#line.end();
    this.#line.listen(false);
  }

  showOpen() {
    this.#corner.show();
    if (this.#host.hasAttribute("open")) this.#line.start();
  }

  /** Everything of ours in the element's language. */
  async speak() {
    const [lang, words] = await this.#library.fetch();
    this.#deck.offersAccounts = this.#host.hasAttribute("accounts");
    this.#t = this.#t?.lang === lang ? Object.assign(this.#t, words) : speak(lang, words, this.#timeZone);
    this.#panel.speak(this.#t, { heading: this.#host.getAttribute("heading"), closable: this.#corner.isClosable, concierge: this.#concierge });
    this.#corner.speak(this.#t);
    this.#composer.speak(this.#t);
    this.#transcript.speak(this.#t);
    this.#head();
    if (this.#live) this.#transcript.setStatus(this.#t.writing);
  }

  send(text) {
    this.#rooms.prepare();
    const id = this.#line.say(text);
    this.#transcript.said(id, text, this.#line.state === "waiting" ? "queued" : this.#live ? "later" : null);
    this.#head();
    if (this.#line.state === "ready" && !this.#live) this.#setLive(true);
    this.#host.tell("message", { id, role: "user" });
  }

  stop() {
    this.#line.stop();
  }

  prefill(text) {
    this.#composer.text = text;
    this.#composer.focus();
  }

  /** Another conversation: this one, or a new one. */
  reset(id) {
    if (this.#live && !id) this.stop(); // an earlier one is only left for a while
    if (id) this.#who.place?.go(id);
    else this.#who.place?.leave();
    this.restart();
    this.#composer.focus();
  }

  restart() {
    this.#line.end();
    this.#who.place = null;
    this.#telling.torn = false;
    this.#deck.clear();
    this.#story.forget();
    this.#corner.unread = 0;
    this.#setLive(false);
    this.#clear();
    this.#head();
    if (this.#host.hasAttribute("open")) this.#line.start();
  }

  /** Nothing of whoever wrote here stays, neither on the screen nor in the input. */
  forget() {
    this.#composer.text = "";
    this.restart();
  }

  claim(token) {
    this.#line.end(); // its visitor is about to be somebody else
    return this.#who.claim(token).catch((problem) => {
      this.#line.start();
      throw problem;
    });
  }

  async #learn() {
    const about = await fetchAbout(this.#host.server);
    this.#deck.aheadMs = about?.aheadMs ?? 0;
    this.#panel.showConcierge((this.#concierge = Boolean(about?.concierge)));
    if (!this.#transcript.isEmpty) return;
    this.#starters = await fetchStarters(this.#who.ask, this.#t.region, this.#host.context.page);
    this.#head();
  }

  #clear() {
    this.#transcript.clear();
    this.#rooms.showPerson(null);
  }

  #ended({ suggestions, offer }) {
    this.#came({ role: "assistant" });
    this.#transcript.suggest(offer === "continue" ? [this.#t.goOn] : suggestions);
  }

  // Args: anew when there is an answer, and another one is wished for.
  #retry(anew) {
    const message = this.#transcript.lastUser;
    if (!message || this.#live || (anew && this.#line.state !== "ready")) return;
    const [{ text }] = message.parts;
    this.#transcript.dropAnswer();
    this.#transcript.said(message.id, text, this.#line.state === "waiting" ? "queued" : null);
    if (anew) this.#line.again(message.id);
    else this.#line.say(text, message.id);
    this.#setLive(true);
    this.#composer.focus();
  }

  #setLive(live) {
    this.#live = live;
    this.#composer.live = live;
    this.#transcript.setStatus(live && this.#line.state === "ready" ? this.#t.writing : "");
  }

  // Somebody wrote to the person, who may not be looking.
  #came(message) {
    this.#corner.count();
    this.#host.tell("message", message);
  }

  #hear(kind, detail) {
    if (kind === "ack" || kind === "aside" || !this.#line.run) this.#story.outdate();
    if (kind === "state") this.#showState(detail.state, detail.attempt, detail.code);
    else if (kind === "welcome") this.#welcome(detail);
    else if (kind === "event") this.#telling.follow(detail);
    else if (kind === "ack") {
      this.#who.place.keep();
      this.#transcript.amend(detail.id, { local: false, note: detail.status === "queued" ? "later" : null });
      if (this.#rooms.isWithPerson) this.#setLive(Boolean(this.#line.run)); // who reads it is no program
    } else if (kind === "aside") this.#rooms.hear(detail);
    else if (kind === "refused" && detail.isAgain) this.#keepAnswer();
    else if (kind === "refused" && !this.#deck.refuse(detail.id)) this.#fail(detail.code, detail.retryable, detail.id);
  }

  // There is no other answer to be had: the one there was comes back.
  async #keepAnswer() {
    this.#setLive(false);
    await this.#story.recall();
    this.#transcript.settle({ note: "kept" });
  }

  #showState(state, attempt, code) {
    this.#panel.showState(state, attempt, code);
    if (state === "waiting") for (const id of this.#line.waiting) this.#transcript.amend(id, { note: "queued" });
    if (state !== "refused") return;
    this.#host.tell(code === 4401 ? "auth-required" : "error", { code });
    if (code === 4404 && this.#who.place?.known) this.reset(); // a conversation that is no more, or never was this person's
  }

  #welcome({ again, resumed, frame }) {
    this.#composer.limit = frame.limits?.text ?? 8000;
    for (const id of this.#line.waiting) this.#transcript.amend(id, { note: null });
    this.#setLive(this.#live || this.#line.waiting.length > 0);
    if (this.#live) this.#transcript.setStatus(again ? this.#t.resuming : this.#t.writing);
    if (again) this.#deck.check(this.#line.waiting);
    else {
      this.#learn();
      this.#host.tell("ready");
    }
    if (resumed || !this.#who.place.known) return this.#head();
    if (again && this.#live) {
      this.#telling.torn = true;
      this.#transcript.dropAnswer();
    }
    this.#rooms.learnPerson();
    return this.#story.recall();
  }

  #head() {
    const say = (label) => this.send(this.#starters?.find((one) => one.label === label)?.text ?? label);
    this.#transcript.setHead(this.#panel.head(this.#t, this.#story, { recall: (before) => this.#story.recall(before), say, starters: this.#starters }));
  }

  #fail(code, retryable, id) {
    this.#setLive(Boolean(id && this.#line.run));
    this.#transcript.settle({ note: null, error: { text: () => this.#t.errorText(code), retry: retryable ?? !UNANSWERABLE.includes(code) } }, id);
    this.#host.tell("error", { code });
  }
}
