import type { FileHandle } from 'node:fs/promises';
import { ConnectorError } from '../connector-error.js';
import type { Writer } from '../session.js';
import { FileWriter } from './file-writer.js';
import type { FileWriting } from './file-writing.js';
import { noteState, readState, writeName, type WriteState } from './write-state.js';

const LINE_FEED = 0x0a;

/**
 * Opens a target file. `append` goes on behind what was committed, and cuts off what a crash left behind it; `replace`
 * writes beside the file and takes its place when it is closed. One write may be open for a file at a time.
 */
export async function openFileWriter(writing: FileWriting): Promise<Writer> {
  const { root, name, request } = writing;
  const { mode } = request;
  if (mode !== 'append' && mode !== 'replace') throw new ConnectorError('unsupported-mode', { stream: name });
  request.signal.throwIfAborted();
  const note = root.companion(name, 'millrace');
  const known = await readState(note);
  const resumed = known?.writeId === request.writeId && known.mode === mode ? known : undefined;
  if (resumed?.done) return finishedWriter(resumed);
  if (known && !resumed && known.mode === 'replace') await root.companion(name, partRole(known.writeId)).remove();
  const part = mode === 'replace' ? root.companion(name, partRole(request.writeId)) : undefined;
  const handle = part ? await part.open() : await root.write(name);
  try {
    const abandoned = known && !resumed && !known.done && known.mode === 'append' ? known : undefined;
    const start = await startOf(handle, writing, resumed ?? (part ? EMPTY : abandoned));
    const state: WriteState = {
      writeId: request.writeId,
      mode,
      mark: resumed?.mark ?? '',
      done: false,
      size: start.size,
    };
    await noteState(note, state);
    return new FileWriter({ ...writing, handle, note, part, lead: start.lead }, state);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** A file that a replacement is written to holds nothing that counts before its first mark. */
const EMPTY = { size: 0 };

interface Start {
  readonly size: number;
  /** What must stand before the first record: the end of an unfinished line, or the header of a new file. */
  readonly lead: string;
}

/** Cuts the file back to what was committed and checks that what is there has the same columns. */
async function startOf(
  handle: FileHandle,
  { printer, name }: FileWriting,
  committed: { readonly size: number } | undefined,
): Promise<Start> {
  const { size: found } = await handle.stat();
  if (committed && found < committed.size) throw new ConnectorError('stream-changed', { stream: name });
  const size = committed?.size ?? found;
  if (size < found) await handle.truncate(size);
  if (size === 0) return { size, lead: printer.header };
  const header = Buffer.alloc(Buffer.byteLength(printer.header));
  await handle.read(header, 0, header.length, 0);
  if (header.toString() !== printer.header) throw new ConnectorError('incompatible-field', { stream: name });
  const last = Buffer.alloc(1);
  await handle.read(last, 0, 1, size - 1);
  return { size, lead: last[0] === LINE_FEED ? '' : '\n' };
}

function partRole(writeId: string): string {
  return `${writeName(writeId)}.part`;
}

/** The same write was finished by an earlier attempt whose report was lost: there is nothing left to do. */
function finishedWriter({ mark }: WriteState): Writer {
  return {
    window: 1,
    committed: mark || undefined,
    apply: async ({ rowCount }) => ({ inserted: 0, updated: 0, unchanged: rowCount, unknown: 0, refused: [] }),
    close: async () => {},
    abort: async () => {},
  };
}
