/** A conversation's record, as the transcript wants it. */

const UNFINISHED = { cancelled: "stopped", stopped: "stopped", interrupted: "cut", failed: "cut", incomplete: "cut" };

/** One page of a conversation, oldest first. */
export async function fetchMessages(ask, id, before = null) {
  const answer = await ask(`v1/amara/conversations/${encodeURIComponent(id)}/messages?limit=50${before === null ? "" : `&before=${before}`}`);
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
  const { author, feedback, status } = row.metadata ?? {};
  return { id, role: row.role, parts, author, feedback, note: UNFINISHED[status] ?? null };
}
