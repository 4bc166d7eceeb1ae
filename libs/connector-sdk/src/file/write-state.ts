import { createHash } from 'node:crypto';
import type { Companion } from './file-root.js';

/**
 * What is known beside a target file about the write that goes into it: how much of the file is committed, and under
 * which mark. It is replaced in one step after the bytes themselves are durable, so a crash leaves bytes without a mark,
 * which the next attempt cuts off, and never a mark without its bytes.
 */
export interface WriteState {
  readonly writeId: string;
  readonly mode: 'append' | 'replace';
  /** Committed bytes of the file that is written to. */
  readonly size: number;
  /** The mark of the last committed batch; empty before the first. */
  readonly mark: string;
  /** Whether the write was closed: nothing of it is open any more. */
  readonly done: boolean;
}

/** Name of a write in a file name: ids are the framework's and of any form. */
export function writeName(writeId: string): string {
  return createHash('sha256').update(writeId).digest('hex').slice(0, 16);
}

/** What was last noted; undefined when there is nothing or it cannot be read, as after somebody edited it. */
export async function readState(note: Companion): Promise<WriteState | undefined> {
  const text = await note.readText();
  if (!text) return undefined;
  try {
    const state = JSON.parse(text) as WriteState;
    return Number.isSafeInteger(state.size) && typeof state.writeId === 'string' ? state : undefined;
  } catch {
    return undefined;
  }
}

export function noteState(note: Companion, state: WriteState): Promise<void> {
  return note.replaceText(JSON.stringify(state));
}
