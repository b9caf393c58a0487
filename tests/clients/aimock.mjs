// aimock's server, for as long as standard input stays open; its address is the one line it says.
import { LLMock } from "@copilotkit/aimock";

const mock = new LLMock({ port: 0, host: "127.0.0.1", strict: true });
await mock.start();
process.stdout.write(`${JSON.stringify({ url: mock.url })}\n`);
for await (const _ of process.stdin);
await mock.stop();
