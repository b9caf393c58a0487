/** The cards of a conversation and the drafts on them. Their modules come with the first: most conversations begin with words. */

export class Deck {
  #on;
  #table = null;
  #coming = null;
  #missed = []; // what happened to drafts before there was anything to tell it

  /** How far this device's clock is ahead of the service's; a hold ends on the service's. */
  aheadMs = 0;
  /** Whether the page around the chat can give a guest an account. */
  offersAccounts = false;

  /** Args: `on` has `study(book)` and `came()`, called once the modules are there, beside what the table itself needs. */
  constructor(on) {
    this.#on = on;
  }

  fold(messages) {
    this.#drafts?.fold(messages);
  }

  /** The element of a card; null while its modules are on their way, and for a card that says nothing. */
  draw(card, t, place, on) {
    if (!this.#table) this.fetch();
    return this.#table?.draw(card, t, place, on) ?? null;
  }

  /** What a card comes to in one sentence, for those who hear the page. */
  async tell(card) {
    await this.fetch();
    return this.#table?.tell(card, this.#on.words()) ?? "";
  }

  begin() {
    this.#missed = [];
    this.#drafts?.begin();
  }

  end(runId, interrupts = []) {
    if (this.#table || interrupts.length) this.#later((drafts) => drafts.end(runId, interrupts));
  }

  askContact(id) {
    this.#later((drafts) => drafts.askContact(id));
  }

  refuse(interruptOrRun) {
    return this.#drafts?.refuse(interruptOrRun) ?? false;
  }

  check(waiting) {
    this.#drafts?.check(waiting);
  }

  clear() {
    this.#missed = [];
    this.#drafts?.clear();
  }

  fetch() {
    this.#coming ??= Promise.all([import("./table.js"), this.#on.study("booking")]).then(
      ([{ Table }]) => {
        this.#table = new Table(this.#on, this);
        this.#on.came();
        for (const tell of this.#missed.splice(0)) tell(this.#drafts);
        if (!this.#on.isLive()) this.check();
      },
      () => (this.#coming = null), // away: the next drawing asks again
    );
    return this.#coming;
  }

  get #drafts() {
    return this.#table?.drafts;
  }

  #later(tell) {
    if (this.#table) return tell(this.#drafts);
    this.#missed.push(tell);
    return this.fetch();
  }
}
