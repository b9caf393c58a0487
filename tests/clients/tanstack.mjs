// The stock TanStack client against our socket: says what the plan says, and tells what it saw.
// In: {url, token, threadId, plan: [{say, stopAfter?}]}. Out: {turns: [{status, error, messages}], sockets, chunks}.
import { text } from "node:stream/consumers";
import { ChatClient, webSocket } from "@tanstack/ai-client";
import WebSocket from "ws";

const { url, token, threadId, plan } = JSON.parse(await text(process.stdin));

let sockets = 0;

// A browser cannot send this header; an app with its own WebSocket class can, which is what the option is for.
class SignedWebSocket extends WebSocket {
  constructor(address, protocols) {
    super(address, protocols, { headers: { authorization: `Bearer ${token}` } });
    sockets += 1;
  }
}

const chunks = [];
const errors = [];
let stopAfter = null;

const client = new ChatClient({
  threadId,
  connection: webSocket(url, { WebSocketImpl: SignedWebSocket }),
  onChunk: (chunk) => chunks.push(chunk.type),
  onError: (error) => errors.push(error.message),
  onMessagesChange: (messages) => {
    const parts = messages.at(-1)?.parts ?? [];
    if (stopAfter && parts.some((part) => part.type === "text" && part.content.includes(stopAfter))) {
      stopAfter = null;
      client.stop();
    }
  },
});

const turns = [];
for (const { say, stopAfter: words = null } of plan) {
  stopAfter = words;
  await client.sendMessage(say);
  turns.push({
    status: client.getStatus(),
    error: client.getError()?.message ?? null,
    messages: structuredClone(client.getMessages()),
  });
}
client.dispose();
process.stdout.write(`${JSON.stringify({ turns, sockets, chunks, errors })}\n`, () => process.exit(0));
