/** Who writes on the demo page: a visitor with an identity of their own, the demo's customer, or an account; and their tokens. */

import { read, write } from "./keeping.js";
import { keepToken, keptToken, tokenFrom } from "./visitor.js";

const DOORS = { visitor: "v1/auth/anonymous", customer: "v1/demo/customer", account: "v1/auth/anonymous" };

// A visitor keeps the conversation when the browser is closed; the demo's customer is asked for again in each tab.
const SHELVES = { visitor: "local", customer: "session", account: "local" };
const keyOf = (person) => `amara.token.${person}`;
const kept = (person) => keptToken(keyOf(person), SHELVES[person]);

/** The bearer token of this person, from the browser or from the service. An account is opened by its code alone. */
export function tokenOf(person, { fresh = false } = {}) {
  return tokenFrom(DOORS[person], { key: keyOf(person), kind: SHELVES[person], server: location.origin, fresh, isOpen: person !== "account" });
}

/** The token this browser has for this person right now, or null; nothing is asked of the service. */
export function tokenKept(person) {
  const one = kept(person);
  return one && one.until > Date.now() ? one.token : null;
}

/** An account whose code was right is who writes here from now on. */
export function rememberAccount(answer) {
  keepToken(keyOf("account"), SHELVES.account, { role: "customer", ...answer });
  write("amara.person", "account");
}

/** Whether the account here was an administrator's when it came; the pages behind the link ask the database again. */
export function isAdmin(person) {
  return person === "account" && kept(person)?.role === "admin";
}

/** Which person was chosen last. */
export function chosenPerson() {
  const person = read("amara.person");
  return person in DOORS && (person !== "account" || kept(person)) ? person : "visitor";
}
