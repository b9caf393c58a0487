/** What a screen reader hears: whole sentences of an answer as they are finished, not every letter of it. */

const SENTENCE = /^[\s\S]*?[.!?…:;](?=\s)|^[^\n]+(?=\n)/;
const KEPT = 6; // spoken lines are dropped again, else the hidden region grows as long as the conversation

export class Announcer {
  #region;
  #text = "";

  constructor(region) {
    this.#region = region;
  }

  /** Says a whole line now. */
  say(line) {
    const words = line.replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1").replace(/^\s*[-+*]\s|[*_`#>|]+/g, "").trim();
    if (!words) return;
    const node = document.createElement("p");
    node.textContent = words;
    this.#region.append(node);
    while (this.#region.childElementCount > KEPT) this.#region.firstElementChild.remove();
  }

  /** Takes streamed text and says each sentence once it stands. */
  feed(delta) {
    this.#text += delta;
    for (let match = SENTENCE.exec(this.#text); match; match = SENTENCE.exec(this.#text)) {
      this.say(match[0]);
      this.#text = this.#text.slice(match[0].length).replace(/^\s+/, "");
    }
  }

  /** Says what is left of an answer that ended. */
  flush() {
    this.say(this.#text);
    this.#text = "";
  }
}
