/** The icons of cards. */

import { icon } from "./make.js";

const PATHS = {
  star: "m12 3.6 2.6 5.3 5.8.8-4.2 4.1 1 5.8-5.2-2.7-5.2 2.7 1-5.8-4.2-4.1 5.8-.8z",
  check: "m5 12.5 4.5 4.5L19 7.5",
  bolt: "M13 3 5 14h6l-1 7 8-11h-6z",
  pin: "M12 21s7-6.2 7-11.5A7 7 0 0 0 5 9.5C5 14.8 12 21 12 21zm0-9a2.5 2.5 0 1 1 0-5 2.5 2.5 0 0 1 0 5z",
  clock: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zm0 4v5l3.5 2",
};

export const sign = (name) => icon(name, PATHS[name]);
