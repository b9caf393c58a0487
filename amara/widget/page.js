/** The demo page: its two languages, who is writing, the shortcuts into the chat, and the chat beside it or over it. */

import "./amara-chat.js";
import { fetchAbout } from "./history.js";
import { speak } from "./i18n.js";
import { make } from "./make.js";
import { CITIES, SERVICES, TEXT } from "./page-text.js";
import { chosenPerson, recall, remember, rememberAccount, tokenOf } from "./tokens.js";

const WIDE = matchMedia("(min-width: 960px)");
const byId = (id) => document.getElementById(id);
const chat = byId("chat");
const shop = byId("shop");

let lang = recall("amara.lang") ?? (/^en\b/i.test(navigator.language) ? "en" : "es");
let person = chosenPerson();
let customerName = "";
let city = CITIES[0];

function setPressed(group, key, value) {
  for (const button of group.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.dataset[key] === value));
}

function showPerson() {
  const text = TEXT[lang];
  setPressed(byId("people"), "person", person);
  byId("people").querySelector("[data-person=account]").hidden = person !== "account";
  byId("person").textContent = person === "account" ? text.isAccount : person === "customer" && customerName ? text.isCustomer(customerName) : text.isVisitor;
}

function showLanguage() {
  const text = TEXT[lang];
  document.documentElement.lang = lang;
  chat.lang = lang;
  for (const node of document.querySelectorAll("[data-t]")) node.textContent = text[node.dataset.t];
  for (const id of ["languages", "people", "cities"]) byId(id).setAttribute("aria-label", text[id]);
  setPressed(byId("languages"), "lang", lang);
  showPerson();
  showServices();
}

function showServices() {
  const words = speak(lang, "America/Bogota");
  byId("services").replaceChildren(
    ...Object.entries(SERVICES).map(([slug, path]) => {
      const name = words.serviceName(slug);
      return make("li", {}, make("button", { type: "button", onclick: () => ask(name) }, drawing(path), name));
    }),
  );
}

function drawing(path) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.append(document.createElementNS("http://www.w3.org/2000/svg", "path"));
  svg.firstChild.setAttribute("d", path);
  return svg;
}

function ask(service) {
  chat.open();
  chat.send(TEXT[lang].ask(service, city));
}

async function become(next) {
  if (next === person) return;
  try {
    customerName = next === "customer" ? (await tokenOf(next)).name : "";
    person = next;
    remember("amara.person", person);
    showPerson();
    chat.restart();
  } catch {
    byId("person").textContent = TEXT[lang].noCustomer;
  }
}

// What a guest has booked goes to an account; whoever was a guest writes on as that account.
async function save() {
  const { openAccount } = await import("./account.js");
  const claim = async (account) => {
    const moved = await chat.claim(account.access_token);
    rememberAccount(account);
    return moved;
  };
  if (!(await openAccount({ lang, server: location.origin, claim }))) return;
  person = "account";
  showPerson();
  chat.restart();
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

// Only a demo lets one choose whom to be.
async function offerPeople() {
  const about = await fetchAbout(new URL("/", location.href));
  if (!about) return;
  byId("identity").hidden = byId("guest").hidden = !about.demo;
  chat.toggleAttribute("accounts", about.demo);
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
  byId("cities").append(...CITIES.map((name) => make("button", { type: "button", "data-city": name }, name)));
  byId("cities").addEventListener("click", ({ target }) => {
    city = target.dataset.city ?? city;
    setPressed(byId("cities"), "city", city);
  });
  setPressed(byId("cities"), "city", city);
  byId("languages").addEventListener("click", ({ target }) => {
    if (!target.dataset.lang) return;
    lang = target.dataset.lang;
    remember("amara.lang", lang);
    showLanguage();
  });
  byId("people").addEventListener("click", ({ target }) => target.dataset.person && become(target.dataset.person));
  byId("leave").addEventListener("click", leave);
  addEventListener("storage", ({ key, newValue }) => key === `amara.token.${person}` && !newValue && leave()); // in another tab
  chat.addEventListener("amara:action", ({ detail }) => detail.action === "save" && save());
  byId("call").addEventListener("click", () => chat.open());
  chat.addEventListener("amara:open", cover);
  chat.addEventListener("amara:close", () => {
    cover();
    byId("call").focus();
  });
  WIDE.addEventListener("change", fit);
  showLanguage();

  chat.addEventListener("amara:ready", offerPeople);
  chat.addEventListener("amara:auth-required", () => become("visitor")); // the demo, and its customer, may be gone
  if (person === "visitor") offerPeople(); // else the chat's first welcome says whether there is such a customer
  fit();
}

begin();
