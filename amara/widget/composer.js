/** Where one writes: Enter sends, Shift+Enter breaks the line, a counter near the limit; what is written survives a reload. */

import { read, write } from "./keeping.js";
import { icon, make, name } from "./make.js";

const COUNT_FROM = 0.9; // of the limit; before that a number would only be noise
const TALLEST_PX = 160;
const KEPT = "amara.draft";

export class Composer {
  #on;
  #t;
  #limit = 8000;
  #live = false;
  #input = make("textarea", { id: "input", rows: "1", autocomplete: "off", enterkeyhint: "send", "aria-describedby": "count" });
  #label = make("label.sr", { for: "input" });
  #button = make("button.round.primary", { type: "submit" }, icon("send"));
  #stop = make("button.round.primary.stop", { type: "button", hidden: true, onclick: () => this.#on.stop() }, icon("stop"));
  #count = make("p.count", { id: "count", hidden: true });

  constructor(on) {
    this.#on = on;
    this.element = make("form.composer", { novalidate: true }, this.#label, make("div.field", { part: "input" }, this.#input, this.#stop, this.#button), this.#count);
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    this.#input.addEventListener("input", () => (this.#on.begun(), this.#weigh()));
    this.#input.addEventListener("keydown", (event) => {
      // While an input method composes a character, Enter chooses it; 229 is what Safari says then.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      this.#send();
    });
    this.#input.value = read(KEPT, "session") ?? "";
  }

  set limit(characters) {
    this.#limit = characters;
    this.#weigh();
  }

  /** Whether an answer is being written: then it may be stopped, and what is sent waits for its end. */
  set live(live) {
    if (live === this.#live) return;
    this.#live = live;
    this.#dress();
  }

  get text() {
    return this.#input.value;
  }

  set text(text) {
    this.#input.value = text;
    this.#weigh();
  }

  focus() {
    this.#input.focus({ preventScroll: true });
    this.#input.setSelectionRange(this.#input.value.length, this.#input.value.length);
  }

  speak(t) {
    this.#t = t;
    this.#label.textContent = t.input;
    this.#input.placeholder = t.input;
    name(this.#button, t.send);
    name(this.#stop, t.stop);
    this.#dress();
  }

  #send() {
    const text = this.#input.value.trim();
    if (!text || this.#length(text) > this.#limit) return;
    this.text = "";
    this.#on.send(text);
  }

  // As the server counts: characters, so that an emoji is one and not two.
  #length(text) {
    return text.length > this.#limit * COUNT_FROM ? [...text].length : text.length;
  }

  #weigh() {
    write(KEPT, this.#input.value || null, "session");
    this.#input.style.height = "auto";
    this.#input.style.height = `${Math.min(TALLEST_PX, this.#input.scrollHeight)}px`;
    this.#dress();
  }

  #dress() {
    if (!this.#t) return;
    const length = this.#length(this.#input.value.trim());
    const over = length - this.#limit;
    this.#count.hidden = length <= this.#limit * COUNT_FROM;
    this.#count.classList.toggle("over", over > 0);
    const n = this.#t.number(Math.abs(over));
    const words = over > 0 ? this.#t.over(n) : this.#t.left(n);
    if (!this.#count.hidden && this.#count.textContent !== words) this.#count.textContent = words;
    this.#input.setAttribute("aria-invalid", String(over > 0));
    // While an answer is written the button to stop it stands where the one to send was; who writes on sees both.
    const hadFocus = (this.#live && !length ? this.#button : this.#stop).matches(":focus");
    this.#stop.hidden = !this.#live;
    this.#button.hidden = this.#live && !length;
    if (hadFocus) (this.#live ? this.#stop : this.#button).focus();
    // aria-disabled rather than disabled: the button keeps the focus and its name while there is nothing to send.
    this.#button.setAttribute("aria-disabled", String(length === 0 || over > 0));
  }
}
