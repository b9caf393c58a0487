/** A person of the house in Amara's place: asked for, waited for, taking over and giving back. */

import { make } from "./make.js";

/** Args: `on` has t(), ask, place(), panel, say(words). */
export class House {
  #on;
  /** `waiting`, `taken`, or null: Amara answers. */
  state = null;

  constructor(on) {
    this.#on = on;
  }

  /** Asks for a person. */
  async ask() {
    const t = this.#words;
    this.#strip(t.asking);
    try {
      const answer = await this.#post("handoff");
      if (answer.status === 404 || answer.status === 405) {
        this.#on.panel.person.hidden = true; // nobody is there who could
        return this.#strip(null);
      }
      if (!answer.ok) throw new Error(`the hand-off answered ${answer.status}`);
      const { handoff, staffed_from: from } = await answer.json();
      this.show(handoff ?? { state: "waiting" });
      if (from) this.#strip(t.away(this.#on.t().format({ weekday: "long", hour: "numeric", minute: "2-digit" }).format(new Date(from))), t.back);
    } catch {
      this.#strip(t.failed);
    }
  }

  /** How the hand-off stands: `{state, author}`, or null. */
  show(handoff) {
    const t = this.#words;
    const state = handoff?.state ?? null;
    const isNew = state !== this.state;
    this.state = state === "returned" ? null : state;
    const { person } = this.#on.panel;
    person.hidden &&= Boolean(this.state); // one of the two is there for whoever presses the other
    const said = { waiting: t.waiting, taken: t.taken(handoff?.author?.name ?? t.somebody), returned: t.returned }[state];
    this.#strip(this.state ? said : null, this.state && t.back);
    person.hidden = Boolean(this.state);
    if (isNew && said) this.#on.say(said);
  }

  async #post(deed) {
    return this.#on.ask(`v1/amara/conversations/${this.#on.place().id}/${deed}`, { method: "POST", body: {} });
  }

  #strip(text, back) {
    const { strip, person } = this.#on.panel;
    const hadFocus = person.matches(":focus") || strip.matches(":focus-within"); // what was pressed is about to go
    strip.hidden = !text;
    const goBack = async () => {
      const answer = await this.#post("return").catch(() => null);
      if (answer?.ok) this.show({ state: "returned" });
    };
    strip.replaceChildren(...(text ? [make("span", {}, text)] : []), ...(back ? [make("button", { type: "button", onclick: goBack }, back)] : []));
    if (hadFocus) (strip.querySelector("button") ?? person).focus();
  }

  get #words() {
    return this.#on.t().house;
  }
}
