/** The line of a chat: one socket for one person in one conversation, and what was said while there was none. */

import { analyticsSession } from "./keeping.js";
import { AmaraSocket } from "./protocol.js";

// When a person, or the network, comes back, a waiting socket need not wait any longer.
const RETURNS = [[document, "visibilitychange"], [globalThis, "online"], [globalThis, "pageshow"]];

export class Line {
  #on;
  #socket = null;

  /** Args: `on` has server(), who, lang(), timeZone, kept(id, text) for what an earlier page could not send, and hear(kind, detail). */
  constructor(on) {
    this.#on = on;
  }

  /** Whether to notice that somebody comes back. */
  listen(is) {
    for (const [target, moment] of RETURNS) target[is ? "addEventListener" : "removeEventListener"](moment, this.#noticed);
  }

  get state() {
    return this.#socket?.state ?? "idle";
  }

  get run() {
    return this.#socket?.run ?? null;
  }

  get waiting() {
    return this.#socket?.waiting ?? [];
  }

  start() {
    if (this.#socket) return;
    const { server, who, lang, timeZone, hear } = this.#on;
    const url = new URL("v1/amara/chat", server());
    url.protocol = url.protocol.replace("http", "ws");
    const socket = new AmaraSocket({
      url: url.href,
      threadId: () => this.#place(socket),
      locale: lang,
      timeZone,
      session: analyticsSession,
      getToken: who.identify,
      on: (kind, detail) => {
        if (socket !== this.#socket) return;
        if (kind === "ack" || kind === "refused") this.#keep();
        hear(kind, detail);
      },
    });
    this.#socket = socket;
    socket.open();
  }

  end() {
    this.#socket?.close();
    this.#socket = null;
  }

  say(text, id) {
    this.start();
    const said = this.#socket.say(text, id);
    this.#keep();
    return said;
  }

  again(id) {
    this.#socket.again(id);
  }

  decide(interrupt, payload) {
    return this.#socket.decide(interrupt, payload);
  }

  stop() {
    this.#socket?.stop();
  }

  /** Now rather than later. Args: wished by a person, who may also try where it was refused. */
  nudge(wished = false) {
    if (wished && this.state === "refused") this.#socket.open();
    else this.#socket?.nudge();
  }

  #noticed = () => document.visibilityState === "visible" && this.nudge();

  #place(socket) {
    const { place } = this.#on.who;
    for (const [id, text] of place.unsent) if (!socket.waiting.includes(id)) this.#on.kept(socket.say(text, id), text);
    this.#keep();
    return place.id;
  }

  #keep() {
    if (this.#on.who.place) this.#on.who.place.unsent = this.#socket.unsent;
  }
}
