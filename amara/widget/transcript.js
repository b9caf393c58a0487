/** What was said, drawn: messages with their cards, the status line, the empty state; follows its own end while one reads there. */

import { guessLanguage } from "./i18n.js";
import { make } from "./make.js";
import { drawMessage, textOf } from "./message.js";

const [NEAR_END_PX, AT_END_PX] = [72, 2]; // where the way back is not offered; what rounding leaves

/**
 * @typedef {{type: "text", id: string, text: string} | {type: "card", id?: string, card: any}} Part
 * @typedef {object} Message
 * @property {string} id
 * @property {"user"|"assistant"} role
 * @property {Part[]} parts
 * @property {"stopped"|"cut"|"queued"|"later"|null} [note]
 * @property {{text: () => string, retry: boolean}|null} [error]  under a message that got no answer
 * @property {{name: string}} [author]  a person of the house, who wrote it instead of Amara
 * @property {{score: string}} [feedback]  what the person thought of it
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
  #top = 0; // how far down it was scrolled last
  #list = make("div.list");
  #head = make("div.head");
  #status = make("p.status", { hidden: true });
  #latest;
  #replies = make("ul.replies", { role: "list", hidden: true });

  constructor({ log, latest, announcer, on }) {
    Object.assign(this, { log });
    this.#latest = latest;
    this.#announcer = announcer;
    this.#on = on;
    log.append(this.#head, this.#list, this.#replies, this.#status);
    // A banner or a tall input takes its height from the log, and what it holds grows; heard behind the layout, it costs none.
    const watch = new ResizeObserver(() => this.#follow());
    for (const one of [log, ...log.children]) watch.observe(one);
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
    this.redraw();
  }

  /** What stands above the messages: a note, a button, or nothing; null leaves it as it is. */
  setHead(nodes) {
    if (nodes) this.#head.replaceChildren(...nodes);
  }

  /** The stored conversation; what is being said or written right now stays behind it. */
  show(messages) {
    const stored = new Set(messages.map((one) => one.id));
    const ours = this.#messages.filter((one) => one.fresh || (one.local && !stored.has(one.id)));
    const fresh = new Set(ours.map((one) => one.id));
    this.#messages = [...messages.filter((one) => !fresh.has(one.id)), ...ours];
    this.redraw();
    this.toEnd();
  }

  /** Earlier messages; what one is reading keeps its place. */
  showBefore(messages) {
    const height = this.log.scrollHeight - this.log.scrollTop;
    this.#messages = [...messages, ...this.#messages];
    this.redraw();
    this.log.scrollTop = this.log.scrollHeight - height;
  }

  clear() {
    this.#messages = [];
    this.setStatus("");
    this.suggest();
    this.redraw();
  }

  has(id) {
    return this.#messages.some((one) => one.id === id);
  }

  /** Adds or replaces a message of the person. */
  said(id, text, note = null) {
    this.suggest();
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

  /** Changes every message that bears this note. */
  noted(note, next) {
    for (const one of this.#messages) if (one.note === note) this.amend(one.id, { note: next });
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
    this.#on.deck.tell(card).then((words) => this.#announcer.say(words));
    this.#on.deck.fold(this.#messages);
    this.#redrawIfFirst(message);
  }

  /** Somebody of the house, or the house itself, wrote something. */
  tell(message) {
    if (this.has(message.id)) return;
    this.#messages.push({ note: null, ...message });
    this.#redrawIfFirst(this.#messages.at(-1));
    const name = message.author ? `${message.author.name}: ` : "";
    this.#announcer.say(name + textOf(message));
  }

  /** What the person may want to say next, to tap. */
  suggest(replies = []) {
    const chip = (text) => make("li", {}, make("button.chip", { type: "button", onclick: () => this.#on.say(text) }, text));
    this.#replies.replaceChildren(...replies.slice(0, 3).map(chip));
    this.#replies.hidden = !replies.length;
    this.#replies.setAttribute("aria-label", this.#t.replies);
  }

  /** A card that has come to nothing. */
  uncard(id) {
    const message = this.#messages.find(({ parts }) => parts.some((part) => part.type === "card" && part.id === id));
    if (!message) return;
    message.parts = message.parts.filter((part) => part.type !== "card" || part.id !== id);
    if (message.parts.length || message.live) return this.#draw(message);
    this.#messages.splice(this.#messages.indexOf(message), 1);
    this.redraw();
  }

  /** What was answered to the last question, put away because it will come again. */
  dropAnswer() {
    const from = this.#messages.findLastIndex((one) => one.role === "user");
    this.#messages.length = from + 1;
    this.redraw();
  }

  /** Ends whatever is being written; a note or an error goes under the last words, the question when there are none, or this message. */
  settle(change = {}, id) {
    // What was said meanwhile waits behind the answer; the answer ends where it stands.
    const waits = ({ note }) => note === "later" || note === "queued";
    const last = this.#find(id) ?? this.#messages.findLast((one) => one.fresh) ?? this.#messages.findLast((one) => !waits(one)) ?? this.#messages.at(-1);
    for (const one of id ? [] : this.#messages) {
      if (one.live) this.end(one.id);
      one.fresh = false;
    }
    if (last) this.amend(last.id, change);
    const words = change.error?.text() ?? this.#t[change.note];
    if (words) this.#announcer.say(words);
  }

  /** The line that says what Amara is doing; empty when nothing. */
  setStatus(words) {
    if (this.#status.textContent === words) return;
    this.#status.textContent = words;
    this.#status.hidden = !words;
  }

  toEnd() {
    this.#stuck = true;
    this.#follow();
  }

  #find(id) {
    return this.#messages.find((one) => one.id === id);
  }

  #noticeScroll() {
    const [{ scrollTop }, left] = [this.log, this.#left()];
    // What has grown below was no reader's doing; whoever goes up, by however little at first, is let go.
    if (scrollTop < this.#top) this.#stuck = left < AT_END_PX;
    else if (left < NEAR_END_PX) this.#stuck = true;
    this.#top = scrollTop;
    this.#latest.hidden = this.#stuck || left < NEAR_END_PX;
  }

  #follow() {
    const left = this.#left();
    if (this.#stuck && left) this.log.scrollTop += left;
    if (this.#stuck) this.#top = this.log.scrollTop;
    this.#latest.hidden = this.#stuck || left < NEAR_END_PX;
  }

  // How much is below what one sees.
  #left() {
    const { scrollHeight, scrollTop, clientHeight } = this.log;
    return scrollHeight - scrollTop - clientHeight;
  }

  #write() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    for (const [id, text] of this.#unwritten) {
      const drawn = this.#drawn.get(id);
      if (drawn?.writer) drawn.writer.write(text);
      else this.#draw(this.#find(id));
      const lang = guessLanguage(this.#find(id).parts.at(-1).text, this.#t.lang);
      const node = this.#drawn.get(id)?.node;
      if (node && node.lang !== lang) node.lang = lang; // an attribute set anew costs the style of all that is in it
    }
    this.#unwritten.clear();
  }

  #redrawIfFirst(message) {
    if (this.#messages.length === 1) this.redraw();
    else this.#draw(message);
    this.#follow();
  }

  /** Draws everything anew. */
  redraw() {
    this.#drawn.clear();
    this.#unwritten.clear();
    this.#on.deck.fold(this.#messages);
    this.#list.replaceChildren();
    for (const message of this.#messages) this.#draw(message);
    this.#follow();
  }

  #draw(message) {
    if (!message) return;
    const { node, pen } = drawMessage(message, this.#t, this.#on);
    const before = this.#drawn.get(message.id)?.node;
    if (before) before.replaceWith(node);
    else this.#list.append(node);
    this.#unwritten.delete(message.id); // the whole text has just been written
    this.#drawn.set(message.id, { node, writer: pen });
  }
}
