// The frames of amara.v1; `amara asyncapi --typescript` makes this file.

/** Stop this run. */
export interface Abort {
  type: "abort";
  runId: string;
}

export interface Ack {
  type: "ack";
  ref: string;
  runId: string;
  status: "accepted" | "duplicate" | "merged" | "queued" | "rejected" | "superseded";
  position?: number;
}

/** A piece of a call's arguments, which are JSON when put together. */
export interface Arguments {
  type: "TOOL_CALL_ARGS";
  toolCallId: string;
  delta: string;
  metadata?: Record<string, unknown>;
}

export interface CallEnd {
  type: "TOOL_CALL_END";
  toolCallId: string;
  metadata?: Record<string, unknown>;
}

export interface CallResult {
  type: "TOOL_CALL_RESULT";
  messageId: string;
  toolCallId: string;
  content: string;
  role: "tool";
  metadata?: Record<string, unknown>;
}

export interface CallStart {
  type: "TOOL_CALL_START";
  toolCallId: string;
  toolCallName: string;
  parentMessageId: string;
  metadata?: Record<string, unknown>;
}

/** An AG-UI event at its place in the conversation's log. */
export interface Envelope {
  id: string;
  chunk: RunStarted | RunFinished | RunError | TextStart | Words | TextEnd | CallStart | Arguments | CallEnd | CallResult | Snapshot;
}

/** What happened outside a run, at its place in the log; told to those who said hello. */
export interface Happened {
  type: "event";
  id: string;
  name: string;
  value: Record<string, unknown>;
}

/** Authenticate by first message and subscribe. */
export interface Hello {
  type: "hello";
  token?: string | null;
  since?: string | null;
  locale?: string | null;
  device?: string | null;
}

/** Of a message we read who says it, its id and its text; `content` is a string or a list of text parts. */
export interface Message {
  role?: string;
  id?: unknown;
  content?: unknown;
}

/** Answer with pong. */
export interface Ping {
  type: "ping";
}

/** Answer to ping. */
export interface Pong {
  type: "pong";
}

export interface Reconnect {
  type: "reconnect";
  afterMs: number;
}

/** A fresh token of the same subject. */
export interface Refresh {
  type: "refresh";
  token: string;
}

export interface Refused {
  type: "error";
  code: string;
  message: string;
  retryable: boolean;
  retryAfterMs?: number;
}

/** The answer to an interrupt. */
export interface Resume {
  interruptId: string;
  status: "cancelled" | "resolved";
  payload?: unknown;
}

/** Say something, or answer an interrupt. Source: AG-UI 1.0; fields that are not listed are ignored. */
export interface RunAgentInput {
  threadId: string;
  runId: string;
  messages: Message[];
  parentRunId?: string | null;
  resume?: Resume[] | null;
  forwardedProps?: unknown;
}

export interface RunError {
  type: "RUN_ERROR";
  message: string;
  code: string;
  usage?: Record<string, unknown>[];
  metadata?: Record<string, unknown>;
}

export interface RunFinished {
  type: "RUN_FINISHED";
  threadId: string;
  runId: string;
  outcome: Record<string, unknown>;
  usage?: Record<string, unknown>[];
  metadata?: Record<string, unknown>;
}

export interface RunStarted {
  type: "RUN_STARTED";
  threadId: string;
  runId: string;
  parentRunId?: string;
  input?: Record<string, unknown>;
  metadata?: Record<string, unknown>;
}

export interface Snapshot {
  type: "MESSAGES_SNAPSHOT";
  messages: Record<string, unknown>[];
  metadata?: Record<string, unknown>;
}

export interface TextEnd {
  type: "TEXT_MESSAGE_END";
  messageId: string;
  metadata?: Record<string, unknown>;
}

export interface TextStart {
  type: "TEXT_MESSAGE_START";
  messageId: string;
  role: "assistant";
  metadata?: Record<string, unknown>;
}

export interface Welcome {
  type: "welcome";
  threadId: string;
  head: string;
  heartbeatMs: number;
  limits: Record<string, number>;
  capabilities: string[];
}

/** A piece of an answer. */
export interface Words {
  type: "TEXT_MESSAGE_CONTENT";
  messageId: string;
  delta: string;
  metadata?: Record<string, unknown>;
}

export type Said = Hello | RunAgentInput | Abort | Refresh | Pong;
export type Heard = Welcome | Envelope | Happened | Ack | Ping | Reconnect | Refused | RunStarted | Snapshot | RunFinished | RunError;
