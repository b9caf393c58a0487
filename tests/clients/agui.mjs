// The stock AG-UI client, fed with events we told: it has no socket, so its agent replays them run by run.
// In: {threadId, runs: [{runId, said, events}]}. Out: {messages, failures}: what it shows, and what it complained of.
// A list of such conversations is answered by a list.
import { text } from "node:stream/consumers";
import { AbstractAgent } from "@ag-ui/client";
import { from } from "rxjs";

const asked = JSON.parse(await text(process.stdin));

class Replay extends AbstractAgent {
  run() {
    return from(this.events);
  }
}

const complain = console.warn;

async function shown({ threadId, runs }) {
  const agent = new Replay({ threadId });
  const failures = [];
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
  return { messages: agent.messages, failures };
}

const told = [];
for (const conversation of [asked].flat()) told.push(await shown(conversation));
console.warn = complain;
process.stdout.write(`${JSON.stringify(Array.isArray(asked) ? told : told[0])}\n`);
