/** Tool results that are drawn: a small fixed schema in, elements out. What a card does not know it leaves out. */

import { capital, head, sum, when } from "./card-parts.js";
import { drawDraft, drawSketch } from "./draft-card.js";
import { make } from "./make.js";
import { sign } from "./signs.js";
import { caption, drawAvailability } from "./slots.js";

const UNPROVEN = new Set(["", "none", "unverified", "pending"]);

/** The element of a card, or null for a kind this version does not draw. */
export function drawCard(card, t, place, on) {
  switch (card?.card) {
    case "availability":
      return drawAvailability(card, t, on.choose ?? ((start) => on.say(t.wish(start)))); // in the chat an hour is said
    case "booking_draft":
    case "approval":
    case "contact_form":
      return drawDraft(card, place, t, on);
    case "sketch":
      return drawSketch(card, t);
    case "professionals":
      return professionals(card, t);
    case "bookings":
      return bookings(card.bookings ?? [], t);
    case "sign_in":
      return signIn(t, on);
    case "booking":
      return make("div.cards", {}, booking(card.booking ?? {}, t));
    default:
      return null;
  }
}

/** What a card comes to in one sentence, for those who hear the page. */
export function tellCard(card, t) {
  if (card?.card === "professionals") {
    const shown = card.professionals ?? [];
    const names = shown.map((one) => `${one.name}, ${t.money(one.hourly_rate_cop)} ${t.perHour}`).join("; ");
    return shown.length ? `${t.found(shown.length, card.found ?? shown.length)}: ${names}.` : t.nobody;
  }
  if (card?.card === "bookings") return card.bookings?.length ? `${t.bookings(card.bookings.length)}.` : t.noBookings;
  if (card?.card === "availability") return caption(card, t);
  return "";
}

function professionals({ professionals: shown = [], found }, t) {
  if (!shown.length) return make("p.note", {}, t.nobody);
  return make(
    "div.cards",
    {},
    make("p.caption", {}, t.found(shown.length, found ?? shown.length)),
    make("ul", { role: "list" }, ...shown.map((one) => make("li", {}, professional(one, t)))),
  );
}

function professional(one, t) {
  const proven = !UNPROVEN.has(one.verification_level ?? "");
  const languages = (one.languages ?? []).map(t.spoken).join(", ");
  const reason = typeof one.reason === "string" ? one.reason : one.reason?.[t.lang];
  return make(
    "article.card",
    {},
    make(
      "div.top",
      {},
      portrait(one.name),
      make(
        "div.who",
        {},
        make("h3", {}, one.name ?? ""),
        make("p.quiet", {}, sign("pin"), [t.serviceName(one.service), one.city].filter(Boolean).join(" · ")),
      ),
      make("p.price", {}, make("strong", {}, t.money(one.hourly_rate_cop)), make("span", {}, t.perHour)),
    ),
    rating(one, t),
    make(
      "ul.badges",
      { role: "list" },
      proven && badge("check", one.verification_level === "basic" ? t.basic : t.verified, "proven"),
      one.instant_booking && badge("bolt", t.instant, "instant"),
    ),
    make("p.quiet", {}, [one.experience_years > 0 && t.experience(one.experience_years), languages].filter(Boolean).join(" · ")),
    reason && make("p.reason", {}, capital(reason)),
  );
}

function rating(one, t) {
  if (!one.review_count || one.rating === null) return make("p.rating.quiet", {}, t.noReviews);
  const mark = t.number(Number(one.rating), 1);
  return make(
    "p.rating",
    {},
    make("span.mark", {}, sign("star"), make("span.sr", {}, t.rated(mark)), make("span", { "aria-hidden": "true" }, mark)),
    make("span.quiet", {}, t.reviews(one.review_count)),
  );
}

function badge(mark, words, kind) {
  return make(`li.badge.${kind}`, {}, sign(mark), words);
}

// The page around the chat knows how one signs in, where it has accounts; the chat only says that it is wished for.
function signIn(t, on) {
  const ask = () => on.act("sign-in");
  return make("article.card", {}, make("p", {}, t.signInWhy), on.hasAccounts && make("div.deeds", {}, make("button.deed.primary", { type: "button", onclick: ask }, t.signInNow)));
}

// Initials on a tint that is always the same for the same name: no picture has to be fetched from anywhere.
function portrait(name = "") {
  const initials = name.split(/\s+/).filter(Boolean).slice(0, 2).map((part) => part[0].toUpperCase()).join("");
  const tint = [...name].reduce((sum, letter) => sum + letter.codePointAt(0), 0) % 4;
  return make(`span.portrait.tint${tint}`, { "aria-hidden": "true" }, initials);
}

function bookings(list, t) {
  if (!list.length) return make("p.note", {}, t.noBookings);
  return make(
    "div.cards",
    {},
    make("p.caption", {}, t.bookings(list.length)),
    make("ul", { role: "list" }, ...list.map((one) => make("li", {}, booking(one, t)))),
  );
}

function booking(one, t) {
  return make(
    "article.card.booking",
    {},
    head(one, t, { look: /^\w+$/.test(one.status) ? one.status : "pending", state: t.status[one.status] ?? one.status ?? "" }),
    when(one, t),
    sum(one.duration_minutes ? t.duration(one.duration_minutes) : "", one.total_price != null && t.money(one.total_price, one.currency ?? "COP")),
    one.address && make("p.quiet", {}, sign("pin"), one.address),
    one.special_instructions && make("p.reason", {}, make("span.sr", {}, `${t.instructions}: `), one.special_instructions),
  );
}
