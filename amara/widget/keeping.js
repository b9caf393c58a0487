/** What this browser keeps for the chat, all of it under `amara.`; where storage is forbidden, as long as the page lasts. */

import { newId } from "./ids.js";

const SESSION = "analytics_session_id"; // the platform's own key, so that its pages and this chat count as one visit
const memory = { local: new Map(), session: new Map() };

/** Something small kept here; null where there is none. Args: kind is `local`, or `session` for what ends with the tab. */
export function read(key, kind = "local") {
  try {
    return globalThis[`${kind}Storage`].getItem(key);
  } catch {
    return memory[kind].get(key) ?? null;
  }
}

/** Keeps it; null forgets it. */
export function write(key, value, kind = "local") {
  try {
    if (value === null) globalThis[`${kind}Storage`].removeItem(key);
    else globalThis[`${kind}Storage`].setItem(key, value);
  } catch {
    memory[kind].set(key, value);
  }
}

/** The names of what is kept here and begins so. */
export function keysOf(prefix, kind = "local") {
  try {
    return Object.keys(globalThis[`${kind}Storage`]).filter((key) => key.startsWith(prefix));
  } catch {
    return [...memory[kind].keys()].filter((key) => key.startsWith(prefix));
  }
}

/** Whose clicks these are, for counting alone; made at its first use. */
export function analyticsSession() {
  const id = read(SESSION, "session") ?? newId();
  write(SESSION, id, "session");
  return id;
}

/** The token of this browser's guest, or null. */
export const guestToken = () => read("amara.guest");
/** Keeps it; null forgets it. */
export const keepGuest = (token) => write("amara.guest", token);

/** Whoever comes next to this browser finds nothing of ours in it. */
export function forgetEverything() {
  for (const kind of ["local", "session"]) for (const key of keysOf("amara.", kind)) if (key !== "amara.lang") write(key, null, kind);
  write(SESSION, null, "session");
}
