// Two stock clients over the SSE door: the AG-UI project's HttpAgent and the TanStack client.
// In: {client: "agui" | "tanstack", url, token, threadId, plan: [{say, abortAfter?, cutAfter?} | {approve: true}]}.
// Out, line by line: {heard} for each event, {aborted: runId}, {cut: true}; at the end {messages, errors}.
import { text } from "node:stream/consumers";
import { HttpAgent } from "@ag-ui/client";
import { ChatClient, fetchServerSentEvents } from "@tanstack/ai-client";

const { client, url, token, threadId, plan } = JSON.parse(await text(process.stdin));
const tell = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const headers = { authorization: `Bearer ${token}` };
const errors = [];

async function agui() {
  const agent = new HttpAgent({ url, headers, threadId });
  let interrupts = [];
  for (const [number, step] of plan.entries()) {
    const runId = `run-${threadId}-${number}`;
    let said = "";
    if (step.say) agent.addMessage({ id: `message-${threadId}-${number}`, role: "user", content: step.say });
    const resume = step.approve && interrupts.map(({ id }) => ({ interruptId: id, status: "resolved", payload: { approved: true } }));
    try {
      await agent.runAgent({ runId, ...(resume ? { resume } : {}) }, {
        onEvent: ({ event }) => {
          tell({ heard: event.type });
          if (event.type === "TEXT_MESSAGE_CONTENT") said += event.delta;
          if (step.abortAfter && said.includes(step.abortAfter)) {
            agent.abortRun();
            tell({ aborted: runId });
          }
          if (event.type === "RUN_FINISHED") interrupts = event.outcome?.interrupts ?? [];
        },
      });
    } catch (error) {
      errors.push(error.message);
    }
  }
  return agent.messages;
}

async function tanstack() {
  let cut = null;
  const connection = fetchServerSentEvents(url, {
    headers,
    reconnect: { maxAttempts: 100, delayMs: 50 },
    // The network breaks where the plan says: after so many bytes of words the body ends with an error.
    fetchClient: async (address, init) => {
      const response = await fetch(address, init);
      const words = cut;
      if (!words || !response.body) return response;
      cut = null;
      let seen = "";
      const broken = response.body.pipeThrough(
        new TransformStream({
          transform(bytes, controller) {
            seen += new TextDecoder().decode(bytes);
            controller.enqueue(bytes);
            if (seen.includes(words)) {
              tell({ cut: true });
              controller.error(new TypeError("the network broke"));
            }
          },
        }),
      );
      return new Response(broken, { status: response.status, headers: response.headers });
    },
  });
  const chat = new ChatClient({
    threadId,
    connection,
    onChunk: (chunk) => tell({ heard: chunk.type }),
    onError: (error) => errors.push(error.message),
  });
  for (const step of plan) {
    cut = step.cutAfter ?? null;
    await chat.sendMessage(step.say);
  }
  const messages = structuredClone(chat.getMessages());
  chat.dispose();
  return messages;
}

tell({ messages: await { agui, tanstack }[client](), errors });
process.exit(0);
