// The widget's socket without a browser: says what it is asked to, and tells everything it hears, a line of JSON each.
import { createInterface } from "node:readline";

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const { module, url, threadId, token, ticket } = JSON.parse((await lines.next()).value);
const { AmaraSocket } = await import(module);
const tell = (...what) => console.log(JSON.stringify(what));
let asked = 0;
const socket = new AmaraSocket({
  url,
  threadId: () => threadId,
  locale: () => "es",
  timeZone: "America/Bogota",
  device: "node",
  getToken: ({ fresh }) => (tell("token", { fresh }), Array.isArray(token) ? token[Math.min(asked++, token.length - 1)] : token),
  ...(ticket && { getTicket: async () => ticket }),
  random: () => 0,
  on: (kind, detail) => tell(kind, detail),
});
socket.open();
for await (const line of lines) {
  const [deed, ...what] = JSON.parse(line);
  if (deed === "end") break;
  socket[deed](...what);
}
socket.close();
