/** An account, by an e-mail and the code that comes to it: to enter, or for what a guest has booked, which moves to it. */

import { cardSheet } from "./card-style.js";
import { ask } from "./guest.js";
import { guestToken } from "./keeping.js";
import { make } from "./make.js";
import { sheet } from "./style.js";

const WORDS = {
  es: {
    title: "Guardar en una cuenta",
    lead: "Le enviamos un código al correo de la reserva. Con él, sus reservas y esta conversación pasan a su cuenta.",
    email: "Correo de la reserva",
    code: "Código de seis cifras",
    sent: (address) => `Enviamos un código a ${address}. En esta demostración aparece en el registro del servicio.`,
    send: "Enviar el código",
    save: "Guardar",
    close: "Cerrar",
    enter: "Ingresar",
    enterLead: "Le enviamos un código a su correo. Si todavía no tiene cuenta, con él se abre una.",
    enterEmail: "Su correo",
    saved: ({ bookings, conversations }) =>
      `Listo: ${bookings === 1 ? "1 reserva" : `${bookings} reservas`} y ${conversations === 1 ? "1 conversación" : `${conversations} conversaciones`} quedaron en su cuenta.`,
    awaiting: "Sus reservas pasan a la cuenta apenas confirme su correo.",
    bad_request: "Ese correo no parece completo. Revíselo, por favor.",
    code_refused: "Ese código no sirve: revíselo o pida otro.",
    claim_refused: "Esa cuenta no es del correo con el que se reservó.",
    not_found: "Su sesión de visitante ya terminó; no hay nada que guardar aquí.",
    too_many: "Son muchos intentos seguidos. Espere un momento y pruebe de nuevo.",
    offline: "No hay conexión. Intente de nuevo.",
    other: "No pudimos hacerlo. Intente de nuevo.",
  },
  en: {
    title: "Save to an account",
    lead: "We send a code to the booking's e-mail. With it, your bookings and this conversation move to your account.",
    email: "The booking's e-mail",
    code: "Six-digit code",
    sent: (address) => `We sent a code to ${address}. In this demo it is written to the service's log.`,
    send: "Send the code",
    save: "Save",
    close: "Close",
    enter: "Sign in",
    enterLead: "We send a code to your e-mail. If you have no account yet, it opens one.",
    enterEmail: "Your e-mail",
    saved: ({ bookings, conversations }) =>
      `Done: ${bookings === 1 ? "1 booking" : `${bookings} bookings`} and ${conversations === 1 ? "1 conversation" : `${conversations} conversations`} are in your account.`,
    awaiting: "Your bookings move to the account as soon as you confirm your e-mail.",
    bad_request: "That e-mail does not look complete. Please check it.",
    code_refused: "That code opens nothing: check it, or ask for another one.",
    claim_refused: "That account does not belong to the e-mail the booking was made with.",
    not_found: "Your visit has ended by now; there is nothing to save here.",
    too_many: "That is a lot of attempts in a row. Please wait a moment and try again.",
    offline: "There is no connection. Please try again.",
    other: "We could not do it. Please try again.",
  },
};

/** A dialog over the page, until there is an account or it is closed. Args: claim moves a guest's bookings; without it one only enters. */
export function openAccount({ lang, server, claim = null }) {
  const all = WORDS[lang];
  const t = claim ? all : { ...all, title: all.enter, lead: all.enterLead, email: all.enterEmail, save: all.enter };
  const host = make("div");
  const dialog = make("dialog.desk", { "aria-label": t.title, lang }, host);
  const root = host.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [cardSheet(), sheet()];
  const email = make("input", { id: "email", type: "email", autocomplete: "email", maxlength: "320", required: true });
  const code = make("input", { id: "code", inputmode: "numeric", autocomplete: "one-time-code", maxlength: "6", pattern: "[0-9]{6}" });
  const entry = (words, input) => make("p.entry", {}, make("label", { for: input.id }, words), input);
  const said = make("p", { role: "status" }, t.lead);
  const wrong = make("p.bad", { role: "alert", hidden: true });
  const ahead = make("button.deed.primary", { type: "submit" }, t.send);
  const close = make("button.deed", { type: "button", onclick: () => dialog.close() }, t.close);
  const codeEntry = entry(t.code, code);
  codeEntry.hidden = true;
  const form = make("form.account", { novalidate: true, onsubmit }, make("h3", {}, t.title), said, entry(t.email, email), codeEntry, wrong, make("div.deeds", {}, ahead, close));
  root.append(form);
  document.body.append(dialog);
  dialog.showModal();
  email.focus();
  if (guestToken()) ask(server, "v1/guest/session").then((session) => (email.value ||= session.email), () => {});
  let account = null;
  let isBusy = false;

  async function onsubmit(event) {
    event.preventDefault();
    if (isBusy) return;
    isBusy = true;
    ahead.setAttribute("aria-busy", "true");
    wrong.hidden = true;
    try {
      const isAsking = codeEntry.hidden;
      const body = isAsking ? { email: email.value } : { email: email.value, code: code.value.trim() };
      const answer = await ask(server, "v1/demo/account", { method: "POST", body });
      if (isAsking) {
        said.textContent = t.sent(email.value);
        codeEntry.hidden = false;
        ahead.textContent = t.save;
        code.focus();
      } else if (claim) finish(answer, await claim(answer));
      else {
        account = answer;
        dialog.close();
      }
    } catch ({ code: problem }) {
      wrong.textContent = t[problem] ?? t.other;
      wrong.hidden = false;
      (codeEntry.hidden ? email : code).focus();
    }
    isBusy = false;
    ahead.removeAttribute("aria-busy");
  }

  function finish(answer, moved) {
    account = answer;
    said.textContent = moved.status === "awaiting_confirmation" ? t.awaiting : t.saved(moved);
    for (const part of form.querySelectorAll(".entry")) part.hidden = true;
    ahead.remove();
    close.focus();
  }

  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(account);
    });
  });
}
