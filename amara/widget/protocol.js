/**
 * The socket of a conversation, without a DOM: hello, frames, pings, stop, and coming back after every kind of loss.
 *
 * Everything it learns goes to one callback, `on(kind, detail)`:
 *
 * - `state`   `{state, code?}`; state is `idle | connecting | ready | waiting | refused`
 * - `welcome` `{again, resumed, frame}`; `again` without `resumed` means that words may have been missed
 * - `ack`     `{id, runId, status}`: the message with this id is stored, or the interrupt with this id answered
 * - `event`   an AG-UI event
 * - `aside`   `{name, value}`: what happens outside a run
 * - `refused` `{id, isAgain, code, message, retryable, retryAfterMs}`: the server would not take the message or the answer
 * - `error`   `{code, message, retryable}`: a complaint that belongs to no message
 */

import { isAfter, newId } from "./ids.js";
import { againKey, Sayings } from "./sayings.js";
import { Renewal } from "./token.js";

const SILENCE_BEFORE_WELCOME_MS = 10_000; // the server waits as long for our hello
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 15_000;
const FINAL = new Set([4400, 4403, 4404, 4406, 4413]); // coming back would only be refused again

export class AmaraSocket {
  #options;
  #socket = null;
  #state = "idle";
  #attempt = 0;
  #timer = 0;
  #silence = 0;
  #patience = SILENCE_BEFORE_WELCOME_MS;
  #cursor = null;
  #resumes = false;
  #welcomed = false;
  #askedFresh = false;
  #delay = null; // what the server asked us to wait, once
  #sayings = new Sayings();
  #heard = 0; // when the peer last said anything
  #renewal;
  #run = null;
  #rejected = null;

  /**
   * @param {object} options  also `timeZone`, `device`, and `WebSocket` and `random` for who has others
   * @param {string} options.url  `ws(s)://…/v1/amara/chat`
   * @param {() => string} options.threadId  asked after the token, since it may depend on whose it is
   * @param {(wish: {fresh: boolean}) => string|Promise<string>} options.getToken  fresh: the last one was refused, or ends soon
   * @param {() => Promise<string|null>} [options.getTicket]  instead of saying the token on the socket
   * @param {(kind: string, detail: any) => void} options.on
   * @param {() => string} options.locale  `es` or `en`, asked at each use
   * @param {() => string} [options.session]  of the visit, for counting alone
   */
  constructor(options) {
    this.#options = { device: "web", WebSocket: globalThis.WebSocket, random: Math.random, ...options };
    this.#renewal = new Renewal(this.#options.getToken);
  }

  get state() {
    return this.#state;
  }

  /** The id of the run being answered now, or null. */
  get run() {
    return this.#run;
  }

  /** Ids of what has not been answered to its end. */
  get waiting() {
    return this.#sayings.waiting;
  }

  get unsent() {
    return this.#sayings.unsent;
  }

  open() {
    if (this.#state === "idle" || this.#state === "refused") this.#dial();
  }

  /** Leaves for good; what was said and stored goes on being answered on the server. */
  close() {
    clearTimeout(this.#timer);
    this.#drop();
    this.#become("idle");
  }

  /** The network is back, or the person: no need to wait any longer, and a peer that left while this machine slept is missed. */
  nudge() {
    if (this.#state === "waiting") {
      clearTimeout(this.#timer);
      this.#dial();
    } else if (this.#state === "ready" && (this.#socket?.readyState !== 1 || Date.now() - this.#heard > this.#patience)) this.#lost(1006);
  }

  /**
   * Says something. Without a connection it is kept and said at the next welcome.
   * @param {string} text
   * @param {string} [id]  the id of an earlier message asks for its answer again
   * @returns {string} the message's id
   */
  say(text, id = newId()) {
    this.#sayings.add(id, { text });
    if (this.#state === "ready") this.#sayAgain(id);
    return id;
  }

  /**
   * Answers an interrupt, once however often it is sent: until the server has taken it, it is sent again under the same run.
   * @param {string} id  the interrupt's
   * @param {{approved: boolean, edits?: object}} payload
   * @returns {string} the run that will tell what came of it
   */
  decide(id, payload) {
    const { runId } = this.#sayings.add(id, { resume: [{ interruptId: id, status: "resolved", payload }] });
    if (this.#state === "ready") this.#sayAgain(id);
    return runId;
  }

  /** Asks for another answer to the last message. Args: id of that message. */
  again(id) {
    const key = againKey(id);
    this.#sayings.add(key, { regenerate: id });
    if (this.#state === "ready") this.#sayAgain(key);
    return key;
  }

  /** Stops the answer being written; without a connection as soon as there is one. */
  stop() {
    for (const [id, said] of this.#sayings.entries) {
      if (said.resume) continue; // a decision is no answer being written
      if (this.#state !== "ready" && !said.acked) {
        this.#sayings.drop(id); // never reached the server: there is nothing to stop there
        this.#options.on("event", { type: "RUN_FINISHED", runId: said.runId, outcome: { type: "cancelled" } });
      } else {
        said.stop = true;
        this.#send({ type: "abort", runId: this.#run ?? said.runId });
      }
    }
    if (this.#run && this.#sayings.entries.every(([, said]) => said.resume)) this.#send({ type: "abort", runId: this.#run });
  }

  async #dial() {
    const { url, threadId, getToken, getTicket, locale, device, WebSocket: Socket } = this.#options;
    this.#become("connecting");
    let token;
    let ticket;
    try {
      token = await getToken({ fresh: this.#askedFresh });
      ticket = await getTicket?.();
    } catch (error) {
      if (this.#state !== "connecting") return;
      if (error?.final) this.#become("refused", 4401);
      else this.#wait();
      return;
    }
    if (this.#state !== "connecting") return;
    const socket = new Socket(`${url}?threadId=${encodeURIComponent(threadId())}`, ticket ? ["amara.v1", `ticket.${ticket}`] : []);
    this.#socket = socket;
    this.#patience = SILENCE_BEFORE_WELCOME_MS;
    this.#heard = Date.now();
    this.#doubt();
    socket.onopen = () => {
      socket.send(JSON.stringify({ type: "hello", token, since: this.#resumes ? this.#cursor : null, locale: locale(), device }));
      this.#renewal.of(token, (fresh) => socket === this.#socket && this.#send({ type: "refresh", token: fresh }));
    };
    socket.onmessage = ({ data }) => {
      if (socket !== this.#socket) return;
      this.#heard = Date.now();
      this.#hear(JSON.parse(data));
    };
    socket.onclose = ({ code }) => socket === this.#socket && this.#lost(code);
  }

  // A peer that says nothing for two heartbeats is dead, whatever TCP believes. One timer for many words.
  #doubt = () => {
    const left = this.#heard + this.#patience - Date.now();
    if (left > 0) this.#silence = setTimeout(this.#doubt, left);
    else this.#lost(1006);
  };

  #drop() {
    clearTimeout(this.#silence);
    this.#renewal.end();
    this.#socket?.close();
    this.#socket = null;
  }

  #lost(code) {
    this.#drop();
    if (code === 4401 && this.#askedFresh) this.#become("refused", code);
    else if (code === 4401) {
      this.#askedFresh = true; // once: a second refusal of a fresh token is an answer
      this.#dial();
    } else if (FINAL.has(code)) this.#become("refused", code);
    else this.#wait();
  }

  #wait() {
    const { random } = this.#options;
    const longest = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** this.#attempt);
    // Jitter keeps ten thousand widgets from knocking in the same second after a restart.
    const delay = this.#delay === null ? longest * (0.5 + random() / 2) : this.#delay * (1 + random() / 2);
    this.#attempt += 1;
    this.#delay = null;
    this.#timer = setTimeout(() => this.#dial(), delay);
    this.#become("waiting");
  }

  #become(state, code) {
    this.#state = state;
    this.#options.on("state", { state, code, attempt: this.#attempt });
  }

  #send(frame) {
    if (this.#socket?.readyState === 1) this.#socket.send(JSON.stringify(frame));
  }

  #sayAgain(id) {
    const { threadId, locale, timeZone, session } = this.#options;
    this.#send(this.#sayings.frame(id, threadId(), { locale: locale(), timeZone, analyticsSessionId: session?.() }));
  }

  #hear(frame) {
    const { on } = this.#options;
    if (frame.chunk) return this.#follow(frame.id, frame.chunk);
    switch (frame.type) {
      case "welcome":
        return this.#welcome(frame);
      case "ping":
        return this.#send({ type: "pong" });
      case "ack":
        return this.#acknowledge(frame);
      case "event":
        if (frame.id && !isAfter(frame.id, this.#cursor)) return undefined;
        this.#cursor = frame.id ?? this.#cursor;
        return on("aside", frame);
      case "reconnect":
        return void (this.#delay = frame.afterMs ?? 0);
      case "error":
        return this.#complain(frame);
      default:
        // An event told to this socket alone stands in no log: it comes without an envelope. The rest are later words.
        return /^[A-Z]/.test(frame.type ?? "") ? this.#follow(null, frame) : undefined;
    }
  }

  #welcome(frame) {
    const resumed = this.#resumes && this.#cursor !== null;
    const again = this.#welcomed;
    this.#resumes = Boolean(frame.capabilities?.includes("resume"));
    this.#patience = 2.5 * (frame.heartbeatMs || 25_000);
    this.#welcomed = true;
    this.#attempt = 0;
    this.#askedFresh = false;
    if (!resumed) this.#cursor = this.#run = null;
    this.#sayings.renew(resumed);
    this.#become("ready");
    this.#options.on("welcome", { again, resumed, frame });
    for (const [id, said] of this.#sayings.entries) {
      if (said.stop) this.#send({ type: "abort", runId: said.runId });
      if (!said.acked) this.#sayAgain(id);
    }
  }

  #acknowledge({ ref, runId, status }) {
    const said = this.#sayings.get(this.#sayings.keyOf(ref));
    if (said) Object.assign(said, { acked: status !== "rejected", runId: runId ?? said.runId });
    if (status === "rejected") this.#rejected = ref; // the reason is in the error frame that follows
    else this.#options.on("ack", { id: ref, runId, status });
  }

  #complain(frame) {
    this.#delay = frame.retryAfterMs ?? null;
    // The frame names no message: it is about the one just rejected, else about the oldest not yet stored.
    const id = this.#rejected ?? this.#sayings.oldest;
    this.#rejected = null;
    if (id && this.#state === "ready") {
      const key = this.#sayings.keyOf(id);
      const { regenerate } = this.#sayings.get(key) ?? {};
      this.#sayings.drop(key);
      this.#options.on("refused", { ...frame, id: regenerate ?? id, isAgain: Boolean(regenerate) });
    } else this.#options.on("error", frame);
  }

  #follow(cursor, event) {
    if (cursor) {
      if (!isAfter(cursor, this.#cursor)) return;
      this.#cursor = cursor;
    }
    if (event.type === "RUN_STARTED") this.#run = event.runId;
    if (event.type === "MESSAGES_SNAPSHOT") this.#cursor = null; // the replay behind it may bear older cursors
    const ended = event.type === "RUN_FINISHED" || event.type === "RUN_ERROR";
    if (ended) {
      this.#run = null;
      this.#sayings.ended();
    }
    this.#options.on("event", event);
  }
}
