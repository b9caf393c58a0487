/** Messages and cards as a run tells them. */

/** A conversation from a MESSAGES_SNAPSHOT, as the transcript wants it: there the tools' results are messages of their own. */
export function fromSnapshot(messages) {
  const list = [];
  for (const message of messages) {
    if (message.role === "tool") {
      const card = parseCard(message.content);
      if (card) list.findLast((one) => one.role === "assistant")?.parts.push({ type: "card", id: message.toolCallId, card });
    } else if (message.role === "user" || message.role === "assistant") {
      const text = typeof message.content === "string" ? message.content : "";
      const parts = text ? [{ type: "text", id: message.id, text }] : [];
      list.push({ id: message.id, role: message.role, parts, author: message.metadata?.amara?.author, note: null });
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
