// The stock TanStack client against our socket: says what the plan says, and tells what it saw.
// In: {url, token, threadId, plan: [{say, stopAfter?, dropAfter?, dropEvery?} | {join: runId}]}; stopping and
// dropping wait for words of the answer, dropEvery cuts each connection after so many frames. Out, line by line: {sockets} as each opens, {dropped}, and at the end {turns, chunks, errors}.
import { text } from "node:stream/consumers";
import { ChatClient, webSocket } from "@tanstack/ai-client";
import WebSocket from "ws";

const { url, token, threadId, plan } = JSON.parse(await text(process.stdin));
const tell = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

const sockets = [];

// A browser cannot send this header; an app with its own WebSocket class can, which is what the option is for.
class SignedWebSocket extends WebSocket {
  constructor(address, protocols) {
    super(address, protocols, { headers: { authorization: `Bearer ${token}` } });
    sockets.push(this);
    this.on("open", () => tell({ sockets: sockets.length }));
    let heard = 0;
    this.on("message", () => ++heard === plan[0].dropEvery && setImmediate(() => this.terminate()));
  }
}

const chunks = [];
const errors = [];
let step = {};
let idle = null;

const client = new ChatClient({
  threadId,
  // The settings our protocol asks of this client: its own give up after a second and a half.
  connection: webSocket(url, { WebSocketImpl: SignedWebSocket, reconnect: { maxAttempts: 100, delayMs: 250 } }),
  initialResumeSnapshot: plan[0].join ? { resumeState: { threadId, runId: plan[0].join } } : undefined,
  onChunk: (chunk) => chunks.push(chunk.type),
  onError: (error) => errors.push(error.message),
  onLoadingChange: (isLoading) => isLoading || idle?.(),
  onMessagesChange: (messages) => {
    const { stopAfter, dropAfter } = step;
    const words = stopAfter ?? dropAfter;
    const parts = messages.at(-1)?.parts ?? [];
    if (!words || !parts.some((part) => part.type === "text" && part.content.includes(words))) return;
    step = {};
    if (stopAfter) client.stop();
    else sockets.at(-1).terminate();
    if (dropAfter) tell({ dropped: true });
  },
});

const turns = [];
for (step of plan) {
  if (step.join) {
    const joined = new Promise((resolve) => (idle = resolve));
    client.attach();
    await joined;
  } else await client.sendMessage(step.say);
  turns.push({
    status: client.getStatus(),
    error: client.getError()?.message ?? null,
    messages: structuredClone(client.getMessages()),
  });
}
client.dispose();
process.stdout.write(`${JSON.stringify({ turns, sockets: sockets.length, chunks, errors })}\n`, () => process.exit(0));
