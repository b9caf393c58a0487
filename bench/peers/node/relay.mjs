// The peer the original ran on: Vercel AI SDK 6 in Node, `streamText` behind a `ws` socket, with nothing kept.
// Run: node relay.mjs PORT UPSTREAM_PORT
import { createAnthropic } from "@ai-sdk/anthropic";
import { jsonSchema, stepCountIs, streamText, tool } from "ai";
import { WebSocketServer } from "ws";

const [port, upstream] = process.argv.slice(2);
const anthropic = createAnthropic({ apiKey: "none", baseURL: `http://127.0.0.1:${upstream}/v1` });
const found = { professionals: [1, 2, 3].map((n) => ({ name: `Persona ${n}`, rating: 4.9, bio: "x".repeat(200) })) };
const tools = {
  search_professionals: tool({
    description: "Search.",
    inputSchema: jsonSchema({ type: "object" }),
    execute: async () => found,
  }),
};

const server = new WebSocketServer({ port: Number(port), host: "127.0.0.1", perMessageDeflate: false }, () =>
  console.log("ready"),
);
server.on("connection", (socket) => {
  let seq = 0;
  const tell = (chunk) => socket.send(JSON.stringify({ id: `1-${++seq}`, chunk }));
  socket.on("message", async (data) => {
    const frame = JSON.parse(data);
    if (frame.type === "hello") {
      socket.send('{"type":"welcome"}');
      return;
    }
    const answer = streamText({
      model: anthropic("m"),
      messages: [{ role: "user", content: frame.messages.at(-1).content }],
      tools,
      stopWhen: stepCountIs(2),
      maxOutputTokens: 2048,
    });
    try {
      for await (const part of answer.fullStream) {
        if (part.type === "text-delta") tell({ type: "TEXT_MESSAGE_CONTENT", messageId: "message", delta: part.text });
        else if (part.type === "tool-result") tell({ type: "TOOL_CALL_RESULT", content: JSON.stringify(part.output) });
        else if (part.type === "error") throw part.error;
      }
      tell({ type: "RUN_FINISHED" });
    } catch (error) {
      tell({ type: "RUN_ERROR", message: String(error) });
    }
  });
});
process.stdin.on("end", () => process.exit()).resume();
