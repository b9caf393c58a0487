/** One message drawn: its bubbles and cards, what is to be said under it, and what one may do with it. */

import { guessLanguage } from "./i18n.js";
import { make } from "./make.js";

/** The element of a message, and the pen that goes on writing in it while it is live. */
export function drawMessage(message, t, on) {
  const text = textOf(message);
  const mine = message.role === "user";
  const name = mine ? t.you : (message.author?.name ?? t.amara);
  const aside = { lang: t.lang };
  const node = make(
    `article.message.${message.role}`,
    { lang: guessLanguage(text, t.lang), "data-id": message.id, part: "message" },
    message.author ? make("p.author", aside, name, make("span", {}, t.person)) : make("span.sr", aside, `${name}: `),
  );
  let pen = null;
  for (const [index, part] of message.parts.entries()) {
    if (part.type === "card") {
      const card = on.deck.draw(part.card, t, part.id, on);
      if (card) node.append(make("div.result", aside, card));
      continue;
    }
    const bubble = make(mine ? "div.bubble" : "div.bubble.md", { part: mine ? "bubble mine" : "bubble" });
    node.append(bubble);
    if (mine) {
      bubble.textContent = part.text;
      continue;
    }
    const one = on.writer(bubble);
    one.write(part.text);
    if (message.live && index === message.parts.length - 1) pen = one;
    else one.end();
  }
  node.classList.toggle("live", Boolean(message.live));
  node.classList.toggle("human", Boolean(message.author));
  if (message.note) node.append(make("p.note", aside, t[message.note]));
  const tools = text && !mine && !message.live && on.tools?.(message, text);
  if (tools) node.append(tools);
  if (message.error) node.append(failure(message, t, on));
  return { node, pen };
}

/** What was said in words. */
export function textOf({ parts }) {
  return parts.filter((part) => part.type === "text").map((part) => part.text).join(" ");
}

function failure(message, t, on) {
  const again = message.error.retry && make("button.retry", { type: "button", onclick: () => on.retry(message) }, t.retry);
  return make("div.failure", { lang: t.lang }, make("p", {}, message.error.text()), again);
}
