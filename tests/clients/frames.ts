// A client that says and hears every frame of amara.v1, as a compiler sees it. Where it says that an error is expected,
// there is one: a test takes these lines away and counts.

import type {
  Abort, Ack, Arguments, CallEnd, CallResult, CallStart, Envelope, Happened, Heard, Hello, Message, Ping, Pong, Reconnect,
  Refresh, Refused, Resume, RunAgentInput, RunError, RunFinished, RunStarted, Said, Snapshot, TextEnd, TextStart, Welcome, Words,
} from "../../docs/amara.d.ts";

const hello: Hello = { type: "hello", token: "…", since: null, locale: "es-CO", device: "web" };
const message: Message = { id: "m-1", role: "user", content: "Hola" };
const resume: Resume = { interruptId: "i-1", status: "resolved", payload: { approved: true } };
const run: RunAgentInput = { threadId: "t-1", runId: "r-1", messages: [message], resume: [resume] };
const abort: Abort = { type: "abort", runId: "r-1" };
const refresh: Refresh = { type: "refresh", token: "…" };
const pong: Pong = { type: "pong" };
export const said: Said[] = [hello, run, abort, refresh, pong];

/** The kind of a frame, by what it has. */
export function heard(frame: Heard): string {
  if ("chunk" in frame) return frame.id + event(frame satisfies Envelope);
  switch (frame.type) {
    case "welcome": return (frame satisfies Welcome).head + frame.limits.text + frame.capabilities.join();
    case "ack": return `${(frame satisfies Ack).ref} ${frame.status} ${frame.position ?? ""}`;
    case "event": return (frame satisfies Happened).name + frame.id + String(frame.value.title);
    case "ping": return (frame satisfies Ping).type;
    case "reconnect": return String((frame satisfies Reconnect).afterMs);
    case "error": return (frame satisfies Refused).message + (frame.retryAfterMs ?? 0);
    case "RUN_STARTED": return (frame satisfies RunStarted).runId;
    case "MESSAGES_SNAPSHOT": return String((frame satisfies Snapshot).messages.length);
    case "RUN_FINISHED": return String((frame satisfies RunFinished).outcome.type);
    case "RUN_ERROR": return (frame satisfies RunError).code;
    default: return frame satisfies never;
  }
}

function event({ chunk }: Envelope): string {
  switch (chunk.type) {
    case "RUN_STARTED": return (chunk satisfies RunStarted).threadId;
    case "RUN_FINISHED": return (chunk satisfies RunFinished).runId;
    case "RUN_ERROR": return (chunk satisfies RunError).message;
    case "TEXT_MESSAGE_START": return (chunk satisfies TextStart).role;
    case "TEXT_MESSAGE_CONTENT": return (chunk satisfies Words).delta;
    case "TEXT_MESSAGE_END": return (chunk satisfies TextEnd).messageId;
    case "TOOL_CALL_START": return (chunk satisfies CallStart).toolCallName;
    case "TOOL_CALL_ARGS": return (chunk satisfies Arguments).delta;
    case "TOOL_CALL_END": return (chunk satisfies CallEnd).toolCallId;
    case "TOOL_CALL_RESULT": return (chunk satisfies CallResult).content;
    case "MESSAGES_SNAPSHOT": return String((chunk satisfies Snapshot).messages.length);
    default: return chunk satisfies never;
  }
}

// @ts-expect-error a hello says who it is by `token`
export const misspelt: Said = { type: "hello", tokn: "…" };
// @ts-expect-error there is no such frame
export const unknown: Said = { type: "subscribe" };
// @ts-expect-error a run has a name
export const nameless: RunAgentInput = { threadId: "t-1", messages: [] };
// @ts-expect-error an interrupt is resolved or cancelled
export const undecided: Resume = { interruptId: "i-1", status: "maybe" };
// @ts-expect-error a cursor is a text, compared as two numbers
export const numbered = (one: Envelope): number => one.id;
// @ts-expect-error a message has one of six fates
export const lost = (one: Ack): boolean => one.status === "lost";
// @ts-expect-error how long to wait is not always said
export const wait = (one: Refused): number => one.retryAfterMs;
