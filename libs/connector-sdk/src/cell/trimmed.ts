/** The part of the text without ASCII white space at both ends, as `[from, to)`. */
export function trimmed(source: Buffer, start: number, length: number): [from: number, to: number] {
  let from = start;
  let to = start + length;
  while (from < to && isSpace(source[from]!)) from++;
  while (to > from && isSpace(source[to - 1]!)) to--;
  return [from, to];
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}
