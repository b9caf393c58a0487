/** All that an answer needs, told or on record, in one file: what reads it, what writes it, what one may do with it, and its looks. */

import { Answer } from "./answer.js";
import { writer } from "./markdown.js";
import { fetchMessages } from "./record.js";
import { roomSheet } from "./room-style.js";
import { drawTools } from "./tools.js";

export const ANSWERING = { Answer, drawTools, fetchMessages, roomSheet, writer };
