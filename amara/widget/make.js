/** An element in one expression. Text goes in as text nodes, never as HTML: people's and the model's words are data. */
export function make(tag, props = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const node = document.createElement(name);
  if (classes.length) node.className = classes.join(" ");
  for (const [key, value] of Object.entries(props)) {
    if (value === false || value === null || value === undefined) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** What a button without words does, for those who hear it and those who point at it. */
export function name(button, words) {
  button.setAttribute("aria-label", words);
  button.title = words;
}

/** Gives a sheet of these rules, made once for however many chats a page has. */
export function sheetOf(css) {
  let sheet = null;
  return () => {
    if (!sheet) {
      sheet = new CSSStyleSheet();
      sheet.replaceSync(css);
    }
    return sheet;
  };
}

const PATHS = {
  send: "M4 12 20 4l-5 16-3.5-6.5z",
  stop: "M5.5 5.5h13v13h-13z",
  fresh: "M12 5v14M5 12h14",
  close: "M6 6l12 12M18 6 6 18",
  chat: "M4 5h16v11H11l-5 4v-4H4z",
  list: "M4 6h16M4 12h16M4 18h10",
  down: "M12 5v14m-6-6 6 6 6-6",
};

/** A decorative line icon; its meaning is always beside it in words. */
export function icon(name, path = PATHS[name]) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const line = document.createElementNS(space, "path");
  for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", "aria-hidden": "true", class: `icon ${name}` }))
    svg.setAttribute(key, value);
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}
