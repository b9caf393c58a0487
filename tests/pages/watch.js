// In the page: `hit` counts scripts that ran, `wrong(root)` names what should not stand below a root.

window.hits = 0;
window.hit = () => {
  window.hits += 1;
};

const FORBIDDEN = new RegExp(
  "^(script|iframe|frame|object|embed|link|meta|base|img|picture|source|video|audio|track|style|marquee|math|template" +
    "|slot|portal|image|use|set|animate.*|foreignobject|xmp|listing|noscript)$",
);
const ACTING = /^on|^(src|srcset|srcdoc|style|action|formaction|background|poster|data|ping|xlink:href)$/;

// An address of the page's own stands without a scheme; all others lead outside, to a site, a mailbox or a telephone.
function leadsWrong(link) {
  const { protocol, origin } = new URL(link.href);
  const isOurs = origin === location.origin && !link.getAttribute("href").includes(":");
  if (!isOurs && !["http:", "https:", "mailto:", "tel:"].includes(protocol)) return `a[href^=${protocol}]`;
  return /^https?:$/.test(protocol) && origin !== location.origin && !/noopener/.test(link.rel) ? "a without noopener" : null;
}

window.wrong = (root) => {
  const found = [];
  for (const one of root.querySelectorAll("*")) {
    if (one.closest("head") || one.matches("body > noscript")) continue;
    if (one.shadowRoot) found.push(...window.wrong(one.shadowRoot));
    if (FORBIDDEN.test(one.localName)) found.push(`<${one.localName}>`);
    for (const { name } of one.attributes) {
      const isHeight = name === "style" && one.localName === "textarea"; // the composer's own, as many lines as are written
      if (ACTING.test(name) && !isHeight) found.push(`${one.localName}[${name}]`);
      if (name === "href" && one.localName !== "a") found.push(`${one.localName}[href]`);
    }
    const wrong = one.localName === "a" && one.hasAttribute("href") && leadsWrong(one);
    if (wrong) found.push(wrong);
  }
  return found;
};
