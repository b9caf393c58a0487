/** The widget's looks as one adoptable sheet: no style element, so a page with a strict CSP needs no exception. */

import { sheetOf } from "./make.js";

export const sheet = sheetOf(`
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
:host(:not([inline])) { display: contents; }
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
.icon.send, .icon.stop { fill: currentColor; stroke-width: 1; }
.quiet, .caption { color: var(--soft); font-size: 14px; }

.launcher { position: fixed; z-index: 2147483000; inset-block-end: calc(20px + env(safe-area-inset-bottom)); inset-inline-end: calc(20px + env(safe-area-inset-right)); width: 60px; height: 60px; display: grid; place-items: center; border-radius: 50%; background: var(--accent); color: var(--on-accent); font-size: 26px; box-shadow: 0 8px 28px rgb(40 20 10 / .3); }
.count-badge { position: absolute; inset-block-start: -4px; inset-inline-end: -4px; min-width: 24px; padding: 0 6px; border-radius: 12px; background: var(--bad); color: var(--paper); font: 700 13px/24px system-ui, sans-serif; }
.float { position: fixed; z-index: 2147483000; inset: auto 20px 20px auto; width: 400px; height: min(680px, 100dvh - 40px); max-width: none; max-height: none; margin: 0; padding: 0; border: 1px solid var(--line); border-radius: 22px; overflow: hidden; background: var(--paper); color: inherit; box-shadow: 0 18px 60px rgb(40 20 10 / .28); }
.float::backdrop { background: none; }
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
.banner span { flex: 1 1 150px; }
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
.note { color: var(--soft); font-size: 14px; }
.user .note { text-align: end; }
.quietly { padding: 0 16px; border: 1px solid var(--line); border-radius: 22px; font-size: 14px; }
.status { display: flex; align-items: center; padding: 12px 0 0 32px; color: var(--soft); font-size: 14px; }

.greeting { display: grid; justify-items: center; gap: 10px; text-align: center; padding: clamp(8px, 4vh, 40px) 4px 8px; max-width: 420px; }
.face.big { width: 64px; height: 64px; font-size: 32px; }
.greeting h3 { font: 600 23px/1.25 Georgia, "Liberation Serif", serif; }
.greeting p { color: var(--soft); text-wrap: balance; }
.chips { display: grid; gap: 8px; width: 100%; margin-top: 6px; }
.chip { width: 100%; padding: 8px 16px; border: 1px solid var(--line); border-radius: 14px; background: var(--paper); text-align: start; }
.chip:hover { border-color: var(--accent); background: var(--tint); }

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
footer { padding: 4px 16px max(10px, env(safe-area-inset-bottom)); display: flex; align-items: center; justify-content: space-between; gap: 4px 12px; font-size: 12.5px; line-height: 1.35; color: var(--soft); }
.person { flex: none; padding: 0 4px; font-size: 13px; text-decoration: underline; text-underline-offset: 3px; }

@media (max-width: 520px) { .float { inset: 0; width: 100%; height: 100dvh; border: 0; border-radius: 0; } }
@media (prefers-reduced-motion: reduce) { *, *::before, *::after { animation: none !important; scroll-behavior: auto !important; } }
@media (forced-colors: active) {
  .bubble, .face, .primary, .banner, .chip { border: 1px solid CanvasText; }
  .primary, .face, .state::before { forced-color-adjust: none; background: Highlight; color: HighlightText; }
  .primary[aria-disabled="true"] { background: Canvas; color: GrayText; }
}
`);
