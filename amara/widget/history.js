/** Stored conversations: their messages, as the transcript wants them. */

const NOTICEABLE_MS = 10_000; // a clock this far off is wrong; less is the way there and back
const UNFINISHED = { cancelled: "stopped", stopped: "stopped", interrupted: "cut", failed: "cut", incomplete: "cut" };

/** What is shown of a conversation's record, and the way further back. */
export class Story {
  #on;
  #before = null;
  state = "none";

  constructor(on) {
    this.#on = on;
  }

  /** Where the page before the shown ones begins; null where there is none. */
  get next() {
    return this.#before;
  }

  get isEmpty() {
    return this.#on.lines.isEmpty;
  }

  forget() {
    this.state = "none";
    this.#before = null;
  }

  /** Shows the newest page, or the one before what is shown. */
  async recall(before = null) {
    const { lines, page: fetchPage, drawn, told, ...on } = this.#on;
    const place = on.place();
    if (!before) {
      this.state = lines.isEmpty ? "loading" : "shown";
      this.#before = null;
    }
    drawn();
    try {
      const page = await fetchPage(place.id, before);
      if (place !== on.place()) return;
      this.state = "shown";
      this.#before = page?.next ?? null;
      if (before) lines.showBefore(page?.messages ?? []);
      else lines.show(page?.messages ?? []);
      told(before ? null : page?.messages.at(-1));
    } catch {
      if (place === on.place()) this.state = "lost";
    }
    drawn();
  }
}

/** What the service says of itself; null while it cannot be reached. */
export async function fetchAbout(server) {
  try {
    const answer = await fetch(new URL("v1/amara/about", server));
    const aheadMs = Date.now() - Date.parse(answer.headers.get("date") ?? ""); // unreadable from another origin
    return answer.ok ? { ...(await answer.json()), aheadMs: Math.abs(aheadMs) > NOTICEABLE_MS ? aheadMs : 0 } : null;
  } catch {
    return null;
  }
}

/** One page of a conversation, oldest first. */
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

/** The same from a MESSAGES_SNAPSHOT: there the tools' results are messages of their own. */
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

/** The card in a tool's result, or null where there is none to draw. */
export function parseCard(content) {
  try {
    const result = JSON.parse(content);
    return result?.card ? result : null;
  } catch {
    return null;
  }
}
