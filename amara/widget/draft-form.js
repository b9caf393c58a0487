/** The small form behind «Cambiar»: what is changed in it becomes edits, never a booking. */

import { make } from "./make.js";

const DAY_MS = 86_400_000;
const LENGTHS = Array.from({ length: 13 }, (_, step) => 120 + 30 * step); // 2 to 8 hours
let made = 0;

export function drawForm(draft, t, on) {
  const start = new Date(draft.starts_at);
  const date = make("input", { type: "date", required: true, value: day(start), min: day(new Date()), max: day(new Date(Date.now() + 60 * DAY_MS)) });
  const time = make("input", { type: "time", required: true, step: "1800", value: clock(start) });
  const option = (minutes) => make("option", { value: String(minutes), selected: minutes === draft.duration_minutes }, t.duration(minutes));
  const length = make("select", {}, ...LENGTHS.map(option));
  const address = make("input", { type: "text", required: true, maxlength: "300", autocomplete: "street-address", value: draft.address ?? "" });
  const instructions = make("textarea", { rows: "2", maxlength: "1000" }, draft.instructions ?? "");
  const isBooking = draft.kind === "book";

  function edits() {
    const changed = {};
    if (date.value !== day(start) || time.value !== clock(start)) changed.starts_at = new Date(`${date.value}T${time.value}`).toISOString();
    if (!isBooking) return changed; // a move keeps its length and place
    if (Number(length.value) !== draft.duration_minutes) changed.duration_minutes = Number(length.value);
    if (address.value.trim() !== (draft.address ?? "")) changed.address = address.value.trim();
    if (instructions.value.trim() !== (draft.instructions ?? "")) changed.instructions = instructions.value.trim();
    return changed;
  }

  const form = make(
    "form.change",
    {
      "aria-label": t.changeTitle,
      onsubmit: (event) => {
        event.preventDefault();
        on.submit(edits());
      },
      onkeydown: (event) => {
        if (event.key !== "Escape" || event.isComposing) return;
        event.stopPropagation(); // it closes the form, not the chat around it
        on.close();
      },
    },
    make("div.pair", {}, field(t.dateField, date), field(t.timeField, time)),
    isBooking && field(t.lengthField, length),
    isBooking && field(t.addressField, address),
    isBooking && field(t.instructions, instructions),
    make("div.deeds", {}, make("button.deed.primary", { type: "submit" }, t.saveChange), make("button.deed", { type: "button", onclick: on.close }, t.back)),
  );
  return form;
}

function field(words, input) {
  input.id = `change-${(made += 1)}`;
  return make("p.entry", {}, make("label", { for: input.id }, words), input);
}

// As the inputs want it, on the clock of the person's own device.
const two = (number) => String(number).padStart(2, "0");
const day = (date) => `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
const clock = (date) => `${two(date.getHours())}:${two(date.getMinutes())}`;
