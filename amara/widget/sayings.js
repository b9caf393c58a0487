/** What was said or decided here and is not yet answered there; each under its id, however often it has to be sent. */

import { newId } from "./ids.js";

export const againKey = (id) => `again ${id}`;

export class Sayings {
  #all = new Map(); // message or interrupt id → {text | resume | regenerate, runId, acked, stop}

  /** Ids of what has not been answered to its end. */
  get waiting() {
    return [...this.#all.keys()];
  }

  /** Messages that the service may not have yet: `[id, text]`. */
  get unsent() {
    return this.entries.filter(([, one]) => one.text !== undefined && !one.acked).map(([id, one]) => [id, one.text]);
  }

  get entries() {
    return [...this.#all];
  }

  /** Under which key this id is waited for: a message that is said, or the one whose answer is asked for again. */
  keyOf(id) {
    return this.#all.has(id) ? id : againKey(id);
  }

  get(key) {
    return this.#all.get(key);
  }

  add(id, what) {
    this.#all.set(id, { runId: newId(), acked: false, stop: false, ...what });
    return this.#all.get(id);
  }

  drop(id) {
    this.#all.delete(id);
  }

  /** A run has ended, and with it whatever it answered. */
  ended() {
    for (const [id, one] of this.#all) if (one.acked) this.#all.delete(id);
  }

  /** A complaint that names no message is about the oldest that is not stored yet. */
  get oldest() {
    return this.entries.find(([, one]) => !one.acked)?.[0];
  }

  /** Before anything is said again: decisions that were taken are on record, and a stored message asks under a new run. */
  renew(resumed) {
    for (const [id, one] of this.#all) {
      if (one.acked && (one.resume || one.regenerate)) this.#all.delete(id);
      else if (one.acked && !one.stop && !resumed) Object.assign(one, { runId: newId(), acked: false });
    }
  }

  /** The frame that says it. */
  frame(id, threadId, amara) {
    const { text, resume, regenerate, runId } = this.#all.get(id);
    return {
      threadId,
      runId,
      messages: text === undefined ? [] : [{ id, role: "user", content: text }],
      ...(resume && { resume }),
      forwardedProps: { amara: { ...amara, ...(regenerate && { regenerate }) } },
    };
  }
}
