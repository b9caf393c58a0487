// Keeps the page fresh: one conversation by its socket, the list by asking again. Without it a reload does the same.

const here = new URL(location.href);
const live = () => document.getElementById("live");
const WAITS_MS = [500, 1_000, 2_000, 5_000, 10_000];
const SELDOM_MS = 300_000; // a page that nobody sees looks too: to look is what makes its session last on

/** Puts the part anew that the server has anew; where somebody reads further up, they stay there. */
async function refresh() {
  const thread = live()?.dataset.thread;
  const address = thread ? `/admin/inbox/${thread}/live${here.search}` : location.href;
  const answer = await fetch(address, { credentials: "same-origin" }).catch(() => null);
  if (answer?.status === 401 || answer?.status === 403) return ended();
  if (thread && answer?.status === 404) return over();
  if (!answer?.ok) return undefined;
  again();
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const [old, fresh] = [live(), page.getElementById("live")];
  if (!old || !fresh || old.innerHTML === fresh.innerHTML) return undefined;
  const [before, opened] = [old.querySelector(".talk"), [...old.querySelectorAll("details")].map((one) => one.open)];
  const [top, follows] = before ? [before.scrollTop, atEnd(before)] : [0, false];
  const focused = old.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  old.replaceWith(document.adoptNode(fresh));
  fresh.querySelectorAll("details").forEach((one, place) => (one.open = opened[place] ?? false));
  const after = fresh.querySelector(".talk");
  if (after) after.scrollTop = follows ? after.scrollHeight : top;
  if (focused) fresh.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
  return undefined;
}

const atEnd = (talk) => talk.scrollHeight - talk.scrollTop - talk.clientHeight < 40;

let waiting = 0;
/** Several frames of one moment are one look. */
function soon() {
  clearTimeout(waiting);
  waiting = setTimeout(refresh, 120);
}

/** Looks by itself, seldom where nobody sees it. */
function look(everyMs) {
  let lookedAt = Date.now();
  setInterval(() => {
    if (document.hidden && Date.now() - lookedAt < SELDOM_MS) return;
    lookedAt = Date.now();
    refresh();
  }, everyMs);
}

function notice(...said) {
  const line = document.createElement("p");
  line.className = "notice";
  line.setAttribute("role", "alert");
  line.append(...said);
  return line;
}

/** The hand-off is over: nothing here may be read or sent any more. */
function over() {
  isOver = true;
  live().replaceChildren(notice(live().dataset.over));
  document.querySelectorAll("main > form, main > section").forEach((part) => part.remove());
}

let isOver = false;
let told = null;
/** The session is over. Who enters again in another tab finds this one at work when they come back. */
function ended() {
  if (told || isOver) return;
  const way = Object.assign(document.createElement("a"), { href: "/admin/inbox", target: "_blank", rel: "noopener" });
  way.textContent = live().dataset.enter;
  told = notice(`${live().dataset.ended} `, way);
  live().before(told);
}

/** It is not, or not any more. */
function again() {
  told?.remove();
  told = null;
}

async function follow(thread, tries = 0) {
  const later = () => setTimeout(follow, WAITS_MS[Math.min(tries, WAITS_MS.length - 1)], thread, tries + 1);
  const answer = await fetch(`/admin/inbox/${thread}/pass`, { method: "POST" }).catch(() => null);
  if (isOver) return undefined;
  if (answer === null || answer.status >= 500 || answer.status === 429) return later();
  if (answer.status === 404) return over();
  if (!answer.ok) {
    ended();
    return addEventListener("focus", () => follow(thread), { once: true });
  }
  const { ticket } = await answer.json();
  const address = `${location.origin.replace(/^http/u, "ws")}/v1/amara/chat?threadId=${thread}`;
  const socket = new WebSocket(address, ["amara.v1", `ticket.${ticket}`]);
  const hello = { type: "hello", since: null, locale: document.documentElement.lang };
  let isIn = false;
  socket.onopen = () => socket.send(JSON.stringify(hello));
  socket.onmessage = ({ data }) => {
    const frame = JSON.parse(data);
    if (frame.type === "ping") socket.send('{"type":"pong"}');
    if (frame.type === "welcome") [isIn, tries] = [true, 0];
    const kind = frame.type ?? frame.chunk?.type;
    if (/^(?:welcome|event|RUN_|MESSAGES_SNAPSHOT|TOOL_CALL_RESULT)/u.test(kind)) soon();
  };
  socket.onclose = ({ code }) => {
    if (code === 4404 || (code === 4403 && isIn)) return over();
    if (code === 4403) return look(5_000); // this page has an address that may have no socket
    soon();
    return later();
  };
  return undefined;
}

/** What is half written outlives the page: a form may be sent beside it, a session may end. */
function keep(field, thread) {
  const name = `amara.inbox.${thread}.${field.id}`;
  const plain = (text) => text.replaceAll("**", "").replace(/\s+/gu, " ").trim();
  const kept = sessionStorage.getItem(name) ?? "";
  const isSent = [...document.querySelectorAll(".staff > .words, .notes .words")].some(
    (said) => plain(said.textContent) === plain(kept),
  );
  if (field.value) sessionStorage.setItem(name, field.value);
  else if (isSent) sessionStorage.removeItem(name);
  else field.value = kept;
  field.addEventListener("input", () => sessionStorage.setItem(name, field.value));
}

// Not before the style is there: until then nothing scrolls.
addEventListener("load", () => document.querySelector(".talk")?.scrollTo(0, Number.MAX_SAFE_INTEGER));
const part = live();
if (part?.dataset.thread) {
  document.querySelectorAll("textarea").forEach((field) => keep(field, part.dataset.thread));
  follow(part.dataset.thread);
} else if (part?.dataset.every) look(part.dataset.every * 1_000);
