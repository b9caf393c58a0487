// The stock AG-UI client, fed with the events of many conversations: what it shows of each, and what it complained of.
// In: {threads: [{threadId, runs: [{runId, said, resume, events}]}]}. Out: {shown: [{messages, failures}]}, in that order.
import { text } from "node:stream/consumers";
import { AbstractAgent } from "@ag-ui/client";
import { from } from "rxjs";

const { threads } = JSON.parse(await text(process.stdin));

class Replay extends AbstractAgent {
  run() {
    return from(this.events);
  }
}

let failures = [];
console.warn = (...words) => failures.push(words.join(" "));
console.error = console.warn;
const shown = [];
for (const { threadId, runs } of threads) {
  failures = [];
  const agent = new Replay({ threadId });
  for (const { runId, said, resume, events } of runs) {
    if (said) agent.addMessage(said);
    agent.events = events;
    try {
      await agent.runAgent({ runId, resume });
    } catch (error) {
      if (events.at(-1).type !== "RUN_ERROR") failures.push(error.message);
    }
  }
  shown.push({ messages: agent.messages, failures });
}
process.stdout.write(`${JSON.stringify({ shown })}\n`);
