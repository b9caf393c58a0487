/** The looks of what is fetched later than the chat: an answer and the row under it, and the list of conversations. */

import { sheetOf } from "./make.js";

export const roomSheet = sheetOf(`
.md > * + * { margin-top: 8px; }
.md ul, .md ol { padding-inline-start: 22px; }
.md a { color: var(--accent); text-underline-offset: 3px; }
.md code, .md pre { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: 14px; }
.md pre { white-space: pre-wrap; }
.md table { border-collapse: collapse; font-size: 14px; }
.md td { padding: 4px 8px; border: 1px solid var(--line); }
.md blockquote { margin-inline: 0; margin-block-end: 0; padding-inline-start: 12px; border-inline-start: 3px solid var(--line); color: var(--soft); }
.md hr { border: 0; border-top: 1px solid var(--line); }
.live .md:last-of-type > :last-child:not(ul, ol)::after, .live .md:last-of-type > :is(ul, ol):last-child > li:last-child::after {
  content: ""; display: inline-block; width: 2px; height: 1.05em; margin-inline-start: 3px; vertical-align: -0.18em; background: var(--accent); animation: blink 1.1s steps(2, jump-none) infinite;
}
@keyframes blink { to { opacity: 0; } }
.status::before { content: ""; width: 22px; height: 6px; margin-inline-start: -32px; margin-inline-end: 10px; animation: dots 1.2s steps(4, jump-none) infinite;
  background: radial-gradient(circle 3px, var(--accent) 98%, transparent) 0 0 / 8px 6px; clip-path: inset(0 66% 0 0); }
@keyframes dots { to { clip-path: inset(0); } }
@media (prefers-reduced-motion: reduce) { .status::before { clip-path: none; } }

.strip { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 4px 12px; padding: 8px 16px; font-size: 14px; background: light-dark(#e3efe9, #1b2b27); color: light-dark(#14513a, #cdf1e0); }
.strip span { flex: 1 1 180px; }
.strip button { font-weight: 600; text-decoration: underline; text-underline-offset: 3px; }
.covered > :is(.banner, .strip, .middle, .composer, footer) { display: none; }
.author { font-size: 13px; font-weight: 600; color: light-dark(#14513a, #a5dcc0); margin-bottom: -4px; }
.author span { font-weight: 400; }
.human .bubble { background: light-dark(#e3efe9, #1f3a30); }
.replies { display: flex; flex-wrap: wrap; gap: 8px; justify-content: flex-end; padding-top: 12px; }
.replies .chip { width: auto; border-radius: 22px; border-color: var(--accent); color: var(--accent); font-size: 15px; }
.failure { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 12px; padding: 6px 14px; border-radius: 12px; border: 1px solid currentColor; color: var(--bad); font-size: 14px; align-self: stretch; }
.failure p { flex: 1 1 160px; }
.retry { font-weight: 600; text-decoration: underline; text-underline-offset: 3px; }
.latest { position: absolute; inset-block-end: 8px; inset-inline: 0; margin-inline: auto; width: fit-content; display: flex; align-items: center; gap: 8px; padding: 0 16px; border-radius: 22px; border: 1px solid var(--line); background: var(--paper); font-size: 14px; box-shadow: 0 4px 16px rgb(0 0 0 / .14); }

.about { display: grid; gap: 8px; width: 100%; margin-top: -6px; }
.tools { display: flex; gap: 0; margin-inline-start: -6px; }
.tool { width: 44px; display: grid; place-items: center; border-radius: 12px; color: var(--soft); font-size: 17px; }
.tool .icon { stroke-width: 1.7; }
.tool:hover { background: var(--tint); color: var(--ink); }
.tool[aria-pressed="true"] { color: var(--accent); }
.tool[aria-pressed="true"] .icon { fill: color-mix(in srgb, var(--accent) 25%, transparent); }
.message:not(:last-child) .again { display: none; }
.about > div:empty { display: none; }
.why { display: grid; gap: 8px; padding: 12px 14px; border: 1px solid var(--line); border-radius: var(--radius); font-size: 14px; }
.why > p { font-weight: 600; }
.why > p:focus { outline: none; }
.row { display: flex; flex-wrap: wrap; gap: 8px; }
.chip.small { width: auto; padding: 4px 14px; border-radius: 22px; font-size: 14px; }
.why input, .rename input { width: 100%; min-height: 44px; padding: 8px 12px; border: 1.5px solid light-dark(#a08b7d, #7b685c); border-radius: 10px; background: var(--paper); color: inherit; font: inherit; font-size: 16px; }

.view { flex: 1; min-height: 0; overflow-y: auto; padding: 12px; display: grid; align-content: start; gap: 10px; }
.view h3 { font-size: 18px; }
.view h3:focus { outline: none; }
.bar { display: flex; align-items: center; gap: 4px; }
.view > .quietly { justify-self: start; }
.rows { display: grid; }
.rows li { display: flex; align-items: center; border-bottom: 1px solid var(--line); }
.go { flex: 1; min-width: 0; display: grid; gap: 2px; padding: 10px 8px; text-align: start; border-radius: 12px; }
.go:hover { background: var(--tint); }
.go strong { font-weight: 600; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.go[aria-current] strong { color: var(--accent); }
.rename { flex: 1; display: flex; flex-wrap: wrap; align-items: center; gap: 8px; padding: 8px; }
.rename p { flex: 1 1 100%; }
.danger { border-color: var(--bad); color: var(--bad); font-weight: 600; }
.rows .bad { color: var(--bad); font-size: 14px; }
`);
