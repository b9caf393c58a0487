/** The looks of cards and of the forms in them; they come with the first card. */

import { sheetOf } from "./make.js";

export const cardSheet = sheetOf(`
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

:is(.caption.day, summary strong)::first-letter { text-transform: uppercase; }
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
.chip.hour { padding: 8px; text-align: center; font-size: 15px; }
details { border-top: 1px solid var(--line); padding-top: 4px; }
summary { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 0 12px; min-height: 44px; cursor: pointer; font-size: 15px; }
summary::before { content: "›"; color: var(--accent); font-weight: 700; }
[open] > summary::before { rotate: 90deg; }
summary strong { flex: 1; }
.icon.star, .icon.bolt { fill: currentColor; stroke-width: 1; }
@media (max-width: 480px) { .deeds > .primary { flex-basis: 100%; } }
@media (forced-colors: active) {
  .card, .badge, .portrait, .deed { border: 1px solid CanvasText; }
  .icon.star { color: CanvasText; }
}
`);
