/**
 * The chat alone in a frame or a WebView. The page around it speaks by `postMessage`; only those that the service lets
 * show the frame can be there at all.
 *
 * To the frame: `{amara: "token", token}` · `{amara: "context", context}` · `{amara: "send"|"prefill", text}` ·
 * `{amara: "stop"|"reset"|"logout"}`.
 * From it: `{amara: "token", fresh}`, answered by a token, or by `{amara: "visitor"}` where the page has none to give;
 * and every event of the element as `{amara: "ready"|"message"|…, detail}`.
 * The address may say `?lang=`, `?theme=`, `?heading=` and `?token=ask`, without which a visitor writes here.
 */

import "./amara-chat.js";
import { keepUncovered } from "./uncovered.js";

const DEEDS = new Set(["stop", "reset", "logout"]);
const SAYINGS = new Set(["send", "prefill"]);
const EVENTS = ["ready", "open", "close", "message", "action", "unread", "error", "auth-required"];
const wishes = new URLSearchParams(location.search);
const chat = document.querySelector("amara-chat");
let hear = null; // whoever waits for a token

const tell = (message) => {
  // What is told says nothing of a conversation, so that any page that may show the frame may hear it.
  if (parent !== globalThis) parent.postMessage(message, "*");
  globalThis.amaraHost?.postMessage?.(JSON.stringify(message)); // a WebView's own channel, by that name
};

for (const name of ["lang", "theme", "heading"]) if (wishes.has(name)) chat.setAttribute(name, wishes.get(name));
if (wishes.get("lang")) document.documentElement.lang = wishes.get("lang");

if (wishes.get("token") === "ask") {
  const visit = chat.getToken;
  chat.getToken = ({ fresh }) =>
    new Promise((resolve, reject) => {
      hear = (token) => (token ? resolve(token) : visit({ fresh }).then(resolve, reject));
      tell({ amara: "token", fresh });
    });
}

// A window that is gone by the time its words arrive has no name any more, nor has an app: whoever opened this page and
// closed itself would pass for one, so words without a sender count only where an app has put its channel.
function isHost(source) {
  return source ? source === parent : parent === globalThis && typeof globalThis.amaraHost?.postMessage === "function";
}

addEventListener("message", ({ source, data }) => {
  if (!isHost(source) || typeof data?.amara !== "string") return;
  const { amara: name, text, token, context } = data;
  if (name === "visitor") hear?.(null);
  else if (name === "token" && typeof token === "string") hear?.(token);
  else if (name === "context") chat.context = context;
  else if (SAYINGS.has(name) && typeof text === "string") chat[name](text);
  else if (DEEDS.has(name)) chat[name]();
});
for (const name of EVENTS) chat.addEventListener(`amara:${name}`, ({ detail }) => tell({ amara: name, detail }));
keepUncovered(chat, () => tell({ amara: "error", detail: { code: "covered" } }));
