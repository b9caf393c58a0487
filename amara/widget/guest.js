/** A guest in this browser: the few requests that the token is good for. */

import { request } from "./asking.js";
import { guestToken, keepGuest } from "./keeping.js";

/** A request with the guest's token, if there is one. A token that is unknown by now is forgotten. */
export async function ask(server, path, wishes) {
  const answer = await request(server, path, { ...wishes, guest: guestToken() }).catch(() => {
    throw problem("offline", 0);
  });
  const said = await answer.json().catch(() => null);
  if (answer.ok) return said;
  if (answer.status === 404 && path === "v1/guest/session") keepGuest(null);
  throw problem(said?.code ?? "other", answer.status);
}

/** Opens a session with these contact data; what may be kept of the answer is its token alone. */
export const openSession = (server, body, bearer) => ask(server, "v1/guest/sessions", { method: "POST", body, bearer });

/** A token that has run out is not kept any longer. */
export const checkGuest = (server) => guestToken() && ask(server, "v1/guest/session").catch(() => {});

/** Moves what the guest has to the account of this token; afterwards there is no guest here any more. */
export async function convert(server, bearer) {
  const moved = await ask(server, "v1/guest/convert", { method: "POST", body: {}, bearer });
  keepGuest(null);
  return moved;
}

function problem(code, status) {
  return Object.assign(new Error(code), { code, status });
}
