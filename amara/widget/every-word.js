/** Both languages with all their words at once, for pages that speak without waiting. */

import { WORDS as bookingEn } from "./booking-words-en.js";
import { WORDS as bookingEs } from "./booking-words-es.js";
import { speakOfBooking } from "./booking-words.js";
import { speak as speakBriefly } from "./i18n.js";
import { WORDS as en } from "./words-en.js";
import { WORDS as es } from "./words-es.js";

const EVERY = { en: { ...en, ...bookingEn }, es: { ...es, ...bookingEs } };

export function speak(lang, timeZone) {
  return speakOfBooking(speakBriefly(lang, EVERY[lang], timeZone));
}
