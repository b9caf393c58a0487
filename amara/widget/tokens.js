/** Who writes on the demo page: a visitor with an identity of their own, the demo's customer, or an account; and their tokens. */

const DOORS = { visitor: "/v1/auth/anonymous", customer: "/v1/demo/customer", account: "/v1/auth/anonymous" };

// A visitor keeps the conversation when the browser is closed; the demo's customer is asked for again in each tab.
const SHELVES = { visitor: () => localStorage, customer: () => sessionStorage, account: () => localStorage };

/** The bearer token of this person, from the browser or from the service; renewed from the middle of its life on. */
export async function tokenOf(person, { fresh = false } = {}) {
  const kept = read(person);
  const left = kept ? kept.until - Date.now() : 0;
  if (left > kept?.life / 2 && !fresh) return kept;
  try {
    if (person === "account" && !kept) throw Object.assign(new Error("an account is opened by its code alone"), { final: true });
    // With its last token a visitor stays the same visitor, and so keeps the conversation.
    let answer = await ask(person, kept?.token);
    if (answer.status === 401 && kept && person !== "account") answer = await ask(person);
    if (!answer.ok) throw Object.assign(new Error(`${answer.url} answered ${answer.status}`), { final: isFinal(answer.status) });
    const { access_token: token, expires_in: seconds, full_name: name = "" } = await answer.json();
    const made = { token, name, life: seconds * 1000, until: Date.now() + seconds * 1000 };
    write(person, made);
    return made;
  } catch (error) {
    if (left > 0 && !fresh) return kept; // renewing early failed; the old one still holds
    throw error;
  }
}

/** An account whose code was right is who writes here from now on. */
export function rememberAccount({ access_token: token, expires_in: seconds }) {
  write("account", { token, life: seconds * 1000, until: Date.now() + seconds * 1000 });
  remember("amara.person", "account");
}

function ask(person, token) {
  return fetch(DOORS[person], { method: "POST", headers: token ? { Authorization: `Bearer ${token}` } : {} });
}

function isFinal(status) {
  return status >= 400 && status < 500 && status !== 429;
}

/** Which person was chosen last. */
export function chosenPerson() {
  const person = recall("amara.person");
  return person in DOORS && (person !== "account" || read(person)) ? person : "visitor";
}

/** Something small kept in this browser; null where storage is forbidden or empty. */
export function recall(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function remember(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // the page works without a memory
  }
}

function read(person) {
  try {
    return JSON.parse(SHELVES[person]().getItem(`amara.token.${person}`));
  } catch {
    return null;
  }
}

function write(person, value) {
  try {
    SHELVES[person]().setItem(`amara.token.${person}`, JSON.stringify(value));
  } catch {
    // asked for again next time
  }
}
