/**
 * `<amara-chat>`: the chat as one tag. By itself it is a round button in the corner that opens a panel; with `inline` it
 * fills the box that the page gives it.
 *
 * Attributes: `lang` (es, en), `heading`, `theme` (light, dark), `open`, `inline`, `closable` (inline, but may be closed),
 * `server` (another service than the one this came from), `accounts` (the page has some, and its visitors may sign in).
 * Properties: `getToken(wish)`, `context` (`{page, …}`: where on the site the person is).
 * Methods: open, close, toggle, send, stop, prefill, reset (new conversation), restart (another person), logout, claim.
 * Events: `amara:ready open close message action unread error auth-required`, bubbling, what they are about in `detail`.
 * Everything may be set and called before the element stands in a page; properties even before it is defined.
 */

import { Chat } from "./chat.js";
import { forgetEverything } from "./keeping.js";
import { visitorToken } from "./visitor.js";

const EARLY = ["getToken", "context"];

export class AmaraChat extends HTMLElement {
  static observedAttributes = ["lang", "heading", "open", "closable", "accounts"];

  #chat = null;
  #getToken = null;
  #context = {};
  #isReady = false;
  #early = []; // what was asked of it before it stood in a page

  constructor() {
    super();
    // A page may have set a property before this module was there; it must not hide the accessor of that name.
    for (const name of EARLY)
      if (Object.hasOwn(this, name)) {
        const value = this[name];
        delete this[name];
        this[name] = value;
      }
  }

  connectedCallback() {
    this.#chat ??= new Chat(this, this.attachShadow({ mode: "open" }));
    const begin = () => {
      this.#isReady = this.isConnected;
      if (this.#isReady) for (const [deed, ...what] of this.#early.splice(0)) this.#chat[deed](...what);
    };
    this.#chat.enter().then(begin, () => this.tell("error", { code: "not_loaded" }));
  }

  disconnectedCallback() {
    this.#isReady = false;
    this.#chat.leave();
  }

  attributeChangedCallback(name) {
    if (!this.#isReady) return; // what it is set to by then is read when it begins
    if (name === "open") this.#chat.showOpen();
    else this.#chat.speak();
  }

  /**
   * Gives the bearer token; asked again with `{fresh: true}` when the last one was refused. An error with `final` ends the
   * asking. Until a page sets its own, a visitor of the service.
   */
  get getToken() {
    return this.#getToken ?? this.#visit;
  }

  set getToken(getToken) {
    this.#getToken = getToken;
  }

  /** `{page, …}`: what the page around the chat is about. */
  get context() {
    return this.#context;
  }

  set context(context) {
    this.#context = context ?? {};
  }

  /** Where the service is. */
  get server() {
    return new URL(this.getAttribute("server") ?? import.meta.url.split("widget/")[0], document.baseURI);
  }

  /** How many messages came while nobody looked. */
  get unread() {
    return this.#chat?.unread ?? 0;
  }

  open() {
    this.toggleAttribute("open", true);
  }

  close() {
    this.toggleAttribute("open", false); // the socket stays: an answer being written goes on
  }

  toggle() {
    this.toggleAttribute("open");
  }

  /** Says something for the person; without a connection, or while an answer is being written, it waits its turn. */
  send(text) {
    this.#do("send", text);
  }

  stop() {
    this.#do("stop");
  }

  prefill(text) {
    this.#do("prefill", text);
  }

  /** Leaves this conversation and begins another. */
  reset() {
    this.#do("reset");
  }

  /** Begins again with whoever `getToken` now speaks for; nothing of the one before stays on the screen. */
  restart() {
    this.#do("restart");
  }

  /** Whoever wrote here goes, and leaves nothing in this browser. */
  logout() {
    forgetEverything();
    this.#do("forget");
  }

  /** The guest of this chat takes the bookings and the conversation to this account; then `getToken` speaks for it. */
  claim(token) {
    return this.#chat.claim(token);
  }

  tell(name, detail = {}) {
    this.dispatchEvent(new CustomEvent(`amara:${name}`, { bubbles: true, composed: true, detail }));
  }

  #do(...deed) {
    if (this.#isReady) this.#chat[deed[0]](...deed.slice(1));
    else this.#early.push(deed);
  }

  #visit = async (wish) => (await visitorToken({ ...wish, server: this.server })).token;
}

if (!customElements.get("amara-chat")) customElements.define("amara-chat", AmaraChat);
