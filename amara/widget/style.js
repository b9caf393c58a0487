/** The widget's looks as one adoptable sheet: no style element, so a page with a strict CSP needs no exception. */

const CSS = `
:host {
  color-scheme: light dark;
  --ink: var(--amara-ink, light-dark(#2b211d, #f4ebe4));
  --soft: var(--amara-soft, light-dark(#6b5a52, #bfaea4));
  --paper: var(--amara-paper, light-dark(#fffdfa, #211b18));
  --tint: var(--amara-tint, light-dark(#f6eee6, #2d2521));
  --line: var(--amara-line, light-dark(#e4d7cb, #43372f));
  --accent: var(--amara-accent, light-dark(#9c3f22, #f2a284));
  --on-accent: var(--amara-on-accent, light-dark(#fff, #2a1009));
  --good: light-dark(#1e6a4c, #8fd3b1);
  --bad: light-dark(#a3202b, #ff9f9f);
  --radius: var(--amara-radius, 16px);
  display: block; min-height: 0; color: var(--ink);
  font: 400 16px/1.5 var(--amara-font, system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif);
}
:host([theme="light"]) { color-scheme: light; }
:host([theme="dark"]) { color-scheme: dark; }
[hidden] { display: none !important; }
* { box-sizing: border-box; }
h2, h3, h4, h5, h6, p, ul, ol { margin: 0; padding: 0; font-size: inherit; }
ul[role="list"] { list-style: none; }
button { font: inherit; color: inherit; cursor: pointer; min-height: 44px; border: 0; background: none; -webkit-tap-highlight-color: transparent; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
h2:focus { outline: none; }
.sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.icon { width: 1.1em; height: 1.1em; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; flex: none; }
.icon.send, .icon.stop, .icon.star, .icon.bolt { fill: currentColor; stroke-width: 1; }
.quiet, .caption { color: var(--soft); font-size: 14px; }

.panel { position: relative; display: flex; flex-direction: column; height: 100%; background: var(--paper); overflow: hidden; border-radius: inherit; }
header { display: flex; align-items: center; gap: 8px; padding: max(12px, env(safe-area-inset-top)) 12px 12px 16px; border-bottom: 1px solid var(--line); }
.names { flex: 1; min-width: 0; padding-inline-start: 4px; }
h2 { font-size: 17px; line-height: 1.25; }
.state { font-size: 13px; line-height: 1.4; color: var(--soft); white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.state::before { content: ""; display: inline-block; margin-inline-end: 6px; width: 8px; height: 8px; border-radius: 50%; background: #c08a2b; }
[data-state="ready"] .state::before { background: #2f9e6b; }
[data-state="refused"] .state::before, [data-state="waiting"] .state::before { background: var(--bad); }
.face { flex: none; display: grid; place-items: center; width: 40px; height: 40px; border-radius: 50%; background: var(--accent); color: var(--on-accent); font: 600 20px/1 Georgia, "Liberation Serif", serif; }
.round { width: 44px; border-radius: 50%; display: grid; place-items: center; font-size: 19px; flex: none; }
.round:hover { background: var(--tint); }

.banner { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 4px 12px; padding: 8px 16px; font-size: 14px; background: light-dark(#fbeccb, #4a3a16); color: light-dark(#4d3806, #fdebc0); }
.banner span { flex: 1 1 180px; }
.banner button { font-weight: 600; text-decoration: underline; text-underline-offset: 3px; }

.middle { position: relative; flex: 1; min-height: 0; }
.log { height: 100%; overflow-y: auto; overscroll-behavior: contain; padding: 16px; scrollbar-width: thin; scrollbar-color: var(--line) transparent; }
.log:focus-visible { outline-offset: -4px; }
.list { display: flex; flex-direction: column; gap: 12px; }
.head { display: grid; gap: 8px; justify-items: center; }
.head:not(:empty) { padding-bottom: 12px; }
.message { display: flex; flex-direction: column; gap: 10px; max-width: 100%; align-items: flex-start; }
.message.user { align-items: flex-end; padding-inline-start: 15%; }
.user + .assistant, .assistant + .user { margin-top: 6px; }
.bubble { max-width: 100%; padding: 10px 14px; border-radius: var(--radius); background: var(--tint); overflow-wrap: anywhere; border-end-start-radius: 4px; }
.bubble:empty { display: none; }
.user .bubble { background: var(--accent); color: var(--on-accent); white-space: pre-wrap; border-radius: var(--radius); border-end-end-radius: 4px; }
.md > * + * { margin-top: 8px; }
.md ul, .md ol { padding-inline-start: 22px; }
.md a { color: var(--accent); text-underline-offset: 3px; }
.md code, .md pre { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: 14px; }
.md pre { overflow-x: auto; white-space: pre; }
.md table { display: block; overflow-x: auto; border-collapse: collapse; font-size: 14px; }
.md td { padding: 4px 8px; border: 1px solid var(--line); }
.md blockquote { margin: 0; padding-inline-start: 12px; border-inline-start: 3px solid var(--line); color: var(--soft); }
.md hr { border: 0; border-top: 1px solid var(--line); }
.live .md:last-of-type > :last-child:not(ul, ol)::after, .live .md:last-of-type > :is(ul, ol):last-child > li:last-child::after {
  content: ""; display: inline-block; width: 2px; height: 1.05em; margin-inline-start: 3px; vertical-align: -0.18em; background: var(--accent); animation: blink 1.1s steps(2, jump-none) infinite;
}
@keyframes blink { to { opacity: 0; } }
.note { color: var(--soft); font-size: 14px; }
.user .note { text-align: end; }
.failure { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 12px; padding: 6px 14px; border-radius: 12px; border: 1px solid currentColor; color: var(--bad); font-size: 14px; align-self: stretch; }
.failure p { flex: 1 1 160px; }
.retry { font-weight: 600; text-decoration: underline; text-underline-offset: 3px; }
.quietly { padding: 0 16px; border: 1px solid var(--line); border-radius: 22px; font-size: 14px; }
.status { display: flex; align-items: center; gap: 10px; padding-top: 12px; color: var(--soft); font-size: 14px; }
.status::before { content: ""; width: 22px; height: 6px; flex: none; animation: dots 1.2s steps(4, jump-none) infinite;
  background: radial-gradient(circle 3px, var(--accent) 98%, transparent) 0 0 / 8px 6px; clip-path: inset(0 66% 0 0); }
@keyframes dots { to { clip-path: inset(0); } }
.latest { position: absolute; inset-block-end: 8px; inset-inline: 0; margin-inline: auto; width: fit-content; display: flex; align-items: center; gap: 8px; padding: 0 16px; border-radius: 22px; border: 1px solid var(--line); background: var(--paper); font-size: 14px; box-shadow: 0 4px 16px rgb(0 0 0 / .14); }

.greeting { display: grid; justify-items: center; gap: 10px; text-align: center; padding: clamp(8px, 4vh, 40px) 4px 8px; max-width: 420px; }
.face.big { width: 64px; height: 64px; font-size: 32px; }
.greeting h3 { font: 600 23px/1.25 Georgia, "Liberation Serif", serif; }
.greeting p { color: var(--soft); }
.chips { display: grid; gap: 8px; width: 100%; margin-top: 6px; }
.chip { width: 100%; padding: 8px 16px; border: 1px solid var(--line); border-radius: 14px; background: var(--paper); text-align: start; }
.chip:hover { border-color: var(--accent); background: var(--tint); }

.result { align-self: stretch; }
.cards, .cards > ul { display: grid; gap: 10px; }
.card { display: grid; gap: 8px; padding: 14px; border: 1px solid var(--line); border-radius: var(--radius); background: light-dark(#fff, #282120); }
.card p { overflow-wrap: anywhere; }
.top { display: flex; gap: 12px; align-items: flex-start; }
.who { flex: 1; min-width: 0; }
.card h3 { font-size: 16px; line-height: 1.3; overflow-wrap: anywhere; }
.card .quiet .icon { vertical-align: -.15em; margin-inline-end: 4px; stroke-width: 1.7; }
.portrait { flex: none; width: 44px; height: 44px; border-radius: 14px; display: grid; place-items: center; font-weight: 600; font-size: 15px; }
.tint0 { background: light-dark(#f7dccf, #5c3121); color: light-dark(#7a2d12, #ffd9c9); }
.tint1 { background: light-dark(#d8ebe2, #1f4838); color: light-dark(#14513a, #cdf1e0); }
.tint2 { background: light-dark(#f6e6bf, #55431a); color: light-dark(#634607, #fdeac0); }
.tint3 { background: light-dark(#dfe4f4, #313b5e); color: light-dark(#2c3a71, #dde4ff); }
.price { text-align: end; flex: none; line-height: 1.2; }
.price strong { display: block; font-size: 17px; white-space: nowrap; }
.price span { font-size: 13px; color: var(--soft); }
.rating { display: flex; align-items: center; gap: 8px; font-size: 14px; }
.mark { display: inline-flex; align-items: center; gap: 4px; font-weight: 600; }
.mark .icon { color: #c98a12; }
.badges { display: flex; flex-wrap: wrap; gap: 6px; }
.badges:empty { display: none; }
.badge { display: inline-flex; align-items: center; gap: 5px; padding: 2px 10px; border-radius: 20px; font-size: 13px; font-weight: 500; border: 1px solid transparent; background: var(--tint); white-space: nowrap; }
.proven, .badge:is(.confirmed, .completed) { color: var(--good); background: light-dark(#e2f2ea, #1d3a2e); }
.instant, .badge.pending { color: light-dark(#6a4a05, #fbdf9c); background: light-dark(#fbeecb, #45381a); }
.in_progress { color: light-dark(#2c3a71, #dde4ff); background: light-dark(#e4e9f8, #313b5e); }
.badge:is(.declined, .cancelled) { color: var(--bad); background: light-dark(#fbe5e4, #4a2424); }
.reason { font-size: 14px; padding-inline-start: 10px; border-inline-start: 3px solid var(--accent); }
.when { display: flex; gap: 8px; line-height: 1.45; }
.when .icon { margin-top: .2em; color: var(--accent); }
.sum { display: flex; justify-content: space-between; align-items: baseline; gap: 12px; padding-top: 8px; border-top: 1px dashed var(--line); }

.caption.day::first-letter { text-transform: uppercase; }
.draft:is(.open, .lost) { border-color: var(--accent); }
.kind { font-weight: 400; }
h3:focus, h4:focus { outline: none; }
.quote { display: grid; }
.quote .sum + .sum { border: 0; padding-top: 2px; }
.missing { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 8px; font-weight: 600; color: var(--bad); }
.missing p { display: flex; align-items: center; gap: 6px; }
.notice, .hours { display: grid; gap: 8px; }
.notice > p { padding: 8px 12px; border-radius: 10px; font-size: 14px; background: light-dark(#fbeccb, #4a3a16); color: light-dark(#4d3806, #fdebc0); }
.bad { color: var(--bad); font-size: 14px; }
.deeds { display: flex; flex-wrap: wrap; gap: 8px; }
.deed { flex: 1 1 auto; padding: 8px 16px; border: 1px solid light-dark(#a08b7d, #7b685c); border-radius: 22px; font-weight: 600; font-size: 15px; color: var(--ink); }
.deed:hover { background: var(--tint); }
.deed.primary { border-color: transparent; background: var(--accent); color: var(--on-accent); }
.deed[aria-disabled="true"] { opacity: .55; cursor: default; }
.deed[aria-busy="true"]::after { content: "…" / ""; }
.draft > div:empty:not(.bone) { display: none; }
.account { display: grid; gap: 12px; }
.contact .deeds { scroll-margin-block: 16px; }
.change, .contact { scroll-margin-block: 8px 64px; display: grid; gap: 10px; padding-top: 10px; border-top: 1px dashed var(--line); }
.question { display: grid; gap: 8px; }
.question a { color: var(--accent); font-size: 14px; min-height: 44px; display: flex; align-items: center; text-underline-offset: 3px; }
.tick { display: flex; gap: 12px; min-height: 44px; font-size: 15px; cursor: pointer; }
.tick input { flex: none; width: 24px; height: 24px; margin: 2px 0; accent-color: var(--accent); }
.draft.pending { border-style: dashed; }
.bone { height: 12px; border-radius: 6px; background: var(--line); animation: breathe 1.4s ease-in-out infinite alternate; }
.bone:last-child { width: 60%; }
@keyframes breathe { from { opacity: .5; } }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(130px, 1fr)); gap: 10px; }
.entry { display: grid; gap: 4px; font-size: 14px; min-width: 0; }
[aria-invalid="true"]:is(input) { border-color: var(--bad) !important; outline-color: var(--bad); }
.entry :is(input, select, textarea) { width: 100%; min-width: 0; min-height: 44px; padding: 8px 12px; border: 1.5px solid light-dark(#a08b7d, #7b685c); border-radius: 10px; background: var(--paper); color: inherit; font: inherit; font-size: 16px; }
.hours { grid-template-columns: repeat(auto-fill, minmax(96px, 1fr)); }
.hour { padding: 8px; text-align: center; font-size: 15px; }
details { border-top: 1px solid var(--line); padding-top: 4px; }
summary { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 0 12px; min-height: 44px; cursor: pointer; font-size: 15px; }
summary::before { content: "›"; color: var(--accent); font-weight: 700; }
[open] > summary::before { rotate: 90deg; }
summary strong { flex: 1; }

.composer { padding: 10px 12px 4px; border-top: 1px solid var(--line); }
.field { display: flex; align-items: flex-end; gap: 8px; padding: 4px 4px 4px 14px; border: 1.5px solid light-dark(#a08b7d, #7b685c); border-radius: 26px; background: light-dark(#fff, #191412); }
.field:focus-within { border-color: var(--accent); box-shadow: 0 0 0 2px color-mix(in srgb, var(--accent) 35%, transparent); }
.field textarea { flex: 1; min-width: 0; max-height: 160px; padding: 10px 0; border: 0; outline: 0; resize: none; background: none; color: inherit; font: inherit; font-size: 16px; line-height: 24px; }
.field textarea:focus-visible { outline: none; }
.field textarea::placeholder { color: var(--soft); opacity: 1; }
.primary { background: var(--accent); color: var(--on-accent); }
.primary:hover { background: color-mix(in srgb, var(--accent) 88%, var(--ink)); }
.primary[aria-disabled="true"] { background: var(--tint); color: var(--soft); cursor: default; }
.primary.stop { background: var(--ink); color: var(--paper); }
.count { padding: 4px 16px 0; font-size: 13px; color: var(--soft); }
.count.over { color: var(--bad); font-weight: 600; }
footer { padding: 4px 16px max(10px, env(safe-area-inset-bottom)); font-size: 12.5px; line-height: 1.4; color: var(--soft); text-align: center; }

@media (max-width: 480px) { .deeds > .primary { flex-basis: 100%; } }
@media (prefers-reduced-motion: reduce) { *, *::before, *::after { animation: none !important; scroll-behavior: auto !important; } .status::before { clip-path: none; } }
@media (forced-colors: active) {
  .bubble, .card, .badge, .face, .portrait, .primary, .banner, .chip, .deed { border: 1px solid CanvasText; }
  .primary, .face, .state::before { forced-color-adjust: none; background: Highlight; color: HighlightText; }
  .primary[aria-disabled="true"] { background: Canvas; color: GrayText; }
  .icon.star { color: CanvasText; }
}
`;

let made = null;

/** The sheet, made once for however many chats a page has. */
export function sheet() {
  if (!made) {
    made = new CSSStyleSheet();
    made.replaceSync(CSS);
  }
  return made;
}
