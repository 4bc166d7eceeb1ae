import { ConnectorError } from '@millrace/connector-sdk';

const QUOTE = 0x22;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** How a field is written: bare, in quotes, or in quotes with doubled quotes inside. */
export const BARE = 0;
export const QUOTED = 1;
export const ESCAPED = 2;

/** More fields than that are no table. */
const MAX_FIELDS = 10_000;

/**
 * Finds the fields of one record (RFC 4180): where they lie, not what they hold. Line ends are LF or CRLF. A quote inside
 * of a bare field, or anything between a closing quote and the next delimiter, is malformed: what was meant is anybody's guess.
 */
export class FieldScanner {
  /** Number of fields of the last record. */
  count = 0;
  /** Where each field's content lies, without its quotes. */
  starts = new Uint32Array(64);
  ends = new Uint32Array(64);
  forms = new Uint8Array(64);

  /** `delimiter` as a byte. */
  constructor(private readonly delimiter: number) {}

  /** The offset behind the record that starts at `at`; -1 when it does not end before `end`. */
  scan(bytes: Uint8Array, at: number, end: number, isLast: boolean): number {
    this.count = 0;
    for (let start = at; ;) {
      const stop =
        start < end && bytes[start] === QUOTE ? this.quoted(bytes, start, end) : this.bare(bytes, start, end);
      if (stop < 0) return -1;
      if (stop >= end) return isLast ? end : -1;
      const byte = bytes[stop]!;
      if (byte === this.delimiter) {
        start = stop + 1;
        continue;
      }
      if (byte === LINE_FEED) return stop + 1;
      if (byte !== CARRIAGE_RETURN) throw new ConnectorError('record-malformed');
      // Whether a line feed follows is not known yet.
      if (stop + 1 >= end && !isLast) return -1;
      if (stop + 1 < end && bytes[stop + 1] !== LINE_FEED) throw new ConnectorError('record-malformed');
      return Math.min(stop + 2, end);
    }
  }

  private bare(bytes: Uint8Array, start: number, end: number): number {
    const { delimiter } = this;
    let at = start;
    for (; at < end; at++) {
      const byte = bytes[at]!;
      if (byte === delimiter || byte === LINE_FEED || byte === CARRIAGE_RETURN) break;
      if (byte === QUOTE) throw new ConnectorError('record-malformed');
    }
    this.add(start, at, BARE);
    return at;
  }

  /** The offset behind the closing quote; -1 when there is none yet. */
  private quoted(bytes: Uint8Array, start: number, end: number): number {
    let form = QUOTED;
    for (let at = start + 1; at < end; at++) {
      if (bytes[at] !== QUOTE) continue;
      if (at + 1 < end && bytes[at + 1] === QUOTE) {
        form = ESCAPED;
        at++;
        continue;
      }
      this.add(start + 1, at, form);
      return at + 1;
    }
    return -1;
  }

  private add(start: number, end: number, form: number): void {
    if (this.count === this.starts.length) this.grow();
    this.starts[this.count] = start;
    this.ends[this.count] = end;
    this.forms[this.count++] = form;
  }

  private grow(): void {
    if (this.count >= MAX_FIELDS) throw new ConnectorError('record-malformed');
    const { starts, ends, forms } = this;
    this.starts = new Uint32Array(this.count * 2);
    this.ends = new Uint32Array(this.count * 2);
    this.forms = new Uint8Array(this.count * 2);
    this.starts.set(starts);
    this.ends.set(ends);
    this.forms.set(forms);
  }
}

/** The content of a field in quotes, its doubled quotes single; gives the length written into `target`. */
export function unescape(bytes: Uint8Array, start: number, end: number, target: Uint8Array, offset: number): number {
  let length = 0;
  for (let at = start; at < end; at++) {
    target[offset + length++] = bytes[at]!;
    if (bytes[at] === QUOTE) at++;
  }
  return length;
}
