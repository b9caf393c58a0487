/** The events of a run, followed into the transcript: words, tools, cards, and every way an answer can end. */

import { fromSnapshot, parseCard } from "./snapshot.js";

const DRAFTING = { draft_booking: "book", cancel_booking: "cancel", reschedule_booking: "reschedule" };

// The values that already stand whole in arguments that are still coming.
function knownOf(args) {
  const known = {};
  for (const [, name, value] of args.matchAll(/"(service|starts_at|hours|address)"\s*:\s*("(?:[^"\\]|\\.)*"|[\d.]+(?=[,}\s]))/g)) {
    try {
      known[name] = JSON.parse(value);
    } catch {
      // an escape cut in two: the next piece completes it
    }
  }
  return known;
}

export class Answer {
  #on;
  #lines;
  #parents = new Map(); // tool call → the message that made it
  #cards = new Map(); // message → the card that belongs under its words
  #run = null;
  #pending = null; // the draft whose arguments are still coming: {id, args}

  /** Words were missed: what comes now may lack its beginning, and the stored text is fetched when the answer ends. */
  torn = false;

  constructor({ lines, ...on }) {
    this.#lines = lines;
    this.#on = on;
  }

  follow(event) {
    const lines = this.#lines;
    switch (event.type) {
      case "RUN_STARTED":
        this.torn = false; // from here on everything is heard
        this.#run = event.runId;
        this.#on.deck.begin();
        lines.suggest();
        lines.noted("later", null);
        return this.#on.live(true);
      case "TEXT_MESSAGE_START":
        if (event.metadata?.amara?.card) this.#cards.set(event.messageId, event.metadata.amara.card);
        if (event.metadata?.amara?.card?.card === "contact_form") this.#on.deck.askContact(event.metadata.amara.card.draft_id);
        return lines.begin(event.messageId);
      case "TEXT_MESSAGE_CONTENT":
        return this.#append(event);
      case "TEXT_MESSAGE_END":
        lines.end(event.messageId);
        if (this.#cards.has(event.messageId)) lines.card(event.messageId, this.#cards.get(event.messageId), event.messageId);
        return this.#parents.size ? undefined : lines.setStatus(this.#on.words().writing); // a tool's own line stays
      case "TOOL_CALL_START":
        this.#parents.set(event.toolCallId, event.parentMessageId);
        if (event.toolCallName in DRAFTING) this.#sketch({ id: event.toolCallId, kind: DRAFTING[event.toolCallName], args: "" });
        return lines.setStatus(event.metadata?.amara?.label ?? this.#on.words().writing);
      case "TOOL_CALL_ARGS":
        if (this.#pending?.id === event.toolCallId) this.#sketch({ ...this.#pending, args: this.#pending.args + event.delta });
        return undefined;
      case "TOOL_CALL_RESULT":
        return this.#draw(event);
      case "MESSAGES_SNAPSHOT":
        this.torn = false;
        return lines.show(fromSnapshot(event.messages));
      case "RUN_FINISHED":
        this.#on.live(false);
        lines.settle({ note: event.outcome?.type === "cancelled" ? "stopped" : null });
        this.#on.deck.end(event.runId, event.outcome?.interrupts);
        this.#on.ended(event.metadata?.amara ?? {});
        return this.#mend(this.torn);
      case "RUN_ERROR":
        // A decision that failed is told on its card, and tried again there.
        if (this.#on.deck.refuse(this.#run)) {
          this.#on.live(false);
          lines.settle();
        } else this.#on.failed(event.code, event.metadata?.amara?.offer === "retry" || undefined);
        this.#on.deck.end(this.#run);
        return this.#mend(this.torn || event.code === "resync");
      default:
        return undefined; // steps, other arguments, words of a later version
    }
  }

  #append({ messageId, delta }) {
    if (this.#lines.has(messageId)) {
      this.#lines.setStatus("");
      this.#lines.append(messageId, delta);
      return;
    }
    this.torn = true; // its beginning was told before we listened
    this.#on.live(true);
    this.#lines.setStatus(this.#on.words().resuming);
  }

  // What the model asks for is only a sketch; the result, from the database, takes its place.
  #sketch(pending) {
    const known = knownOf(pending.args);
    if (!this.#pending || Object.keys(known).length > Object.keys(this.#pending.known).length)
      this.#lines.card(pending.id, { card: "sketch", kind: pending.kind, ...known }, this.#parents.get(pending.id));
    this.#pending = { ...pending, known };
  }

  #draw({ toolCallId, content }) {
    const card = parseCard(content);
    if (this.#pending?.id === toolCallId) this.#pending = null;
    if (!card) this.#lines.uncard(toolCallId);
    if (card) this.#lines.card(toolCallId, card, this.#parents.get(toolCallId));
    this.#parents.delete(toolCallId);
    this.#lines.setStatus(this.#on.words().writing);
  }

  #mend(needed) {
    this.torn = false;
    this.#parents.clear();
    this.#cards.clear();
    if (this.#pending) this.#lines.uncard(this.#pending.id);
    this.#pending = null;
    if (needed) this.#on.stale();
  }
}
