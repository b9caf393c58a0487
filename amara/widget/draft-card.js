/** The card of a draft: what would be done, until when it is held, the decision, and what came of it. */

import { head, sum, when } from "./card-parts.js";
import { make } from "./make.js";
import { sign } from "./signs.js";
import { drawStarts } from "./slots.js";

/** A card that keeps itself true for as long as it is on the page; null where it would say nothing that is not said already. */
export function drawDraft(card, place, t, on) {
  const id = card.draft?.id ?? card.draft_id;
  const first = id && on.drafts.find(id);
  // An approval that only closes a draft is told in words, and the draft's own card shows it.
  if (!first || (card.card === "approval" && first.place !== place && card.draft.status !== "open")) return null;
  const key = `${id} ${place}`;
  const kept = on.drafts.shown(key, t);
  if (kept) {
    const focused = kept.element.getRootNode().activeElement;
    // Moving it costs the focus, and drawing it anew may cost what had it.
    if (kept.element.contains(focused)) queueMicrotask(() => (focused.isConnected ? focused : kept.title()).focus({ preventScroll: true }));
    kept.draw();
    return kept.element;
  }
  const node = make("article.card.draft");
  let drawn = "";
  let parts = null;

  function draw() {
    const one = on.drafts.find(id);
    if (!one) return;
    const isHere = one.place === place;
    const face = isHere ? `${one.state} ${one.draft.version} ${one.booking?.status} ${one.needsContact} ${on.drafts.canSave}` : "elsewhere";
    if (face !== drawn) {
      const hadFocus = node.contains(node.getRootNode().activeElement);
      parts = isHere ? (one.state === "open" ? offer(one, t, on) : closed(one, t, on)) : pointer(one, t);
      node.className = `card draft ${isHere ? one.state : "elsewhere"}`;
      node.replaceChildren(...parts.nodes);
      // Who was in this card stays with the draft, wherever it is shown now; the log itself follows its own end.
      if (hadFocus && isHere) parts.title.focus({ preventScroll: true });
      else if (hadFocus) on.drafts.wanted = id;
      drawn = face;
    }
    parts.update?.(one);
  }

  on.drafts.show(key, { element: node, draw, t, title: () => parts.title });
  draw();
  if (on.drafts.wanted === id && first.place === place) {
    on.drafts.wanted = null;
    queueMicrotask(() => parts.title.focus({ preventScroll: true })); // it is put into the page first
  }
  return node;
}

/** What is known of a draft while it is still being written; what it says in the end comes from the database. */
export function drawSketch({ kind, service, starts_at: start, hours, address }, t) {
  const moment = new Date(/(Z|[+-]\d\d:?\d\d)$/.test(start ?? "") ? start : NaN); // without its offset an hour could be any
  const lines = [!Number.isNaN(moment.getTime()) && t.at(moment), hours > 0 && t.duration(hours * 60), address].filter(Boolean);
  return make(
    "article.card.draft.pending",
    { "aria-busy": "true" },
    make("h3", {}, t.draftComing[kind], service && make("span.kind", {}, `: ${t.serviceName(service)}`)),
    ...lines.map((line) => make("p.quiet", {}, String(line))),
    make("div.bone"),
    make("div.bone"),
  );
}

function offer(one, t, on) {
  const { draft } = one;
  const isCancel = draft.kind === "cancel";
  const top = head(draft, t, { kind: t.draftKind[draft.kind], look: "pending", state: t.toConfirm });
  const hold = make("p.quiet.hold");
  const notice = make("div.notice", { hidden: true });
  const trouble = make("p.bad", { role: "alert", hidden: true });
  const room = make("div");
  const decide = (deed, edits) => on.drafts.decide(draft.id, deed, edits);
  const deed = (name, words, act, look = "") => make(`button.deed${look}`, { type: "button", "data-deed": name, onclick: act }, words);
  const change = !isCancel && deed("change", t.change, () => (room.firstChild ? close() : open()));
  const deeds = make(
    "div.deeds",
    {},
    deed("confirm", isCancel ? t.confirmCancel : t.confirm, () => decide("confirm"), ".primary"),
    change,
    deed("cancel", isCancel ? t.keep : t.cancel, () => decide("cancel")),
  );

  async function open() {
    if (!on.drafts.find(draft.id)?.isReady) return;
    const { drawForm } = await import("./draft-form.js");
    const submit = (edits) => {
      close();
      if (Object.keys(edits).length) decide("change", edits);
    };
    room.replaceChildren(drawForm(draft, t, { close, submit }));
    change.setAttribute("aria-expanded", "true");
    room.firstChild.scrollIntoView({ block: "nearest" });
    room.querySelector("input").focus();
  }

  function close() {
    room.replaceChildren();
    change.setAttribute("aria-expanded", "false");
    change.focus();
  }

  async function introduce() {
    const { drawContact } = await import("./contact-form.js");
    const { element, focus } = drawContact({
      words: t,
      values: one.contact,
      last: t.confirm,
      submit: on.drafts.open,
      done: (opened) => on.drafts.introduced(draft.id, opened),
      later: () => on.drafts.postpone(draft.id),
      session: on.drafts.session,
    });
    room.replaceChildren(element);
    element.scrollIntoView({ block: "nearest" });
    if (top.getRootNode().activeElement === top.firstChild.firstChild) focus(); // the person came here with the last click
  }

  if (one.needsContact) introduce().catch(() => on.drafts.postpone(draft.id)); // the module did not come: Confirm tries again
  return {
    title: top.firstChild.firstChild,
    nodes: [
      top,
      when(draft, t),
      isCancel
        ? make("div.quote", {}, sum(t.bookingPrice, t.money(draft.total_price, draft.currency), "span"), sum(t.refund(draft.refund?.percent ?? 0), t.money(draft.refund?.amount ?? 0, draft.currency)))
        : sum(t.duration(draft.duration_minutes), t.money(draft.total_price, draft.currency)),
      draft.address && make("p.quiet", {}, sign("pin"), draft.address),
      draft.missing?.includes("address") && make("div.missing", {}, make("p", {}, sign("pin"), t.noAddress), make("button.deed", { type: "button", onclick: () => on.prefill(t.addressIs) }, t.giveAddress)),
      draft.instructions && make("p.reason", {}, make("span.sr", {}, `${t.instructions}: `), draft.instructions),
      notice,
      hold,
      trouble,
      !draft.missing?.length && !one.needsContact && deeds,
      room,
    ].filter(Boolean),
    update(now) {
      const minutes = Math.ceil((new Date(now.draft.expires_at) - on.drafts.now()) / 60_000);
      const words = (isCancel ? t.quoted : t.held)(minutes);
      if (hold.textContent !== words) hold.textContent = words;
      for (const button of deeds.children) {
        button.setAttribute("aria-disabled", String(!now.isReady || Boolean(now.busy)));
        button.setAttribute("aria-busy", String(now.busy === button.dataset.deed));
      }
      trouble.hidden = !now.trouble;
      trouble.textContent = now.trouble ? t.draftFailed : "";
      const news = t.news(now);
      notice.hidden = !news;
      if (notice.dataset.news !== news + now.others) {
        notice.dataset.news = news + now.others;
        notice.replaceChildren(make("p", {}, news ?? ""), ...others(now, t, on));
      }
    },
  };
}

function closed(one, t, on) {
  const { draft, booking, state } = one;
  const number = state === "confirmed" && (booking?.id ?? draft.booking_id);
  // What was booked or moved has a status of its own; the rest is simply done, or over.
  const stands = state === "confirmed" && draft.kind !== "cancel" && t.status[booking?.status] ? booking.status : null;
  const look = stands ?? (state === "confirmed" ? state : "cancelled");
  const top = head(draft, t, { kind: t.draftKind[draft.kind], look, state: t.status[stands] ?? t.draftState[state] });
  return {
    title: top.firstChild.firstChild,
    nodes: [
      top,
      when(draft, t),
      make("p.outcome", {}, t.outcome(one)),
      number && make("p.quiet", {}, t.bookingNumber(number.slice(0, 8).toUpperCase())),
      number && on.drafts.canSave && make("button.deed", { type: "button", onclick: () => on.act("save") }, t.saveToAccount),
      ...(state === "lost" ? others(one, t, on) : []),
    ].filter(Boolean),
  };
}

// The draft is shown whole further down; here one line is left, so that what was said around it still has its place.
function pointer(one, t) {
  const line = make("p.quiet", { tabindex: "-1" }, t.newerBelow);
  return { title: line, nodes: [line] };
}

// A tapped hour changes this draft, whatever else was said meanwhile.
function others({ draft, others: starts }, t, on) {
  return starts.length ? drawStarts(starts, t, (_, moment) => on.drafts.decide(draft.id, "change", { starts_at: moment })) : [];
}
