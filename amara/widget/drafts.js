/**
 * The drafts of a conversation: which one stands, what came of each, and the person's decision on its way.
 *
 * What is true comes from the cards in the order they were told, from the service when it is asked, and from the clock.
 * An open draft may be decided while its interrupt waits, or, after a reload, once the service has said that it is open.
 */

import { newId } from "./ids.js";
import { guestToken, keepGuest, read, write } from "./keeping.js";

/**
 * @typedef {object} Case  a draft and what is known of it
 * @property {any} draft
 * @property {string} place  the card that shows it whole; every earlier one only points there
 * @property {"open"|"lost"|"expired"|"confirmed"|"cancelled"|"superseded"} state
 * @property {string|null} outcome  of the last answer
 * @property {any} booking
 * @property {string[]} others  free starts instead of the one that was wished
 * @property {"confirm"|"change"|"cancel"|null} busy
 * @property {boolean} isReady  it may be decided now
 * @property {string|null} trouble  why the last decision did not arrive
 * @property {boolean} needsContact  it can be confirmed once its guest has said who he or she is
 * @property {any} contact  what was written of that so far
 */

const MINUTE_MS = 60_000;
const instant = (moment) => new Date(moment ?? 0).getTime();

export class Drafts {
  #on;
  #told = new Map(); // draft id → {draft, place, outcome, booking, others, wished}
  #answers = new Map(); // draft id → what HTTP said of it; it stands in no transcript
  #hands = new Map(); // draft id → {interrupt, version, run, busy, trouble, known}
  #shown = new Map(); // draft and place → {element, draw, t}
  #timer = 0;

  /** A draft whose old card had the focus; its new one takes it. */
  wanted = null;

  #deck;

  constructor(on, deck) {
    this.#on = on;
    this.#deck = deck;
  }

  /** Reads every card of the conversation anew. */
  fold(messages) {
    this.#told.clear();
    for (const { parts } of messages)
      for (const { id, card } of parts) {
        if (card?.draft?.id) this.#take(card, id);
        else if (card?.card === "contact_form") this.#need(card, id);
      }
    for (const [id, answer] of this.#answers) if (this.#told.has(id)) this.#take(answer, null);
    this.#redraw();
  }

  now() {
    return Date.now() - this.#deck.aheadMs;
  }

  clear() {
    for (const kept of [this.#told, this.#answers, this.#hands, this.#shown]) kept.clear();
    clearTimeout(this.#timer);
  }

  /** An element that shows a draft is drawn again with every change, until it is no longer on the page. */
  show(key, shown) {
    this.#shown.set(key, shown);
  }

  /** The element of this place, where one is there in these words: what is being written in its form stays with it. */
  shown(key, t) {
    const shown = this.#shown.get(key);
    return shown?.t === t ? shown : undefined;
  }

  find(id) {
    const told = this.#told.get(id);
    if (!told) return undefined;
    const hand = this.#hand(id);
    const { draft, outcome, wished } = told;
    const isOpen = draft.status === "open";
    const isLate = isOpen && instant(draft.expires_at) <= this.now();
    // The hour of the draft itself is gone; where other hours were refused, the draft stands as it was.
    const isLost = isOpen && outcome === "slot_lost" && instant(wished) === instant(draft.starts_at);
    const state = isLate ? "expired" : isLost ? "lost" : draft.status;
    const isKnown = hand.version === draft.version && (hand.interrupt || hand.known);
    const isReady = isOpen && !isLate && Boolean(isKnown) && !draft.missing?.length;
    const needsContact = isOpen && !isLate && !isLost && !hand.busy && !hand.isPostponed && this.#lacksContact(id);
    return { ...told, state, isReady, needsContact, contact: hand.contact, busy: hand.busy, trouble: hand.trouble };
  }

  /** A run begins: whatever was asked before it is asked again at its end, or not any more. */
  begin() {
    for (const hand of this.#hands.values()) Object.assign(hand, { interrupt: null, known: false });
    this.#redraw();
  }

  /** Whether what this guest booked can be saved to an account from here. */
  get canSave() {
    return this.#deck.offersAccounts && Boolean(guestToken());
  }

  /** The service knows who the guest is: what waited for that is confirmed at once. */
  introduced(id, { session_token: token }) {
    keepGuest(token);
    this.decide(id, "confirm");
    this.#redraw();
  }

  /** The form is put away, with what was written in it; the decision is there again. */
  postpone(id) {
    this.#hand(id).isPostponed = true;
    this.#redraw();
  }

  /** The service has just said that it does not know who this guest is. */
  askContact(id) {
    keepGuest(null);
    Object.assign(this.#hand(id), { asksContact: true, isPostponed: false });
  }

  /** A run ended, with what the conversation waits for now. */
  end(runId, interrupts = []) {
    for (const hand of this.#hands.values()) if (hand.run === runId) Object.assign(hand, { busy: null, run: null });
    for (const { id, metadata } of interrupts) {
      const { draftId, version } = metadata?.amara ?? {};
      if (draftId) Object.assign(this.#hand(draftId), { interrupt: id, version });
    }
    this.#redraw();
    this.check();
  }

  /** The service would not take this answer, or its run failed. */
  refuse(interruptOrRun) {
    for (const hand of this.#hands.values()) {
      if (!hand.busy || (hand.run !== interruptOrRun && hand.interrupt !== interruptOrRun && hand.sent !== interruptOrRun)) continue;
      this.#fail(hand);
      return true;
    }
    return false;
  }

  /** Asks the service how the open draft stands, where nothing else has said so. */
  async check(waiting) {
    if (waiting) for (const hand of this.#hands.values()) if (hand.run && !waiting.includes(hand.sent)) Object.assign(hand, { busy: null, run: null });
    const [id, told] = [...this.#told].findLast(([, one]) => one.draft.status === "open") ?? [];
    const hand = id && this.#hand(id);
    if (!id || (hand.interrupt && hand.version === told.draft.version) || this.find(id).state === "expired") return;
    try {
      const answer = await this.#on.ask(`v1/amara/drafts/${id}`, {});
      if (answer.ok) this.#hear(id, { draft: await answer.json() });
      else if (answer.status === 404) this.#hear(id, { draft: { ...told.draft, status: "superseded" } });
    } catch {
      // away: the next welcome asks again
    }
  }

  get session() {
    return this.#on.session;
  }

  get open() {
    return this.#on.open;
  }

  /** What the person decides; a second click while the first is on its way does nothing. */
  decide(id, deed, edits) {
    const one = this.find(id);
    const hand = this.#hand(id);
    if (!one?.isReady || hand.busy) return;
    if (deed === "confirm" && this.#lacksContact(id)) {
      hand.isPostponed = false; // the form comes first, and needs no question to the service
      return this.#redraw();
    }
    Object.assign(hand, { busy: deed, trouble: null });
    if (hand.interrupt) {
      hand.sent = hand.interrupt;
      hand.run = this.#on.decide(hand.interrupt, { approved: deed === "confirm", ...(edits && { edits }) });
    } else this.#request(id, one.draft.version, deed, edits);
    this.#redraw();
  }

  async #request(id, version, deed, edits) {
    const path = `v1/amara/drafts/${id}`;
    const hand = this.#hand(id);
    try {
      const answer = await (deed === "confirm"
        ? this.#on.ask(`${path}/confirm`, { method: "POST", body: { version }, key: keyOf(id, version) })
        : this.#on.ask(path, deed === "cancel" ? { method: "DELETE" } : { method: "PATCH", body: { version, ...edits } }));
      const card = await answer.json();
      hand.busy = null;
      if (card.code === "contact_needed") {
        this.askContact(id);
        return this.#redraw();
      }
      if (!answer.ok) throw new Error(`the draft answered ${answer.status}`);
      this.#hear(id, card);
      this.#on.tell(this.#on.words().outcome(this.find(id)));
    } catch {
      this.#fail(hand);
    }
  }

  #fail(hand) {
    Object.assign(hand, { busy: null, run: null, trouble: "failed" });
    this.#on.tell(this.#on.words().draftFailed);
    this.#redraw();
    this.check();
  }

  #hear(id, card) {
    if (!this.#told.has(id) || !card.draft) return;
    this.#answers.set(id, card);
    this.#take(card, null);
    Object.assign(this.#hand(id), { known: true, version: this.#told.get(id).draft.version });
    this.#redraw();
  }

  #lacksContact(id) {
    return (this.#told.get(id).asksContact || this.#hand(id).asksContact) && !guestToken();
  }

  #hand(id) {
    if (!this.#hands.has(id)) this.#hands.set(id, { interrupt: null, version: 0, run: null, busy: null, trouble: null, known: false, asksContact: false, isPostponed: false, contact: {} });
    return this.#hands.get(id);
  }

  // The form takes the draft's place: what is asked for stands under what it is for, and the outcome where it was asked.
  #need({ draft_id: id, version }, place) {
    const told = this.#told.get(id);
    if (told?.draft.version === version && told.draft.status === "open") Object.assign(told, { place, asksContact: true });
  }

  #take(card, place) {
    const { draft, outcome = null, booking = null, alternatives: others = [], wished = null } = card;
    const before = this.#told.get(draft.id);
    const isOlder = before && (draft.version < before.draft.version || (before.draft.status !== "open" && draft.status === "open"));
    if (isOlder) return;
    // One draft is open in a conversation: where another one is offered, those before it are over.
    if (place && draft.status === "open")
      for (const [id, other] of this.#told)
        if (id !== draft.id && other.draft.status === "open") other.draft = { ...other.draft, status: "superseded" };
    const isOffered = draft.status === "open" && place;
    this.#told.set(draft.id, {
      draft,
      place: isOffered || !before ? place : before.place,
      outcome: outcome ?? before?.outcome ?? null,
      booking: booking ?? before?.booking ?? null,
      others: outcome ? others : (before?.others ?? []),
      wished: outcome ? wished : before?.wished,
      asksContact: before?.draft.version === draft.version && before.asksContact,
    });
  }

  #redraw() {
    clearTimeout(this.#timer);
    for (const [key, { element, draw }] of this.#shown) {
      if (element.isConnected) draw();
      else this.#shown.delete(key);
    }
    const open = [...this.#told.values()].filter(({ draft }) => draft.status === "open");
    const end = Math.min(...open.map(({ draft }) => instant(draft.expires_at)).filter((moment) => moment > this.now()));
    if (end === Infinity) return;
    const tick = () => {
      if (end <= this.now()) this.#on.tell(this.#on.words().expired);
      this.#redraw();
    };
    this.#timer = setTimeout(tick, ((end - this.now() - 1) % MINUTE_MS) + 1);
  }
}

// The same key however often this version is confirmed, also after a reload: what was booked once is not booked again.
function keyOf(id, version) {
  const name = `amara.confirm.${id}.${version}`;
  const key = read(name, "session") ?? newId();
  write(name, key, "session");
  return key;
}
