/** Bits of a print: as many as a double holds exactly. */
export const PRINT_BITS = 53;
const HIGH_BITS = 0x1f_ffff;
const HIGH = 4_294_967_296;

/**
 * A short print of some bytes by which values are told apart, never told: two different ones of a million share a print
 * with a probability below one in ten thousand. Two rounds of multiplication and a finish as in MurmurHash3.
 */
export function printOf(bytes: Buffer, start: number, length: number): number {
  let one = 0x9747_b28c ^ length;
  let other = 0x3c6e_f372 ^ length;
  for (let at = start; at < start + length; at++) {
    const byte = bytes[at]!;
    one = Math.imul(one ^ byte, 0x85eb_ca6b);
    one = (one << 13) | (one >>> 19);
    other = Math.imul(other ^ byte, 0xc2b2_ae35);
    other = (other << 17) | (other >>> 15);
  }
  one = finish(one ^ Math.imul(other, 0x27d4_eb2f));
  other = finish(other ^ one);
  return (other & HIGH_BITS) * HIGH + one;
}

function finish(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85eb_ca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
