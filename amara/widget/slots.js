/** Free hours to tap: a day after the other, each hour a button. */

import { make } from "./make.js";

/**
 * The `availability` card.
 * @param {any} card
 * @param {ReturnType<import("./i18n.js").speak>} t
 * @param {(words: string) => void} say  what the person would write
 */
export function drawAvailability(card, t, say) {
  const choose = (start) => say(t.wish(start));
  const days = card.days ?? [];
  const shown = days.length ? days.map(({ starts }) => starts) : card.later?.length ? [card.later] : [];
  const about = [card.professional?.name, card.duration_minutes && t.duration(card.duration_minutes)].filter(Boolean).join(" · ");
  return make(
    "div.card.slots",
    {},
    make("h3", {}, caption(card, t)),
    about && make("p.quiet", {}, about),
    ...(days.length ? shown.map((starts, index) => day(starts, index === 0, t, choose)) : shown.map((starts) => drawStarts(starts, t, choose))),
  );
}

/** What an `availability` card comes to, for those who hear the page. */
export function caption(card, t) {
  if (card.outcome === "slot_lost") return card.days?.length ? t.taken : t.takenAll;
  return card.found ? t.free(card.found) : card.later?.length ? t.later : t.full;
}

/**
 * Starts on any days, each with its day.
 * @param {string[]} starts
 * @param {ReturnType<import("./i18n.js").speak>} t
 * @param {(start: Date, moment: string) => void} choose
 */
export function drawStarts(starts, t, choose) {
  return row(starts, t.at, t, choose);
}

function day(starts, isOpen, t, choose) {
  const words = t.date(new Date(starts[0]));
  return make("details", { open: isOpen }, make("summary", {}, make("strong", {}, words), make("span.quiet", {}, t.free(starts.length))), row(starts, t.time, t, choose));
}

function row(starts, words, t, choose) {
  const chip = (moment) => {
    const start = new Date(moment);
    return make("li", {}, make("button.chip.hour", { type: "button", "aria-label": t.at(start), onclick: () => choose(start, moment) }, words(start)));
  };
  return make("ul.hours", { role: "list" }, ...starts.map(chip));
}
