/** A request of ours: JSON in, and the answer as it comes. Args: bearer and guest are tokens, key makes it one however often it is sent. */
export function request(server, path, { method = "GET", body, bearer, guest, key }) {
  const headers = { Accept: "application/json" };
  if (bearer) headers.Authorization = `Bearer ${bearer}`;
  if (guest) headers["X-Guest-Session"] = guest;
  if (key) headers["Idempotency-Key"] = key;
  if (body) headers["Content-Type"] = "application/json";
  return fetch(new URL(path, server), { method, headers, body: body && JSON.stringify(body) });
}
