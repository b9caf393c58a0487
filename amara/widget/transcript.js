/** What was said, drawn: messages with their cards, the status line, the empty state; follows its own end while one reads there. */

import { guessLanguage } from "./i18n.js";
import { make } from "./make.js";
import { writer } from "./markdown.js";

const NEAR_END_PX = 72;

let cards = null; // their module comes with the first of them: most conversations begin with words

/**
 * @typedef {{type: "text", id: string, text: string} | {type: "card", id?: string, card: any}} Part
 * @typedef {object} Message
 * @property {string} id
 * @property {"user"|"assistant"} role
 * @property {Part[]} parts
 * @property {"stopped"|"cut"|"queued"|null} [note]
 * @property {{text: () => string, retry: boolean}|null} [error]  under a message that got no answer
 * @property {boolean} [live]  still being written
 * @property {boolean} [fresh]  of the run being answered now: more is known of it here than in the record
 * @property {boolean} [local]  said here, not yet stored there
 */

export class Transcript {
  #t;
  #announcer;
  #on;
  #messages = [];
  #drawn = new Map(); // message id → {node, bubble, writer}
  #unwritten = new Map(); // message id → deltas of this animation frame
  #frame = 0;
  #stuck = true;
  #coming = null; // the cards' module, on its way
  #list = make("div.list");
  #head = make("div.head");
  #status = make("p.status", { hidden: true });
  #latest;

  constructor({ log, latest, announcer, t, on }) {
    Object.assign(this, { log });
    this.#latest = latest;
    this.#announcer = announcer;
    this.#t = t;
    this.#on = on;
    log.append(this.#head, this.#list, this.#status);
    new ResizeObserver(() => this.#follow()).observe(log); // a banner or a tall input takes its height from here
    log.addEventListener("scroll", () => this.#noticeScroll(), { passive: true });
    latest.addEventListener("click", () => this.toEnd());
  }

  get isEmpty() {
    return !this.#messages.length;
  }

  /** The last thing the person said, with whether anything answered it. */
  get lastUser() {
    return this.#messages.findLast((one) => one.role === "user");
  }

  /** Speaks another language from here on; everything of ours is drawn again. */
  speak(t) {
    this.#t = t;
    this.#redraw();
  }

  /** What stands above the messages: a note, a button, or nothing. */
  setHead(...nodes) {
    this.#head.replaceChildren(...nodes);
  }

  /** The stored conversation; what is being said or written right now stays behind it. */
  show(messages) {
    const stored = new Set(messages.map((one) => one.id));
    const ours = this.#messages.filter((one) => one.fresh || (one.local && !stored.has(one.id)));
    const fresh = new Set(ours.map((one) => one.id));
    this.#messages = [...messages.filter((one) => !fresh.has(one.id)), ...ours];
    this.#redraw();
    this.toEnd();
  }

  /** Earlier messages; what one is reading keeps its place. */
  showBefore(messages) {
    const height = this.log.scrollHeight - this.log.scrollTop;
    this.#messages = [...messages, ...this.#messages];
    this.#redraw();
    this.log.scrollTop = this.log.scrollHeight - height;
  }

  clear() {
    this.#messages = [];
    this.setStatus("");
    this.#redraw();
  }

  has(id) {
    return this.#messages.some((one) => one.id === id);
  }

  /** Adds or replaces a message of the person. */
  said(id, text, note = null) {
    const known = this.#find(id);
    if (known) Object.assign(known, { note, error: null, local: true });
    else this.#messages.push({ id, role: "user", parts: [{ type: "text", id, text }], note, error: null, local: true });
    if (known) this.#draw(known);
    else this.#redrawIfFirst(this.#messages.at(-1));
    this.toEnd();
  }

  /** Changes what is known of a message: note, error, stored. */
  amend(id, change) {
    const message = this.#find(id);
    if (!message) return;
    Object.assign(message, change);
    this.#draw(message);
    this.#follow();
  }

  /** An answer begins; one that begins again starts from nothing. */
  begin(id) {
    const known = this.#find(id);
    // Cards may stand before the first word; words that were there are about to be told again.
    const cards = known?.parts.some((part) => part.type === "text") ? [] : known?.parts;
    if (known) Object.assign(known, { parts: cards, live: true, fresh: true, note: null });
    else this.#messages.push({ id, role: "assistant", parts: [], live: true, fresh: true, note: null });
    this.#unwritten.delete(id);
    if (known) this.#draw(known);
    else this.#redrawIfFirst(this.#messages.at(-1));
  }

  append(id, delta) {
    const message = this.#find(id);
    if (!message) return;
    const last = message.parts.at(-1);
    if (last?.type === "text") last.text += delta;
    else message.parts.push({ type: "text", id, text: delta });
    this.#announcer.feed(delta);
    this.#unwritten.set(id, (this.#unwritten.get(id) ?? "") + delta);
    this.#frame ||= requestAnimationFrame(() => this.#write());
  }

  /** An answer, or one message of it, is complete. */
  end(id) {
    const message = this.#find(id);
    if (!message?.live) return;
    message.live = false;
    this.#announcer.flush();
    this.#write();
    this.#draw(message);
    this.#follow();
  }

  /** A tool's result that is drawn, under the message that asked for it. */
  card(id, card, parentId) {
    let message = this.#find(parentId) ?? this.#messages.at(-1);
    if (message?.role !== "assistant") {
      message = { id: parentId ?? `card-${this.#messages.length}`, role: "assistant", parts: [], fresh: true, note: null };
      this.#messages.push(message);
    }
    this.#write();
    message.parts = [...message.parts.filter((part) => part.type !== "card" || part.id !== id), { type: "card", id, card }];
    import("./cards.js").then(({ tellCard }) => this.#announcer.say(tellCard(card, this.#t)), () => {});
    this.#on.drafts.fold(this.#messages);
    this.#redrawIfFirst(message);
  }

  /** A card that has come to nothing. */
  uncard(id) {
    const message = this.#messages.find(({ parts }) => parts.some((part) => part.type === "card" && part.id === id));
    if (!message) return;
    message.parts = message.parts.filter((part) => part.type !== "card" || part.id !== id);
    if (message.parts.length || message.live) return this.#draw(message);
    this.#messages.splice(this.#messages.indexOf(message), 1);
    this.#redraw();
  }

  /** What was answered to the last question, put away because it will come again. */
  dropAnswer() {
    const from = this.#messages.findLastIndex((one) => one.role === "user");
    this.#messages.length = from + 1;
    this.#redraw();
  }

  /** Ends whatever is being written; a note or an error goes under the last words, or the question when there are none. */
  settle(change = {}) {
    for (const one of this.#messages) {
      if (one.live) this.end(one.id);
      one.fresh = false;
    }
    const last = this.#messages.at(-1);
    if (last) this.amend(last.id, change);
    const words = change.error?.text() ?? this.#t[change.note];
    if (words) this.#announcer.say(words);
  }

  /** The line that says what Amara is doing; empty when nothing. */
  setStatus(words) {
    if (this.#status.textContent === words) return;
    this.#status.textContent = words;
    this.#status.hidden = !words;
    this.#follow();
  }

  toEnd() {
    this.#stuck = true;
    this.#follow();
  }

  #find(id) {
    return this.#messages.find((one) => one.id === id);
  }

  #noticeScroll() {
    const { scrollHeight, scrollTop, clientHeight } = this.log;
    this.#stuck = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
    this.#latest.hidden = this.#stuck;
  }

  #follow() {
    if (this.#stuck) this.log.scrollTop = this.log.scrollHeight;
    this.#latest.hidden = this.#stuck || this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < NEAR_END_PX;
  }

  #write() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    for (const [id, text] of this.#unwritten) {
      const drawn = this.#drawn.get(id);
      if (drawn?.writer) drawn.writer.write(text);
      else this.#draw(this.#find(id));
      this.#drawn.get(id)?.node.setAttribute("lang", guessLanguage(this.#find(id).parts.at(-1).text, this.#t.lang));
    }
    this.#unwritten.clear();
    this.#follow();
  }

  #fetchCards() {
    this.#coming ??= import("./cards.js")
      .then((module) => ((cards = module), this.#redraw()))
      .catch(() => (this.#coming = null)); // away: the next drawing asks again
  }

  #redrawIfFirst(message) {
    if (this.#messages.length === 1) this.#redraw();
    else this.#draw(message);
    this.#follow();
  }

  #redraw() {
    this.#drawn.clear();
    this.#unwritten.clear();
    this.#on.drafts.fold(this.#messages);
    this.#list.replaceChildren();
    for (const message of this.#messages) this.#draw(message);
    this.#follow();
  }

  #draw(message) {
    if (!message) return;
    const text = message.parts.filter((part) => part.type === "text").map((part) => part.text).join(" ");
    const mine = message.role === "user";
    const node = make(
      `article.message.${message.role}`,
      { lang: guessLanguage(text, this.#t.lang), "data-id": message.id },
      make("span.sr", { lang: this.#t.lang }, `${mine ? this.#t.you : this.#t.amara}: `),
    );
    let open = null;
    for (const [index, part] of message.parts.entries()) {
      if (part.type === "card") {
        const card = cards ? cards.drawCard(part.card, this.#t, part.id, this.#on) : this.#fetchCards();
        if (card) node.append(make("div.result", { lang: this.#t.lang }, card));
        continue;
      }
      const bubble = make(mine ? "div.bubble" : "div.bubble.md");
      node.append(bubble);
      if (mine) {
        bubble.textContent = part.text;
        continue;
      }
      const pen = writer(bubble);
      pen.write(part.text);
      if (message.live && index === message.parts.length - 1) open = pen;
      else pen.end();
    }
    node.classList.toggle("live", Boolean(message.live));
    if (message.note) node.append(make("p.note", { lang: this.#t.lang }, this.#t[message.note]));
    if (message.error) node.append(this.#errorOf(message));
    const before = this.#drawn.get(message.id)?.node;
    if (before) before.replaceWith(node);
    else this.#list.append(node);
    this.#unwritten.delete(message.id); // the whole text has just been written
    this.#drawn.set(message.id, { node, writer: open });
  }

  #errorOf(message) {
    const again = message.error.retry && make("button.retry", { type: "button", onclick: () => this.#on.retry(message) }, this.#t.retry);
    return make("div.failure", { lang: this.#t.lang }, make("p", {}, message.error.text()), again);
  }
}
