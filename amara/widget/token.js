/** What a token says of itself. It is only read, never trusted: the service checks it. */

/** Its claims; none where it is opaque. */
export function claimsOf(token) {
  try {
    const body = token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/");
    return JSON.parse(atob(body));
  } catch {
    return {};
  }
}

const BEFORE_MS = 60_000; // a token's end
const LONGEST_MS = 2 ** 31 - 1;

/** Renews a token before its end, so that the connection need not end with it. */
export class Renewal {
  #getToken;
  #timer = 0;

  constructor(getToken) {
    this.#getToken = getToken;
  }

  /** From now on this token is in force; each one after it goes to `send`. */
  of(token, send) {
    this.end();
    const left = (claimsOf(token).exp ?? Infinity) * 1000 - Date.now();
    if (left === Infinity) return;
    // Late in its life half of what is left: whoever gives the old token back is not asked in a row.
    const wait = left > 2 * BEFORE_MS ? left - BEFORE_MS : Math.max(left / 2, 5_000);
    const renew = async () => {
      const timer = this.#timer;
      const fresh = await Promise.resolve(this.#getToken({ fresh: true })).catch(() => token);
      if (timer !== this.#timer) return; // ended, or another one since
      if (fresh !== token) send(fresh);
      this.of(fresh, send);
    };
    this.#timer = setTimeout(renew, Math.min(wait, LONGEST_MS));
  }

  end() {
    clearTimeout(this.#timer);
    this.#timer = 0;
  }
}
