/** Who writes here: the token, the conversation this person was in, and what is asked in the person's name. */

import { checkGuest, convert, forgetGuest, openSession } from "./guest.js";
import { newId } from "./ids.js";

/** Whose token this is. It is only read to keep two people's conversations apart in one browser; the server checks it. */
export function subjectOf(token) {
  try {
    const body = token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/");
    return JSON.parse(atob(body)).sub ?? "unknown";
  } catch {
    return "unknown"; // an opaque token: one conversation for this browser
  }
}

/** The conversation this person was in, kept in the browser from its first message on. */
export class Place {
  #key;

  constructor(subject) {
    this.subject = subject;
    this.#key = `amara.thread.${subject}`;
    this.known = read(this.#key);
    this.id = this.known ?? newId();
  }

  keep() {
    this.known = this.id;
    write(this.#key, this.id);
  }

  /** The conversation goes with its person, who goes by another name from here on. */
  carry(subject) {
    if (!this.known) return;
    write(`amara.thread.${subject}`, this.known);
    write(this.#key, null);
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
      forgetGuest();
    }
    if (!this.#subject) checkGuest(this.#on.server());
    this.#subject = subject;
    if (this.place?.subject !== subject) this.place = new Place(subject);
    return this.token;
  };

  ask = (path, wishes) => askAsPerson(this.#on.server(), path, wishes, (fresh) => (fresh ? this.identify({ fresh }) : this.token));

  open = async (contact) => openSession(this.#on.server(), contact, await this.identify({ fresh: false }));

  /** The guest's bookings and conversation go to the account of this token. */
  async claim(token) {
    const moved = await convert(this.#on.server(), token);
    this.place?.carry(subjectOf(token));
    return moved;
  }
}

/** A request about a draft, as the person. */
async function askAsPerson(server, path, { method = "GET", body, key }, getToken) {
  const ask = (token) => {
    const headers = { Authorization: `Bearer ${token}`, Accept: "application/json" };
    if (body) headers["Content-Type"] = "application/json";
    if (key) headers["Idempotency-Key"] = key;
    return fetch(new URL(path, server), { method, headers, body: body && JSON.stringify(body) });
  };
  const answer = await ask(await getToken(false));
  return answer.status === 401 ? ask(await getToken(true)) : answer;
}

// A browser that forbids storage (private mode, an embedding page's sandbox) only forgets; it does not break the chat.
function read(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key, value) {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // nothing to keep it in
  }
}
