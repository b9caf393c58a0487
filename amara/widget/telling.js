/** The events of a run on their way into the transcript. The module that understands them comes before the first answer. */

export class Telling {
  #on;
  #answer = null;
  #coming = null;
  #untold = []; // what came before it
  #torn = false;

  constructor(on) {
    this.#on = on;
  }

  /** Words were missed, or will not be told any more. */
  set torn(torn) {
    this.#torn = torn;
    if (this.#answer) this.#answer.torn = torn;
    if (!torn) this.#untold = [];
  }

  follow(event) {
    if (this.#answer) return this.#answer.follow(event);
    this.#untold.push(event);
    return this.prepare();
  }

  prepare() {
    this.#coming ??= import("./answering.js").then(
      ({ ANSWERING }) => {
        this.#answer = new ANSWERING.Answer(this.#on);
        this.#answer.torn = this.#torn;
        for (const event of this.#untold.splice(0)) this.#answer.follow(event);
      },
      () => (this.#coming = null), // away: the next event asks again
    );
  }
}
