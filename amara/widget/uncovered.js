/**
 * What decides a booking is pressed only where it is seen: a page around the frame may lay something over it and let the
 * tap through. Browsers that cannot tell whether something lies over an element let every tap through.
 */

const SEEN_MS = 250; // what was laid over a button and taken away under the finger was not read
const DECIDES = "[data-deed=confirm], form.contact [type=submit]";

/** Args: `chat` the element, in the page; `covered` is told of a tap that did not count. */
export function keepUncovered(chat, covered) {
  const since = new WeakMap(); // button → when it came into sight, or null while it is covered
  const watch = new IntersectionObserver(
    (entries) => {
      for (const { target, isVisible, time } of entries) since.set(target, isVisible === false ? null : (since.get(target) ?? time));
    },
    { trackVisibility: true, delay: 100, threshold: [0, 0.5, 1] },
  );
  const look = () => {
    for (const one of chat.shadowRoot.querySelectorAll(DECIDES)) if (!since.has(one)) since.set(one, null) && watch.observe(one);
  };
  new MutationObserver(look).observe(chat.shadowRoot, { childList: true, subtree: true });
  look();
  chat.shadowRoot.addEventListener(
    "click",
    (event) => {
      const button = event.target.closest(DECIDES);
      if (!button) return;
      const from = since.get(button);
      if (typeof from === "number" && event.timeStamp - from >= SEEN_MS) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      covered();
    },
    { capture: true },
  );
}
