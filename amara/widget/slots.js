/** Free hours to tap: a day after the other, each hour a button. */

import { make } from "./make.js";

/** The `availability` card. */
export function drawAvailability(card, t, choose) {
  const days = card.days ?? [];
  const [first] = days[0]?.starts ?? card.later ?? [];
  const zone = first && t.zone(new Date(first));
  const about = [card.professional?.name, card.duration_minutes && t.duration(card.duration_minutes)].filter(Boolean).join(" · ");
  const open = (starts, index) =>
    make(
      "details",
      { open: index === 0 },
      make("summary", {}, make("strong", {}, t.date(new Date(starts[0]))), make("span.quiet", {}, t.starts(starts.length))),
      row(starts, t, choose),
    );
  return make(
    "div.card.slots",
    {},
    make("h3", {}, caption(card, t)),
    about && make("p.quiet", {}, about),
    zone && make("p.quiet.zone", {}, zone),
    ...(days.length ? days.map(({ starts }, index) => open(starts, index)) : drawStarts(card.later ?? [], t, choose)),
  );
}

/** What an `availability` card comes to, for those who hear the page. */
export function caption(card, t) {
  if (card.outcome === "slot_lost") return card.days?.length ? t.taken : t.takenAll;
  return card.found ? t.free(card.found) : card.later?.length ? t.laterOn : t.full;
}

/** A few starts, under the name of their day. */
export function drawStarts(starts, t, choose) {
  const days = new Map();
  for (const moment of starts) {
    const day = t.date(new Date(moment));
    days.set(day, [...(days.get(day) ?? []), moment]);
  }
  return [...days].flatMap(([day, moments]) => [make("p.caption.day", {}, day), row(moments, t, choose)]);
}

function row(starts, t, choose) {
  const chip = (moment) => {
    const start = new Date(moment);
    const name = t.at(start);
    return make("li", {}, make("button.chip.hour", { type: "button", "aria-label": name, onclick: () => choose(start, moment) }, t.time(start)));
  };
  return make("ul.hours", { role: "list" }, ...starts.map(chip));
}
