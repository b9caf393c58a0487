/** The two languages of the widget: which one is spoken, and how each writes numbers and dates. */

const REGION = { es: "es-CO", en: "en-US" };
const TELLING = 300; // characters tell the language of a text

// Most conversations never need every word: those of a room come with the first that goes there.
const BOOKS = {
  es: { chat: () => import("./words-es.js"), rooms: () => import("./room-words-es.js"), booking: () => import("./booking-words-es.js") },
  en: { chat: () => import("./words-en.js"), rooms: () => import("./room-words-en.js"), booking: () => import("./booking-words-en.js") },
};

/** The two languages we speak, from any tag: `es-CO` is Spanish, what is not English is Spanish too. */
export function languageOf(tag) {
  return /^en\b/i.test(tag ?? "") ? "en" : "es";
}

/** The words of one chat: those of the books it has needed so far. */
export class Library {
  #wished;
  #open = new Set(["chat"]);

  /** Args: wished gives the language. */
  constructor(wished) {
    this.#wished = wished;
  }

  /** From now on the words of this book are among them, in every language. */
  async open(book) {
    await this.fetch([book]); // one that does not come holds up no other
    this.#open.add(book);
  }

  /** The language that is wished for, and its words. What changes meanwhile is looked at in the end. */
  async fetch(books = this.#open) {
    const lang = this.#wished();
    const found = await Promise.all([...books].map((book) => BOOKS[lang][book]()));
    if (lang !== this.#wished() || found.length < books.size) return this.fetch(books);
    return [lang, Object.assign({}, ...found.map(({ WORDS }) => WORDS))];
  }
}

/** The language a text is most likely in, for `lang` on a message: a screen reader needs the right voice, no more. */
export function guessLanguage(text, otherwise) {
  const beginning = text.slice(0, TELLING); // looked at with every piece of an answer that may be long
  const count = (pattern) => (beginning.match(pattern) ?? []).length;
  const spanish = count(/[ñ¿¡áéíóú]|\b(el|la|los|las|de|que|en|un|una|para|con|por|su|sus|es|mis|hay)\b/gi);
  const english = count(/\b(the|of|and|to|is|are|for|with|you|your|i|my|in|a|there|this|what|who)\b/gi);
  return spanish === english ? otherwise : spanish > english ? "es" : "en";
}

/** These words, with the formats of their language. */
export function speak(lang, words, timeZone) {
  const region = REGION[lang];
  return {
    ...words,
    lang,
    region,
    isHome: timeZone === "America/Bogota",
    format: (options) => new Intl.DateTimeFormat(region, { timeZone, ...options }),
    number: (value, digits = 0) => new Intl.NumberFormat(region, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value),
    errorText: (code) => words.error[code] ?? words.error.other,
  };
}
