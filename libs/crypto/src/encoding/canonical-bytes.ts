import { CryptoError } from '../crypto-error.js';

/**
 * What a ciphertext belongs to, such as `{ tenant, connection, version }`. It is bound as additional data: a
 * ciphertext opened under any other context is refused. It is not secret and it is not stored with the ciphertext.
 */
export type SealContext = Readonly<Record<string, string>>;

/** More names than any caller needs; bounds the work that a context can cause. */
const MAX_CONTEXT_ENTRIES = 32;
const LENGTH_BYTES = 4;

/**
 * Concatenates parts so that no two different lists give the same bytes: the number of parts, then each part after
 * its length (both 32-bit big-endian). Texts are UTF-8; a text with a lone surrogate is refused because UTF-8
 * encoders replace it, which would make two different texts equal.
 */
export function canonicalBytes(parts: readonly (string | Uint8Array)[]): Buffer {
  let size = LENGTH_BYTES;
  for (const part of parts) size += LENGTH_BYTES + sizeOf(part);
  const bytes = Buffer.allocUnsafe(size);
  let at = writeLength(bytes, parts.length, 0);
  for (const part of parts) {
    const from = at + LENGTH_BYTES;
    const length = typeof part === 'string' ? writeText(bytes, part, from) : writeBytes(bytes, part, from);
    writeLength(bytes, length, at);
    at = from + length;
  }
  return bytes;
}

/** The canonical bytes of a context: its entries sorted by name (UTF-16 code units), names and values alternating. */
export function contextBytes(context: SealContext): Buffer {
  const names = Object.keys(context);
  if (names.length > MAX_CONTEXT_ENTRIES) {
    throw new CryptoError('context-invalid', `A context has at most ${MAX_CONTEXT_ENTRIES} entries`);
  }
  sortNames(names);
  const parts = new Array<string>(names.length * 2);
  for (let index = 0; index < names.length; index++) {
    const value: unknown = context[names[index]!];
    if (typeof value !== 'string') throw new CryptoError('context-invalid', 'A context holds strings only');
    parts[index * 2] = names[index]!;
    parts[index * 2 + 1] = value;
  }
  return canonicalBytes(parts);
}

/** By UTF-16 code units, in place: for the few names of a context an insertion sort needs no memory, which `sort` does. */
function sortNames(names: string[]): void {
  for (let end = 1; end < names.length; end++) {
    const name = names[end]!;
    let at = end;
    for (; at > 0 && names[at - 1]! > name; at--) names[at] = names[at - 1]!;
    names[at] = name;
  }
}

function sizeOf(part: string | Uint8Array): number {
  if (typeof part !== 'string' || isAscii(part)) return part.length;
  if (!part.isWellFormed()) throw new CryptoError('context-invalid', 'A text holds a lone surrogate');
  return Buffer.byteLength(part);
}

/** Names and ids are short and ASCII: a loop over them costs a tenth of a call into the encoder. */
function writeText(bytes: Buffer, text: string, from: number): number {
  if (!isAscii(text)) return bytes.write(text, from);
  for (let index = 0; index < text.length; index++) bytes[from + index] = text.charCodeAt(index);
  return text.length;
}

function writeLength(bytes: Buffer, length: number, at: number): number {
  bytes[at] = length >>> 24;
  bytes[at + 1] = length >>> 16;
  bytes[at + 2] = length >>> 8;
  bytes[at + 3] = length;
  return at + LENGTH_BYTES;
}

function writeBytes(bytes: Buffer, part: Uint8Array, from: number): number {
  bytes.set(part, from);
  return part.length;
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 0x7f) return false;
  return true;
}
