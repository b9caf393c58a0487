/** Where the panel stands: in the box the page gives it, or over the page behind a round button that counts what came. */

import { icon, make } from "./make.js";

const NARROW = matchMedia("(max-width: 520px)"); // there the panel is the whole screen, and the page behind it rests

export class Corner {
  #host;
  #panel;
  #dialog = null;
  #launcher = null;
  #badge = make("span.count-badge", { part: "badge", hidden: true, "aria-hidden": "true" });
  #t = null;
  #unread = 0;
  #wasOpen;

  constructor(host, panel, root) {
    this.#host = host;
    this.#panel = panel;
    this.#wasOpen = host.hasAttribute("open");
    panel.section.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.isClosable && !event.isComposing && !panel.isCovered) host.close();
    });
    if (host.hasAttribute("inline")) {
      root.append(panel.section);
      return;
    }
    this.#launcher = make("button.launcher", { type: "button", part: "launcher", onclick: () => host.open() }, icon("chat"), this.#badge);
    // The browser's own dialog keeps the focus inside where it covers the page, and gives it back when it closes.
    this.#dialog = make("dialog.float", { "aria-labelledby": "title", oncancel: (event) => event.preventDefault() }, panel.section);
    panel.section.removeAttribute("aria-labelledby");
    root.append(this.#launcher, this.#dialog);
    NARROW.addEventListener("change", () => this.#lay());
  }

  get isClosable() {
    return Boolean(this.#dialog) || this.#host.hasAttribute("closable");
  }

  get unread() {
    return this.#unread;
  }

  set unread(count) {
    if (count === this.#unread) return;
    this.#unread = count;
    this.speak(this.#t);
    this.#host.tell("unread", { count });
  }

  /** Something came for the person. */
  count() {
    if (!this.#host.hasAttribute("open")) this.unread += 1;
  }

  speak(t) {
    this.#t = t;
    if (!this.#launcher) return;
    this.#launcher.setAttribute("aria-label", t.launch(this.#unread));
    this.#badge.textContent = this.#unread > 9 ? "9+" : String(this.#unread);
    this.#badge.hidden = !this.#unread;
  }

  /** The panel as the element's `open` says. */
  show() {
    const isOpen = this.#host.hasAttribute("open");
    if (isOpen) this.unread = 0;
    this.#lay();
    if (isOpen === this.#wasOpen) return;
    this.#wasOpen = isOpen;
    // Over the page the chat is a place one goes to; the input is not focused, its keyboard would hide the greeting.
    if (isOpen && this.isClosable) this.#panel.focusTitle();
    this.#host.tell(isOpen ? "open" : "close");
  }

  #lay() {
    if (!this.#dialog) return;
    const isOpen = this.#host.hasAttribute("open");
    const isModal = this.#dialog.matches(":modal");
    if (!isOpen) this.#launcher.hidden = false; // it is there before the dialog gives the focus back to it
    if (this.#dialog.open && (!isOpen || isModal !== NARROW.matches)) this.#dialog.close();
    if (isOpen && !this.#dialog.open) {
      if (NARROW.matches) this.#dialog.showModal();
      else this.#dialog.show();
    }
    this.#launcher.hidden = isOpen;
  }
}
