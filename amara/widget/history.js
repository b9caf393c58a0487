/** Stored conversations: where their ids are kept in this browser, and their messages as the transcript wants them. */

import { newId } from "./ids.js";

const NOTICEABLE_MS = 10_000; // a clock this far off is wrong; less is the way there and back
const UNFINISHED = { cancelled: "stopped", stopped: "stopped", interrupted: "cut", failed: "cut", incomplete: "cut" };

/**
 * Whose token this is. It is only read to keep two people's conversations apart in one browser; the server checks it.
 * @param {string} token
 * @returns {string}
 */
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

  leave() {
    this.known = null;
    this.id = newId();
    write(this.#key, null);
  }
}

/**
 * What the service says of itself; null while it cannot be reached.
 * @param {URL} server
 * @returns {Promise<{concierge: boolean, demo: boolean, aheadMs: number}|null>}  aheadMs: this device's clock, against the service's
 */
export async function fetchAbout(server) {
  try {
    const answer = await fetch(new URL("v1/amara/about", server));
    const aheadMs = Date.now() - Date.parse(answer.headers.get("date") ?? ""); // unreadable from another origin
    return answer.ok ? { ...(await answer.json()), aheadMs: Math.abs(aheadMs) > NOTICEABLE_MS ? aheadMs : 0 } : null;
  } catch {
    return null;
  }
}

/**
 * One page of a conversation, oldest first.
 * @param {URL} server
 * @param {string} id
 * @param {string} token
 * @param {string|number|null} [before]
 * @returns {Promise<{messages: object[], next: any}|null>} null when there is no such conversation for this person
 */
export async function fetchMessages(server, id, token, before = null) {
  const url = new URL(`v1/amara/conversations/${encodeURIComponent(id)}/messages`, server);
  url.searchParams.set("limit", "50");
  if (before !== null) url.searchParams.set("before", String(before));
  const answer = await fetch(url, { headers: { Authorization: `Bearer ${token}`, Accept: "application/json" } });
  if (answer.status === 404) return null;
  if (!answer.ok) throw new Error(`the history answered ${answer.status}`);
  const { items, next } = await answer.json();
  return { messages: items.reverse().filter((row) => row.role !== "system").map(fromRow).filter(isVisible), next: next ?? null };
}

// A round that only asked tools leaves nothing to show, unless it drew a card or was cut off.
function isVisible(message) {
  return message.parts.length > 0 || message.note !== null;
}

function fromRow(row) {
  const parts = row.content ? [{ type: "text", id: row.id, text: row.content }] : [];
  const calls = Array.isArray(row.tool_calls) ? row.tool_calls : []; // older clients stored a string
  for (const call of calls) if (call.result?.card) parts.push({ type: "card", id: call.id, card: call.result });
  if (row.metadata?.card) parts.push({ type: "card", id: row.id, card: row.metadata.card });
  const id = row.metadata?.client_message_id ?? row.id;
  return { id, role: row.role, parts, note: UNFINISHED[row.metadata?.status] ?? null };
}

/**
 * The same from a MESSAGES_SNAPSHOT: there the tools' results are messages of their own.
 * @param {any[]} messages  AG-UI messages
 */
export function fromSnapshot(messages) {
  const list = [];
  for (const message of messages) {
    if (message.role === "tool") {
      const card = parseCard(message.content);
      if (card) list.findLast((one) => one.role === "assistant")?.parts.push({ type: "card", id: message.toolCallId, card });
    } else if (message.role === "user" || message.role === "assistant") {
      const text = typeof message.content === "string" ? message.content : "";
      const parts = text ? [{ type: "text", id: message.id, text }] : [];
      list.push({ id: message.id, role: message.role, parts, note: null });
    }
  }
  return list;
}

/**
 * The card in a tool's result, or null where there is none to draw.
 * @param {string} content
 */
export function parseCard(content) {
  try {
    const result = JSON.parse(content);
    return result?.card ? result : null;
  } catch {
    return null;
  }
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

/**
 * A request about a draft, as the person.
 * @param {URL} server
 * @param {string} path
 * @param {{method?: string, body?: object, key?: string}} wishes  the key makes a repeated request one deed
 * @param {(fresh: boolean) => string|Promise<string>} getToken  asked again, for a fresh one, when the first is refused
 * @returns {Promise<Response>}
 */
export async function askAsPerson(server, path, { method = "GET", body, key }, getToken) {
  const ask = (token) => {
    const headers = { Authorization: `Bearer ${token}`, Accept: "application/json" };
    if (body) headers["Content-Type"] = "application/json";
    if (key) headers["Idempotency-Key"] = key;
    return fetch(new URL(path, server), { method, headers, body: body && JSON.stringify(body) });
  };
  const answer = await ask(await getToken(false));
  return answer.status === 401 ? ask(await getToken(true)) : answer;
}
