// The stock Segment library for servers, at our host.
// In: {host, writeKey, batch, messages: [[call, arguments]]}. Out: {failures}: what it gave up.
import { text } from "node:stream/consumers";
import { Analytics } from "@segment/analytics-node";

const { host, writeKey, batch, messages } = JSON.parse(await text(process.stdin));
const analytics = new Analytics({ writeKey, host, flushAt: batch, flushInterval: 100 });
const failures = [];
analytics.on("error", ({ code, reason }) => failures.push(`${code}: ${reason?.message}`));
for (const [call, said] of messages) {
  analytics[call](said);
}
await analytics.closeAndFlush({ timeout: 30_000 });
process.stdout.write(`${JSON.stringify({ failures })}\n`);
