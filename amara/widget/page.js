/** The demo page: its two languages, the marketplace on it, who is writing, and the chat beside it or over it. */

import "./amara-chat.js";
import { speak } from "./every-word.js";
import { read, write } from "./keeping.js";
import { Search } from "./page-search.js";
import { Sheet } from "./page-sheet.js";
import { TEXT } from "./page-text.js";
import { searched, viewed } from "./page-visits.js";
import { chosenPerson, isAdmin, rememberAccount, tokenKept, tokenOf } from "./tokens.js";

const WIDE = matchMedia("(min-width: 960px)");
const LABELLED = ["languages", "people", "links"];
const byId = (id) => document.getElementById(id);
const chat = byId("chat");
const shop = byId("shop");

let lang = read("amara.lang") ?? (/^en\b/i.test(navigator.language) ? "en" : "es");
let person = chosenPerson();
let customerName = "";
let isDemo = false;
let cameBy = null; // how the sheet was opened: with it goes the way back

const speech = () => ({ lang, words: speak(lang, "America/Bogota") }); // visits happen where the marketplace is
const search = new Search({ speech, open: (one) => show(one), ask, searched: counted });
const sheet = new Sheet({ speech, book: ask, closed: unshow, viewed: (one, price) => viewed(one, price, person) });

function counted(wish) {
  history.pushState(null, "", address());
  tellContext();
  searched(wish, person);
}

function setPressed(group, key, value) {
  for (const button of group.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.dataset[key] === value));
}

function showPerson() {
  const text = TEXT[lang];
  setPressed(byId("people"), "person", person);
  byId("people").querySelector("[data-person=account]").hidden = person !== "account";
  byId("enter").hidden = !isDemo || person === "account";
  byId("funnel").hidden = !isAdmin(person);
  byId("person").textContent = person === "account" ? text.isAccount : person === "customer" && customerName ? text.isCustomer(customerName) : text.isVisitor;
}

function showLanguage() {
  const text = TEXT[lang];
  document.documentElement.lang = lang;
  chat.lang = lang;
  for (const node of document.querySelectorAll("[data-t]")) node.textContent = text[node.dataset.t];
  for (const id of LABELLED) byId(id).setAttribute("aria-label", text[id]);
  setPressed(byId("languages"), "lang", lang);
  showPerson();
  search.draw();
  sheet.draw();
}

// What Amara may know of the page: what is being looked at, and nothing of who looks.
function tellContext() {
  const { city, service } = search;
  chat.context = { page: sheet.id ? "professional" : "search", ...(city && { city }), ...(service && { service }), ...(sheet.id && { professional_id: sheet.id }) };
}

function ask(text) {
  sheet.close();
  chat.open();
  chat.send(text);
}

function show(one) {
  cameBy = "list";
  history.pushState(null, "", address(one.id));
  sheet.open(one.id, one, search.service);
  tellContext();
}

function unshow() {
  const pro = new URLSearchParams(location.search).get("pro");
  if (pro && cameBy === "list") history.back();
  else if (pro) history.replaceState(null, "", address());
  cameBy = null;
  tellContext();
  document.querySelector(`.open[data-id="${CSS.escape(pro ?? "")}"]`)?.focus();
}

/** The page's own address: what is looked for, and who is shown, so that it can be kept and sent to somebody. */
function address(pro = null) {
  const query = new URLSearchParams(Object.entries({ service: search.service, city: search.city, pro }).filter(([, value]) => value));
  return query.size ? `?${query}` : location.pathname;
}

async function follow() {
  const asked = new URLSearchParams(location.search);
  const wish = { service: asked.get("service"), city: asked.get("city") };
  if (wish.service !== search.service || wish.city !== search.city || !search.hasLooked) await search.look(wish, { isSearch: false });
  const pro = asked.get("pro");
  if (pro && pro !== sheet.id) sheet.open(pro, null, wish.service);
  else if (!pro && sheet.id) sheet.close();
  tellContext();
}

async function become(next) {
  if (next === person) return;
  try {
    customerName = next === "customer" ? (await tokenOf(next)).name : "";
    person = next;
    write("amara.person", person);
    showPerson();
    chat.restart();
  } catch {
    byId("person").textContent = TEXT[lang].noCustomer;
  }
}

// What a guest has booked goes to an account; whoever was a guest writes on as that account.
async function save() {
  await enter(async (opened) => {
    const moved = await chat.claim(opened.access_token);
    rememberAccount(opened);
    return moved;
  });
}

async function enter(claim = null) {
  const { openAccount } = await import("./account.js");
  const opened = await openAccount({ lang, server: location.origin, claim });
  if (!opened) return;
  rememberAccount(opened);
  person = "account";
  showPerson();
  chat.restart();
}

// The pages behind it want a session of their own; what they show they ask of the database, not of this page.
async function toFunnel() {
  const answer = await fetch("/admin/session", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ token: tokenKept(person) ?? "" }),
  }).catch(() => null);
  location.assign(answer?.ok ? `/admin/funnel?lang=${lang}` : `/admin?lang=${lang}`);
}

function leave() {
  person = "visitor";
  customerName = "";
  chat.logout();
  showPerson();
}

// Beside the page the chat is always there; over the page it is a dialog that comes and goes.
function fit() {
  chat.toggleAttribute("closable", !WIDE.matches);
  if (WIDE.matches) chat.open();
  else chat.close();
  cover();
}

function cover() {
  const isCovered = !WIDE.matches && chat.hasAttribute("open");
  shop.inert = isCovered;
  document.documentElement.classList.toggle("covered", isCovered);
}

// Only a demo lets one choose whom to be, and only a demo has a marketplace of its own to show.
async function learn() {
  const answer = await fetch("/v1/amara/about").catch(() => null);
  if (!answer?.ok || isDemo) return;
  isDemo = (await answer.json()).demo;
  for (const id of ["identity", "guest", "find", "results", "skip", "invented"]) byId(id).hidden = !isDemo;
  chat.toggleAttribute("accounts", isDemo);
  showPerson();
  if (isDemo) follow();
}

function begin() {
  chat.getToken = async (wish) => {
    const { token, name } = await tokenOf(person, wish);
    if (person === "customer" && name !== customerName) {
      customerName = name;
      showPerson();
    }
    return token;
  };
  byId("languages").addEventListener("click", ({ target }) => {
    if (!target.dataset.lang) return;
    lang = target.dataset.lang;
    write("amara.lang", lang);
    showLanguage();
  });
  byId("people").addEventListener("click", ({ target }) => target.dataset.person && become(target.dataset.person));
  byId("skip").addEventListener("click", (event) => {
    event.preventDefault(); // a fragment in the address would draw the focus back at every step back
    byId("results").focus();
  });
  byId("leave").addEventListener("click", leave);
  byId("enter").addEventListener("click", () => enter());
  byId("funnel").addEventListener("click", toFunnel);
  addEventListener("storage", ({ key, newValue }) => key === `amara.token.${person}` && !newValue && leave()); // in another tab
  addEventListener("popstate", follow);
  chat.addEventListener("amara:action", ({ detail }) => (detail.action === "save" ? save() : enter())); // or sign in
  byId("call").addEventListener("click", () => chat.open());
  chat.addEventListener("amara:open", cover);
  chat.addEventListener("amara:close", () => {
    cover();
    byId("call").focus({ preventScroll: true }); // what one was reading stays in sight
  });
  WIDE.addEventListener("change", fit);
  showLanguage();

  chat.addEventListener("amara:ready", learn);
  chat.addEventListener("amara:auth-required", () => become("visitor")); // the demo, and its customer, may be gone
  learn();
  fit();
}

begin();
