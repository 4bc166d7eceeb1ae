import { kernelProblems } from '@millrace/contracts';
import { Problem, type ProblemDocument } from '@millrace/kernel';
import { headers, type Msg, type MsgHdrs } from 'nats';

/** Header names of a call. */
export const TOKEN_HEADER = 'Millrace-Call';
/** Unix milliseconds after which nobody waits for the answer. */
export const DEADLINE_HEADER = 'Millrace-Deadline';
export const TRACE_HEADER = 'traceparent';

/** Largest message that we send; bigger things travel in pages: 512 KiB. */
export const MAX_MESSAGE_BYTES = 900 * 1024;

export type Reply = { readonly ok: unknown } | { readonly problem: ProblemDocument };

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function encode(value: unknown): Uint8Array {
  const bytes = encoder.encode(JSON.stringify(value));
  if (bytes.length > MAX_MESSAGE_BYTES) throw new Problem(kernelProblems.tooLarge);
  return bytes;
}

export function decode(bytes: Uint8Array): unknown {
  return JSON.parse(decoder.decode(bytes));
}

export function headersOf(values: Readonly<Record<string, string>>): MsgHdrs {
  const made = headers();
  for (const [name, value] of Object.entries(values)) made.set(name, value);
  return made;
}

export function respond(message: Msg, reply: Reply): void {
  message.respond(encode(reply));
}
