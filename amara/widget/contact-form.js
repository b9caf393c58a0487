/**
 * The contact data a booking needs, one question at a time: name → e-mail → phone, if wanted → consent, unticked.
 * What is written here goes to the service alone; it stands in no message, no storage and no address.
 */

import { make } from "./make.js";

const CONSENT_VERSION = "1"; // of the text below; a changed text is another version
const STEPS = ["full_name", "email", "phone", "consent"];
const AT = { name_invalid: 0, email_invalid: 1, phone_invalid: 2, consent_missing: 3, consent_outdated: 3 };
const FIELDS = {
  full_name: { type: "text", autocomplete: "name", maxlength: "200", autocapitalize: "words" },
  email: { type: "email", autocomplete: "email", maxlength: "320", inputmode: "email" },
  phone: { type: "tel", autocomplete: "tel", maxlength: "40", inputmode: "tel" },
};

let made = 0;

export function drawContact({ words: { lang, contact: t }, values, last, submit, done, later, session, heading = "h4" }) {
  const id = `contact-${(made += 1)}`;
  const room = make("div.question");
  const wrong = make("p.bad", { role: "alert", id: `${id}-wrong`, hidden: true });
  const ahead = make("button.deed.primary", { type: "submit" });
  const back = make("button.deed", { type: "button", onclick: () => (values.step ? go(values.step - 1) : later?.()) });
  const skip = make("button.deed", { type: "button", onclick: () => ((values.phone = ""), go(values.step + 1)) }, t.skip);
  const step = make("p.quiet");
  const deeds = make("div.deeds", {}, ahead, skip, back);
  const element = make("form.contact", { "aria-label": t.title, novalidate: true, onsubmit }, make(heading, { tabindex: "-1" }, t.title), step, room, wrong, deeds);
  let input;
  let isBusy = false;
  values.step ??= 0;
  draw();

  function draw() {
    const name = STEPS[values.step];
    const isConsent = name === "consent";
    step.textContent = t.step(values.step + 1, STEPS.length);
    ahead.textContent = isConsent ? last : t.next;
    back.textContent = values.step ? t.back : t.later;
    back.hidden = !values.step && !later;
    skip.hidden = name !== "phone";
    deeds.hidden = step.hidden = false;
    say(null);
    if (isConsent) {
      input = make("input", { type: "checkbox", id });
      input.checked = values.consent ?? false;
      const policy = new URL(`privacy.html#${lang}`, import.meta.url).href;
      room.replaceChildren(
        make("label.tick", { for: id }, input, make("span", {}, t.consent)),
        make("a", { href: policy, target: "_blank", rel: "noopener" }, t.policy(CONSENT_VERSION)),
      );
    } else {
      input = make("input", { id, ...FIELDS[name], "aria-describedby": name === "phone" ? `${id}-about` : null });
      input.value = values[name] ?? "";
      room.replaceChildren(
        make("p.entry", {}, make("label", { for: id }, t[name]), input, name === "phone" && make("span.quiet", { id: `${id}-about` }, t.phoneHint)),
      );
    }
    input.addEventListener("input", () => (take(), say(null)));
  }

  function take() {
    const name = STEPS[values.step];
    values[name] = name === "consent" ? input.checked : input.value;
  }

  function go(to, code) {
    values.step = to;
    draw();
    say(code);
    show();
  }

  // What is asked, and the way on, both in sight.
  function show() {
    input.focus();
    deeds.scrollIntoView({ block: "nearest" });
  }

  function say(code) {
    wrong.hidden = !code;
    wrong.textContent = code ? (t[code] ?? t.other) : "";
    input?.setAttribute("aria-invalid", String(code in AT));
    if (code) input.setAttribute("aria-describedby", wrong.id);
  }

  // The service saw what may be a slip of the finger; only the person knows.
  function suggest(meant, opened) {
    const yes = make("button.deed.primary", { type: "button", onclick: () => ((values.email = meant), send()) }, t.meant(meant));
    room.replaceChildren(yes, make("button.deed", { type: "button", onclick: () => finish(opened) }, t.asItIs(values.email.trim())));
    deeds.hidden = step.hidden = true;
    yes.focus();
  }

  function finish(opened) {
    for (const key of Object.keys(values)) delete values[key]; // it is with the service now
    done(opened);
  }

  function onsubmit(event) {
    event.preventDefault();
    if (isBusy) return;
    take();
    const name = STEPS[values.step];
    const code = lacking(name, values[name]);
    if (code) {
      say(code);
      show();
      return;
    }
    if (name === "consent") send();
    else go(values.step + 1);
  }

  async function send() {
    if (isBusy) return;
    busy(true);
    try {
      const { full_name, email, phone, consent } = values;
      const contact = { full_name, email, phone: phone || null, analytics_session_id: session?.() ?? null };
      const opened = await submit({ ...contact, consent: { version: CONSENT_VERSION, accepted: consent === true } });
      if (opened?.hints?.email && opened.hints.email !== email) suggest(opened.hints.email, opened);
      else finish(opened);
    } catch ({ code }) {
      go(AT[code] ?? values.step, code ?? "other");
    } finally {
      busy(false);
    }
  }

  function busy(is) {
    isBusy = is;
    ahead.setAttribute("aria-busy", String(is));
    ahead.setAttribute("aria-disabled", String(is));
  }

  return { element, focus: show };
}

// What needs no question to the service: an empty field, an address without its @, a box that was not ticked.
function lacking(name, value) {
  if (name === "consent") return value ? null : "consent_missing";
  const written = (value ?? "").trim();
  if (name === "full_name") return written ? null : "name_invalid";
  if (name === "email") return /\S@\S+\.\S/.test(written) ? null : "email_invalid";
  return !written || /\d/.test(written) ? null : "phone_invalid";
}
