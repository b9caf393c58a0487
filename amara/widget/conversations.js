/** The person's conversations: to go back to one, to name it, to have it deleted. */

import { icon, make } from "./make.js";

const PATHS = {
  back: "M15 5l-7 7 7 7",
  pen: "M4 20l1-4L16 5l3 3L8 19zM14 7l3 3",
  bin: "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5m4-5v5",
};

/**
 * The list over the conversation.
 * @param {{t: any, ask: Function, current: string, say: (words: string) => void, choose: (id: string) => void, fresh: () => void, gone: (id: string) => void, close: () => void}} on
 */
export function drawConversations({ t: { lang, format, list: t }, ask, current, say, choose, fresh, gone, close }) {
  const list = make("ul.rows", { role: "list" });
  const foot = make("div");
  const title = make("h3", { tabindex: "-1", id: "conversations" }, t.title);
  const names = new Map(); // conversation → gives it another name in the list
  const element = make(
    "div.view",
    {
      role: "region",
      "aria-labelledby": "conversations",
      lang,
      onkeydown: (event) => {
        if (event.key !== "Escape" || event.isComposing) return;
        event.stopPropagation(); // it closes the list, not the chat around it
        close();
      },
    },
    make("div.bar", {}, make("button.round", { type: "button", "aria-label": t.back, title: t.back, onclick: close }, icon("back", PATHS.back)), title),
    make("button.quietly", { type: "button", onclick: fresh }, t.fresh),
    list,
    foot,
  );
  load();

  async function load(before) {
    foot.replaceChildren(make("p.note", {}, t.loading));
    try {
      const answer = await ask(`v1/amara/conversations?limit=20${before ? `&before=${encodeURIComponent(before)}` : ""}`);
      if (!answer.ok) throw new Error(`the conversations answered ${answer.status}`);
      const { items, next } = await answer.json();
      list.append(...items.map(row));
      foot.replaceChildren(
        ...(next ? [make("button.quietly", { type: "button", onclick: () => load(next) }, t.more)] : list.children.length ? [] : [make("p.note", {}, t.none)]),
      );
    } catch {
      foot.replaceChildren(make("p.note", {}, t.lost), make("button.quietly", { type: "button", onclick: () => load(before) }, t.retry));
    }
  }

  function row(one) {
    const node = make("li");
    const when = format({ day: "numeric", month: "short", hour: "numeric", minute: "2-digit" }).format(new Date(one.last_message_at ?? one.created_at));
    const isHere = one.thread_id === current || one.id === current;
    names.set(one.thread_id ?? one.id, (words) => {
      one.title = words;
      if (node.querySelector("[data-deed]")) show(node.contains(node.getRootNode().activeElement) ? "pen" : null); // nothing is being asked here
    });
    show();
    return node;

    function show(focused) {
      const name = one.title || t.untitled;
      const button = (look, label, onclick) => make("button.round", { type: "button", "aria-label": label, title: label, "data-deed": look, onclick }, icon(look, PATHS[look]));
      const go = make(
        "button.go",
        { type: "button", "aria-current": isHere ? "true" : null, onclick: () => choose(one.thread_id ?? one.id) },
        make("strong", {}, name),
        make("span.quiet", {}, isHere ? `${when} · ${t.now}` : when),
      );
      node.replaceChildren(go, button("pen", t.rename(name), rename), button("bin", t.remove(name), inquire));
      if (focused) node.querySelector(`[data-deed=${focused}]`).focus();
    }

    function rename() {
      const input = make("input", { value: one.title ?? "", maxlength: "120", "aria-label": t.name, autocomplete: "off" });
      const onsubmit = (event) => {
        event.preventDefault();
        const title = input.value.trim();
        if (title) attempt({ method: "PATCH", body: { title } }, () => ((one.title = title), say(t.renamed), show("pen")));
      };
      const onkeydown = (event) => event.key === "Escape" && !event.isComposing && (event.stopPropagation(), show("pen"));
      node.replaceChildren(make("form.rename", { onsubmit, onkeydown }, input, make("button.quietly.primary", { type: "submit" }, t.save), make("button.quietly", { type: "button", onclick: () => show("pen") }, t.cancel)));
      input.select();
      input.focus();
    }

    // What is deleted does not come back, so it is asked first.
    function inquire() {
      const no = make("button.quietly", { type: "button", onclick: () => show("bin") }, t.no);
      node.replaceChildren(make("div.rename", { role: "group", "aria-label": t.sure }, make("p", {}, t.sure), make("button.quietly.danger", { type: "button", onclick: remove }, t.yes), no));
      no.focus();
    }

    function remove() {
      attempt({ method: "DELETE" }, () => {
        node.remove();
        say(t.removed);
        title.focus();
        gone(one.thread_id ?? one.id);
      });
    }

    async function attempt(wish, done) {
      const answer = await ask(`v1/amara/conversations/${one.id}`, wish).catch(() => null);
      if (answer?.ok) return done();
      node.append(make("p.bad", { role: "alert" }, t.failed));
    }
  }

  return { element, focus: () => title.focus({ preventScroll: true }), name: (id, words) => names.get(id)?.(words) };
}
