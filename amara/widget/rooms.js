/** What is fetched only once it is needed: the writer of answers and the tools under them, the list of conversations, a person of the house. */

import { fetchHandoff } from "./history.js";

export class Rooms {
  #on;
  #answering = null;
  #house = null;
  #view = null;
  #heard = Promise.resolve();

  /** Args: `on` has root, study(book), t(), ask, place(), lines, panel, telling, say(words), came(message), again, choose(id), fresh(), gone(id). */
  constructor(on) {
    this.#on = on;
  }

  /** A writer into this bubble; of plain words until the one that knows markdown is there. */
  writer(bubble) {
    this.prepare();
    return this.#answering?.writer?.(bubble) ?? { write: (words) => bubble.append(words), end() {} };
  }

  /** An answer will come, or may: who begins to write wants one. What tells and writes it is there before it. */
  prepare() {
    this.#on.telling.prepare();
    this.#answering ??= this.#dress().then(
      (all) => ((this.#answering = all), this.#on.lines.redraw()),
      () => (this.#answering = null),
    );
  }

  /** The row under an answer; none while its module is on its way. */
  tools(message, text) {
    const { t, ask, say, again } = this.#on;
    this.prepare();
    return this.#answering.drawTools?.(message, text, { t: t(), ask, say, again: message.author ? null : again });
  }

  /** An `event` frame: what happens outside an answer. */
  hear({ id, name, value }) {
    if (name === "title") this.#view?.name(this.#on.place().id, value.title);
    else if (name === "handoff") this.showPerson(value);
    else if (name === "staff_message") this.#tell(value.id, value.content, [], value.author ?? { name: "MaidConnect" });
    else if (name === "booking") {
      const { text, ...card } = value;
      this.#tell(value.message_id ?? id, text, card.card ? [{ type: "card", id: `news-${id}`, card }] : []);
    }
  }

  askPerson() {
    this.#inHouse((house) => house.ask());
  }

  /** Asks how the conversation's hand-off stands. */
  async learnPerson() {
    const place = this.#on.place();
    const handoff = await fetchHandoff(this.#on.ask, place.id);
    if (place === this.#on.place()) this.showPerson(handoff);
  }

  showPerson(handoff) {
    if (handoff || this.#house) this.#inHouse((house) => house.show(handoff));
  }

  /** A person of the house reads what is said now, or will. */
  get isWithPerson() {
    return Boolean(this.#house?.state);
  }

  async togglePast() {
    const { panel, place, t, choose, fresh, gone, ask, say } = this.#on;
    if (this.#view) return this.closePast();
    const [{ drawConversations }] = await Promise.all([import("./conversations.js"), this.#dress()]);
    const leave = (deed) => (...what) => (this.closePast(), deed(...what));
    const on = { t: t(), ask, say, gone, current: place()?.id, choose: leave(choose), fresh: leave(fresh), close: () => this.closePast() };
    this.#view = drawConversations(on);
    panel.cover(this.#view.element);
    return this.#view.focus();
  }

  closePast() {
    if (!this.#view) return;
    this.#view = null;
    this.#on.panel.cover(null);
    this.#on.panel.past.focus();
  }

  // The looks and the words of whatever comes.
  async #dress() {
    const { root, study } = this.#on;
    const [{ ANSWERING }] = await Promise.all([import("./answering.js"), study("rooms")]);
    const sheet = ANSWERING.roomSheet();
    if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
    return ANSWERING;
  }

  // Drawn at once: nothing that is said later may come to stand before it.
  #tell(id, text, cards, author) {
    this.#on.lines.tell({ id, role: "assistant", author, parts: [{ type: "text", id, text: text ?? "" }, ...cards] });
    this.#on.came({ id, role: "assistant" });
  }

  #inHouse(deed) {
    this.#heard = this.#heard
      .then(() => Promise.all([import("./house.js"), this.#dress()]))
      .then(([{ House }]) => deed((this.#house ??= new House(this.#on))))
      .catch(() => {}); // the module did not come: the record tells it at the next look
  }
}
