/** A token that the service itself gives: kept in this browser, renewed from the middle of its life on. */

import { read, write } from "./keeping.js";

/** A visitor's, who keeps the conversation when the browser is closed. */
export const visitorToken = (wish) => tokenFrom("v1/auth/anonymous", { key: "amara.token.visitor", kind: "local", ...wish });

/**
 * The token kept under this key, or a fresh one of this door.
 * @param {string} door
 * @param {{key: string, kind: string, server: string|URL, fresh?: boolean, isOpen?: boolean}} wish  not open: only renewed
 */
export async function tokenFrom(door, { key, kind, server, fresh = false, isOpen = true }) {
  const kept = keptToken(key, kind);
  const left = kept ? kept.until - Date.now() : 0;
  if (left > kept?.life / 2 && !fresh) return kept;
  const ask = (token) => fetch(new URL(door, server), { method: "POST", headers: token ? { Authorization: `Bearer ${token}` } : {} });
  try {
    if (!kept && !isOpen) throw Object.assign(new Error("nobody may begin here"), { final: true });
    // With the last token a visitor stays the same visitor, and so keeps the conversation.
    let answer = await ask(kept?.token);
    if (answer.status === 401 && kept && isOpen) answer = await ask();
    if (!answer.ok) throw Object.assign(new Error(`${door} answered ${answer.status}`), { final: isFinal(answer.status) });
    return keepToken(key, kind, { role: kept?.role, ...(await answer.json()) });
  } catch (error) {
    if (left > 0 && !fresh) return kept; // renewing early failed; the old one still holds
    throw error;
  }
}

export function keptToken(key, kind) {
  try {
    return JSON.parse(read(key, kind));
  } catch {
    return null; // nobody wrote that here
  }
}

export function keepToken(key, kind, { access_token: token, expires_in: seconds, full_name: name = "", role }) {
  const made = { token, name, role, life: seconds * 1000, until: Date.now() + seconds * 1000 };
  write(key, JSON.stringify(made), kind);
  return made;
}

function isFinal(status) {
  return status >= 400 && status < 500 && status !== 429;
}
