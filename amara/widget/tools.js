/** What one may do with an answer: copy it, say whether it helped, have it written again. */

import { icon, make } from "./make.js";

const PATHS = {
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  up: "M7 11v9H3v-9zm0 0 4-8c1.6 0 2.6 1 2.6 2.6V9H19a2 2 0 0 1 2 2.3l-1.2 7A2 2 0 0 1 17.8 20H7",
  thumb: "M17 13V4h4v9zm0 0-4 8c-1.6 0-2.6-1-2.6-2.6V15H5a2 2 0 0 1-2-2.3l1.2-7A2 2 0 0 1 6.2 4H17",
  again: "M20 11a8 8 0 1 0-2.3 6.3M20 4v7h-7",
};

let areJudged = true; // until a service says that it keeps no opinions
let made = 0;

/**
 * The row under an answer.
 * @param {object} message  with `feedback` once something was said of it
 * @param {{t: any, ask: Function, say: (words: string) => void, again: (() => void)|null}} on
 */
export function drawTools(message, text, { t: { lang, tools: t }, ask, say, again }) {
  const room = make("div");
  const tell = (words) => {
    room.replaceChildren(make("p.quiet", {}, words));
    say(words);
  };
  const button = (look, name, onclick) => make(`button.tool.${look}`, { type: "button", "aria-label": name, title: name, onclick }, icon(look, PATHS[look]));
  const up = areJudged && button("up", t.up, () => judge("up"));
  const down = areJudged && button("thumb", t.down, () => judge("down"));
  const row = make(
    "div.tools",
    { role: "group", "aria-label": t.row, lang },
    navigator.clipboard && button("copy", t.copy, () => navigator.clipboard.writeText(text).then(() => tell(t.copied), () => {})),
    up,
    down,
    again && button("again", t.again, again),
  );
  dress();

  function dress() {
    if (!up) return;
    up.setAttribute("aria-pressed", String(message.feedback?.score === "up"));
    down.setAttribute("aria-pressed", String(message.feedback?.score === "down"));
  }

  async function judge(score, reason) {
    const before = message.feedback;
    message.feedback = { score, reason };
    dress();
    if (score === "down" && reason === undefined) inquire();
    try {
      const answer = await ask(`v1/amara/messages/${message.id}/feedback`, { method: "POST", body: { score, ...(reason && { reason }) } });
      if (answer.status === 404 || answer.status === 405) {
        areJudged = false;
        for (const one of [up, down]) one.remove();
        return room.replaceChildren();
      }
      if (!answer.ok) throw new Error(`the opinion was answered ${answer.status}`);
      if (score === "up" || reason !== undefined) tell(t.thanks);
    } catch {
      message.feedback = before;
      dress();
      tell(t.lost);
    }
  }

  function inquire() {
    const id = `why-${(made += 1)}`;
    const words = make("input", { id, maxlength: "300", autocomplete: "off" });
    const chips = t.reasons.map((reason) => make("button.chip.small", { type: "button", onclick: () => judge("down", reason) }, reason));
    const form = make(
      "form.why",
      { "aria-label": t.why, onsubmit: (event) => (event.preventDefault(), judge("down", words.value.trim())) },
      make("p", { tabindex: "-1" }, t.why),
      make("div.row", {}, ...chips),
      make("label.quiet", { for: id }, t.other),
      words,
      make("div.row", {}, make("button.chip.small", { type: "submit" }, t.send), make("button.chip.small", { type: "button", onclick: () => (room.replaceChildren(), down.focus()) }, t.skip)),
    );
    room.replaceChildren(form);
    form.firstChild.focus({ preventScroll: true });
    form.scrollIntoView({ block: "nearest" });
  }

  return make("div.about", {}, row, room);
}
