/** What is counted of a visit to the page: searches and sheets, under the platform's own session key; never who it is. */

import { newId } from "./ids.js";
import { analyticsSession } from "./keeping.js";
import { tokenKept } from "./tokens.js";

/** `SearchStarted`, as the funnel knows it. */
export function searched({ service, city }, person) {
  return tell("SearchStarted", { ...(service && { service }), ...(city && { city }), device: innerWidth < 620 ? "phone" : "desktop" }, person);
}

/** `ProfessionalViewed`. */
export function viewed({ id }, price, person) {
  return tell("ProfessionalViewed", { pro_id: id, ...(price && { price }) }, person);
}

// A number that is lost costs a number; the page never waits for it and never complains.
async function tell(type, properties, person) {
  const now = new Date().toISOString();
  const event = { event_id: newId(), event_type: type, session_id: analyticsSession(), properties, occurred_at: now, sent_at: now };
  const send = (token) => {
    const headers = { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) };
    return fetch("/v1/events", { method: "POST", headers, body: JSON.stringify(event), keepalive: true });
  };
  try {
    const token = tokenKept(person);
    const answer = await send(token);
    if (answer.status === 401 && token) await send(null); // a token of a database that is no more
  } catch {
    // offline
  }
}
