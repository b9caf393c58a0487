// Stock TanStack clients of one conversation, each a tab of its own, meeting the question that ends a run.
// In: {url, token, threadId, plan: [step]}; a step is {tab, say} | {tab, join: runId} | {tab, answer: payload} |
// {tab, cancel: true} | {together: [steps]}. Out: {seen: [what its tab shows after each step], errors, chunks by tab}.
import { text } from "node:stream/consumers";
import { ChatClient, webSocket } from "@tanstack/ai-client";
import WebSocket from "ws";

const { url, token, threadId, plan } = JSON.parse(await text(process.stdin));

// A browser cannot send this header; an app with its own WebSocket class can, which is what the option is for.
class SignedWebSocket extends WebSocket {
  constructor(address, protocols) {
    super(address, protocols, { headers: { authorization: `Bearer ${token}` } });
  }
}

const errors = [];
const chunks = {};
const tabs = new Map();

function open(name, runId) {
  const tab = { changed: () => {} };
  chunks[name] = [];
  tab.client = new ChatClient({
    threadId,
    connection: webSocket(url, { WebSocketImpl: SignedWebSocket, reconnect: { maxAttempts: 100, delayMs: 250 } }),
    initialResumeSnapshot: runId ? { resumeState: { threadId, runId } } : undefined,
    onChunk: (chunk) => chunks[name].push(chunk),
    onError: (error) => errors.push(error.message),
    onLoadingChange: () => tab.changed(),
    onInterruptStateChange: () => tab.changed(),
  });
  tabs.set(name, tab);
  return tab;
}

// The client answers a question in the background: it is through when nothing is sent nor heard any more.
const through = (tab) =>
  new Promise((resolve) => {
    const { client } = tab;
    let began = false;
    tab.changed = () => {
      const isBusy = client.getIsLoading() || client.getInterruptState().resuming;
      if (began && !isBusy) setImmediate(resolve);
      began ||= isBusy;
    };
  });

async function carryOut({ tab: name, say, join, answer, cancel }) {
  const tab = tabs.get(name) ?? open(name, join);
  const { client } = tab;
  let refused = null;
  if (say) await client.sendMessage(say).catch((error) => (refused = error.message));
  else {
    const settled = through(tab);
    if (join) client.attach();
    else if (cancel) client.cancelInterrupts();
    else client.getInterrupts()[0].resolveInterrupt(answer);
    await settled;
  }
  return {
    tab: name,
    refused,
    status: client.getStatus(),
    interrupts: client.getInterrupts().map(({ id, kind, status, canResolve, message, metadata }) => {
      return { id, kind, status, canResolve, message, metadata };
    }),
    failures: client.getInterruptState().interruptErrors,
    messages: structuredClone(client.getMessages()),
  };
}

const seen = [];
for (const step of plan) seen.push(...(await Promise.all((step.together ?? [step]).map(carryOut))));
for (const { client } of tabs.values()) client.dispose();
process.stdout.write(`${JSON.stringify({ seen, errors, chunks })}\n`, () => process.exit(0));
