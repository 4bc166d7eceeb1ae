/**
 * Reads JSON where it lies: a value is a range of bytes, and only what somebody asks for is turned into anything. So a
 * number keeps every digit (it never passes through a double) and a field that nobody selected is never looked into.
 * The grammar is RFC 8259's, without leniency: what is cut off or malformed is refused.
 */

/** Nesting beyond which a value is refused, so that hostile input cannot exhaust the stack. */
const MAX_DEPTH = 256;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** The bytes are not JSON. Carries nothing of them. */
export class NotJson extends Error {
  override readonly name = 'NotJson';

  constructor() {
    super('The text is not JSON');
  }
}

export function skipSpace(bytes: Uint8Array, at: number, end: number): number {
  for (; at < end; at++) {
    const byte = bytes[at]!;
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break;
  }
  return at;
}

/** The end of the value that starts at `at`. @throws NotJson */
export function skipValue(bytes: Uint8Array, at: number, end: number, depth = 0): number {
  if (at >= end || depth > MAX_DEPTH) throw new NotJson();
  const byte = bytes[at]!;
  if (byte === QUOTE) return skipString(bytes, at, end);
  if (byte === OPEN_BRACE) return eachMember(bytes, at, end, () => {}, depth);
  if (byte === OPEN_BRACKET) return eachElement(bytes, at, end, () => {}, depth);
  if (byte === 0x74) return skipWord(bytes, at, end, 'true');
  if (byte === 0x66) return skipWord(bytes, at, end, 'false');
  if (byte === 0x6e) return skipWord(bytes, at, end, 'null');
  return skipNumber(bytes, at, end);
}

/** The end of the document, which is one value and white space around it. @throws NotJson */
export function checkDocument(bytes: Uint8Array, at: number, end: number): void {
  const behind = skipValue(bytes, skipSpace(bytes, at, end), end);
  if (skipSpace(bytes, behind, end) !== end) throw new NotJson();
}

export type MemberVisitor = (nameFrom: number, nameTo: number, from: number, to: number) => void;

/** Visits the members of the object at `at`, names without their quotes and escaped as they stand, and gives its end. */
export function eachMember(bytes: Uint8Array, at: number, end: number, visit: MemberVisitor, depth = 0): number {
  if (bytes[at] !== OPEN_BRACE) throw new NotJson();
  let next = skipSpace(bytes, at + 1, end);
  if (bytes[next] === CLOSE_BRACE && next < end) return next + 1;
  for (;;) {
    if (next >= end || bytes[next] !== QUOTE) throw new NotJson();
    const nameEnd = skipString(bytes, next, end);
    const colon = skipSpace(bytes, nameEnd, end);
    if (colon >= end || bytes[colon] !== COLON) throw new NotJson();
    const from = skipSpace(bytes, colon + 1, end);
    const to = skipValue(bytes, from, end, depth + 1);
    visit(next + 1, nameEnd - 1, from, to);
    const after = skipSpace(bytes, to, end);
    if (after >= end) throw new NotJson();
    if (bytes[after] === CLOSE_BRACE) return after + 1;
    if (bytes[after] !== COMMA) throw new NotJson();
    next = skipSpace(bytes, after + 1, end);
  }
}

/** Visits the elements of the array at `at` and gives its end. */
export function eachElement(
  bytes: Uint8Array,
  at: number,
  end: number,
  visit: (from: number, to: number) => void,
  depth = 0,
): number {
  if (bytes[at] !== OPEN_BRACKET) throw new NotJson();
  let next = skipSpace(bytes, at + 1, end);
  if (bytes[next] === CLOSE_BRACKET && next < end) return next + 1;
  for (;;) {
    const to = skipValue(bytes, next, end, depth + 1);
    visit(next, to);
    const after = skipSpace(bytes, to, end);
    if (after >= end) throw new NotJson();
    if (bytes[after] === CLOSE_BRACKET) return after + 1;
    if (bytes[after] !== COMMA) throw new NotJson();
    next = skipSpace(bytes, after + 1, end);
  }
}

/** The text of the string literal `[from, to)`, quotes included. @throws NotJson for half of a surrogate pair */
export function stringAt(bytes: Buffer, from: number, to: number): string {
  const raw = bytes.toString('utf8', from + 1, to - 1);
  if (!raw.includes('\\')) return raw;
  const text = JSON.parse(`"${raw}"`) as string;
  // UTF-8 has no form for it: it would become a replacement character without anybody noticing.
  if (!text.isWellFormed()) throw new NotJson();
  return text;
}

export function isString(bytes: Uint8Array, from: number): boolean {
  return bytes[from] === QUOTE;
}

export function isNull(bytes: Uint8Array, from: number): boolean {
  return bytes[from] === 0x6e;
}

function skipString(bytes: Uint8Array, at: number, end: number): number {
  for (let next = at + 1; next < end; next++) {
    const byte = bytes[next]!;
    if (byte === QUOTE) return next + 1;
    if (byte < 0x20) throw new NotJson();
    if (byte === BACKSLASH) next = escapeEnd(bytes, next, end);
  }
  throw new NotJson();
}

/** The last byte of the escape that starts at `at`. */
function escapeEnd(bytes: Uint8Array, at: number, end: number): number {
  const byte = at + 1 < end ? bytes[at + 1]! : 0;
  if (byte !== 0x75) {
    // One of " \ / b f n r t.
    if (!'"\\/bfnrt'.includes(String.fromCharCode(byte))) throw new NotJson();
    return at + 1;
  }
  for (let digit = at + 2; digit < at + 6; digit++) {
    if (digit >= end || !/[0-9a-fA-F]/.test(String.fromCharCode(bytes[digit]!))) throw new NotJson();
  }
  return at + 5;
}

function skipWord(bytes: Uint8Array, at: number, end: number, word: string): number {
  if (at + word.length > end) throw new NotJson();
  for (let index = 0; index < word.length; index++) {
    if (bytes[at + index] !== word.charCodeAt(index)) throw new NotJson();
  }
  return at + word.length;
}

function skipNumber(bytes: Uint8Array, at: number, end: number): number {
  let next = bytes[at] === 0x2d ? at + 1 : at;
  const whole = next;
  next = skipDigits(bytes, next, end);
  if (bytes[whole] === 0x30 && next > whole + 1) throw new NotJson();
  if (next < end && bytes[next] === 0x2e) next = skipDigits(bytes, next + 1, end);
  if (next < end && (bytes[next]! | 0x20) === 0x65) {
    const sign = bytes[next + 1];
    next = skipDigits(bytes, next + (sign === 0x2b || sign === 0x2d ? 2 : 1), end);
  }
  return next;
}

/** At least one digit must stand there. */
function skipDigits(bytes: Uint8Array, at: number, end: number): number {
  let next = at;
  while (next < end && bytes[next]! >= 0x30 && bytes[next]! <= 0x39) next++;
  if (next === at) throw new NotJson();
  return next;
}
