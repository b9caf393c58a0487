/** Who writes here: the token, the conversation this person was in, and what is asked in the person's name. */

import { request } from "./asking.js";
import { newId } from "./ids.js";
import { guestToken, keepGuest, read, write } from "./keeping.js";
import { claimsOf } from "./token.js";

// One token, one person: kept apart in one browser. An opaque token has one conversation for this browser.
const subjectOf = (token) => claimsOf(token).sub ?? "unknown";

/** The conversation this person was in, kept in the browser from its first message on. */
export class Place {
  #key;

  constructor(subject) {
    this.subject = subject;
    this.#key = `amara.thread.${subject}`;
    this.known = read(this.#key);
    this.id = this.known ?? this.#unsent[0] ?? newId();
  }

  keep() {
    this.known = this.id;
    write(this.#key, this.id);
  }

  /** What was said here without a connection, `[id, text]`; it is said after a reload as well. */
  get unsent() {
    const [thread, list] = this.#unsent;
    return thread === this.id ? list : [];
  }

  set unsent(list) {
    write(`amara.unsent.${this.subject}`, list.length ? JSON.stringify([this.id, list]) : null, "session");
  }

  get #unsent() {
    return JSON.parse(read(`amara.unsent.${this.subject}`, "session") ?? "[null,[]]");
  }

  /** The conversation goes with its person, who goes by another name from here on. */
  carry(subject) {
    if (!this.known) return;
    write(`amara.thread.${subject}`, this.known);
    write(this.#key, null);
  }

  /** Another conversation of the same person. */
  go(id) {
    this.id = id;
    this.keep();
  }

  leave() {
    this.known = null;
    this.id = newId();
    write(this.#key, null);
  }
}

/** The person of one chat, as `getToken` speaks for them. */
export class Who {
  #on;
  #subject = null;
  token = "";
  /** @type {Place|null} */
  place = null;

  constructor(on) {
    this.#on = on;
  }

  identify = async (wish) => {
    this.token = await this.#on.getToken(wish);
    const subject = subjectOf(this.token);
    if (this.#subject && this.#subject !== subject) {
      this.#on.changed();
      keepGuest(null);
    }
    if (!this.#subject && guestToken()) import("./guest.js").then(({ checkGuest }) => checkGuest(this.#on.server()));
    this.#subject = subject;
    if (this.place?.subject !== subject) this.place = new Place(subject);
    return this.token;
  };

  ask = (path, wishes) => askAsPerson(this.#on.server(), path, wishes, (fresh) => (fresh ? this.identify({ fresh }) : this.token));

  open = async (contact) => (await import("./guest.js")).openSession(this.#on.server(), contact, await this.identify({ fresh: false }));

  /** The guest's bookings and conversation go to the account of this token. */
  async claim(token) {
    const { convert } = await import("./guest.js");
    const moved = await convert(this.#on.server(), token);
    this.place?.carry(subjectOf(token));
    return moved;
  }
}

/** A request in the person's name; a token that was refused is asked for anew, once. */
async function askAsPerson(server, path, wishes, getToken) {
  const ask = async (isFresh) => request(server, path, { ...wishes, bearer: await getToken(isFresh) });
  const answer = await ask(false);
  return answer.status === 401 ? ask(true) : answer;
}
