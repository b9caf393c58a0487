/** Where cards lie: their looks and their words are put in place, and then they are drawn. */

import { speakOfBooking } from "./booking-words.js";
import { cardSheet } from "./card-style.js";
import { drawCard, tellCard } from "./cards.js";
import { Drafts } from "./drafts.js";

export class Table {
  #on;
  #deck;

  constructor(on, deck) {
    this.#on = on;
    this.#deck = deck;
    on.root.adoptedStyleSheets = [cardSheet(), ...on.root.adoptedStyleSheets];
    this.drafts = new Drafts(on, deck);
  }

  draw(card, t, place, on) {
    speakOfBooking(t);
    return drawCard(card, t, place, { ...on, drafts: this.drafts, hasAccounts: this.#deck.offersAccounts });
  }

  tell(card, t) {
    speakOfBooking(t);
    return tellCard(card, t);
  }
}
