/** A guest in this browser: the token, kept alone, and the few requests it is good for. */

const KEY = "amara.guest";
const SESSION = "analytics_session_id"; // the platform's own key, so that its pages and this chat count as one visit

/** The token of this browser's guest, or null. */
export const guestToken = () => shelf("local")?.getItem(KEY) ?? null;
export const keepGuest = (token) => shelf("local")?.setItem(KEY, token);
export const forgetGuest = () => shelf("local")?.removeItem(KEY);

/** Whose clicks these are, for counting alone; made at its first use. */
export function analyticsSession(newId) {
  const store = shelf("session");
  const id = store?.getItem(SESSION) ?? newId();
  store?.setItem(SESSION, id);
  return id;
}

/** Whoever comes next to this browser finds nothing of ours in it. */
export function forgetEverything() {
  for (const store of [shelf("local"), shelf("session")])
    for (const key of Object.keys(store ?? {})) if ((key.startsWith("amara.") && key !== "amara.lang") || key === SESSION) store.removeItem(key);
}

/** A request with the guest's token, if there is one. A token that is unknown by now is forgotten. */
export async function ask(server, path, { method = "GET", body, bearer, key } = {}) {
  const token = guestToken();
  const headers = { Accept: "application/json" };
  if (token) headers["X-Guest-Session"] = token;
  if (bearer) headers.Authorization = `Bearer ${bearer}`;
  if (key) headers["Idempotency-Key"] = key;
  if (body) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(new URL(path, server), { method, headers, body: body && JSON.stringify(body) });
  } catch {
    throw problem("offline", 0);
  }
  const said = await answer.json().catch(() => null);
  if (answer.ok) return said;
  if (answer.status === 404 && path === "v1/guest/session") forgetGuest();
  throw problem(said?.code ?? "other", answer.status);
}

/** Opens a session with these contact data; what may be kept of the answer is its token alone. */
export const openSession = (server, body, bearer) => ask(server, "v1/guest/sessions", { method: "POST", body, bearer });

/** A token that has run out is not kept any longer. */
export const checkGuest = (server) => guestToken() && ask(server, "v1/guest/session").catch(() => {});

/** Moves what the guest has to the account of this token; afterwards there is no guest here any more. */
export async function convert(server, bearer) {
  const moved = await ask(server, "v1/guest/convert", { method: "POST", body: {}, bearer });
  forgetGuest();
  return moved;
}

function problem(code, status) {
  return Object.assign(new Error(code), { code, status });
}

// A browser may forbid storage altogether; then a guest lasts as long as the page.
const memory = { local: new Map(), session: new Map() };

function shelf(kind) {
  try {
    return globalThis[`${kind}Storage`];
  } catch {
    const kept = memory[kind];
    return { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value), removeItem: (key) => kept.delete(key) };
  }
}
