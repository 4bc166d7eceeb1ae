import type { Slab } from '../batch/slab.js';
import type { CellCast } from './cast-rule.js';
import { trimmed } from './trimmed.js';

const UUID = /^\{?([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})\}?$/i;
const TRUE = new Set(['t', 'true', 'y', 'yes', 'on', '1']);
const FALSE = new Set(['f', 'false', 'n', 'no', 'off', '0']);
const LONGEST_BOOLEAN = 5;
const JSONB_VERSION = 1;

export const booleanFromText: CellCast = (source, start, length, out) => {
  const [from, to] = trimmed(source, start, length);
  if (to - from > LONGEST_BOOLEAN) return 'not-a-boolean';
  if (isWord(source, from, to, WORD_TRUE)) return writeBoolean(true, out);
  if (isWord(source, from, to, WORD_FALSE)) return writeBoolean(false, out);
  const text = source.toString('latin1', from, to).toLowerCase();
  if (!TRUE.has(text) && !FALSE.has(text)) return 'not-a-boolean';
  return writeBoolean(TRUE.has(text), out);
};

/** The usual words are told from their bytes; all others take the way through text. */
const WORD_TRUE = Buffer.from('true');
const WORD_FALSE = Buffer.from('false');

function isWord(source: Buffer, from: number, to: number, word: Buffer): boolean {
  if (to - from !== word.length) return false;
  for (let at = 0; at < word.length; at++) if (source[from + at] !== word[at]) return false;
  return true;
}

export function writeBoolean(value: boolean, out: Slab): undefined {
  const offset = out.startCell(1);
  out.bytes[offset] = value ? 1 : 0;
  return undefined;
}

export const uuidFromText: CellCast = (source, start, length, out) => {
  const [from, to] = trimmed(source, start, length);
  const match = UUID.exec(source.toString('latin1', from, Math.min(to, from + 64)));
  if (!match) return 'not-a-uuid';
  const offset = out.startCell(16);
  out.bytes.write(match.slice(1).join(''), offset, 'hex');
  return undefined;
};

export function uuidText(source: Buffer, start: number): string {
  const hex = source.toString('hex', start, start + 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** JSON text is checked and then copied as it stands, so that numbers keep their digits. */
export function jsonFromText(kind: 'json' | 'jsonb'): CellCast {
  return (source, start, length, out) => {
    try {
      const text = source.toString('utf8', start, start + length);
      JSON.parse(text);
      // PostgreSQL's jsonb cannot hold the NUL character.
      if (kind === 'jsonb' && text.includes('\\u0000')) return 'not-json';
    } catch {
      return 'not-json';
    }
    return copyJson(kind, source, start, start + length, out);
  };
}

/** Between `json` and `jsonb`, whose bytes differ by one leading version byte. */
export function jsonFromJson(from: 'json' | 'jsonb', to: 'json' | 'jsonb'): CellCast {
  const skip = from === 'jsonb' ? 1 : 0;
  return (source, start, length, out) => copyJson(to, source, start + skip, start + length, out);
}

function copyJson(kind: 'json' | 'jsonb', source: Buffer, from: number, to: number, out: Slab): undefined {
  const version = kind === 'jsonb' ? 1 : 0;
  const offset = out.startCell(to - from + version);
  if (version) out.bytes[offset] = JSONB_VERSION;
  source.copy(out.bytes, offset + version, from, to);
  return undefined;
}
