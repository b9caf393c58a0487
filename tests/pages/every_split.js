// Every text in every two halves, and letter by letter, through a renderer; after each piece the tree is looked at.

async ([texts, broken]) => {
  const writer = broken ? (0, eval)(broken) : (await import("/widget/v1/markdown.js")).writer;
  const tags = "p h1 h2 h3 h4 h5 h6 ul ol li pre code blockquote hr table thead tbody tr td th strong em b i s del br a span div input";
  const attributes = "href target rel start class type checked disabled lang dir align title";
  const [TAGS, ATTRIBUTES] = [tags, attributes].map((names) => new Set(names.split(" ")));
  const found = new Map();
  const host = document.createElement("section");
  document.body.append(host);
  let drawn = 0;

  const look = (text, root) => {
    const bad = window.wrong(root);
    for (const one of root.querySelectorAll("*")) {
      if (!TAGS.has(one.localName)) bad.push(`<${one.localName}>`);
      for (const { name } of one.attributes) if (!ATTRIBUTES.has(name)) bad.push(`${one.localName}[${name}]`);
      const to = one.getAttribute("href");
      if (to !== null && !/^(https?:|mailto:|tel:)/i.test(to)) bad.push(`a[href=${to}]`);
    }
    if (bad.length) found.set(text, bad);
  };
  const draw = (text, pieces, isAttached) => {
    const root = document.createElement("div");
    if (isAttached) host.replaceChildren(root);
    const one = writer(root);
    for (const piece of pieces) {
      one.write(piece);
      look(text, root);
    }
    one.end();
    look(text, root);
    drawn += 1;
  };

  for (const text of texts) {
    for (let at = 0; at < text.length; at++) draw(text, [text.slice(0, at), text.slice(at)], at % 8 === 0);
    draw(text, [...text], true);
  }
  await new Promise((done) => setTimeout(done, 50)); // a picture that fails says so in a later task
  host.remove();
  return { drawn, hits: window.hits, found: [...found] };
}
