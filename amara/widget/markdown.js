/**
 * The markdown a chat answer uses, as it streams in: paragraphs, lists, headings, quotes, code, tables, emphasis, links.
 *
 * Elements come from the closed list below and every word goes in as text; a link keeps its address only where that leads
 * outside by http(s) or mail; an image is its alt text. Finished blocks are drawn once, only the last one is drawn again.
 */

import { make } from "./make.js";

const OUTSIDE = /^(https?:\/\/|mailto:)/i;
const INLINE =
  /\\([\\`*_[\]()#~|$!.-])|`([^`\n]+)`|\*\*(?=\S)([^]+?)\*\*|(?<![\w*])[*_](?=[^\s*_])([^*_\n]*?[^\s*_])[*_](?!\w)|!\[([^\]\n]*)\]\([^)\n]*\)|\[([^\]\n]+)\]\(([^)\s]+)\)|(https?:\/\/[^\s<>()]*[^\s<>().,;:!?'"])/g;
const FENCE = /^ {0,3}```/;
const LIST = /^(\s*)([-*+]|\d{1,6}[.)])\s+/;

/** A writer into `root`. */
export function writer(root) {
  let rest = ""; // text of the block still open
  let drawn = [];

  function draw(isLive) {
    for (const node of drawn) node.remove();
    drawn = blocks(rest, isLive);
    root.append(...drawn);
  }

  return {
    write(chunk) {
      rest += chunk;
      const settled = settledUntil(rest);
      if (settled) {
        const open = rest.slice(settled);
        rest = rest.slice(0, settled);
        draw(false);
        drawn = [];
        rest = open;
      }
      draw(true);
    },
    end: () => draw(false),
  };
}

// Up to the last blank line outside a fence; a list may go on behind its blank line, so it stays open until a word begins there.
function settledUntil(text) {
  let at = 0;
  let until = 0;
  let inFence = false;
  let inList = false;
  let isApart = false;
  for (const line of text.split("\n")) {
    if (inList && isApart && /^\p{L}|^¿|^¡/u.test(line)) until = at;
    at += line.length + 1;
    isApart = !line.trim();
    if (FENCE.test(line)) inFence = !inFence;
    else if (!isApart) inList = !inFence && (LIST.test(line) || (inList && /^\s/.test(line)));
    else if (!inFence && !inList && at < text.length) until = at;
  }
  return until;
}

function blocks(text, isLive) {
  const nodes = [];
  const lines = text.split("\n");
  const take = (test) => {
    const taken = [];
    while (lines.length && test(lines[0])) taken.push(lines.shift());
    return taken;
  };
  while (lines.length) {
    const line = lines[0];
    const heading = /^(#{1,6})\s+(.*?)#*$/.exec(line);
    if (!line.trim()) lines.shift();
    else if (FENCE.test(line)) {
      lines.shift();
      nodes.push(make("pre", {}, take((one) => !FENCE.test(one)).join("\n")));
      lines.shift();
    } else if (heading) {
      lines.shift();
      nodes.push(inline(make(`h${Math.min(6, heading[1].length + 2)}`), heading[2], isLive));
    } else if (/^ {0,3}([-*_])( *\1){2,}\s*$/.test(line)) nodes.push(make("hr", lines.shift() && {}));
    else if (/^\s*>/.test(line))
      nodes.push(inline(make("blockquote"), take((one) => /^\s*>/.test(one)).map((one) => one.replace(/^\s*> ?/, "")).join("\n"), isLive));
    else if (LIST.test(line)) nodes.push(...lists(take((one) => LIST.test(one) || /^\s+\S/.test(one) || !one.trim()), isLive));
    else if (/^\s*\|/.test(line)) nodes.push(table(take((one) => /^\s*\|/.test(one)), isLive));
    else nodes.push(inline(make("p"), [lines.shift(), ...take(isPlain)].join("\n"), isLive));
  }
  return nodes;
}

function isPlain(line) {
  return line.trim() && !/^\s*(#{1,6}\s|>|\||```)/.test(line) && !LIST.test(line);
}

// The lists that stand here one after the other: where numbers follow points, one ends and the other begins.
function lists(lines, isLive) {
  const found = [];
  const open = []; // [indent, list] from the outermost to the innermost
  let item = null;
  for (const line of lines) {
    const mark = LIST.exec(line);
    if (!mark) {
      if (item && line.trim()) inline(item, `\n${line.trim()}`, isLive);
      continue;
    }
    const indent = mark[1].length;
    const kind = /\d/.test(mark[2]) ? "ol" : "ul";
    while (open.length && (indent < open.at(-1)[0] || (indent === open.at(-1)[0] && open.at(-1)[1].localName !== kind))) open.pop();
    if (!open.length || indent > open.at(-1)[0]) {
      const one = make(kind, { start: kind === "ol" ? parseInt(mark[2], 10) : null });
      if (open.length) open.at(-1)[1].lastChild.append(one);
      else found.push(one);
      open.push([indent, one]);
    }
    item = inline(make("li"), line.slice(mark[0].length), isLive);
    open.at(-1)[1].append(item);
  }
  return found;
}

function table(lines, isLive) {
  const rows = lines.filter((line) => !/^[\s|:-]+$/.test(line)).map((line) => line.trim().replace(/^\||\|$/g, "").split("|"));
  return make("table", {}, ...rows.map((cells) => make("tr", {}, ...cells.map((cell) => inline(make("td"), cell.trim(), isLive)))));
}

// An emphasis still waiting for its end is drawn as if it had come, so that no asterisks flash by.
function inline(node, text, isLive) {
  const words = isLive && (text.match(/\*\*/g) ?? []).length % 2 ? `${text.replace(/\*+$/, "")}**` : text;
  let from = 0;
  for (const found of words.matchAll(INLINE)) {
    const [whole, escaped, code, strong, em, alt, label, address, url] = found;
    plain(node, words.slice(from, found.index));
    from = found.index + whole.length;
    if (escaped) plain(node, escaped);
    else if (code) node.append(make("code", {}, code));
    else if (strong) node.append(inline(make("strong"), strong, false));
    else if (em) node.append(inline(make("em"), em, false));
    else if (label ?? url) node.append(link(address ?? url, label ?? url));
    else plain(node, alt ?? "");
  }
  plain(node, words.slice(from));
  return node;
}

function link(address, label) {
  const isOutside = OUTSIDE.test(address);
  const props = isOutside ? { href: address, target: "_blank", rel: "noopener noreferrer nofollow" } : {};
  return make(isOutside ? "a" : "span", props, label);
}

// One line break in an answer is meant as one.
function plain(node, text) {
  for (const [index, line] of text.split("\n").entries()) {
    if (index) node.append(make("br"));
    if (line) node.append(line);
  }
}
