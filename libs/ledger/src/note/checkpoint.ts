import { LedgerError } from '../ledger-error.js';
import { HASH_BYTES } from '../tree/tree-hash.js';
import { fromBase64, toBase64 } from './base64.js';

const SIZE = /^(0|[1-9][0-9]{0,15})$/;

/** A commitment to a whole tree: C2SP tlog-checkpoint, the text of a signed note. */
export interface Checkpoint {
  /** The log's name, without a scheme, such as `millrace.example/ledger/eu-west`. Equal to the name of its key. */
  readonly origin: string;
  /** How many leaves the tree has. */
  readonly size: number;
  readonly root: Uint8Array;
  /** Lines after the root, none empty; none by default. */
  readonly extensions?: readonly string[];
}

/** The note text of a checkpoint. Throws `checkpoint-malformed`. */
export function formatCheckpoint({ origin, size, root, extensions = [] }: Checkpoint): string {
  const lines = [origin, String(size), toBase64(root), ...extensions];
  const fits = SIZE.test(String(size)) && Number.isSafeInteger(size) && root.length === HASH_BYTES;
  if (!fits || lines.some((line) => line === '' || line.includes('\n'))) throw malformed();
  return `${lines.join('\n')}\n`;
}

/** Reads the text of a note as a checkpoint; verify the note first. Throws `checkpoint-malformed`. */
export function parseCheckpoint(text: string): Checkpoint & { readonly extensions: readonly string[] } {
  const lines = text.split('\n');
  const last = lines.pop();
  const [origin, size, encoded, ...extensions] = lines;
  if (last !== '' || !origin || size === undefined || encoded === undefined) throw malformed();
  const root = fromBase64(encoded);
  const fits = SIZE.test(size) && Number.isSafeInteger(Number(size)) && root?.length === HASH_BYTES;
  if (!root || !fits || extensions.includes('')) throw malformed();
  return { origin, size: Number(size), root, extensions };
}

function malformed(): LedgerError {
  return new LedgerError('checkpoint-malformed', 'Not a checkpoint: origin, size and root lines are needed');
}
