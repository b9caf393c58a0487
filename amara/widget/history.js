/** How far a conversation is shown, and what the service says of itself. */

const NOTICEABLE_MS = 10_000; // a clock this far off is wrong; less is the way there and back

/** What is shown of a conversation's record, and the way further back. */
export class Story {
  #on;
  #before = null;
  #isOld = false;
  state = "none";

  constructor(on) {
    this.#on = on;
  }

  /** Where the page before the shown ones begins; null where there is none. */
  get next() {
    return this.#before;
  }

  get isEmpty() {
    return this.#on.lines.isEmpty;
  }

  forget() {
    this.state = "none";
    this.#before = null;
  }

  /** Something was stored: a page that is on its way does not have it. */
  outdate() {
    this.#isOld = true;
  }

  /** Shows the newest page, or the one before what is shown. */
  async recall(before = null) {
    const { lines, page: fetchPage, drawn, told, ...on } = this.#on;
    const place = on.place();
    if (!before) {
      this.state = lines.isEmpty ? "loading" : "shown";
      this.#before = null;
      this.#isOld = false;
    }
    drawn();
    try {
      const page = await fetchPage(place.id, before);
      if (place !== on.place()) return;
      if (!before && this.#isOld) return void this.recall();
      this.state = "shown";
      this.#before = page?.next ?? null;
      if (before) lines.showBefore(page?.messages ?? []);
      else lines.show(page?.messages ?? []);
      told(before ? null : page?.messages.at(-1));
    } catch {
      if (place === on.place()) this.state = "lost";
    }
    drawn();
  }
}

/** What the service says of itself; null while it cannot be reached. */
export async function fetchAbout(server) {
  try {
    const answer = await fetch(new URL("v1/amara/about", server));
    const aheadMs = Date.now() - Date.parse(answer.headers.get("date") ?? ""); // unreadable from another origin
    return answer.ok ? { ...(await answer.json()), aheadMs: Math.abs(aheadMs) > NOTICEABLE_MS ? aheadMs : 0 } : null;
  } catch {
    return null;
  }
}

/** What one may begin with where the person is, or null: `[{label, text}]`. */
export async function fetchStarters(ask, region, page) {
  const answer = await ask(`v1/amara/starters?locale=${region}${page ? `&page=${encodeURIComponent(page)}` : ""}`, {}).catch(() => null);
  return answer?.ok ? (await answer.json()).items : null;
}

/** How a conversation's hand-off to a person stands. */
export async function fetchHandoff(ask, id) {
  const answer = await ask(`v1/amara/conversations/${id}`, {}).catch(() => null);
  return answer?.ok ? (await answer.json()).handoff : null;
}
