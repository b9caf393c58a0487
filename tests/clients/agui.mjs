// The stock AG-UI client, fed with events we told: it has no socket, so its agent replays them run by run.
// In: {threadId, runs: [{runId, said, events}]}. Out: {messages, failures}: what it shows, and what it complained of.
import { text } from "node:stream/consumers";
import { AbstractAgent } from "@ag-ui/client";
import { from } from "rxjs";

const { threadId, runs } = JSON.parse(await text(process.stdin));

class Replay extends AbstractAgent {
  run() {
    return from(this.events);
  }
}

const agent = new Replay({ threadId });
const failures = [];
const complain = console.warn;
console.warn = (...words) => failures.push(words.join(" "));
console.error = console.warn;
for (const { runId, said, events } of runs) {
  agent.addMessage(said);
  agent.events = events;
  try {
    await agent.runAgent({ runId });
  } catch (error) {
    failures.push(error.message);
  }
}
console.warn = complain;
process.stdout.write(`${JSON.stringify({ messages: agent.messages, failures })}\n`);
