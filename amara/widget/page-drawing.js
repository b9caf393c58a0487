/** What the page draws of people: a portrait that needs no picture from anywhere, a mark of reviews, line icons. */

import { make } from "./make.js";
import { sign } from "./signs.js";

const SPACE = "http://www.w3.org/2000/svg";

/** One of the services' signs. */
export function drawing(path) {
  const svg = document.createElementNS(SPACE, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.append(document.createElementNS(SPACE, "path"));
  svg.firstChild.setAttribute("d", path);
  return svg;
}

/** Initials on a tint that is always the same for the same name, as in the chat. */
export function portrait(name) {
  const initials = name.split(/\s+/).filter(Boolean).slice(0, 2).map((part) => [...part][0].toUpperCase()).join("");
  const tint = [...name].reduce((sum, letter) => sum + letter.codePointAt(0), 0) % 4;
  return make(`span.portrait.tint${tint}`, { "aria-hidden": "true" }, initials);
}

/** What others thought, in words for those who hear it. */
export function rating({ rating: mark, review_count: reviews }, words) {
  if (!reviews || mark === null) return make("span.quiet", {}, words.noReviews);
  const number = words.number(Number(mark), 1);
  return make(
    "span.rating",
    {},
    sign("star"),
    make("span.sr", {}, words.rated(number)),
    make("strong", { "aria-hidden": "true" }, number),
    make("span.quiet", {}, words.reviews(reviews)),
  );
}

/** What has been checked of them, and whether a visit stands at once. */
export function badges(one, words) {
  const isProven = !["", "none", "unverified", "pending"].includes(one.verification_level ?? "");
  return make(
    "ul.badges",
    { role: "list" },
    isProven && make("li.badge.proven", {}, sign("check"), one.verification_level === "basic" ? words.basic : words.verified),
    one.instant_booking && make("li.badge.instant", {}, sign("bolt"), words.instant),
  );
}

/** The name of a service in this language; a marketplace's own where the page knows none. */
export function serviceName(service, words) {
  return words.serviceName(service);
}

/** A list of languages as one would say it. */
export function spoken(languages, words) {
  const names = languages.map(words.spoken);
  return new Intl.ListFormat(words.lang, { type: "conjunction" }).format(names);
}
