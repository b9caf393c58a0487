/** What the card of a booking and that of its draft have in common. */

import { make } from "./make.js";
import { sign } from "./signs.js";

export function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** For what and with whom, and in a badge how it stands. Args: kind of the draft; none where it is booked. */
export function head({ service, professional }, t, { kind, look, state }) {
  const person = professional?.name;
  return make(
    "div.top",
    {},
    make(
      "div.who",
      {},
      make("h3", { tabindex: kind ? "-1" : null }, kind && make("span.kind", {}, `${kind}: `), t.serviceName(service)),
      person && make("p.quiet", {}, `${t.with} ${person}`),
    ),
    make(`span.badge.${look}`, {}, state),
  );
}

/** On which day, from when to when; null where that is not known. */
export function when({ starts_at: start, ends_at: end }, t) {
  const from = new Date(start);
  if (Number.isNaN(from.getTime())) return null;
  const to = new Date(end);
  const hours = t.hours(from, Number.isNaN(to.getTime()) ? from : to);
  return make("p.when", {}, sign("clock"), make("time", { datetime: start }, capital(t.day(from)), make("br"), hours));
}

/** The last line of a booking: what, and for how much. */
export function sum(words, amount, weight = "strong") {
  return make("p.sum", {}, make("span.quiet", {}, words), amount && make(weight, {}, amount));
}
